//! The key by which records of two snapshots are paired.

use std::borrow::Cow;
use std::fmt;
use std::hash::BuildHasher;

use arrow_array::{Array, StringArray};
use hashbrown::DefaultHashBuilder;
use idq::api::{Api, Kind};
use idq::columns::{Column, Dictionary, KeywordColumn};
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
    texts: KeyTexts,
    /// For each key, the number of its text. Records of one dictionary share the texts of its values.
    text_numbers: Vec<u32>,
    /// The row of each key, ascending.
    rows: Vec<RowId>,
    /// The hash of each key.
    hashes: Vec<u64>,
    /// The number of records without a key.
    pub(crate) without_key: u64,
}

/// The texts by which records are compared.
struct KeyTexts {
    folded: Texts,
    /// The same as they are spelled, before any folding; `None` for a key without foldings.
    spelled: Option<Texts>,
}

/// The keys of the values of a dictionary: each value is folded and hashed once, however many records have it.
struct DictionaryKeys {
    texts: KeyTexts,
    /// For each code, the number of its text, and its hash; `None` for a value that is no key.
    keys: Vec<Option<(u32, u64)>>,
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
        let columns = key.column().map(|column| snapshot.columns(&[column]));
        let columns = columns.transpose()?;
        let column = |chunk: usize| {
            let columns = columns.as_ref()?;
            Some(columns.column(chunk, key.column().unwrap_or_default()))
        };
        let chunks = snapshot.chunks().len();
        // Chunks can share a dictionary.
        let mut dictionaries: Vec<&Dictionary> = Vec::new();
        let mut dictionary_of_chunk = vec![None; chunks];
        for (chunk, of_chunk) in dictionary_of_chunk.iter_mut().enumerate() {
            if let Some(Column::Keyword(column)) = column(chunk) {
                let dictionary: &Dictionary = column.dictionary_arc();
                let known = dictionaries
                    .iter()
                    .rposition(|known| std::ptr::eq(*known, dictionary));
                *of_chunk = Some(known.unwrap_or(dictionaries.len()));
                if known.is_none() {
                    dictionaries.push(dictionary);
                }
            }
        }
        let dictionaries: Vec<DictionaryKeys> = dictionaries
            .par_iter()
            .map(|dictionary| DictionaryKeys::new(key, dictionary.values(), hasher))
            .collect();
        let read_chunk = |chunk: usize| {
            let mut rows = Vec::with_capacity(snapshot.chunks()[chunk].visible_count());
            snapshot.chunks()[chunk].for_each_visible(|row| {
                let id = snapshot.row_id(chunk, row);
                if is_wanted(id) {
                    rows.push((id, row));
                }
            });
            let mut keys = Self::new(key);
            match (column(chunk), dictionary_of_chunk[chunk]) {
                (Some(Column::Keyword(column)), Some(dictionary)) => {
                    keys.reserve(rows.len());
                    keys.read_codes(&rows, column, &dictionaries[dictionary]);
                }
                (Some(column), _) => {
                    keys.reserve(rows.len());
                    keys.texts.reserve(rows.len(), rows.len() * USUAL_KEY_BYTES);
                    keys.read_column(key, &rows, column, hasher);
                }
                (None, _) => keys.read_records(key, snapshot, &rows, hasher)?,
            }
            Ok(keys)
        };
        let chunk_keys = (0..chunks).into_par_iter().map(read_chunk);
        let chunk_keys: Vec<Self> = chunk_keys.collect::<Result<_, Error>>()?;
        let mut table = Self::new(key);
        table.reserve(chunk_keys.iter().map(|keys| keys.rows.len()).sum());
        let texts = dictionaries.iter().map(|dictionary| &dictionary.texts);
        let texts = texts.chain(chunk_keys.iter().map(|keys| &keys.texts));
        table.texts.reserve(
            texts.clone().map(|texts| texts.folded.ends.len()).sum(),
            texts.map(|texts| texts.folded.bytes.len()).sum(),
        );
        let starts: Vec<u32> = dictionaries
            .iter()
            .map(|dictionary| table.texts.append(&dictionary.texts))
            .collect();
        for (keys, dictionary) in chunk_keys.into_iter().zip(dictionary_of_chunk) {
            let start = match dictionary {
                Some(dictionary) => starts[dictionary],
                None => table.texts.append(&keys.texts),
            };
            let numbers = keys.text_numbers.iter().map(|number| start + number);
            table.text_numbers.extend(numbers);
            table.rows.extend(keys.rows);
            table.hashes.extend(keys.hashes);
            table.without_key += keys.without_key;
        }
        Ok(table)
    }

    /// Creates an empty table.
    pub(crate) fn new(key: &Key) -> Self {
        Self {
            texts: KeyTexts::new(key),
            text_numbers: Vec::new(),
            rows: Vec::new(),
            hashes: Vec::new(),
            without_key: 0,
        }
    }

    /// Reserves memory for some keys.
    fn reserve(&mut self, keys: usize) {
        self.text_numbers.reserve(keys);
        self.rows.reserve(keys);
        self.hashes.reserve(keys);
    }

    /// Creates the table of keys with these hashes.
    #[cfg(test)]
    pub(crate) fn with_hashes(keys: &[(&str, u64)]) -> Self {
        let mut folded = Texts::default();
        for (text, _) in keys {
            folded.push(text.as_bytes());
        }
        Self {
            texts: KeyTexts {
                folded,
                spelled: None,
            },
            text_numbers: (0..keys.len() as u32).collect(),
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
        self.texts.folded.get(self.text_numbers[number as usize])
    }

    /// Returns whether the texts of two keys are equal.
    pub(crate) fn have_one_text(&self, one: u32, other: u32) -> bool {
        let numbers = &self.text_numbers;
        numbers[one as usize] == numbers[other as usize] || self.text(one) == self.text(other)
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
        let texts = self.texts.spelled.as_ref().unwrap_or(&self.texts.folded);
        // The table is filled with whole texts.
        std::str::from_utf8(texts.get(self.text_numbers[number])).unwrap_or_default()
    }

    /// Adds the keys of rows of a chunk from their codes.
    fn read_codes(
        &mut self,
        rows: &[(RowId, usize)],
        column: &KeywordColumn,
        dictionary: &DictionaryKeys,
    ) {
        for &(id, row) in rows {
            let code = column.code(row);
            match code.and_then(|code| dictionary.keys[code as usize]) {
                Some((text, hash)) => self.push_key(id, text, hash),
                None => self.without_key += 1,
            }
        }
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
        match text.and_then(|text| self.texts.push(key, text, hasher)) {
            Some((text, hash)) => self.push_key(row, text, hash),
            None => self.without_key += 1,
        }
    }

    /// Adds a key of a record by the number of its text.
    fn push_key(&mut self, row: RowId, text: u32, hash: u64) {
        self.text_numbers.push(text);
        self.rows.push(row);
        self.hashes.push(hash);
    }
}

impl DictionaryKeys {
    /// Folds and hashes the values of a dictionary.
    fn new(key: &Key, values: &StringArray, hasher: &DefaultHashBuilder) -> Self {
        let mut texts = KeyTexts::new(key);
        texts.reserve(values.len(), values.value_data().len());
        let keys = values.iter().flatten();
        let keys = keys.map(|value| texts.push(key, value, hasher)).collect();
        Self { texts, keys }
    }
}

impl KeyTexts {
    /// Creates an empty list.
    fn new(key: &Key) -> Self {
        Self {
            folded: Texts::default(),
            spelled: (!key.folds.is_empty()).then(Texts::default),
        }
    }

    /// Reserves memory for some texts, of this number of bytes together.
    fn reserve(&mut self, texts: usize, bytes: usize) {
        self.folded.reserve(texts, bytes);
        if let Some(spelled) = &mut self.spelled {
            spelled.reserve(texts, bytes);
        }
    }

    /// Adds a text, and returns its number and its hash; `None` for a text that is no key.
    fn push(&mut self, key: &Key, text: &str, hasher: &DefaultHashBuilder) -> Option<(u32, u64)> {
        let folded = key.fold(text)?;
        // A snapshot has fewer rows than numbers of 32 bits.
        let number = self.folded.ends.len() as u32;
        self.folded.push(folded.as_bytes());
        if let Some(spelled) = &mut self.spelled {
            spelled.push(text.as_bytes());
        }
        Some((number, hasher.hash_one(folded.as_bytes())))
    }

    /// Adds all texts of another list, and returns the number of the first one.
    fn append(&mut self, other: &Self) -> u32 {
        let start = self.folded.ends.len() as u32;
        self.folded.append(&other.folded);
        if let (Some(spelled), Some(more)) = (&mut self.spelled, &other.spelled) {
            spelled.append(more);
        }
        start
    }
}

impl Texts {
    /// Adds a text.
    fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len() as u64);
    }

    /// Reserves memory for some texts, of this number of bytes together.
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

    /// Returns a text by its number.
    fn get(&self, number: u32) -> &[u8] {
        let number = number as usize;
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
