//! The key by which records of two snapshots are paired.

use std::borrow::Cow;
use std::fmt;
use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;
use idq::api::{Api, Kind};
use idq::columns::{Column, casefold};
use idq::json::valid_members;
use idq::{AttributePath, Bucket, CountRequest, RowId, Snapshot};
use rayon::prelude::*;

use crate::canonical::text;
use crate::error::{Error, KeyError};

/// The key of a record: the text of a field or of a path, compared by its bytes or without case.
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
    folding: Folding,
    /// Whether the key is the id, which every record has, even if it is empty.
    is_id: bool,
}

/// The location of the values of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Values {
    /// A column with texts.
    Column(usize),
    /// A path of the records.
    Path(Vec<String>),
}

/// The treatment of a text before it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Folding {
    /// The text as it is.
    Exact,
    /// Without case.
    Case,
}

impl Key {
    /// Returns the id of an API's records.
    pub fn id(api: &Api) -> Self {
        Self {
            values: Values::Column(api.id),
            name: api.fields[api.id].name.clone(),
            folding: Folding::Exact,
            is_id: true,
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
        let folding = match &key.bucket.value {
            Bucket::Value => Folding::Exact,
            Bucket::Fold => Folding::Case,
            other => return Err(KeyError::Bucket(other.name())),
        };
        let keys = AttributePath::from(key.field.value.as_str()).keys;
        // A key with a dot in it is none of a documented field.
        let has_dot = keys.iter().any(|key| key.contains('.'));
        let field = api.field(&keys.join(".")).filter(|_| !has_dot);
        Ok(Self {
            values: match field.map(|field| (field, api.fields[field].kind)) {
                Some((field, Kind::Text | Kind::Keyword)) => Values::Column(field),
                Some((field, kind)) => {
                    let field = api.fields[field].name.clone();
                    return Err(KeyError::Kind { field, kind });
                }
                None => Values::Path(keys),
            },
            name: key.to_string(),
            folding,
            is_id: field == Some(api.id),
        })
    }

    /// Returns the column that has the values; `None` if they are read from the records.
    pub fn column(&self) -> Option<usize> {
        match self.values {
            Values::Column(column) => Some(column),
            Values::Path(_) => None,
        }
    }

    /// Returns whether the key is the id.
    pub(crate) fn is_id(&self) -> bool {
        self.is_id
    }

    /// Returns the text by which a value is compared; `None` for the empty text of a field other than the id.
    fn fold<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        let folded = match self.folding {
            Folding::Exact => Cow::Borrowed(text),
            Folding::Case => casefold(text),
        };
        (self.is_id || !folded.is_empty()).then_some(folded)
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
    /// The keys of all records that have one, one after another.
    texts: Vec<u8>,
    /// The end of each key in `texts`.
    ends: Vec<u64>,
    /// The row of each key, ascending.
    rows: Vec<RowId>,
    /// The hash of each key.
    hashes: Vec<u64>,
    /// The number of records without a key.
    pub(crate) without_key: u64,
}

/// The keys of one chunk.
#[derive(Default)]
struct ChunkKeys {
    texts: Vec<u8>,
    ends: Vec<u64>,
    rows: Vec<RowId>,
    hashes: Vec<u64>,
    without_key: u64,
}

impl KeyTable {
    /// Reads the keys of all visible records. Tables that are compared have one hash function.
    pub(crate) fn read(
        key: &Key,
        snapshot: &Snapshot,
        hasher: &DefaultHashBuilder,
    ) -> Result<Self, Error> {
        let column = key.column().map(|column| snapshot.columns(&[column]));
        let column = column.transpose()?;
        let read_chunk = |chunk: usize| {
            let mut keys = ChunkKeys::default();
            match &column {
                Some(columns) => {
                    let column = columns.column(chunk, key.column().unwrap_or_default());
                    keys.read_column(key, snapshot, chunk, column, hasher);
                }
                None => keys.read_records(key, snapshot, chunk, hasher)?,
            }
            Ok(keys)
        };
        let chunks = (0..snapshot.chunks().len()).into_par_iter().map(read_chunk);
        let chunks: Vec<ChunkKeys> = chunks.collect::<Result<_, Error>>()?;
        let rows = chunks.iter().map(|keys| keys.rows.len()).sum();
        let mut table = Self {
            texts: Vec::with_capacity(chunks.iter().map(|keys| keys.texts.len()).sum()),
            ends: Vec::with_capacity(rows),
            rows: Vec::with_capacity(rows),
            hashes: Vec::with_capacity(rows),
            without_key: 0,
        };
        for keys in chunks {
            let start = table.texts.len() as u64;
            table.texts.extend_from_slice(&keys.texts);
            table.ends.extend(keys.ends.iter().map(|end| start + end));
            table.rows.extend(keys.rows);
            table.hashes.extend(keys.hashes);
            table.without_key += keys.without_key;
        }
        Ok(table)
    }

    /// Creates the table of keys with these hashes.
    #[cfg(test)]
    pub(crate) fn with_hashes(keys: &[(&str, u64)]) -> Self {
        let ends = keys.iter().scan(0, |end, (text, _)| {
            *end += text.len() as u64;
            Some(*end)
        });
        Self {
            texts: keys.iter().flat_map(|(text, _)| text.bytes()).collect(),
            ends: ends.collect(),
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
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.texts[start as usize..self.ends[number] as usize]
    }

    /// Returns the row of a key.
    pub(crate) fn row(&self, number: u32) -> RowId {
        self.rows[number as usize]
    }
}

impl ChunkKeys {
    /// Adds the keys of a chunk from a column with texts.
    fn read_column(
        &mut self,
        key: &Key,
        snapshot: &Snapshot,
        chunk: usize,
        column: &Column,
        hasher: &DefaultHashBuilder,
    ) {
        snapshot.chunks()[chunk].for_each_visible(|row| {
            let text = match column {
                Column::Text(column) => column.value(row),
                Column::Keyword(column) => column.value(row).map(Cow::Borrowed),
                _ => None,
            };
            self.push(key, snapshot.row_id(chunk, row), text.as_deref(), hasher);
        });
    }

    /// Adds the keys of a chunk from its records.
    fn read_records(
        &mut self,
        key: &Key,
        snapshot: &Snapshot,
        chunk: usize,
        hasher: &DefaultHashBuilder,
    ) -> Result<(), Error> {
        let Values::Path(path) = &key.values else {
            return Ok(());
        };
        let mut rows = Vec::new();
        snapshot.chunks()[chunk].for_each_visible(|row| rows.push(snapshot.row_id(chunk, row)));
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
        let Some(text) = text.and_then(|text| key.fold(text)) else {
            self.without_key += 1;
            return;
        };
        self.texts.extend_from_slice(text.as_bytes());
        self.ends.push(self.texts.len() as u64);
        self.rows.push(row);
        self.hashes.push(hasher.hash_one(text.as_bytes()));
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
