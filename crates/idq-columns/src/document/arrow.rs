//! Conversion of document columns to Arrow arrays and back, with an element for each path: the layout of snapshot
//! files.

use std::sync::Arc;

use arrow_array::builder::BinaryBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{UInt16Type, UInt32Type};
use arrow_array::{Array, ArrayRef, BinaryArray, StructArray, UInt32Array};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::{DataType, Field, Fields};

use super::capitals::Capitals;
use super::elements::AlignmentIndex;
use super::path_filter::NumberIndex;
use super::{DocumentColumn, capitals, is_terminator};
use crate::column::from_arrow::{InvalidArray, check_length};

/// The maximum number of keys of a path: the nesting that the JSON reader accepts.
const MAX_LEVEL: u32 = 1_000;

impl DocumentColumn {
    /// The names of those parts of a path that searches and filters scan; the others have a few bytes for each path, or
    /// are read for few values.
    pub const SCANNED_PARTS: [&str; 4] = ["values", "originals", "codes", "row_bits"];

    /// Returns the type of a path: see [`to_paths`](Self::to_paths).
    ///
    /// The names of the fields are part of the format of snapshot files.
    pub fn path_fields() -> Fields {
        let list = |item| DataType::List(Arc::new(Field::new("item", item, false)));
        Fields::from(vec![
            Field::new("parent", DataType::UInt32, false),
            Field::new("key", DataType::Binary, false),
            Field::new("values", DataType::Binary, false),
            Field::new("originals", DataType::Binary, false),
            Field::new("capitals", DataType::Binary, false),
            Field::new("original_bits", DataType::Binary, false),
            Field::new("codes", DataType::Binary, true),
            Field::new("row_bits", DataType::Binary, true),
            Field::new("rows", list(DataType::UInt16), true),
            Field::new("wide_rows", list(DataType::UInt32), true),
            Field::new("levels", DataType::Binary, false),
            Field::new("element_numbers", DataType::Binary, false),
        ])
    }

    /// Returns the paths as structures of
    ///
    /// * `parent`: the position of the parent, which precedes its children; that of the root is 0,
    /// * `key`: the path's own key,
    /// * `values`: its texts, casefolded, each followed by the terminator of its kind,
    /// * `originals`: the texts that casefolding changes, as written, each with its terminator; or instead of them
    ///   `capitals`: one bit for each byte of their casefolded forms, whether a capital letter starts there; and
    ///   `original_bits`: one bit for each text that is among them, least significant first,
    /// * the row of each value at the path, ascending, as one of `row_bits` (one bit a row, least significant first),
    ///   `rows` and `wide_rows`,
    /// * `codes`: for each value the position of its text; null if each value has a text of its own, in order,
    /// * `levels` and `element_numbers`: the array elements that contain each value, in LEB128.
    pub fn to_paths(&self) -> StructArray {
        let (originals, capitals) = self.to_capitals();
        let children: Vec<ArrayRef> = vec![
            Arc::new(UInt32Array::new(self.parents.clone(), None)),
            Arc::new(self.keys.clone()),
            Arc::new(self.values.clone()),
            Arc::new(originals),
            Arc::new(capitals),
            Arc::new(self.original_bits.clone()),
            Arc::new(self.codes.clone()),
            Arc::new(self.row_bits.clone()),
            Arc::new(self.rows.clone()),
            Arc::new(self.wide_rows.clone()),
            Arc::new(self.levels.clone()),
            Arc::new(self.element_numbers.clone()),
        ];
        StructArray::new(Self::path_fields(), children, None)
    }

    /// Returns the originals and the capitals of all paths, with capitals instead of originals where these restore the
    /// originals.
    fn to_capitals(&self) -> (BinaryArray, BinaryArray) {
        let (mut originals, mut capitals) = (BinaryBuilder::new(), BinaryBuilder::new());
        for index in 0..self.path_count() {
            let texts = self.originals.value(index);
            let (values, bits) = (self.values.value(index), self.original_bits.value(index));
            // A column of a snapshot file has capitals already.
            let packed = self.capitals.as_ref();
            let packed = packed.map(|capitals| capitals.bits(index).to_vec());
            let encoded = packed.or_else(|| capitals::encode(values, texts, bits));
            let encoded = encoded.unwrap_or_default();
            originals.append_value(if encoded.is_empty() { texts } else { &[] });
            capitals.append_value(encoded);
        }
        (originals.finish(), capitals.finish())
    }

    /// Creates a column of `rows` rows from its paths.
    ///
    /// # Errors
    /// The arrays have other types, a row or a parent does not exist, a text is not terminated, or a path has another
    /// number of element numbers than of values. Codes are not checked: readers ignore a code without a text.
    pub fn from_paths(
        paths: &StructArray,
        rows: usize,
        nulls: Option<NullBuffer>,
        missing: Option<BooleanBuffer>,
    ) -> Result<Self, InvalidArray> {
        check_length(nulls.as_ref().map(NullBuffer::inner), rows)?;
        check_length(missing.as_ref(), rows)?;
        if *paths.fields() != Self::path_fields() {
            return Err(InvalidArray("the paths of documents have another type"));
        }
        let binary = |column: usize| paths.column(column).as_binary::<i32>().clone();
        let column = Self {
            parents: paths
                .column(0)
                .as_primitive::<UInt32Type>()
                .values()
                .clone(),
            keys: binary(1),
            values: binary(2),
            originals: binary(3),
            capitals: Some(Capitals::new(binary(4))),
            original_bits: binary(5),
            codes: binary(6),
            row_bits: binary(7),
            rows: paths.column(8).as_list::<i32>().clone(),
            wide_rows: paths.column(9).as_list::<i32>().clone(),
            levels: binary(10),
            element_numbers: binary(11),
            row_count: rows,
            nulls,
            missing,
            numbers: NumberIndex::default(),
            alignments: AlignmentIndex::default(),
        };
        column.check()?;
        Ok(column)
    }

    /// Checks what the readers of a column rely on.
    fn check(&self) -> Result<(), InvalidArray> {
        if self.parents.is_empty() {
            return Err(InvalidArray("a document without a root"));
        }
        let precedes = |(index, &parent): (usize, &u32)| (parent as usize) < index.max(1);
        if !self.parents.iter().enumerate().all(precedes) {
            return Err(InvalidArray("a path precedes its parent"));
        }
        check_terminated(&self.values)?;
        check_terminated(&self.originals)?;
        let row_count = self.row_count;
        check_row_numbers(
            self.rows.values().as_primitive::<UInt16Type>().values(),
            row_count,
        )?;
        let wide_rows = self.wide_rows.values().as_primitive::<UInt32Type>();
        check_row_numbers(wide_rows.values(), row_count)?;
        for index in 0..self.path_count() {
            let has_bits = self.row_bits.is_valid(index);
            if has_bits && self.row_bits.value(index).len() < row_count.div_ceil(8) {
                return Err(InvalidArray("a row bitmap is too short"));
            }
            self.check_elements(index)?;
        }
        Ok(())
    }

    /// Checks that each value of a path has a number for each level.
    fn check_elements(&self, index: usize) -> Result<(), InvalidArray> {
        let (levels, numbers) = (self.levels.value(index), self.element_numbers.value(index));
        if levels.is_empty() && numbers.is_empty() {
            return Ok(());
        }
        // Each number of LEB128 has one byte without the highest bit, its last.
        let count = |bytes: &[u8]| bytes.iter().filter(|byte| byte.is_ascii()).count();
        let path = self.path_at(index);
        if count(levels).checked_mul(path.value_count()) != Some(count(numbers)) {
            return Err(InvalidArray("a path has another number of element numbers"));
        }
        let levels = path.element_numbers().levels;
        if levels.iter().any(|&level| level > MAX_LEVEL) || !levels.is_sorted() {
            return Err(InvalidArray("the levels of a path are out of range"));
        }
        Ok(())
    }
}

/// Fails if an element does not end with a terminator.
fn check_terminated(texts: &BinaryArray) -> Result<(), InvalidArray> {
    let is_terminated = |text: &[u8]| text.last().is_none_or(|&last| is_terminator(last));
    if texts.iter().flatten().all(is_terminated) {
        Ok(())
    } else {
        Err(InvalidArray("a text of a document is not terminated"))
    }
}

/// Fails if a number is not below `rows`, because kernels set a bit for each number.
fn check_row_numbers<T: Copy + Into<u32>>(list: &[T], rows: usize) -> Result<(), InvalidArray> {
    if list.iter().all(|&row| (row.into() as usize) < rows) {
        Ok(())
    } else {
        Err(InvalidArray("a row number is out of range"))
    }
}
