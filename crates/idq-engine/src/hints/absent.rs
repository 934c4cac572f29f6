use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use idq_api::Kind;
use idq_columns::Column;
use idq_grammar::{nearest, quote};
use idq_load::Snapshot;

use super::{Hints, listed};

/// Among more texts than this no near one is looked for: comparing takes time by the length of both texts.
const MOST_COMPARED: usize = 10_000;

/// Near texts that a hint offers.
const OFFERED: usize = 3;

/// Adds a hint for each value of an exact filter on a keyword that no record has.
pub(super) fn add(
    hints: &mut Hints,
    snapshot: &Snapshot,
    filter: &str,
    field: usize,
    values: &[String],
) {
    if snapshot.api().fields[field].kind != Kind::Keyword {
        return;
    }
    let texts = texts(snapshot, field);
    let present: BTreeSet<&str> = texts.iter().map(|text| &**text).collect();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for value in values {
        if present.contains(value.as_str()) || !told.insert(value) {
            continue;
        }
        hints.push(|| {
            let near = if present.len() <= MOST_COMPARED {
                nearest(value, present.iter().copied(), OFFERED)
            } else {
                Vec::new()
            };
            let shown = if near.is_empty() {
                listed(present.iter().copied())
            } else {
                listed(near.into_iter())
            };
            let rest = if shown.is_empty() {
                shown
            } else {
                format!("; there is {shown}")
            };
            format!("no record has {} for filter[{filter}]{rest}", quote(value))
        });
    }
}

/// The texts that a field has, once each.
fn texts(snapshot: &Snapshot, field: usize) -> BTreeSet<Cow<'_, str>> {
    let mut texts: BTreeSet<Cow<'_, str>> = BTreeSet::new();
    let mut last = None;
    for chunk in snapshot.chunks() {
        match chunk.column(field) {
            Some(Column::Keyword(column)) => {
                if last.is_some_and(|last| Arc::ptr_eq(last, column.shared_dictionary())) {
                    continue;
                }
                last = Some(column.shared_dictionary());
                texts.extend(column.dictionary().iter().flatten().map(Cow::Borrowed));
            }
            Some(Column::Text(column)) => {
                texts.extend((0..chunk.rows()).filter_map(|row| column.value(row)));
            }
            _ => {}
        }
    }
    texts
}
