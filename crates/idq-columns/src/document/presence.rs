//! Presence of a value at a path, by row.

use super::{DocumentColumn, ValueKind};
use crate::RowSet;
use crate::bitmap::BitmapBuilder;

/// The rows of a chunk by what they have at a path.
#[derive(Debug)]
pub struct PathPresence {
    /// Rows with a scalar other than `null` at the path or below it.
    pub value: RowSet,
    /// Rows with such a scalar that is not the empty text.
    pub non_empty: RowSet,
    /// Rows with `null` at the path, and no value.
    pub null: RowSet,
    /// Rows whose object or array at the path has no value: `{}`, `[]`, `{"a": null}`.
    pub empty: RowSet,
}

impl DocumentColumn {
    /// Returns the rows by what they have at the path of these keys. Rows in none of the sets do not have the path.
    pub fn presence<K: AsRef<str>>(&self, keys: &[K]) -> PathPresence {
        let zeros = || BitmapBuilder::zeros(self.row_count);
        let (mut value, mut non_empty) = (zeros(), zeros());
        let (mut null, mut other) = (zeros(), zeros());
        if let Some(path) = self.path(keys) {
            let is_below = self.is_below(path.index());
            for index in (path.index()..self.path_count()).filter(|&index| is_below[index]) {
                let below = self.path_at(index);
                let texts: Vec<(ValueKind, bool)> = below
                    .texts()
                    .map(|text| (text.kind, text.folded.is_empty()))
                    .collect();
                for (row, text) in below.occurrences() {
                    match texts.get(text) {
                        Some((kind, is_empty)) if kind.is_value() => {
                            value.set(row);
                            if !is_empty {
                                non_empty.set(row);
                            }
                        }
                        Some((ValueKind::Null, _)) if index == path.index() => null.set(row),
                        _ => other.set(row),
                    }
                }
            }
        }
        // A value outweighs everything else, and null an empty container: of the elements of an array, one is enough.
        let value = value.finish();
        let null = &null.finish() & &!&value;
        let empty = &other.finish() & &!&(&value | &null);
        let (null, empty) = match (keys.is_empty(), &self.nulls) {
            // A document that is null has no values at all.
            (true, Some(valid)) => {
                let missing = self.validity().missing_rows();
                (&(&!valid.inner() & &!&missing) | &null, empty)
            }
            _ => (null, empty),
        };
        PathPresence {
            value,
            non_empty: non_empty.finish(),
            null,
            empty,
        }
    }
}
