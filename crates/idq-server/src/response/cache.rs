//! The response cache: finished bodies of recent requests, by request text and snapshot version.
//!
//! Eviction is left to the crate `quick_cache` (S3-FIFO, an approximation of LRU that a scan through all pages does not
//! flush), bounded by the bodies' total size. An entry is never stale: its key contains the snapshot's version.

use std::hash::RandomState;

use axum::body::Bytes;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, Weighter};

use crate::response::encoding::ContentEncoding;
use crate::response::entity_tag::EntityTag;

/// A response's body, ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct CachedResponse {
    /// Shared with the responses that are being sent, not copied.
    pub(crate) body: Bytes,
    /// The encoding in which the body is, which is none for a short one.
    pub(crate) encoding: ContentEncoding,
    /// Kept with the body, so that a hit needs no binding to derive it.
    pub(crate) tag: EntityTag,
    /// The number of records that matched, for the log.
    pub(crate) matched: u64,
}

/// The identity of a response.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct CacheKey {
    /// The snapshot's version and the request's text.
    pub(crate) request: String,
    /// The encoding that the client prefers.
    pub(crate) encoding: ContentEncoding,
}

/// The memory that an entry takes besides its body and the text of its key: map slot, headers, allocations.
const ENTRY_OVERHEAD_BYTES: usize = 256;

/// The largest share of the cache that one entry may take, so that one large page does not evict all others.
const MAX_ENTRY_SHARE: usize = 16;

/// The assumed average size of an entry: `quick_cache` sizes its tables by the number of entries that this results in.
const EXPECTED_ENTRY_BYTES: usize = 16 << 10;

/// Recent responses, up to a total size.
pub(crate) struct ResponseCache {
    /// `None` if the settings disable the cache.
    responses: Option<Cache<CacheKey, CachedResponse, EntryBytes, RandomState>>,
    max_entry_bytes: usize,
}

/// The size of an entry in bytes.
#[derive(Clone)]
struct EntryBytes;

impl Weighter<CacheKey, CachedResponse> for EntryBytes {
    fn weight(&self, key: &CacheKey, response: &CachedResponse) -> u64 {
        entry_bytes(key, response) as u64
    }
}

/// Returns the memory that an entry takes.
fn entry_bytes(key: &CacheKey, response: &CachedResponse) -> usize {
    response.body.len() + key.request.len() + ENTRY_OVERHEAD_BYTES
}

impl ResponseCache {
    /// Creates a cache of at most `max_bytes`; 0 disables it.
    pub(crate) fn new(max_bytes: usize) -> Self {
        // One shard: each shard has its share of the capacity, and on a machine with many cores a response of the
        // permitted size would fit into none. Hits share the lock, which is held for a lookup only.
        let options = OptionsBuilder::new()
            .shards(1)
            .estimated_items_capacity((max_bytes / EXPECTED_ENTRY_BYTES).max(1))
            .weight_capacity(max_bytes as u64)
            .build();
        let build = |options| {
            // Keys are texts of clients: the hash function is std's SipHash, which resists collision attacks.
            let hasher = RandomState::new();
            Cache::with_options(options, EntryBytes, hasher, DefaultLifecycle::default())
        };
        Self {
            responses: options.ok().filter(|_| max_bytes > 0).map(build),
            max_entry_bytes: max_bytes / MAX_ENTRY_SHARE,
        }
    }

    /// Returns the response to an earlier request, if it is still cached.
    pub(crate) fn get(&self, key: &CacheKey) -> Option<CachedResponse> {
        self.responses.as_ref()?.get(key)
    }

    /// Adds a response, unless it takes more than a small share of the cache.
    pub(crate) fn insert(&self, key: CacheKey, response: CachedResponse) {
        if let Some(responses) = &self.responses
            && entry_bytes(&key, &response) <= self.max_entry_bytes
        {
            responses.insert(key, response);
        }
    }

    /// Removes all responses.
    pub(crate) fn clear(&self) {
        if let Some(responses) = &self.responses {
            responses.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response::entity_tag::entity_tag;

    fn key(number: usize) -> CacheKey {
        CacheKey {
            request: format!("{number:02}"),
            encoding: ContentEncoding::Identity,
        }
    }

    fn response(bytes: usize) -> CachedResponse {
        CachedResponse {
            body: vec![b'x'; bytes].into(),
            encoding: ContentEncoding::Identity,
            tag: entity_tag("tag").unwrap(),
            matched: 1,
        }
    }

    #[test]
    fn response_requested_again_stays_cached_while_others_are_evicted() {
        let capacity = 20 * (1_002 + ENTRY_OVERHEAD_BYTES);
        let cache = ResponseCache::new(capacity);
        cache.insert(key(0), response(1_000));
        for number in 1..100 {
            cache.insert(key(number), response(1_000));
            assert!(cache.get(&key(0)).is_some(), "{number}");
            let responses = cache.responses.as_ref().unwrap();
            assert!(responses.weight() <= capacity as u64);
        }
        let cached = (0..100).filter(|&number| cache.get(&key(number)).is_some());
        assert_eq!(cached.count(), 20);
        let gzip = CacheKey {
            encoding: ContentEncoding::Gzip,
            ..key(0)
        };
        assert!(cache.get(&gzip).is_none());
        cache.clear();
        assert!(cache.get(&key(0)).is_none());
    }

    #[test]
    fn response_that_is_large_or_without_a_cache_is_not_cached() {
        let cache = ResponseCache::new(16_000);
        cache.insert(key(1), response(2_000));
        assert!(cache.get(&key(1)).is_none());
        let disabled = ResponseCache::new(0);
        disabled.insert(key(1), response(1));
        assert!(disabled.get(&key(1)).is_none());
    }
}
