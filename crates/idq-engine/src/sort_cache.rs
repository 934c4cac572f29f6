//! The sort cache: sorted indexes of a snapshot by sort key, the least recently used dropped first.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::ordering::row_order::SortKey;
use crate::sorted_index::SortedIndex;

/// The number of cached indexes; each takes eight bytes a row.
const MAX_SORTED_INDEXES: usize = 16;

/// The sorted indexes of the most recently used sort keys.
///
/// An index is built at the second use of its key, or at the first if the page reaches far: one query for a page near the
/// start is faster with a top-k selection.
/// Threads never block on an index that another thread builds, because a blocked rayon task could deadlock its pool;
/// they select their page by top-k instead. The lock is not held during a build.
#[derive(Debug, Default)]
pub struct SortCache {
    /// By last use, the latest at the end. A linear search of 16 entries is faster than hashing their keys.
    entries: Mutex<Vec<Entry>>,
}

/// An order that was used recently, with the state of its index.
#[derive(Debug)]
struct Entry {
    /// Order.
    key: Vec<SortKey>,
    /// State of the index.
    state: EntryState,
}

#[derive(Debug)]
enum EntryState {
    /// The key was used, and no thread builds its index.
    Seen,
    /// A thread builds the index.
    Building,
    /// The index is complete.
    Built(Arc<SortedIndex>),
}

/// The result of looking up a sort key.
#[derive(Debug)]
pub(crate) enum Lookup<'c> {
    /// No index, and none is due; or another thread builds it.
    Miss,
    /// No index: the caller must build it.
    Build(BuildGuard<'c>),
    /// The index.
    Hit(Arc<SortedIndex>),
}

/// The exclusive permission to build an index. If it is dropped without an index, a later lookup gets it.
#[derive(Debug)]
pub(crate) struct BuildGuard<'c> {
    /// Cache that receives the index.
    cache: &'c SortCache,
    /// Order of the index.
    key: Vec<SortKey>,
}

impl SortCache {
    /// Looks up the index of a sort key, and records the use. With `builds_at_first_use`, the index is due at once.
    pub(crate) fn lookup(&self, key: &[SortKey], builds_at_first_use: bool) -> Lookup<'_> {
        let mut entries = self.entries();
        let known = entries.iter().position(|entry| entry.key == key);
        match known {
            Some(index) => entries[index..].rotate_left(1),
            None => {
                if entries.len() == MAX_SORTED_INDEXES {
                    entries.remove(0);
                }
                entries.push(Entry {
                    key: key.to_vec(),
                    state: EntryState::Seen,
                });
            }
        }
        let Some(entry) = entries.last_mut() else {
            return Lookup::Miss;
        };
        match &entry.state {
            EntryState::Built(index) => Lookup::Hit(Arc::clone(index)),
            EntryState::Seen if known.is_some() || builds_at_first_use => {
                entry.state = EntryState::Building;
                Lookup::Build(BuildGuard {
                    cache: self,
                    key: key.to_vec(),
                })
            }
            EntryState::Seen | EntryState::Building => Lookup::Miss,
        }
    }

    /// Returns the index of a sort key, if it is built, without recording a use.
    pub(crate) fn get(&self, key: &[SortKey]) -> Option<Arc<SortedIndex>> {
        self.entries().iter().find_map(|entry| match &entry.state {
            EntryState::Built(index) if entry.key == key => Some(Arc::clone(index)),
            _ => None,
        })
    }

    /// Returns the bytes of memory that the indexes take.
    pub fn memory(&self) -> u64 {
        let bytes = |entry: &Entry| match &entry.state {
            EntryState::Built(index) => 4 * (index.row_ids.len() + index.ranks.len()) as u64,
            _ => 0,
        };
        self.entries().iter().map(bytes).sum()
    }

    /// Locks the entries.
    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        // No holder of the lock leaves the entries half changed.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the state of an order that is still among the entries.
    fn set(&self, key: &[SortKey], state: EntryState) {
        // The entry may have been dropped meanwhile.
        let mut entries = self.entries();
        if let Some(entry) = entries
            .iter_mut()
            .find(|entry| entry.key == key && matches!(entry.state, EntryState::Building))
        {
            entry.state = state;
        }
    }
}

impl BuildGuard<'_> {
    /// Adds the index to the cache.
    pub(crate) fn finish(self, index: &Arc<SortedIndex>) {
        self.cache
            .set(&self.key, EntryState::Built(Arc::clone(index)));
    }
}

impl Drop for BuildGuard<'_> {
    fn drop(&mut self) {
        self.cache.set(&self.key, EntryState::Seen);
    }
}

#[cfg(test)]
mod tests {
    use idq_grammar::Direction;

    use super::*;

    fn key(field: usize) -> Vec<SortKey> {
        vec![SortKey {
            field,
            direction: Direction::Ascending,
        }]
    }

    fn index() -> Arc<SortedIndex> {
        Arc::new(SortedIndex::new(vec![2, 0, 1]))
    }

    #[test]
    fn key_that_is_used_twice_is_built_and_then_hit() {
        let cache = SortCache::default();
        assert!(matches!(cache.lookup(&key(1), false), Lookup::Miss));
        let Lookup::Build(guard) = cache.lookup(&key(1), false) else {
            panic!("expected a guard");
        };
        assert!(matches!(cache.lookup(&key(1), false), Lookup::Miss));
        guard.finish(&index());
        assert!(matches!(cache.lookup(&key(1), false), Lookup::Hit(hit) if hit == index()));
        assert_eq!(cache.memory(), 24);
        assert_eq!(index().ranks, [1, 2, 0]);
        assert!(matches!(cache.lookup(&key(2), false), Lookup::Miss));
    }

    #[test]
    fn key_of_a_far_page_is_built_at_its_first_use() {
        let cache = SortCache::default();
        assert!(matches!(cache.lookup(&key(1), true), Lookup::Build(_)));
    }

    #[test]
    fn guard_that_is_dropped_lets_a_later_lookup_build() {
        let cache = SortCache::default();
        cache.lookup(&key(1), false);
        drop(cache.lookup(&key(1), false));
        assert!(matches!(cache.lookup(&key(1), false), Lookup::Build(_)));
    }

    #[test]
    fn cache_that_is_full_drops_the_least_recently_used_key() {
        let cache = SortCache::default();
        for field in 0..MAX_SORTED_INDEXES {
            cache.lookup(&key(field), false);
            if let Lookup::Build(guard) = cache.lookup(&key(field), false) {
                guard.finish(&index());
            }
        }
        cache.lookup(&key(0), false);
        cache.lookup(&key(MAX_SORTED_INDEXES), false);
        assert!(cache.get(&key(0)).is_some());
        assert!(cache.get(&key(1)).is_none());
        assert!(cache.get(&key(2)).is_some());
    }
}
