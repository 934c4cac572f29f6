//! String columns whose values are mostly distinct, in the encoding that takes the least memory.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::{Array, StringArray};
use arrow_buffer::{BooleanBuffer, NullBuffer};

use crate::column::casefolded::Casefolded;
use crate::column::text_window::TextWindow;
use crate::common_prefix::CommonPrefix;
use crate::encoding::affix::{Affix, AffixEncoded};
use crate::encoding::codes::Codes;
use crate::encoding::strings::{StringArena, array_memory};
use crate::encoding::uuid::{self, Uuids};
use crate::hash::{Fingerprint, fingerprint};
use crate::validity::Validity;

/// The strings of one chunk, mostly distinct.
///
/// | encoding | strings | bytes a row |
/// |---|---|---|
/// | plain | any | those of the string, and an offset of 4 |
/// | UUIDs | all of them UUIDs in the canonical spelling | 16 instead of 36 |
/// | affix | most share their start or their end with others | those of the stem, 4, and a code of 1 to 4 |
///
/// Kernels read each encoding without decoding it. Two indexes are built by the first query that needs them, and kept:
/// the casefolded forms for searches and sorts, and the fingerprints for exact comparisons. [`OnceLock`]s hold them, so
/// that any number of threads can query a column at the same time.
///
/// ```
/// use idq_columns::TextBuilder;
///
/// let mut builder = TextBuilder::new();
/// builder.push("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
/// builder.push_missing();
/// let column = builder.finish();
/// // Packed into sixteen bytes, and spelled as before.
/// assert!(column.uuids().is_some());
/// assert_eq!(column.value(0).as_deref(), Some("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"));
/// assert_eq!(column.value(1), None);
/// ```
#[derive(Debug)]
pub struct TextColumn {
    pub(crate) encoding: Encoding,
    nulls: Option<NullBuffer>,
    missing: Option<BooleanBuffer>,
    casefolded: OnceLock<Casefolded>,
    /// Whether a query has compared the strings with an exact text.
    was_compared: AtomicBool,
    fingerprints: OnceLock<Vec<Fingerprint>>,
}

/// The encoding of the strings of a [`TextColumn`]. Strings of rows without a value are unspecified.
#[derive(Debug)]
pub(crate) enum Encoding {
    /// One after another in one buffer.
    Plain(StringArray),
    /// Sixteen bytes each: all of them are UUIDs in the canonical spelling.
    Uuids(Uuids),
    /// A dictionary code for one end of each, and the stems.
    Affix(AffixEncoded),
}

/// Up to this number of texts are compared with each row; more are looked up by their fingerprints.
pub(crate) const MAX_COMPARED_TEXTS: usize = 4;

impl TextColumn {
    /// Creates a column of plain strings.
    pub(crate) fn plain(values: StringArray) -> Self {
        let nulls = values.nulls().cloned();
        Self::new(Encoding::Plain(values), nulls, None)
    }

    /// Creates a column without indexes.
    pub(crate) fn new(
        encoding: Encoding,
        nulls: Option<NullBuffer>,
        missing: Option<BooleanBuffer>,
    ) -> Self {
        Self {
            encoding,
            nulls,
            missing,
            casefolded: OnceLock::new(),
            was_compared: AtomicBool::new(false),
            fingerprints: OnceLock::new(),
        }
    }

    /// Returns the strings as a plain Arrow array; null where a row has none. Copies nothing where the encoding is
    /// plain.
    pub fn to_strings(&self) -> StringArray {
        if let Encoding::Plain(values) = &self.encoding {
            return values.clone();
        }
        let mut strings = StringArena::default();
        for row in 0..self.rows() {
            strings.push_with(|out| self.append(row, out));
        }
        strings.finish(self.nulls.clone())
    }

    /// Returns the number of rows.
    pub(crate) fn rows(&self) -> usize {
        match &self.encoding {
            Encoding::Plain(values) => values.len(),
            Encoding::Uuids(uuids) => uuids.as_slice().len(),
            Encoding::Affix(affix) => affix.codes.len(),
        }
    }

    /// Returns Arrow's validity; `None` if all rows hold a string.
    pub(crate) fn nulls(&self) -> Option<&NullBuffer> {
        self.nulls.as_ref()
    }

    /// Returns the validity: which rows have a value, null or nothing.
    pub fn validity(&self) -> Validity<'_> {
        Validity::new(self.rows(), self.nulls.as_ref(), self.missing.as_ref())
    }

    /// Returns whether a row holds a string.
    pub(crate) fn is_valid(&self, row: usize) -> bool {
        self.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row))
    }

    /// Returns the string of a row; borrowed where the encoding is plain.
    pub fn value(&self, row: usize) -> Option<Cow<'_, str>> {
        if !self.is_valid(row) {
            return None;
        }
        Some(match &self.encoding {
            Encoding::Plain(values) => values.value(row).into(),
            Encoding::Uuids(uuids) => {
                // The spelling is ASCII, so nothing is replaced.
                let text = uuid::format(uuids.as_slice()[row]);
                String::from_utf8_lossy(&text).into_owned().into()
            }
            Encoding::Affix(affix) => affix.parts(row).concat().into(),
        })
    }

    /// Returns the code of each row's suffix and the distinct suffixes, if the strings are split at their last `@`.
    ///
    /// A suffix starts with the `@`, and is empty for a string without one. Codes of rows without a string are
    /// unspecified.
    pub fn suffixes(&self) -> Option<(&Codes, &StringArray)> {
        match &self.encoding {
            Encoding::Affix(affix) if affix.affix == Affix::Suffix => {
                Some((&affix.codes, &affix.affixes))
            }
            _ => None,
        }
    }

    /// Returns the window of a row's string that starts at byte `from`.
    pub fn window(&self, row: usize, from: usize) -> Option<TextWindow> {
        if !self.is_valid(row) {
            return None;
        }
        Some(match &self.encoding {
            Encoding::Plain(values) => TextWindow::new(values.value(row).as_bytes(), from),
            Encoding::Uuids(uuids) => TextWindow::new(&uuid::format(uuids.as_slice()[row]), from),
            Encoding::Affix(affix) => TextWindow::of_parts(affix.parts(row), from),
        })
    }

    /// Returns the window of a row's casefolded string that starts at byte `from`; see [`TextWindow::casefolded`].
    pub fn casefolded_window(&self, row: usize, from: usize) -> Option<TextWindow> {
        if !self.is_valid(row) {
            return None;
        }
        let Some(casefolded) = self.casefolded.get() else {
            return self.fold_window(row, from);
        };
        // A row without a stored form is its own form.
        match casefolded.value(row) {
            Some(folded) => Some(TextWindow::new(folded.as_bytes(), from)),
            None => self.window(row, from),
        }
    }

    /// Returns a window of a row's casefolded string without the forms of all rows: a selection of a page reads one
    /// window of most rows, which takes less time.
    fn fold_window(&self, row: usize, from: usize) -> Option<TextWindow> {
        let window = self.window(row, from)?;
        if from == 0 && window.bytes.is_ascii() {
            return Some(window.to_ascii_lowercase());
        }
        let mut text = Vec::new();
        self.write(row, &mut text);
        // The string of a row consists of whole characters.
        let text = std::str::from_utf8(&text).unwrap_or_default();
        Some(TextWindow::casefolded(text, from))
    }

    /// Returns whether the string of a row equals a text. The row must have a string.
    pub(crate) fn value_equals(&self, row: usize, text: &str) -> bool {
        match &self.encoding {
            Encoding::Plain(values) => values.value(row) == text,
            Encoding::Uuids(uuids) => uuid::format(uuids.as_slice()[row]) == *text.as_bytes(),
            Encoding::Affix(affix) => {
                let [first, second] = affix.parts(row);
                text.strip_prefix(first) == Some(second)
            }
        }
    }

    /// Returns the two parts of a row's string, the second empty where the encoding is plain.
    ///
    /// Returns `None` where the row has no string, or one that case folding never changes.
    pub(crate) fn foldable_parts(&self, row: usize) -> Option<[&str; 2]> {
        if !self.is_valid(row) {
            return None;
        }
        match &self.encoding {
            Encoding::Plain(values) => Some([values.value(row), ""]),
            Encoding::Uuids(_) => None,
            Encoding::Affix(affix) => Some(affix.parts(row)),
        }
    }

    /// Replaces the content of a buffer with a row's string; returns false if the row has none.
    pub fn write(&self, row: usize, out: &mut Vec<u8>) -> bool {
        out.clear();
        self.append(row, out);
        self.is_valid(row)
    }

    /// Returns the bytes of a row's string, in the buffer where the encoding is not plain. The row must have a string.
    pub(crate) fn bytes<'b>(&'b self, row: usize, buffer: &'b mut Vec<u8>) -> &'b [u8] {
        match &self.encoding {
            Encoding::Plain(values) => values.value(row).as_bytes(),
            Encoding::Uuids(_) | Encoding::Affix(_) => {
                self.write(row, buffer);
                buffer
            }
        }
    }

    /// Appends a row's string, if it has one.
    pub fn append(&self, row: usize, out: &mut Vec<u8>) {
        if !self.is_valid(row) {
            return;
        }
        match &self.encoding {
            Encoding::Plain(values) => out.extend_from_slice(values.value(row).as_bytes()),
            Encoding::Uuids(uuids) => out.extend_from_slice(&uuid::format(uuids.as_slice()[row])),
            Encoding::Affix(affix) => affix.append(row, out),
        }
    }

    /// Adds the strings of this column to a common prefix.
    pub fn shorten_common_prefix(&self, prefix: &mut CommonPrefix) {
        if let Encoding::Plain(values) = &self.encoding {
            prefix.add_strings(values);
            return;
        }
        let mut text = Vec::new();
        for row in 0..self.rows() {
            if prefix.is_empty() {
                return;
            }
            if self.write(row, &mut text) {
                prefix.add(&text);
            }
        }
    }

    /// Returns the bytes of memory that the buffers take, indexes included.
    pub fn memory(&self) -> usize {
        let strings = match &self.encoding {
            Encoding::Plain(values) => array_memory(values),
            Encoding::Uuids(uuids) => 16 * uuids.as_slice().len(),
            Encoding::Affix(affix) => affix.memory(),
        };
        let fingerprints = self.fingerprints.get().map_or(0, |prints| 2 * prints.len());
        let casefolded = self.casefolded.get().map_or(0, Casefolded::memory);
        strings + casefolded + fingerprints + self.validity().memory()
    }

    /// Builds the casefolded forms that searches and sorts of many rows read, unless it was done before.
    pub fn build_casefolded(&self) {
        self.casefolded();
    }

    /// Returns the casefolded forms, built by the first call.
    pub(crate) fn casefolded(&self) -> &Casefolded {
        self.casefolded.get_or_init(|| Casefolded::new(self))
    }

    /// Returns the fingerprints of all rows; those of rows without a string are unspecified.
    ///
    /// Building them costs more than one comparison of all strings with a few texts. Returns `None` for the first query
    /// with at most [`MAX_COMPARED_TEXTS`] texts, which is answered faster by comparing.
    pub(crate) fn fingerprints(&self, compared_texts: usize) -> Option<&[Fingerprint]> {
        // Relaxed: a lost race costs one more comparison, and never makes the result wrong.
        let is_first = !self.was_compared.swap(true, Ordering::Relaxed);
        if is_first && compared_texts <= MAX_COMPARED_TEXTS {
            return None;
        }
        let make = || match &self.encoding {
            // The fingerprint of a UUID is that of its sixteen bytes, as in `fingerprint_of`.
            Encoding::Uuids(uuids) => {
                let uuids = uuids.as_slice().iter();
                uuids.map(|uuid| fingerprint(uuid)).collect()
            }
            _ => {
                let mut text = Vec::new();
                let print = |row| {
                    self.write(row, &mut text);
                    fingerprint(&text)
                };
                (0..self.rows()).map(print).collect()
            }
        };
        Some(self.fingerprints.get_or_init(make))
    }

    /// Returns the fingerprint of rows with this string; `None` if no row can have it.
    pub(crate) fn fingerprint_of(&self, text: &str) -> Option<Fingerprint> {
        match &self.encoding {
            Encoding::Uuids(_) => uuid::parse(text.as_bytes()).map(|uuid| fingerprint(&uuid)),
            _ => Some(fingerprint(text.as_bytes())),
        }
    }
}
