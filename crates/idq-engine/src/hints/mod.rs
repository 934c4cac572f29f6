//! Hints: possible reasons of a surprising answer, for a person.
//!
//! Hints on filters concern plain ones only, not those of nested expressions, where a filter that selects no record may
//! be intended. Hints on expressions concern the attributes that they name, and the texts that they compare these with;
//! hints on counts, the attributes of their keys.

mod absent;
mod absent_path;
mod case;
mod deleted;
mod hint;
mod never;

use idq_api::{MatchKind, ValueSyntax, last_page};
use idq_snapshot::Snapshot;

use crate::attribute::Attribute;
use crate::bound_query::{BoundQuery, Selects};
use crate::condition::Condition;
use crate::count_by::BoundKeys;
use crate::predicates::Predicate;

pub use deleted::deleted_left_out;
pub use hint::{Advice, Hint, HintSubject, ValueList};

/// Greatest number of hints on one answer.
const MAX_HINTS: usize = 10;

/// Returns hints on an answer; `total` is the number of matching records.
///
/// They report tests of the time of deletion while deleted records are excluded, paths that no record has, dates that
/// mean never, a page past the last one, values that no record has or has in another case, and commas that were taken
/// literally. Of more than ten hints, the first nine are returned, and the number of the others.
///
/// The search for case variants takes one pass over the column of each exact filter, and of each field that expressions
/// compare with texts.
pub fn hints(query: &BoundQuery, snapshot: &Snapshot, total: u64) -> Vec<Hint> {
    let mut hints = HintList::default();
    if snapshot.rows() == 0 {
        return hints.listed;
    }
    if let Some(hint) = deleted_excluded(query) {
        hints.push(|| hint);
    }
    if let Some(hint) = deleted_tested(query) {
        hints.push(|| hint);
    }
    let named = query.named.iter().map(|named| &named.attribute);
    absent_path::add(&mut hints, named, snapshot);
    never::add(&mut hints, query, snapshot);
    let last = last_page(total, query.per_page());
    let page = query.page_number();
    if total > 0 && page > last {
        hints.push(|| Hint::PageBeyondLast { page, last });
    }
    for filter in query.filters() {
        let Some(Condition::Predicate(Predicate::Exact(exact))) = &filter.condition else {
            continue;
        };
        if let Some(hint) = case::filter_hint(query, snapshot, filter, exact) {
            hints.push(|| hint);
        } else if total == 0 {
            absent::add_of_filter(&mut hints, snapshot, &query.rule(filter).name, exact);
        }
    }
    // The texts do not matter where the records without a value are selected.
    if query.selects() == Selects::Satisfied {
        for named in &query.named {
            if let Some(hint) = case::attribute_hint(query, snapshot, named) {
                hints.push(|| hint);
            } else if total == 0 {
                absent::add_of_attribute(&mut hints, snapshot, named);
            }
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

/// Returns hints on the keys of a count: paths that no record has, and paths of objects.
pub fn key_hints(keys: &BoundKeys, snapshot: &Snapshot) -> Vec<Hint> {
    let mut hints = HintList::default();
    if snapshot.rows() > 0 {
        absent_path::add(&mut hints, keys.attributes(), snapshot);
        absent_path::add_objects(&mut hints, keys.counted_values(), snapshot);
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
    /// Adds a hint, or counts it beyond the limit.
    fn push(&mut self, hint: impl FnOnce() -> Hint) {
        if self.listed.len() < MAX_HINTS {
            self.listed.push(hint());
        } else {
            self.more += 1;
        }
    }

    /// Returns the number of hints, listed or not.
    fn count(&self) -> usize {
        self.listed.len() + self.more
    }

    /// Returns the listed hints, and the number of the others as the last one.
    fn finish(mut self) -> Vec<Hint> {
        if self.more > 0 {
            // The number takes the place of a hint.
            self.listed.truncate(MAX_HINTS - 1);
            self.listed.push(Hint::More(self.more + 1));
        }
        self.listed
    }
}

/// Returns a hint on an expression about the time of deletion, while the request excludes deleted records.
fn deleted_tested(query: &BoundQuery) -> Option<Hint> {
    let api = query.api();
    let rule = &api.filters[api.trashed_filter()?];
    let deleted_at = Attribute::Field(rule.field);
    let is_tested = query
        .tested
        .iter()
        .any(|tested| tested.attribute == deleted_at);
    (is_tested && query.default_condition.is_some()).then(|| Hint::DeletedTested {
        field: api.column_name(rule.field).to_owned(),
        filter: rule.name.clone(),
    })
}

/// Returns a hint on a date filter that matches deleted records only, or mostly, while the request excludes them.
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
