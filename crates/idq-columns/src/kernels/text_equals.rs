use arrow_array::Array;
use arrow_buffer::BooleanBufferBuilder;

use super::rows_where;
use crate::codes::Holding;
use crate::fingerprint::Fingerprint;
use crate::text::Form;
use crate::{RowSet, TextColumn, uuid};

/// More texts than this are looked up instead of compared one after another.
const FEW: usize = 4;

/// The rows whose text is one of these, byte for byte.
///
/// Fingerprints are compared first; only rows that have a wanted one are looked at.
pub fn text_equals(column: &TextColumn, wanted: &[String]) -> RowSet {
    let rows = column.presence().rows();
    let mut wanted: Vec<(Fingerprint, &str)> = wanted
        .iter()
        .filter_map(|text| Some((column.fingerprint_of(text)?, text.as_str())))
        .collect();
    if wanted.is_empty() {
        return RowSet::new_unset(rows);
    }
    wanted.sort_unstable_by_key(|(print, _)| *print);
    let Some(prints) = column.fingerprints(wanted.len() > FEW) else {
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
        // Only the texts with the row's fingerprint can be its own.
        let first = wanted.partition_point(|(print, _)| *print < prints[row]);
        let same = wanted[first..].iter();
        let mut same = same.take_while(|(print, _)| *print == prints[row]);
        exact.set_bit(row, same.any(|(_, wanted)| column.is(row, wanted)));
    }
    exact.build()
}

/// Compares the texts themselves.
fn compare(column: &TextColumn, wanted: &[(Fingerprint, &str)]) -> RowSet {
    let one = |text: &str| match &column.form {
        Form::Uuids(uuids) => match uuid::parse(text.as_bytes()) {
            Some(wanted) => rows_where(uuids.all(), None, |uuid| uuid == wanted),
            None => RowSet::new_unset(uuids.all().len()),
        },
        Form::Plain(values) => RowSet::collect_bool(values.len(), |row| values.value(row) == text),
        Form::Split(split) => {
            let (part, rest) = split.side.cut(text);
            let parts: Vec<bool> = split.parts.iter().map(|one| one == Some(part)).collect();
            let likely = split.codes.rows_where(&Holding::new(parts), None);
            let mut rows = BooleanBufferBuilder::new(likely.len());
            rows.append_n(likely.len(), false);
            for row in likely.set_indices() {
                rows.set_bit(row, split.rests.value(row) == rest);
            }
            rows.build()
        }
    };
    let rows = wanted.iter().map(|(_, text)| one(text));
    let Some(rows) = rows.reduce(|one, other| &one | &other) else {
        return RowSet::new_unset(column.presence().rows());
    };
    match column.nulls() {
        Some(valid) => &rows & valid.inner(),
        None => rows,
    }
}
