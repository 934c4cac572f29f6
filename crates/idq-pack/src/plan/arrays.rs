//! The arrays of one field in one chunk.

use std::sync::Arc;

use arrow_array::types::{UInt8Type, UInt16Type, UInt32Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, FixedSizeBinaryArray, ListArray,
    PrimitiveArray, StringArray, TimestampMicrosecondArray, UInt32Array,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use idq_columns::{Column, DocumentColumn, ValueState};
use idq_snapshot::Chunk;

use super::texts::of_chunk;
use super::{FieldPlan, Values, for_each_live, live_rows};
use crate::format::{Form, Role, place_item};

impl FieldPlan {
    /// The arrays of the field's columns for a chunk, whose first row that counts has this number.
    pub(crate) fn arrays(&self, chunk: &Chunk, first: usize) -> Vec<ArrayRef> {
        // Planning has seen that every chunk has the column.
        let Some(column) = chunk.column(self.field) else {
            return Vec::new();
        };
        let roles = self.columns.iter();
        roles
            .map(|description| match description.role {
                Role::Missing => presence(column, chunk, ValueState::Missing),
                Role::Null => presence(column, chunk, ValueState::Null),
                Role::Rank => self.ranks(first, live_rows(chunk)),
                _ => self.values(description.form, column, chunk, first),
            })
            .collect()
    }

    fn ranks(&self, first: usize, rows: usize) -> ArrayRef {
        let ranks = match &self.values {
            Values::Texts(Some(ranks)) | Values::Uuids(Some(ranks)) => &ranks[first..first + rows],
            _ => &[],
        };
        Arc::new(UInt32Array::from(ranks.to_vec()))
    }

    fn values(&self, form: Form, column: &Column, chunk: &Chunk, first: usize) -> ArrayRef {
        match (&self.values, column) {
            (Values::Dictionary(distinct), _) => {
                let codes = &distinct.codes[first..first + live_rows(chunk)];
                let nulls = nulls(column, chunk);
                let values: ArrayRef = Arc::new(distinct.values.clone());
                match form {
                    Form::Dictionary8 => Arc::new(DictionaryArray::<UInt8Type>::new(
                        PrimitiveArray::new(codes.iter().map(|&code| code as u8).collect(), nulls),
                        values,
                    )),
                    Form::Dictionary16 => Arc::new(DictionaryArray::<UInt16Type>::new(
                        PrimitiveArray::new(codes.iter().map(|&code| code as u16).collect(), nulls),
                        values,
                    )),
                    _ => Arc::new(DictionaryArray::<UInt32Type>::new(
                        PrimitiveArray::new(codes.iter().copied().collect(), nulls),
                        values,
                    )),
                }
            }
            (Values::Uuids(_), Column::Text(texts)) => {
                let mut bytes: Vec<u8> = Vec::with_capacity(16 * chunk.rows());
                let uuids = texts.uuids().unwrap_or_default();
                for_each_live(chunk, |row| bytes.extend_from_slice(&uuids[row]));
                let nulls = nulls(column, chunk);
                Arc::new(FixedSizeBinaryArray::new(
                    16,
                    Buffer::from_vec(bytes),
                    nulls,
                ))
            }
            (Values::Texts(_), _) => Arc::new(of_chunk(chunk, self.field)),
            (_, Column::Timestamp(instants)) => {
                let mut values = Vec::with_capacity(chunk.rows());
                for_each_live(chunk, |row| values.push(instants.value(row)));
                let values: TimestampMicrosecondArray = values.into_iter().collect();
                Arc::new(values.with_timezone("UTC"))
            }
            (_, Column::Boolean(booleans)) => {
                let mut values = Vec::with_capacity(chunk.rows());
                for_each_live(chunk, |row| values.push(booleans.value(row)));
                Arc::new(values.into_iter().collect::<BooleanArray>())
            }
            (_, Column::Document(documents)) => match chunk.visible_rows() {
                Some(live) => Arc::new(places(&documents.retain(live))),
                None => Arc::new(places(documents)),
            },
            // A column is of the kind that its field says.
            (_, Column::Text(_) | Column::Keyword(_)) => {
                Arc::new(StringArray::new_null(live_rows(chunk)))
            }
        }
    }
}

/// One bit for each row that counts: whether its value is of this presence.
fn presence(column: &Column, chunk: &Chunk, wanted: ValueState) -> ArrayRef {
    Arc::new(BooleanArray::new(bits(column, chunk, wanted), None))
}

/// The validity of the rows that count, unless all are valid.
fn nulls(column: &Column, chunk: &Chunk) -> Option<NullBuffer> {
    let bits = bits(column, chunk, ValueState::Present);
    (bits.count_set_bits() < bits.len()).then(|| NullBuffer::new(bits))
}

fn bits(column: &Column, chunk: &Chunk, wanted: ValueState) -> BooleanBuffer {
    let presence = column.validity();
    let mut bits = Vec::with_capacity(chunk.rows());
    for_each_live(chunk, |row| bits.push(presence.state(row) == wanted));
    BooleanBuffer::from(bits)
}

/// A list for each row: the first holds all places of the chunk, the others none.
fn places(documents: &DocumentColumn) -> ListArray {
    let places = documents.to_paths();
    let count = places.len() as i32;
    let mut offsets = vec![count; documents.len() + 1];
    offsets[0] = 0;
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    ListArray::new(Arc::new(place_item()), offsets, Arc::new(places), None)
}
