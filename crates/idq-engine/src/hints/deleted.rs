//! Deleted records that a query excludes by default.

use idq_snapshot::{ColumnError, Snapshot};

use crate::bind::BoundFilter;
use crate::bound_query::BoundQuery;
use crate::caches::Caches;
use crate::condition::Condition;
use crate::evaluate::evaluate_filter;
use crate::predicates::Present;

/// Counts the deleted records that a query would match if it did not exclude them by default; `None` if the request has
/// a filter on deleted records, or the API has no deleted records.
///
/// # Errors
/// As for [`BoundQuery::count`].
pub fn deleted_left_out(
    query: &BoundQuery,
    snapshot: &Snapshot,
    caches: &Caches,
) -> Result<Option<u64>, ColumnError> {
    let Some(rule) = query.api().trashed_filter() else {
        return Ok(None);
    };
    let api_rule = &query.api().filters[rule];
    if !excludes_deleted(query, rule) || is_explicit(query, &api_rule.name) {
        return Ok(None);
    }
    let field = api_rule.field;
    let deleted = Condition::from(Present { field });
    let is_other = |filter: &BoundFilter| filter.rule != rule;
    let condition = query.condition_where(is_other, Some(&deleted));
    Ok(Some(
        evaluate_filter(&condition, snapshot, caches, &query.cancel)?.total as u64,
    ))
}

/// Returns whether a query excludes deleted records, by default or by its filter on them; `rule` is the position of
/// that filter in the API.
pub(super) fn excludes_deleted(query: &BoundQuery, rule: usize) -> bool {
    match query.filters().iter().find(|filter| filter.rule == rule) {
        Some(filter) => matches!(&filter.condition, Some(Condition::Not(_))),
        None => query.default_condition.is_some(),
    }
}

/// Returns whether the request excludes deleted records explicitly. A filter with another word, which the API's own
/// reading ignores, is not explicit.
fn is_explicit(query: &BoundQuery, filter: &str) -> bool {
    let prefix = format!("filter[{filter}]");
    let mut given = query.parameters().iter().rev();
    let last = given.find(|(name, _)| name.starts_with(&prefix));
    last.is_some_and(|(_, value)| value.trim() == WITHOUT)
}

/// Value of the filter on deleted records that excludes them.
const WITHOUT: &str = "without";
