use idq_api::Match;
use idq_load::Snapshot;

use crate::condition::{Condition, Leaf};
use crate::evaluate::{EvaluateError, find_all};
use crate::page::BoundQuery;

/// Counts the deleted records that a query would match, had it not left them out by itself; `None` where the request
/// says which records it means, or the API has no deleted ones.
///
/// # Errors
/// As for [`BoundQuery::count`].
pub fn deleted_left_out(
    query: &BoundQuery,
    snapshot: &Snapshot,
) -> Result<Option<u64>, EvaluateError> {
    let rules = query.api().filters.iter();
    let Some(rule) = rules.clone().find(|rule| rule.matching == Match::Trashed) else {
        return Ok(None);
    };
    let is_trashed = |filter: &crate::BoundFilter| std::ptr::eq(filter.rule, rule);
    if query.filters().iter().any(is_trashed) {
        return Ok(None);
    }
    let deleted = Condition::from(Leaf::Present { field: rule.field });
    let filters = query.filters().iter();
    let conditions = filters.filter_map(|filter| filter.condition.clone());
    let condition = Condition::And(conditions.chain([deleted]).collect());
    Ok(Some(
        find_all(&condition, snapshot, &query.cancel)?.total as u64,
    ))
}
