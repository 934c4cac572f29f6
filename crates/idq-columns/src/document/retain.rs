use arrow_array::BinaryArray;
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};

use super::place::Rows;
use super::{DocumentColumn, PlaceRows, split};
use crate::RowSet;
use crate::document::END;

impl DocumentColumn {
    /// The documents of these rows alone, which are then counted from 0.
    pub fn retain(&self, kept: &RowSet) -> Self {
        let mut number = 0;
        let new_rows: Vec<Option<u32>> = kept
            .iter()
            .map(|kept| {
                let row = kept.then_some(number);
                number += u32::from(kept);
                row
            })
            .collect();
        let mut values: Vec<u8> = Vec::new();
        let mut offsets = vec![0];
        let mut places = Vec::with_capacity(self.places.len());
        for (index, place) in self.places.iter().enumerate() {
            let mut rows = Vec::new();
            let mut codes = Vec::new();
            let mut texts = split(self.values.value(index));
            let mut old_codes = place.codes.as_deref().unwrap_or_default().iter();
            if place.codes.is_some() {
                values.extend_from_slice(self.values.value(index));
            }
            for old in place.rows.iter() {
                let code = old_codes.next();
                let text = if place.codes.is_none() {
                    texts.next()
                } else {
                    None
                };
                let Some(row) = new_rows[old] else { continue };
                rows.push(row);
                codes.extend(code);
                if let Some(text) = text {
                    values.extend_from_slice(text);
                    values.push(END);
                }
            }
            // It is less than what fitted before.
            offsets.push(values.len() as i32);
            places.push(PlaceRows {
                around: place.around,
                rows: Rows::new(rows, number as usize),
                codes: place.codes.as_ref().map(|_| ScalarBuffer::from(codes)),
            });
        }
        let bits =
            |rows: &RowSet| -> RowSet { kept.set_indices().map(|row| rows.value(row)).collect() };
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        Self {
            keys: self.keys.clone(),
            values: BinaryArray::new(offsets, Buffer::from_vec(values), None),
            places,
            rows: number as usize,
            nulls: self
                .nulls
                .as_ref()
                .map(|nulls| NullBuffer::new(bits(nulls.inner()))),
            missing: self.missing.as_ref().map(bits),
        }
    }
}
