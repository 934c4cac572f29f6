use arrow_array::Array;
use memchr::memmem::Finder;

use super::search::{no_rows, rows_with};
use crate::fold::fold;
use crate::{DocumentColumn, RowSet};

/// The rows some key or scalar value of which contains one of the needles, folded.
///
/// An empty needle is in every document that has a key or a value.
pub fn document_contains(column: &DocumentColumn, needles: &[String]) -> RowSet {
    let values = column.values();
    let mut rows = no_rows(values.len());
    for needle in needles {
        let needle = fold(needle);
        let mut needle = needle.as_bytes();
        if needle.is_empty() {
            // Every text ends with this byte.
            needle = &[crate::document::END];
        }
        rows_with(values.value_data(), values.value_offsets(), needle, |row| {
            rows.set_bit(row, true);
        });
        let finder = Finder::new(needle);
        let keys: Vec<bool> = column
            .keys()
            .iter()
            .map(|keys| keys.is_some_and(|keys| finder.find(keys).is_some()))
            .collect();
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
