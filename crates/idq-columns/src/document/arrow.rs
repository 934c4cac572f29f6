//! A chunk's documents as a list of places in Arrow's own types, and back.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, ListBuilder, UInt16Builder, UInt32Builder};
use arrow_array::cast::AsArray;
use arrow_array::types::{UInt16Type, UInt32Type};
use arrow_array::{Array, ArrayRef, StructArray, UInt32Array};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Fields};

use super::place::Rows;
use super::{DocumentColumn, END, PlaceRows};
use crate::stored::{Malformed, check_rows};

impl DocumentColumn {
    /// The type of a place: see [`to_places`](Self::to_places).
    pub fn place_fields() -> Fields {
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

    /// The places, each with
    ///
    /// * `around`: the position of the place around it, which comes before it,
    /// * `key`: its own key, folded, ended by byte 0xFF,
    /// * `values`: its texts, folded, each ended by byte 0xFF,
    /// * the rows that have something there, ascending, as one of `row_bits` (one bit a row, least significant first),
    ///   `rows` and `wide_rows`,
    /// * `codes`: for each of those rows the position of its text; null where each row has a text of its own, in order.
    pub fn to_places(&self) -> StructArray {
        let around: UInt32Array = self.places.iter().map(|place| Some(place.around)).collect();
        let mut codes = BinaryBuilder::new();
        let mut bits = BinaryBuilder::new();
        let item = |data_type| Arc::new(Field::new("item", data_type, false));
        let mut short = ListBuilder::new(UInt16Builder::new()).with_field(item(DataType::UInt16));
        let mut long = ListBuilder::new(UInt32Builder::new()).with_field(item(DataType::UInt32));
        for place in &self.places {
            codes.append_option(place.codes.as_deref());
            match &place.rows {
                Rows::Bits(rows) => bits.append_value(rows.sliced().as_slice()),
                _ => bits.append_null(),
            }
            if let Rows::Short(rows) = &place.rows {
                short.values().append_slice(rows);
            }
            short.append(matches!(place.rows, Rows::Short(_)));
            if let Rows::Long(rows) = &place.rows {
                long.values().append_slice(rows);
            }
            long.append(matches!(place.rows, Rows::Long(_)));
        }
        let children: Vec<ArrayRef> = vec![
            Arc::new(around),
            Arc::new(self.keys.clone()),
            Arc::new(self.values.clone()),
            Arc::new(codes.finish()),
            Arc::new(bits.finish()),
            Arc::new(short.finish()),
            Arc::new(long.finish()),
        ];
        StructArray::new(Self::place_fields(), children, None)
    }

    /// The documents of so many rows, from their places.
    ///
    /// # Errors
    /// Arrays of other types; rows, codes or places that there are not.
    pub fn from_places(
        places: &StructArray,
        rows: usize,
        nulls: Option<NullBuffer>,
        missing: Option<BooleanBuffer>,
    ) -> Result<Self, Malformed> {
        check_rows(nulls.as_ref().map(NullBuffer::inner), rows)?;
        check_rows(missing.as_ref(), rows)?;
        if *places.fields() != Self::place_fields() {
            return Err(Malformed("places of documents are of another type"));
        }
        let around = places.column(0).as_primitive::<UInt32Type>();
        let keys = places.column(1).as_binary::<i32>();
        let values = places.column(2).as_binary::<i32>();
        let codes = places.column(3).as_binary::<i32>();
        let bits = places.column(4).as_binary::<i32>();
        let short = places.column(5).as_list::<i32>();
        let long = places.column(6).as_list::<i32>();
        let place = |index: usize| {
            let around = around.value(index);
            // The document itself has no place around it, nor has the place for the rest.
            if around as usize >= index.max(1) {
                return Err(Malformed("a place lies around itself"));
            }
            let rows = if bits.is_valid(index) {
                let bytes = slice_of(bits, index);
                if bytes.len() < rows.div_ceil(8) {
                    return Err(Malformed("bits are not those of all rows"));
                }
                Rows::Bits(BooleanBuffer::new(bytes, 0, rows))
            } else if short.is_valid(index) {
                let list = short.value(index);
                let list: ScalarBuffer<u16> = list.as_primitive::<UInt16Type>().values().clone();
                check_numbers(&list, rows)?;
                Rows::Short(list)
            } else {
                let list = long.value(index);
                let list: ScalarBuffer<u32> = list.as_primitive::<UInt32Type>().values().clone();
                check_numbers(&list, rows)?;
                Rows::Long(list)
            };
            let codes = codes
                .is_valid(index)
                .then(|| ScalarBuffer::from(slice_of(codes, index)));
            Ok(PlaceRows {
                around,
                rows,
                codes,
            })
        };
        let ends = |text: &[u8]| text.last().is_none_or(|&last| last == END);
        if !values.iter().flatten().all(ends) {
            return Err(Malformed("a text of a document does not end"));
        }
        Ok(Self {
            keys: keys.clone(),
            values: values.clone(),
            places: (0..places.len()).map(place).collect::<Result<_, _>>()?,
            rows,
            nulls,
            missing,
        })
    }
}

/// The bytes of one value, over the same memory.
fn slice_of(values: &arrow_array::BinaryArray, index: usize) -> arrow_buffer::Buffer {
    let offsets = values.value_offsets();
    let (start, end) = (offsets[index] as usize, offsets[index + 1] as usize);
    values.values().slice_with_length(start, end - start)
}

/// Fails unless all numbers are those of rows.
fn check_numbers<T: Copy + Into<u32>>(list: &[T], rows: usize) -> Result<(), Malformed> {
    if list.iter().all(|&row| (row.into() as usize) < rows) {
        Ok(())
    } else {
        Err(Malformed("there is no such row"))
    }
}
