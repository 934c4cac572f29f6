//! The key by which records of two snapshots are paired.

use std::borrow::Cow;
use std::fmt;

use idq::api::{Api, Kind};
use idq::columns::Column;
use idq::json::valid_members;
use idq::{AttributePath, Bucket, CountRequest};

use crate::canonical::text;
use crate::error::{Error, KeyError};
use crate::fold::{Fold, fold};

/// The key of a record: the text of a field or of a path, compared by its bytes or after [`Fold`]ings.
///
/// ```
/// use idq_compare::Key;
///
/// let key = Key::parse("email:fold", idq::api::Api::provisionr())?;
/// assert_eq!(key.to_string(), "email:fold");
/// # Ok::<(), idq_compare::KeyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub(crate) values: Values,
    /// The name, as written.
    name: String,
    /// The foldings, in the order of their application.
    folds: Vec<Fold>,
    /// Whether an empty text is a value, as that of the id by which records are paired.
    takes_empty: bool,
}

/// The location of the values of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Values {
    /// A column with texts.
    Column(usize),
    /// A path of the records.
    Path(Vec<String>),
}

impl Key {
    /// Returns the id of an API's records.
    pub fn id(api: &Api) -> Self {
        Self {
            values: Values::Column(api.id),
            name: api.fields[api.id].name.clone(),
            folds: Vec::new(),
            takes_empty: true,
        }
    }

    /// Parses `FIELD` or `FIELD:fold`, in the grammar of the keys of counts.
    ///
    /// # Errors
    /// Another bucket, a field without texts, several fields.
    pub fn parse(text: &str, api: &Api) -> Result<Self, KeyError> {
        let mut request = CountRequest::new();
        request
            .add_by_text(text)
            .map_err(|errors| KeyError::Syntax(errors.to_string()))?;
        let [key] = request.keys() else {
            return Err(KeyError::Several(request.keys().len()));
        };
        let folds = match &key.bucket.value {
            Bucket::Value => Vec::new(),
            Bucket::Fold => vec![Fold::Case],
            other => return Err(KeyError::Bucket(other.name())),
        };
        let path = AttributePath::from(key.field.value.as_str()).keys;
        let mut parsed = Self::of_path(path, key.to_string(), folds, api)?;
        parsed.takes_empty = parsed.column() == Some(api.id);
        Ok(parsed)
    }

    /// Parses `FIELD` with any number of foldings, `FIELD:trim:nfc`, and adds `folds`.
    ///
    /// # Errors
    /// An unknown folding, a text that is no path, a field without texts.
    pub fn parse_folded(text: &str, folds: &[Fold], api: &Api) -> Result<Self, KeyError> {
        let mut folds = folds.to_vec();
        let mut path = text.trim();
        // The colons of a key that is a URN are before its last key, which may have the name of a folding.
        while !is_urn(path)
            && let Some((rest, name)) = path.rsplit_once(':')
            && !name.ends_with('"')
        {
            let fold =
                Fold::by_name(name.trim()).ok_or_else(|| KeyError::Fold(name.trim().to_owned()))?;
            folds.push(fold);
            path = rest.trim();
        }
        folds.sort_unstable();
        folds.dedup();
        let Some(keys) = AttributePath::parse(path) else {
            return Err(KeyError::Path(path.to_owned()));
        };
        Self::of_path(keys.keys, text.trim().to_owned(), folds, api)
    }

    /// Returns the key with the values at a path.
    fn of_path(
        path: Vec<String>,
        name: String,
        folds: Vec<Fold>,
        api: &Api,
    ) -> Result<Self, KeyError> {
        // A key with a dot in it is none of a documented field.
        let has_dot = path.iter().any(|key| key.contains('.'));
        let field = api.field(&path.join(".")).filter(|_| !has_dot);
        Ok(Self {
            values: match field.map(|field| (field, api.fields[field].kind)) {
                Some((field, Kind::Text | Kind::Keyword)) => Values::Column(field),
                Some((field, kind)) => {
                    let field = api.fields[field].name.clone();
                    return Err(KeyError::Kind { field, kind });
                }
                None => Values::Path(path),
            },
            name,
            folds,
            takes_empty: false,
        })
    }

    /// Returns the column that has the values; `None` if they are read from the records.
    pub fn column(&self) -> Option<usize> {
        match self.values {
            Values::Column(column) => Some(column),
            Values::Path(_) => None,
        }
    }

    /// Returns the path, as spelled, that the values are read from; `None` for a documented field.
    pub fn path(&self) -> Option<String> {
        match &self.values {
            Values::Column(_) => None,
            Values::Path(path) => Some(AttributePath::new(path.iter().cloned()).to_string()),
        }
    }

    /// Returns the foldings, in the order of their application.
    pub fn folds(&self) -> &[Fold] {
        &self.folds
    }

    /// Returns whether an empty text is a value.
    pub(crate) fn takes_empty(&self) -> bool {
        self.takes_empty
    }

    /// Returns the text by which a value is compared; `None` for an empty one, unless it is a value.
    pub(crate) fn fold<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        let folded = fold(&self.folds, text);
        (self.takes_empty || !folded.is_empty()).then_some(folded)
    }
}

/// Writes the key as it was written.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Returns whether a path ends in a URN and one key of it, `urn:example:2.0:User:department`.
fn is_urn(path: &str) -> bool {
    AttributePath::parse(path).is_some_and(|path| {
        let mut keys = path.keys.iter().rev().skip(1);
        keys.next().is_some_and(|key| key.starts_with("urn:"))
    })
}

/// Returns the text of a row of a column with texts.
pub(crate) fn text_in(column: &Column, row: usize) -> Option<Cow<'_, str>> {
    match column {
        Column::Text(column) => column.value(row),
        Column::Keyword(column) => column.value(row).map(Cow::Borrowed),
        _ => None,
    }
}

/// Returns the value at a path of a record as text: a string, a number or a boolean.
pub(crate) fn text_at<'a>(
    record: &'a [u8],
    path: &[String],
) -> Result<Option<Cow<'a, str>>, Error> {
    let mut value = record;
    for key in path {
        if !value.starts_with(b"{") {
            return Ok(None);
        }
        let mut found = None;
        for member in valid_members(value) {
            let (name, value) = member?;
            if name.decode() == key.as_str() {
                // The last of several equal keys counts.
                found = Some(value);
            }
        }
        match found {
            Some(found) => value = found,
            None => return Ok(None),
        }
    }
    Ok(match value.first() {
        Some(b'"') => Some(text(value)),
        Some(b'{' | b'[' | b'n') | None => None,
        Some(_) => Some(String::from_utf8_lossy(value)),
    })
}
