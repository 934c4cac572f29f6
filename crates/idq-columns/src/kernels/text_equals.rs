use arrow_buffer::BooleanBufferBuilder;

use super::rows_where;
use crate::fingerprint::Fingerprint;
use crate::{RowSet, TextColumn};

/// More texts than this are looked up instead of compared one after another.
const FEW: usize = 4;

/// The rows whose text is one of these, byte for byte.
///
/// Fingerprints are compared first; only rows that have a wanted one are looked at.
pub fn text_equals(column: &TextColumn, wanted: &[String]) -> RowSet {
    let rows = column.presence().rows();
    let wanted: Vec<(Fingerprint, &str)> = wanted
        .iter()
        .filter_map(|text| Some((column.fingerprint_of(text)?, text.as_str())))
        .collect();
    if wanted.is_empty() {
        return RowSet::new_unset(rows);
    }
    let Some(prints) = column.fingerprints() else {
        return compare(column, &wanted);
    };
    let likely = match wanted[..] {
        [(one, _)] => rows_where(prints, column.nulls(), |print| print == one),
        _ if wanted.len() <= FEW => rows_where(prints, column.nulls(), |print| {
            wanted
                .iter()
                .fold(false, |found, (one, _)| found | (*one == print))
        }),
        _ => {
            let mut is_wanted = vec![false; 1 << 16];
            for (print, _) in &wanted {
                is_wanted[usize::from(*print)] = true;
            }
            rows_where(prints, column.nulls(), |print| {
                is_wanted[usize::from(print)]
            })
        }
    };
    let mut exact = BooleanBufferBuilder::new(rows);
    exact.append_n(rows, false);
    for row in likely.set_indices() {
        let is_equal =
            |(print, wanted): &(Fingerprint, &str)| *print == prints[row] && column.is(row, wanted);
        exact.set_bit(row, wanted.iter().any(is_equal));
    }
    exact.build()
}

/// Compares every row's text.
fn compare(column: &TextColumn, wanted: &[(Fingerprint, &str)]) -> RowSet {
    let is_equal = |row: usize| wanted.iter().any(|(_, wanted)| column.is(row, wanted));
    let rows = RowSet::collect_bool(column.presence().rows(), is_equal);
    match column.nulls() {
        Some(valid) => &rows & valid.inner(),
        None => rows,
    }
}
