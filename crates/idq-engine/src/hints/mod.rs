//! Notes on an answer, for a person to read: why it may not be what was expected.

mod absent;
mod case;
mod deleted;

use idq_api::Match;
use idq_snapshot::Snapshot;

use crate::bind::BoundFilter;
use crate::condition::{Condition, Leaf};
use crate::page::BoundQuery;

pub use deleted::deleted_left_out;

/// The most hints of one answer.
const MOST_HINTS: usize = 10;

/// The most values that one hint lists.
const MOST_VALUES: usize = 12;

/// Returns why a query may not have found what was expected; `total` is the number of records that match.
///
/// Deleted records are left out unless the request includes them, a page may lie past the last one, and the value of an
/// exact filter may be that of no record, or be spelled with other capitals in more records. At most ten hints
/// are returned, of which the last then counts those left out.
///
/// The case of letters costs one pass over the column of each exact filter.
pub fn hints(query: &BoundQuery, snapshot: &Snapshot, total: u64) -> Vec<String> {
    let mut hints = Hints::default();
    if snapshot.rows() == 0 {
        return hints.shown;
    }
    if let Some(hint) = trashed(query) {
        hints.push(|| hint);
    }
    let last = total.div_ceil(query.per_page()).max(1);
    if total > 0 && query.page_number() > last {
        let page = query.page_number();
        hints.push(|| format!("page {page} is past the last page, {last}"));
    }
    for (index, filter) in query.filters().iter().enumerate() {
        let Some(Condition::Leaf(Leaf::Exact { field, values })) = &filter.condition else {
            continue;
        };
        if let Some(hint) = case::hint(query, snapshot, index) {
            hints.push(|| hint);
        } else if total == 0 {
            absent::add(&mut hints, snapshot, filter.rule.name, *field, values);
        }
    }
    if total == 0 && hints.count() == 0 {
        for filter in query.filters() {
            if let Some(value) = value_with_comma(filter) {
                let (name, value) = (filter.rule.name, idq_grammar::quote(value));
                hints.push(|| {
                    format!("filter[{name}] takes {value} for one value, comma and all: if it is several, give each by a `-f` of its own")
                });
            }
        }
    }
    hints.finish()
}

/// The value of a filter on text that has a comma in it, as the elements of a list do that were taken literally.
fn value_with_comma(filter: &BoundFilter) -> Option<&String> {
    let Some(Condition::Leaf(leaf)) = &filter.condition else {
        return None;
    };
    let (Leaf::Exact { values, .. }
    | Leaf::Partial {
        needles: values, ..
    }
    | Leaf::Search {
        needles: values, ..
    }) = leaf
    else {
        return None;
    };
    values.iter().find(|value| value.contains(','))
}

/// Hints, of which the first few are kept and the others counted.
#[derive(Default)]
struct Hints {
    shown: Vec<String>,
    left_out: usize,
}

impl Hints {
    fn push(&mut self, hint: impl FnOnce() -> String) {
        // The last place is for the number of those left out.
        if self.shown.len() < MOST_HINTS - 1 {
            self.shown.push(hint());
        } else {
            self.left_out += 1;
        }
    }

    fn count(&self) -> usize {
        self.shown.len() + self.left_out
    }

    fn finish(mut self) -> Vec<String> {
        if self.left_out > 0 {
            self.shown.push(format!("and {} more", self.left_out));
        }
        self.shown
    }
}

/// Lists values, quoted, up to [`MOST_VALUES`] of them and the number of the others.
fn listed<'t>(values: impl ExactSizeIterator<Item = &'t str>) -> String {
    let left_out = values.len().saturating_sub(MOST_VALUES);
    let shown: Vec<String> = values.take(MOST_VALUES).map(idq_grammar::quote).collect();
    let shown = shown.join(", ");
    match left_out {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A date filter on records that are deleted, or mostly are, while those are left out.
fn trashed(query: &BoundQuery) -> Option<String> {
    let rule = query.api().trashed_filter()?;
    let leaves_out = query.filters().iter().all(|filter| {
        !std::ptr::eq(filter.rule, rule)
            || matches!(&filter.condition, Some(Condition::Not(inner)) if matches!(**inner, Condition::Leaf(_)))
    });
    // Offboarding deprovisions an account and then deletes it.
    let deprovisioned = query
        .api()
        .filters
        .iter()
        .find(|rule| matches!(rule.matching, Match::SetUnless { .. }));
    let about_deleted =
        |field: usize| field == rule.field || deprovisioned.is_some_and(|rule| rule.field == field);
    let filter = query.filters().iter().find(|filter| {
        matches!(filter.rule.matching, Match::Before | Match::After)
            && about_deleted(filter.rule.field)
    })?;
    let name = filter.rule.name;
    leaves_out.then(|| {
        format!("filter[{name}] finds no deleted records by itself: add filter[trashed]=with or filter[trashed]=only")
    })
}
