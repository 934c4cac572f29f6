//! Hints: notes on an answer for a person, on why it may not be the expected one.
//!
//! Hints are about plain filters alone, not about those of nested expressions, where a filter that selects no record
//! may be intended.

mod absent;
mod case;
mod deleted;
mod hint;

use idq_api::{MatchKind, ValueSyntax};
use idq_snapshot::Snapshot;

use crate::condition::Condition;
use crate::page::BoundQuery;
use crate::predicates::Predicate;

pub use deleted::deleted_left_out;
pub use hint::{Advice, Hint, ValueList};

/// Greatest number of hints on one answer.
const MAX_HINTS: usize = 10;

/// Returns hints on an answer; `total` is the number of matching records.
///
/// Deleted records are excluded unless the request includes them, a page may be past the last one, and the value of an
/// exact filter may be that of no record, or have other upper and lower case in more records. At most ten hints
/// are returned, of which the last then is the number of the others.
///
/// Checking the case takes one pass over the column of each exact filter.
pub fn hints(query: &BoundQuery, snapshot: &Snapshot, total: u64) -> Vec<Hint> {
    let mut hints = HintList::default();
    if snapshot.rows() == 0 {
        return hints.listed;
    }
    if let Some(hint) = deleted_excluded(query) {
        hints.push(|| hint);
    }
    let last = total.div_ceil(query.per_page()).max(1);
    let page = query.page_number();
    if total > 0 && page > last {
        hints.push(|| Hint::PageBeyondLast { page, last });
    }
    for filter in query.filters() {
        let Some(Condition::Predicate(Predicate::Exact(exact))) = &filter.condition else {
            continue;
        };
        if let Some(hint) = case::hint(query, snapshot, filter, exact) {
            hints.push(|| hint);
        } else if total == 0 {
            absent::add(&mut hints, snapshot, &query.rule(filter).name, exact);
        }
    }
    if total == 0 && hints.count() == 0 {
        for filter in query.filters() {
            if let Some(Condition::Predicate(predicate)) = &filter.condition
                && let Some(value) = predicate.texts().iter().find(|text| text.contains(','))
            {
                // A list has commas where its elements were taken literally.
                hints.push(|| Hint::LiteralComma {
                    filter: query.rule(filter).name.clone(),
                    value: value.clone(),
                });
            }
        }
    }
    hints.finish()
}

/// The first hints, and the number of the others.
#[derive(Default)]
struct HintList {
    listed: Vec<Hint>,
    more: usize,
}

impl HintList {
    fn push(&mut self, hint: impl FnOnce() -> Hint) {
        // The last hint is the number of the others.
        if self.listed.len() < MAX_HINTS - 1 {
            self.listed.push(hint());
        } else {
            self.more += 1;
        }
    }

    fn count(&self) -> usize {
        self.listed.len() + self.more
    }

    fn finish(mut self) -> Vec<Hint> {
        if self.more > 0 {
            self.listed.push(Hint::More(self.more));
        }
        self.listed
    }
}

/// Returns a hint on a date filter that is about deleted records, or mostly is, while the request excludes those.
fn deleted_excluded(query: &BoundQuery) -> Option<Hint> {
    let api = query.api();
    let rule = api.trashed_filter()?;
    // Offboarding deprovisions an account and then deletes it.
    let is_pending = |kind: &MatchKind| matches!(kind, MatchKind::PresentUnlessEquals { .. });
    let pending = api.filters.iter().find(|rule| is_pending(&rule.match_kind));
    let deprovisioned = pending.map(|rule| rule.field);
    let filter = query.filters().iter().find(|filter| {
        let filter = query.rule(filter);
        filter.match_kind.value_syntax() == ValueSyntax::Date
            && (filter.field == api.filters[rule].field || Some(filter.field) == deprovisioned)
    })?;
    deleted::excludes_deleted(query, rule).then(|| Hint::DeletedExcluded {
        filter: query.rule(filter).name.clone(),
    })
}
