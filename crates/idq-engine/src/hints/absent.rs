use std::borrow::Cow;
use std::collections::BTreeSet;

use hashbrown::HashSet;
use idq_api::Kind;
use idq_columns::kernels::group_by;
use idq_grammar::{nearest, quote};
use idq_snapshot::{ColumnView, Snapshot};

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
    // Without the columns there is nothing to compare the values with.
    let Ok(columns) = snapshot.columns(&[field]) else {
        return;
    };
    let present = Present::of(&columns, field, values);
    let mut told: HashSet<&str> = HashSet::new();
    for value in values {
        if present.wanted.contains(value.as_str()) || !told.insert(value) {
            continue;
        }
        hints.push(|| {
            let rest = if present.has_parts(value) {
                "; a comma separates values in a query string, and is part of the value in `-f`: give each by a `-f` of its own"
                    .to_owned()
            } else {
                present.offer(value)
            };
            format!("no record has {} for filter[{filter}]{rest}", quote(value))
        });
    }
}

/// The texts of a field: those that are wanted, and those to offer instead.
struct Present<'s, 'v> {
    wanted: HashSet<&'v str>,
    /// The least texts by their bytes, at most [`MOST_COMPARED`] of them.
    texts: BTreeSet<Cow<'s, str>>,
    has_more: bool,
}

impl<'s, 'v> Present<'s, 'v> {
    fn of(columns: &ColumnView<'s>, field: usize, values: &'v [String]) -> Self {
        let asked: HashSet<&str> = values.iter().map(String::as_str).collect();
        let mut present = Self {
            wanted: HashSet::new(),
            texts: BTreeSet::new(),
            has_more: false,
        };
        let visible = columns.snapshot().chunks().iter();
        let visible = visible.map(idq_snapshot::Chunk::visible_rows);
        let groups = group_by(columns.field(field).iter().copied().zip(visible));
        let texts = groups.texts.into_keys();
        texts.for_each(|text| present.add(text, &asked));
        present
    }

    fn add(&mut self, text: Cow<'s, str>, asked: &HashSet<&'v str>) {
        self.wanted.extend(asked.get(&*text).copied());
        // Most texts of many are greater than all that are kept.
        if self.has_more && self.texts.last().is_some_and(|last| *last <= text) {
            return;
        }
        self.texts.insert(text);
        if self.texts.len() > MOST_COMPARED {
            self.texts.pop_last();
            self.has_more = true;
        }
    }

    /// Whether a value looks like a list, separated by commas: records have one of its parts.
    fn has_parts(&self, value: &str) -> bool {
        value.contains(',')
            && value
                .split(',')
                .any(|part| self.texts.contains(part.trim()))
    }

    /// The end of a hint about a value: near texts, else the first of all.
    fn offer(&self, value: &str) -> String {
        let texts = self.texts.iter().map(|text| &**text);
        let near = if self.has_more {
            Vec::new()
        } else {
            nearest(value, texts.clone(), OFFERED)
        };
        let offered = match (near.is_empty(), self.has_more) {
            (false, _) => listed(near.into_iter()),
            (true, false) => listed(texts),
            (true, true) => return format!("; it has more than {MOST_COMPARED} different values"),
        };
        if offered.is_empty() {
            return offered;
        }
        format!("; others have {offered}")
    }
}
