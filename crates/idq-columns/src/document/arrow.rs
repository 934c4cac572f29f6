//! Conversion of document columns to Arrow arrays and back, with an element for each path: the layout of snapshot
//! files.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, ListBuilder, UInt16Builder, UInt32Builder};
use arrow_array::cast::AsArray;
use arrow_array::types::{UInt16Type, UInt32Type};
use arrow_array::{Array, ArrayRef, StructArray, UInt32Array};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Fields};

use super::path_values::RowList;
use super::{DocumentColumn, PathRows, TERMINATOR};
use crate::column::from_arrow::{InvalidArray, check_length};

impl DocumentColumn {
    /// Returns the type of a path: see [`to_paths`](Self::to_paths).
    ///
    /// The names of the fields are part of the format of snapshot files.
    pub fn path_fields() -> Fields {
        let list = |item| DataType::List(Arc::new(Field::new("item", item, false)));
        Fields::from(vec![
            Field::new("around", DataType::UInt32, false),
            Field::new("key", DataType::Binary, false),
            Field::new("values", DataType::Binary, false),
            Field::new("codes", DataType::Binary, true),
            Field::new("row_bits", DataType::Binary, true),
            Field::new("rows", list(DataType::UInt16), true),
            Field::new("wide_rows", list(DataType::UInt32), true),
        ])
    }

    /// Returns the paths as structures of
    ///
    /// * `around`: the position of the parent, which precedes its children,
    /// * `key`: the path's own key, casefolded and terminated by byte 0xFF,
    /// * `values`: its texts, casefolded, each terminated by byte 0xFF,
    /// * the rows that have values at the path, ascending, as one of `row_bits` (one bit a row, least significant
    ///   first), `rows` and `wide_rows`,
    /// * `codes`: for each of those rows the position of its text; null if each row has a text of its own, in order.
    pub fn to_paths(&self) -> StructArray {
        let parents: UInt32Array = self.paths.iter().map(|path| Some(path.parent)).collect();
        let mut codes = BinaryBuilder::new();
        let mut bits = BinaryBuilder::new();
        let item = |data_type| Arc::new(Field::new("item", data_type, false));
        let mut short = ListBuilder::new(UInt16Builder::new()).with_field(item(DataType::UInt16));
        let mut long = ListBuilder::new(UInt32Builder::new()).with_field(item(DataType::UInt32));
        for path in &self.paths {
            codes.append_option(path.codes.as_deref());
            match &path.rows {
                RowList::Bits(rows) => bits.append_value(rows.sliced().as_slice()),
                _ => bits.append_null(),
            }
            if let RowList::U16(rows) = &path.rows {
                short.values().append_slice(rows);
            }
            short.append(matches!(path.rows, RowList::U16(_)));
            if let RowList::U32(rows) = &path.rows {
                long.values().append_slice(rows);
            }
            long.append(matches!(path.rows, RowList::U32(_)));
        }
        let children: Vec<ArrayRef> = vec![
            Arc::new(parents),
            Arc::new(self.keys.clone()),
            Arc::new(self.values.clone()),
            Arc::new(codes.finish()),
            Arc::new(bits.finish()),
            Arc::new(short.finish()),
            Arc::new(long.finish()),
        ];
        StructArray::new(Self::path_fields(), children, None)
    }

    /// Creates a column of `rows` rows from its paths.
    ///
    /// # Errors
    /// The arrays have other types, a row or a parent does not exist, or a text is not terminated. Codes are not
    /// checked: kernels ignore a code without a text.
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
        let parents = paths.column(0).as_primitive::<UInt32Type>();
        let keys = paths.column(1).as_binary::<i32>();
        let values = paths.column(2).as_binary::<i32>();
        let codes = paths.column(3).as_binary::<i32>();
        let bits = paths.column(4).as_binary::<i32>();
        let short = paths.column(5).as_list::<i32>();
        let long = paths.column(6).as_list::<i32>();
        let path = |index: usize| {
            let parent = parents.value(index);
            // The first two paths, the root and the overflow, have no parent.
            if parent as usize >= index.max(1) {
                return Err(InvalidArray("a path precedes its parent"));
            }
            let rows = if bits.is_valid(index) {
                let bytes = slice_of(bits, index);
                if bytes.len() < rows.div_ceil(8) {
                    return Err(InvalidArray("a row bitmap is too short"));
                }
                RowList::Bits(BooleanBuffer::new(bytes, 0, rows))
            } else if short.is_valid(index) {
                let list = short.value(index);
                let list: ScalarBuffer<u16> = list.as_primitive::<UInt16Type>().values().clone();
                check_row_numbers(&list, rows)?;
                RowList::U16(list)
            } else {
                let list = long.value(index);
                let list: ScalarBuffer<u32> = list.as_primitive::<UInt32Type>().values().clone();
                check_row_numbers(&list, rows)?;
                RowList::U32(list)
            };
            let codes = codes
                .is_valid(index)
                .then(|| ScalarBuffer::from(slice_of(codes, index)));
            Ok(PathRows {
                parent,
                rows,
                codes,
            })
        };
        let is_terminated = |text: &[u8]| text.last().is_none_or(|&last| last == TERMINATOR);
        if !values.iter().flatten().all(is_terminated) {
            return Err(InvalidArray("a text of a document is not terminated"));
        }
        Ok(Self {
            keys: keys.clone(),
            values: values.clone(),
            paths: (0..paths.len()).map(path).collect::<Result<_, _>>()?,
            rows,
            nulls,
            missing,
        })
    }
}

/// Returns the bytes of one value, over the same memory.
fn slice_of(values: &arrow_array::BinaryArray, index: usize) -> arrow_buffer::Buffer {
    let offsets = values.value_offsets();
    let (start, end) = (offsets[index] as usize, offsets[index + 1] as usize);
    values.values().slice_with_length(start, end - start)
}

/// Fails if a number is not below `rows`, because kernels set a bit for each number.
fn check_row_numbers<T: Copy + Into<u32>>(list: &[T], rows: usize) -> Result<(), InvalidArray> {
    if list.iter().all(|&row| (row.into() as usize) < rows) {
        Ok(())
    } else {
        Err(InvalidArray("a row number is out of range"))
    }
}
