//! The arrays of a document column while they are written, path by path.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, ListBuilder, UInt16Builder, UInt32Builder};
use arrow_array::{Array, BinaryArray, ListArray};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::{DataType, Field};

use super::elements::AlignmentIndex;
use super::path_filter::NumberIndex;
use super::row_list::{RowEncoding, row_bits};
use super::{DocumentColumn, ValueKind, is_terminator, split_texts};
use crate::casefold::{BLOCK_BYTES, any_may_change, casefold_into, may_change};

/// The arrays of a document column, with an element for each path that was finished.
#[derive(Debug)]
pub(super) struct PathArrays {
    /// Position of each path's parent.
    parents: Vec<u32>,
    /// Own key of each path, as written.
    keys: BinaryBuilder,
    /// Casefolded texts of each path, each with its terminator.
    values: BinaryBuilder,
    /// Texts that casefolding changes, as written, each with its terminator.
    originals: BinaryBuilder,
    /// One bit for each text: whether `originals` has it.
    original_bits: BinaryBuilder,
    /// For each value the position of its text; null if each value has its own.
    codes: BinaryBuilder,
    /// Bitmap of the rows with a value; null if the rows are listed.
    row_bits: BinaryBuilder,
    /// Rows of values as 16-bit numbers; null in another encoding.
    rows: ListBuilder<UInt16Builder>,
    /// Rows of values as 32-bit numbers; null in another encoding.
    wide_rows: ListBuilder<UInt32Builder>,
    /// Levels at which values are inside arrays.
    levels: BinaryBuilder,
    /// Element numbers of each value, one for each level.
    element_numbers: BinaryBuilder,
    /// Buffer for the texts of one path.
    folded: FoldedTexts,
    /// Buffer for the rows of one path.
    short_rows: Vec<u16>,
}

/// The parts of one path.
#[derive(Clone, Copy, Default)]
pub(super) struct PathParts<'p> {
    /// Position of the parent.
    pub(super) parent: u32,
    /// Own key, as written.
    pub(super) key: &'p [u8],
    /// Texts as written, with their terminators.
    pub(super) texts: &'p [u8],
    /// For each value the position of its text.
    pub(super) codes: Option<&'p [u8]>,
    /// The row of each value.
    pub(super) rows: &'p [u32],
    /// Levels at which values are inside arrays, in LEB128.
    pub(super) levels: &'p [u8],
    /// Element numbers of each value, one for each level, in LEB128.
    pub(super) element_numbers: &'p [u8],
}

impl PathArrays {
    /// Creates arrays without paths.
    pub(super) fn new() -> Self {
        let item = |data_type| Arc::new(Field::new("item", data_type, false));
        Self {
            parents: Vec::new(),
            keys: BinaryBuilder::new(),
            values: BinaryBuilder::new(),
            originals: BinaryBuilder::new(),
            original_bits: BinaryBuilder::new(),
            codes: BinaryBuilder::new(),
            row_bits: BinaryBuilder::new(),
            rows: ListBuilder::new(UInt16Builder::new()).with_field(item(DataType::UInt16)),
            wide_rows: ListBuilder::new(UInt32Builder::new()).with_field(item(DataType::UInt32)),
            levels: BinaryBuilder::new(),
            element_numbers: BinaryBuilder::new(),
            folded: FoldedTexts::default(),
            short_rows: Vec::new(),
        }
    }

    /// Adds a path of a chunk of `rows` rows.
    pub(super) fn push(&mut self, path: PathParts<'_>, rows: usize) {
        self.parents.push(path.parent);
        self.keys.append_value(path.key);
        self.folded.fold(path.texts);
        self.values.append_value(self.folded.texts(path.texts));
        self.originals.append_value(&self.folded.originals);
        self.original_bits.append_value(&self.folded.bits);
        self.codes.append_option(path.codes);
        self.levels.append_value(path.levels);
        self.element_numbers.append_value(path.element_numbers);
        // Exactly one of the three lists has the rows of a path.
        let encoding = RowEncoding::new(path.rows, rows);
        match encoding {
            RowEncoding::Bits => {
                let bits = row_bits(path.rows, rows);
                self.row_bits.append_value(bits.sliced().as_slice());
            }
            RowEncoding::U16 => {
                self.short_rows.clear();
                let short = path.rows.iter().map(|&row| row as u16);
                self.short_rows.extend(short);
                self.rows.values().append_slice(&self.short_rows);
            }
            RowEncoding::U32 => self.wide_rows.values().append_slice(path.rows),
        }
        if encoding != RowEncoding::Bits {
            self.row_bits.append_null();
        }
        self.rows.append(encoding == RowEncoding::U16);
        self.wide_rows.append(encoding == RowEncoding::U32);
    }

    /// Returns the column of `rows` rows.
    pub(super) fn finish(
        mut self,
        rows: usize,
        nulls: Option<NullBuffer>,
        missing: Option<BooleanBuffer>,
    ) -> DocumentColumn {
        DocumentColumn {
            parents: self.parents.into_boxed_slice().into_vec().into(),
            keys: compact(self.keys),
            values: compact(self.values),
            originals: compact(self.originals),
            capitals: None,
            original_bits: compact(self.original_bits),
            codes: compact(self.codes),
            row_bits: compact(self.row_bits),
            rows: compact_list(self.rows.finish()),
            wide_rows: compact_list(self.wide_rows.finish()),
            levels: compact(self.levels),
            element_numbers: compact(self.element_numbers),
            row_count: rows,
            nulls,
            missing,
            numbers: NumberIndex::default(),
            alignments: AlignmentIndex::default(),
        }
    }
}

/// Returns the array of a builder without the builder's unused capacity.
fn compact(mut builder: BinaryBuilder) -> BinaryArray {
    let mut array = builder.finish();
    array.shrink_to_fit();
    array
}

/// Returns a list without the unused capacity of its builder.
fn compact_list(mut list: ListArray) -> ListArray {
    list.shrink_to_fit();
    list
}

/// Returns whether casefolding may change one of the texts of a path.
fn any_text_may_change(texts: &[u8]) -> bool {
    let changes = |byte: u8| may_change(byte) & !is_terminator(byte);
    let mut blocks = texts.chunks(BLOCK_BYTES);
    blocks.any(|block| block.iter().fold(false, |any, &byte| any | changes(byte)))
}

/// Texts of one path, casefolded, and those that casefolding changes.
#[derive(Debug, Default)]
struct FoldedTexts {
    /// The folded texts; unspecified if none is changed.
    folded: Vec<u8>,
    /// The texts that casefolding changes, as written.
    originals: Vec<u8>,
    /// One bit for each text up to the last changed one.
    bits: Vec<u8>,
}

impl FoldedTexts {
    /// Replaces the texts by the folded forms of others.
    fn fold(&mut self, texts: &[u8]) {
        self.folded.clear();
        self.originals.clear();
        self.bits.clear();
        if !any_text_may_change(texts) {
            return;
        }
        for (position, (text, kind)) in split_texts(texts).enumerate() {
            let start = self.folded.len();
            if kind == ValueKind::String && any_may_change(text) {
                casefold_into(&String::from_utf8_lossy(text), &mut self.folded);
            } else if kind == ValueKind::Number {
                // The `E` of an exponent.
                self.folded.extend(text.iter().map(u8::to_ascii_lowercase));
            } else {
                self.folded.extend_from_slice(text);
            }
            if self.folded[start..] != *text {
                self.originals.extend_from_slice(text);
                self.originals.push(kind.terminator());
                self.bits.resize(position / 8 + 1, 0);
                self.bits[position / 8] |= 1 << (position % 8);
            }
            self.folded.push(kind.terminator());
        }
    }

    /// Returns the folded forms of the texts that were folded last.
    fn texts<'t>(&'t self, texts: &'t [u8]) -> &'t [u8] {
        if self.originals.is_empty() {
            texts
        } else {
            &self.folded
        }
    }
}
