//! The texts of a field, all of them.

use std::borrow::Cow;

use idq_api::Collation;
use idq_columns::{Column, fold};
use idq_load::Snapshot;
use rayon::prelude::*;

use super::for_each_live;

/// The text of a row of a column that has texts.
pub(super) fn text(column: &Column, row: usize) -> Option<Cow<'_, str>> {
    match column {
        Column::Text(column) => column.value(row),
        Column::Keyword(column) => column.value(row).map(Cow::Borrowed),
        _ => None,
    }
}

/// Calls with the text of each row that counts, in order.
pub(super) fn for_each_text<'s>(
    snapshot: &'s Snapshot,
    field: usize,
    mut visit: impl FnMut(Option<Cow<'s, str>>),
) {
    for chunk in snapshot.chunks() {
        let column = chunk.column(field);
        for_each_live(chunk, |row| {
            visit(column.and_then(|column| text(column, row)));
        });
    }
}

/// What a text is compared by.
pub(super) fn form(text: Cow<'_, str>, collation: Collation) -> Cow<'_, str> {
    match (collation, text) {
        (Collation::Bytes, text) => text,
        (Collation::Lowercase, Cow::Borrowed(text)) => fold(text),
        (Collation::Lowercase, Cow::Owned(text)) => Cow::Owned(fold(&text).into_owned()),
    }
}

/// How many different texts there are, and the least and the greatest, by their bytes.
pub(super) struct Range {
    pub(super) distinct: u64,
    pub(super) ends: Option<(String, String)>,
}

impl Range {
    /// That of nothing.
    pub(super) const NONE: Self = Self {
        distinct: 0,
        ends: None,
    };
}

/// All texts, and for each row that counts the rank of its text, if that is wanted.
pub(super) fn ranked(
    snapshot: &Snapshot,
    field: usize,
    collation: Option<Collation>,
) -> (Range, Option<Vec<u32>>) {
    let mut texts: Vec<(Cow<'_, str>, u32)> = Vec::new();
    let mut rows = 0;
    for_each_text(snapshot, field, |text| {
        texts.extend(text.map(|text| (text, rows)));
        rows += 1;
    });
    texts.par_sort_unstable();
    let runs = texts.chunk_by(|one, other| one.0 == other.0);
    let range = Range {
        distinct: runs.count() as u64,
        ends: texts
            .first()
            .zip(texts.last())
            .map(|(least, greatest)| (least.0.to_string(), greatest.0.to_string())),
    };
    let Some(collation) = collation else {
        return (range, None);
    };
    if collation != Collation::Bytes {
        texts = texts
            .into_par_iter()
            .map(|(text, row)| (form(text, collation), row))
            .collect();
        texts.par_sort_unstable();
    }
    let mut ranks = vec![0; rows as usize];
    let runs = texts.chunk_by(|one, other| one.0 == other.0);
    for (rank, run) in (1..).zip(runs) {
        for &(_, row) in run {
            ranks[row as usize] = rank;
        }
    }
    (range, Some(ranks))
}
