use idq_snapshot::{ColumnError, Snapshot};

use crate::bind::BoundFilter;
use crate::caches::Caches;
use crate::condition::{Condition, Leaf};
use crate::evaluate::evaluate_filter;
use crate::page::BoundQuery;

/// Counts the deleted records that a query would match, had it not left them out by itself; `None` where the request
/// says which records it means, or the API has no deleted ones.
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
    let is_trashed = |filter: &&BoundFilter| std::ptr::eq(filter.rule, rule);
    if let Some(filter) = query.filters().iter().find(is_trashed)
        && (!matches!(filter.condition, Some(Condition::Not(_))) || is_meant(query, rule.name))
    {
        return Ok(None);
    }
    let deleted = Condition::from(Leaf::Present { field: rule.field });
    let filters = query.filters().iter();
    let filters = filters.filter(|filter| !is_trashed(filter));
    let conditions = filters.filter_map(|filter| filter.condition.clone());
    let condition = Condition::And(conditions.chain([deleted]).collect());
    Ok(Some(
        evaluate_filter(&condition, snapshot, caches, &query.cancel)?.total as u64,
    ))
}

/// Whether the request leaves out deleted records by its own word, rather than by one that the API's reading forgives.
fn is_meant(query: &BoundQuery, filter: &str) -> bool {
    let prefix = format!("filter[{filter}]");
    let mut given = query.parameters().iter().rev();
    let last = given.find(|(name, _)| name.starts_with(&prefix));
    last.is_some_and(|(_, value)| value.trim() == WITHOUT)
}

/// The word of a request for what it leaves out by itself.
const WITHOUT: &str = "without";
