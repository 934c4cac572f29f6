//! Date filters of the API that select records whose date means never.

use idq_snapshot::Snapshot;

use super::{Hint, HintList};
use crate::bind::is_never;
use crate::bound_query::BoundQuery;
use crate::caches::Caches;
use crate::condition::Condition;
use crate::evaluate::evaluate_filter;
use crate::predicates::Predicate;

/// Adds a hint for each plain date filter that selects records whose date means never.
pub(super) fn add(hints: &mut HintList, query: &BoundQuery, snapshot: &Snapshot) {
    for filter in query.filters() {
        let Some(Condition::Predicate(Predicate::Between(between))) = &filter.condition else {
            continue;
        };
        // A filter compares all dates alike, because the API does, so the hint names the records whose date means
        // never.
        let described = &query.api().fields[between.field];
        let never = described.never.iter().copied();
        let never = never.filter(|never| (between.start..=between.end).contains(never));
        let never: Vec<Condition> = never.map(|never| is_never(between.field, never)).collect();
        if never.is_empty() {
            continue;
        }
        let condition = Condition::And(vec![query.condition().clone(), Condition::Or(never)]);
        // The caches are those of one query: the condition has values, and is not cached.
        let selected = evaluate_filter(&condition, snapshot, &Caches::default(), &query.cancel);
        let records = selected.map_or(0, |selected| selected.total as u64);
        if records > 0 {
            hints.push(|| Hint::NeverSelected {
                filter: query.rule(filter).name.clone(),
                records,
                field: described.name.clone(),
            });
        }
    }
}
