//! Makes the Arrow arrays of one field in one chunk.

use std::sync::Arc;

use arrow_array::types::{UInt8Type, UInt16Type, UInt32Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, FixedSizeBinaryArray, ListArray,
    PrimitiveArray, StringArray, TimestampMicrosecondArray, UInt32Array, new_empty_array,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use idq_columns::{Column, DocumentColumn, ValueState};
use idq_snapshot::ChunkColumns;
use idq_snapshot::snapshot_file::format::{ColumnEncoding, ColumnPurpose, path_item};

use super::sorted_texts::visible_texts;
use super::{FieldPlan, Values};

impl FieldPlan {
    /// Returns the arrays of the field's columns for a chunk. `first` is the number of visible rows before the chunk.
    pub(crate) fn arrays(&self, chunk: ChunkColumns<'_>, first: usize) -> Vec<ArrayRef> {
        let column = chunk.column(self.field);
        let columns = self.columns.iter();
        columns
            .map(|description| match description.purpose {
                ColumnPurpose::Missing => state_array(column, chunk, ValueState::Missing),
                ColumnPurpose::Null => state_array(column, chunk, ValueState::Null),
                ColumnPurpose::Affix => self.affixes(chunk),
                ColumnPurpose::Rank => self.ranks(first, chunk.visible_count()),
                _ => self.values(description.encoding, column, chunk, first),
            })
            .collect()
    }

    /// Returns the arrays of the field's columns without rows, with the dictionary if the field has one.
    pub(crate) fn without_rows(&self) -> Vec<ArrayRef> {
        let columns = self.columns.iter();
        columns
            .map(|column| match &self.values {
                Values::Dictionary(dictionary) if column.is_dictionary() => {
                    dictionary_array(column.encoding, &[], None, &dictionary.values)
                }
                Values::Affixed(affixes, _) if column.is_dictionary() => {
                    dictionary_array(column.encoding, &[], None, affixes.values())
                }
                _ => new_empty_array(column.arrow_field().data_type()),
            })
            .collect()
    }

    /// Returns the affixes of the visible rows of a chunk.
    fn affixes(&self, chunk: ChunkColumns<'_>) -> ArrayRef {
        let texts = visible_texts(chunk, self.field);
        match &self.values {
            Values::Affixed(affixes, _) => affixes.codes(&texts),
            // Unreachable: only affixes have such a column.
            _ => Arc::new(StringArray::new_null(texts.len())),
        }
    }

    /// Returns the ranks of the visible rows of a chunk.
    fn ranks(&self, first: usize, rows: usize) -> ArrayRef {
        let ranks = match &self.values {
            Values::Texts(Some(ranks))
            | Values::Uuids(Some(ranks))
            | Values::Affixed(_, Some(ranks)) => &ranks[first..first + rows],
            _ => &[],
        };
        Arc::new(UInt32Array::from(ranks.to_vec()))
    }

    /// Returns the values of the visible rows of a chunk in the encoding of the plan.
    fn values(
        &self,
        encoding: ColumnEncoding,
        column: &Column,
        chunk: ChunkColumns<'_>,
        first: usize,
    ) -> ArrayRef {
        match (&self.values, column) {
            (Values::Dictionary(dictionary), _) => {
                let codes = &dictionary.codes[first..first + chunk.visible_count()];
                dictionary_array(encoding, codes, nulls(column, chunk), &dictionary.values)
            }
            (Values::Uuids(_), Column::Text(texts)) => {
                // Rows without a value have some UUID as well; their validity hides it.
                let mut bytes: Vec<u8> = Vec::with_capacity(16 * chunk.rows());
                let uuids = texts.uuids().unwrap_or_default();
                chunk.for_each_visible(|row| bytes.extend_from_slice(&uuids[row]));
                let nulls = nulls(column, chunk);
                Arc::new(FixedSizeBinaryArray::new(
                    16,
                    Buffer::from_vec(bytes),
                    nulls,
                ))
            }
            (Values::Affixed(affixes, _), _) => affixes.stems(&visible_texts(chunk, self.field)),
            (Values::Texts(_), _) => Arc::new(visible_texts(chunk, self.field)),
            (_, Column::Timestamp(instants)) => {
                // Dropped duplicates have no place in the file, so values are copied row by row.
                let mut values = Vec::with_capacity(chunk.rows());
                chunk.for_each_visible(|row| values.push(instants.value(row).unwrap_or_default()));
                let nulls = nulls(column, chunk);
                let values = TimestampMicrosecondArray::new(values.into(), nulls);
                Arc::new(values.with_timezone("UTC"))
            }
            (_, Column::Boolean(booleans)) => {
                let mut values = Vec::with_capacity(chunk.rows());
                chunk.for_each_visible(|row| values.push(booleans.value(row)));
                Arc::new(values.into_iter().collect::<BooleanArray>())
            }
            (_, Column::Document(documents)) => match chunk.visible_rows() {
                Some(live) => Arc::new(path_lists(&documents.retain(live))),
                None => Arc::new(path_lists(documents)),
            },
            // Unreachable: the kinds of a field and of its columns agree, and texts are matched above.
            (_, Column::Text(_) | Column::Keyword(_)) => {
                Arc::new(StringArray::new_null(chunk.visible_count()))
            }
        }
    }
}

/// Returns the array of a dictionary's codes.
pub(super) fn dictionary_array(
    encoding: ColumnEncoding,
    codes: &[u32],
    nulls: Option<NullBuffer>,
    values: &StringArray,
) -> ArrayRef {
    let values: ArrayRef = Arc::new(values.clone());
    // The plan chose codes wide enough for the dictionary, so no code is cut off.
    match encoding {
        ColumnEncoding::Dictionary8 => Arc::new(DictionaryArray::<UInt8Type>::new(
            PrimitiveArray::new(codes.iter().map(|&code| code as u8).collect(), nulls),
            values,
        )),
        ColumnEncoding::Dictionary16 => Arc::new(DictionaryArray::<UInt16Type>::new(
            PrimitiveArray::new(codes.iter().map(|&code| code as u16).collect(), nulls),
            values,
        )),
        _ => Arc::new(DictionaryArray::<UInt32Type>::new(
            PrimitiveArray::new(codes.iter().copied().collect(), nulls),
            values,
        )),
    }
}

/// Returns one bit for each visible row: whether its value has the state `wanted`.
fn state_array(column: &Column, chunk: ChunkColumns<'_>, wanted: ValueState) -> ArrayRef {
    Arc::new(BooleanArray::new(bits(column, chunk, wanted), None))
}

/// Returns the validity of the visible rows; `None` if all are valid.
fn nulls(column: &Column, chunk: ChunkColumns<'_>) -> Option<NullBuffer> {
    let bits = bits(column, chunk, ValueState::Present);
    (bits.count_set_bits() < bits.len()).then(|| NullBuffer::new(bits))
}

/// Returns one bit for each visible row: whether its value has the state `wanted`.
fn bits(column: &Column, chunk: ChunkColumns<'_>, wanted: ValueState) -> BooleanBuffer {
    let validity = column.validity();
    let valid = validity.valid_rows();
    // In a bitmap of missing rows, the bits of valid rows are unspecified.
    let all = match wanted {
        ValueState::Present => valid,
        ValueState::Missing => &validity.missing_rows() & &!&valid,
        ValueState::Null => !&(&valid | &validity.missing_rows()),
    };
    match chunk.visible_rows() {
        Some(live) => live.set_indices().map(|row| all.value(row)).collect(),
        None => all,
    }
}

/// Returns a list for each row: the first has all paths of the chunk, the others are empty.
///
/// An Arrow column has one element for each row, but paths belong to the chunk, not to a row.
fn path_lists(documents: &DocumentColumn) -> ListArray {
    let paths = documents.to_paths();
    let count = paths.len() as i32;
    let mut offsets = vec![count; documents.len() + 1];
    offsets[0] = 0;
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    ListArray::new(Arc::new(path_item()), offsets, Arc::new(paths), None)
}
