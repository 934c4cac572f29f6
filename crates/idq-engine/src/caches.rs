//! The caches of one snapshot: intermediate results that later queries use again.

use crate::filter_cache::FilterCache;
use crate::sort_cache::SortCache;

/// The caches of one snapshot. They hold row numbers, so they must not be used with another snapshot.
///
/// `Send + Sync`: any number of threads evaluate queries with the same caches.
#[derive(Debug, Default)]
pub struct Caches {
    /// The matches of conditions.
    pub filters: FilterCache,
    /// The sorted indexes of sort keys.
    pub sorts: SortCache,
}
