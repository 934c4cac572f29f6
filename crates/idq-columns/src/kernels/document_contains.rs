use arrow_array::Array;
use memchr::memmem::Finder;

use super::search::{no_rows, rows_with};
use crate::document::END;
use crate::{DocumentColumn, Needles, RowSet};

/// The rows some key or scalar value of which contains one of the needles.
///
/// An empty needle is in every document that has a key or a value.
pub fn document_contains(column: &DocumentColumn, needles: &Needles) -> RowSet {
    let values = column.values();
    let mut rows = no_rows(values.len());
    // Every text ends with this byte: whoever has it has a text.
    let any_text = Finder::new(&[END]);
    for needle in &needles.finders {
        let needle = if needle.needle().is_empty() {
            &any_text
        } else {
            needle
        };
        rows_with(values.value_data(), values.value_offsets(), needle, |row| {
            rows.set_bit(row, true);
        });
        let in_keys = |keys: Option<&[u8]>| keys.is_some_and(|keys| needle.find(keys).is_some());
        let keys: Vec<bool> = column.keys().iter().map(in_keys).collect();
        if keys.contains(&true) {
            for (row, &position) in column.keys_of().values().iter().enumerate() {
                if keys[position as usize] {
                    rows.set_bit(row, true);
                }
            }
        }
    }
    rows.build()
}
