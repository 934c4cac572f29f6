//! The key by which records of two snapshots are paired.

use std::borrow::Cow;
use std::fmt;
use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;
use idq::api::{Api, Kind};
use idq::columns::Column;
use idq::json::valid_members;
use idq::{AttributePath, Bucket, CountRequest, RowId, Snapshot};
use rayon::prelude::*;

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
    values: Values,
    /// The name, as written.
    name: String,
    /// The foldings, in the order of their application.
    folds: Vec<Fold>,
    /// Whether an empty text is a value, as that of the id by which records are paired.
    takes_empty: bool,
}

/// The location of the values of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Values {
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

    /// Returns the dotted name of the path that the values are read from; `None` for a documented field.
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
    fn fold<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
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

/// The keys of the records of one snapshot.
pub(crate) struct KeyTable {
    /// The keys of all records that have one.
    texts: Texts,
    /// The same as they are spelled, before any folding; `None` for a key without foldings.
    spellings: Option<Texts>,
    /// The row of each key, ascending.
    rows: Vec<RowId>,
    /// The hash of each key.
    hashes: Vec<u64>,
    /// The number of records without a key.
    pub(crate) without_key: u64,
}

/// The number of bytes for which memory is reserved for each key of a chunk.
const USUAL_KEY_BYTES: usize = 32;

/// Texts, one after another.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    /// The end of each text in `bytes`.
    ends: Vec<u64>,
}

impl KeyTable {
    /// Reads the keys of the visible records that `is_wanted` accepts. Tables that are compared have one hash function.
    pub(crate) fn read(
        key: &Key,
        snapshot: &Snapshot,
        is_wanted: impl Fn(RowId) -> bool + Sync,
        hasher: &DefaultHashBuilder,
    ) -> Result<Self, Error> {
        let column = key.column().map(|column| snapshot.columns(&[column]));
        let column = column.transpose()?;
        let read_chunk = |chunk: usize| {
            let mut rows = Vec::with_capacity(snapshot.chunks()[chunk].visible_count());
            snapshot.chunks()[chunk].for_each_visible(|row| {
                let id = snapshot.row_id(chunk, row);
                if is_wanted(id) {
                    rows.push((id, row));
                }
            });
            let mut keys = Self::new(key);
            keys.reserve(rows.len(), rows.len() * USUAL_KEY_BYTES);
            match &column {
                Some(columns) => {
                    let column = columns.column(chunk, key.column().unwrap_or_default());
                    keys.read_column(key, &rows, column, hasher);
                }
                None => keys.read_records(key, snapshot, &rows, hasher)?,
            }
            Ok(keys)
        };
        let chunks = (0..snapshot.chunks().len()).into_par_iter().map(read_chunk);
        let chunks: Vec<Self> = chunks.collect::<Result<_, Error>>()?;
        let rows = chunks.iter().map(|keys| keys.rows.len()).sum();
        let mut table = Self::new(key);
        table.reserve(rows, chunks.iter().map(|keys| keys.texts.bytes.len()).sum());
        for keys in chunks {
            table.texts.append(&keys.texts);
            if let (Some(spellings), Some(more)) = (&mut table.spellings, &keys.spellings) {
                spellings.append(more);
            }
            table.rows.extend(keys.rows);
            table.hashes.extend(keys.hashes);
            table.without_key += keys.without_key;
        }
        Ok(table)
    }

    /// Creates an empty table.
    pub(crate) fn new(key: &Key) -> Self {
        Self {
            texts: Texts::default(),
            spellings: (!key.folds.is_empty()).then(Texts::default),
            rows: Vec::new(),
            hashes: Vec::new(),
            without_key: 0,
        }
    }

    /// Reserves memory for some keys, of this number of bytes together.
    fn reserve(&mut self, keys: usize, bytes: usize) {
        self.texts.reserve(keys, bytes);
        if let Some(spellings) = &mut self.spellings {
            spellings.reserve(keys, bytes);
        }
        self.rows.reserve(keys);
        self.hashes.reserve(keys);
    }

    /// Creates the table of keys with these hashes.
    #[cfg(test)]
    pub(crate) fn with_hashes(keys: &[(&str, u64)]) -> Self {
        let mut texts = Texts::default();
        for (text, _) in keys {
            texts.push(text.as_bytes());
        }
        Self {
            texts,
            spellings: None,
            rows: (0..keys.len() as u32).map(RowId).collect(),
            hashes: keys.iter().map(|&(_, hash)| hash).collect(),
            without_key: 0,
        }
    }

    /// Returns the number of keys.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether no record has a key.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the hash of each key, by its number.
    pub(crate) fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// Returns the text of a key.
    pub(crate) fn text(&self, number: u32) -> &[u8] {
        self.texts.get(number as usize)
    }

    /// Returns the row of a key.
    pub(crate) fn row(&self, number: u32) -> RowId {
        self.rows[number as usize]
    }

    /// Returns the key of a row as it is spelled in its record; empty for a row without one.
    pub(crate) fn spelling(&self, row: RowId) -> &str {
        let Ok(number) = self.rows.binary_search(&row) else {
            return "";
        };
        let texts = self.spellings.as_ref().unwrap_or(&self.texts);
        // The table is filled with whole texts.
        std::str::from_utf8(texts.get(number)).unwrap_or_default()
    }

    /// Adds the keys of rows of a chunk from a column with texts.
    fn read_column(
        &mut self,
        key: &Key,
        rows: &[(RowId, usize)],
        column: &Column,
        hasher: &DefaultHashBuilder,
    ) {
        for &(id, row) in rows {
            self.push(key, id, text_in(column, row).as_deref(), hasher);
        }
    }

    /// Adds the keys of rows of a chunk from their records.
    fn read_records(
        &mut self,
        key: &Key,
        snapshot: &Snapshot,
        rows: &[(RowId, usize)],
        hasher: &DefaultHashBuilder,
    ) -> Result<(), Error> {
        let Values::Path(path) = &key.values else {
            return Ok(());
        };
        let rows: Vec<RowId> = rows.iter().map(|&(id, _)| id).collect();
        let mut next = rows.iter();
        snapshot.for_each_record(&rows, &mut snapshot.reader(), |record| {
            if let Some(&row) = next.next() {
                let text = text_at(record, path)?;
                self.push(key, row, text.as_deref(), hasher);
            }
            Ok(())
        })
    }

    /// Adds the key of a record.
    fn push(&mut self, key: &Key, row: RowId, text: Option<&str>, hasher: &DefaultHashBuilder) {
        let Some((spelling, text)) = text.and_then(|text| Some((text, key.fold(text)?))) else {
            self.without_key += 1;
            return;
        };
        self.texts.push(text.as_bytes());
        if let Some(spellings) = &mut self.spellings {
            spellings.push(spelling.as_bytes());
        }
        self.rows.push(row);
        self.hashes.push(hasher.hash_one(text.as_bytes()));
    }
}

impl Texts {
    fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len() as u64);
    }

    fn reserve(&mut self, texts: usize, bytes: usize) {
        self.bytes.reserve(bytes);
        self.ends.reserve(texts);
    }

    /// Adds all texts of another list.
    fn append(&mut self, other: &Self) {
        let start = self.bytes.len() as u64;
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends.iter().map(|end| start + end));
    }

    fn get(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start as usize..self.ends[number] as usize]
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
fn text_at<'a>(record: &'a [u8], path: &[String]) -> Result<Option<Cow<'a, str>>, Error> {
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
