//! The filter cache: the matches of conditions that many queries share, such as all records or all that are not
//! deleted.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::condition::Condition;
use crate::evaluate::Matches;

/// The number of cached conditions. An API has few conditions without a value: one for each value of its filter on
/// deleted records.
const MAX_CACHED_FILTERS: usize = 4;

/// The matches of the conditions that were evaluated last, as a first-in, first-out cache.
#[derive(Debug, Default)]
pub struct FilterCache {
    entries: Mutex<VecDeque<(Condition, Arc<Matches>)>>,
}

impl FilterCache {
    /// Returns the cached matches of a condition.
    pub(crate) fn get(&self, condition: &Condition) -> Option<Arc<Matches>> {
        let entries = self.entries();
        let mut entries = entries.iter();
        let (_, matches) = entries.find(|(cached, _)| cached == condition)?;
        Some(Arc::clone(matches))
    }

    /// Adds the matches of a condition, and drops the oldest entry of a full cache.
    pub(crate) fn insert(&self, condition: &Condition, matches: &Arc<Matches>) {
        let mut entries = self.entries();
        // Another thread may have evaluated the same condition meanwhile.
        if entries.iter().any(|(cached, _)| cached == condition) {
            return;
        }
        if entries.len() == MAX_CACHED_FILTERS {
            entries.pop_front();
        }
        entries.push_back((condition.clone(), Arc::clone(matches)));
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<(Condition, Arc<Matches>)>> {
        // A panic of another holder leaves the entries consistent: each change is one push or pop.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predicates::Present;

    fn condition(field: usize) -> Condition {
        Condition::from(Present { field })
    }

    fn matches(total: usize) -> Arc<Matches> {
        Arc::new(Matches {
            chunks: Vec::new(),
            total,
        })
    }

    #[test]
    fn cache_that_is_full_drops_its_oldest_entry() {
        let cache = FilterCache::default();
        for field in 0..=MAX_CACHED_FILTERS {
            cache.insert(&condition(field), &matches(field));
        }
        assert!(cache.get(&condition(0)).is_none());
        let found = cache.get(&condition(1)).map(|matches| matches.total);
        assert_eq!(found, Some(1));
    }

    #[test]
    fn condition_that_is_inserted_twice_has_one_entry() {
        let cache = FilterCache::default();
        for _ in 0..MAX_CACHED_FILTERS {
            cache.insert(&condition(1), &matches(1));
        }
        cache.insert(&condition(2), &matches(2));
        assert!(cache.get(&condition(1)).is_some());
    }
}
