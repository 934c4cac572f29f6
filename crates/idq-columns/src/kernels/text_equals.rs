//! Exact comparison of a text column with a list of texts, by 16-bit fingerprints.
//!
//! Fingerprints are a filter without false negatives: two bytes a row are compared, and only the strings of rows with a
//! wanted fingerprint are compared with the texts.

use arrow_array::Array;

use super::filter::{filter_values, retain_valid};
use crate::bitmap::BitmapBuilder;
use crate::column::text::{Encoding, MAX_COMPARED_TEXTS};
use crate::encoding::code_set::CodeSet;
use crate::encoding::uuid;
use crate::hash::Fingerprint;
use crate::{RowSet, TextColumn};

/// Returns the rows whose string is one of `texts`, byte for byte.
pub fn text_equals(column: &TextColumn, texts: &[String]) -> RowSet {
    let rows = column.rows();
    let mut wanted: Vec<(Fingerprint, &str)> = texts
        .iter()
        .filter_map(|text| Some((column.fingerprint_of(text)?, text.as_str())))
        .collect();
    if wanted.is_empty() {
        return RowSet::new_unset(rows);
    }
    wanted.sort_unstable_by_key(|(print, _)| *print);
    let Some(prints) = column.fingerprints(wanted.len()) else {
        return compare_strings(column, &wanted);
    };
    let mut matching = BitmapBuilder::zeros(rows);
    for row in filter_fingerprints(column, prints, &wanted).set_indices() {
        // Only the texts with the row's fingerprint can equal its string.
        let first = wanted.partition_point(|(print, _)| *print < prints[row]);
        let candidates = wanted[first..].iter();
        let mut candidates = candidates.take_while(|(print, _)| *print == prints[row]);
        if candidates.any(|(_, text)| column.value_equals(row, text)) {
            matching.set(row);
        }
    }
    matching.finish()
}

/// Returns the rows whose fingerprint equals that of a wanted text.
fn filter_fingerprints(
    column: &TextColumn,
    prints: &[Fingerprint],
    wanted: &[(Fingerprint, &str)],
) -> RowSet {
    match wanted {
        &[(one, _)] => filter_values(prints, column.nulls(), |print| print == one),
        _ if wanted.len() <= MAX_COMPARED_TEXTS => filter_values(prints, column.nulls(), |print| {
            let wanted = wanted.iter();
            wanted.fold(false, |found, (one, _)| found | (*one == print))
        }),
        _ => {
            // A table of all fingerprints: its 64 KiB are written once for each chunk.
            let mut is_wanted = vec![false; 1 << Fingerprint::BITS];
            for (print, _) in wanted {
                is_wanted[usize::from(*print)] = true;
            }
            filter_values(prints, column.nulls(), |print| {
                is_wanted[usize::from(print)]
            })
        }
    }
}

/// Returns the rows whose string is one of a few texts, without fingerprints.
fn compare_strings(column: &TextColumn, wanted: &[(Fingerprint, &str)]) -> RowSet {
    let rows = wanted.iter().map(|(_, text)| compare_one(column, text));
    match rows.reduce(|one, other| &one | &other) {
        Some(rows) => retain_valid(rows, column.nulls()),
        None => RowSet::new_unset(column.rows()),
    }
}

fn compare_one(column: &TextColumn, text: &str) -> RowSet {
    match &column.encoding {
        Encoding::Uuids(uuids) => match uuid::parse(text.as_bytes()) {
            Some(wanted) => filter_values(uuids.as_slice(), None, |uuid| uuid == wanted),
            None => RowSet::new_unset(column.rows()),
        },
        Encoding::Plain(values) => {
            RowSet::collect_bool(values.len(), |row| values.value(row) == text)
        }
        Encoding::Affix(strings) => {
            // The split is unique, so equal strings have equal parts.
            let (affix, stem) = strings.affix.split_value(text);
            let affixes = strings.affixes.iter();
            let matching = affixes.map(|value| value == Some(affix)).collect();
            let candidates = strings.codes.filter_codes(&CodeSet::new(matching), None);
            let mut rows = BitmapBuilder::zeros(column.rows());
            for row in candidates.set_indices() {
                if strings.stems.value(row) == stem {
                    rows.set(row);
                }
            }
            rows.finish()
        }
    }
}
