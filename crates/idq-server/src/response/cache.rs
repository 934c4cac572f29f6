//! Answers that were given lately, by what was asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;

use crate::response::encoding::ContentEncoding;

/// An answer's body, ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct CachedResponse {
    pub(crate) body: Bytes,
    pub(crate) encoding: ContentEncoding,
    pub(crate) tag: Arc<str>,
    /// Records that matched.
    pub(crate) matched: u64,
}

/// Which answer: what was asked of which records, and what the client takes.
pub(crate) type CacheKey = (String, ContentEncoding);

/// Answers in two generations: what is asked for again in time moves to the young one, the rest goes with the old.
pub(crate) struct ResponseCache {
    /// Bytes of bodies in one generation.
    half: usize,
    generations: Mutex<Generations>,
}

#[derive(Default)]
struct Generations {
    young: HashMap<CacheKey, CachedResponse>,
    old: HashMap<CacheKey, CachedResponse>,
    bytes: usize,
}

/// What an answer takes beside its body and the question.
const OVERHEAD: usize = 256;

fn size(name: usize, answer: &CachedResponse) -> usize {
    answer.body.len() + name + OVERHEAD
}

impl ResponseCache {
    /// At most so many bytes of answers; 0 keeps none.
    pub(crate) fn new(bytes: usize) -> Self {
        Self {
            half: bytes / 2,
            generations: Mutex::default(),
        }
    }

    pub(crate) fn get(&self, key: &CacheKey) -> Option<CachedResponse> {
        if self.half == 0 {
            return None;
        }
        let mut generations = self.lock();
        if let Some(answer) = generations.young.get(key) {
            return Some(answer.clone());
        }
        let answer = generations.old.remove(key)?;
        self.insert(&mut generations, key.clone(), answer.clone());
        Some(answer)
    }

    /// Keeps an answer for a while. What takes more than a small part of the room is not kept.
    pub(crate) fn keep(&self, key: CacheKey, answer: CachedResponse) {
        if size(key.0.len(), &answer) <= self.half / 8 {
            self.insert(&mut self.lock(), key, answer);
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        *self.lock() = Generations::default();
    }

    fn insert(&self, generations: &mut Generations, key: CacheKey, answer: CachedResponse) {
        let (name, bytes) = (key.0.len(), size(key.0.len(), &answer));
        if generations.bytes + bytes > self.half {
            generations.old = std::mem::take(&mut generations.young);
            generations.bytes = 0;
        }
        generations.bytes += bytes;
        if let Some(before) = generations.young.insert(key, answer) {
            generations.bytes -= size(name, &before);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Generations> {
        // Whoever panicked has left nothing half done that matters.
        self.generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: usize) -> CacheKey {
        (name.to_string(), ContentEncoding::Identity)
    }

    fn answer(bytes: usize) -> CachedResponse {
        CachedResponse {
            body: vec![b'x'; bytes].into(),
            encoding: ContentEncoding::Identity,
            tag: "".into(),
            matched: 1,
        }
    }

    #[test]
    fn what_is_asked_for_again_stays_and_the_rest_goes() {
        let cache = ResponseCache::new(20 * (1_002 + OVERHEAD));
        cache.keep(key(0), answer(1_000));
        for number in 1..100 {
            cache.keep(key(number), answer(1_000));
            assert!(cache.get(&key(0)).is_some(), "{number}");
            let generations = cache.lock();
            assert!(generations.young.len() + generations.old.len() <= 20);
        }
        assert!(cache.get(&key(99)).is_some());
        assert!(cache.get(&key(50)).is_none());
        assert!(
            cache
                .get(&("0".to_owned(), ContentEncoding::Gzip))
                .is_none()
        );
        cache.clear();
        assert!(cache.get(&key(0)).is_none());
    }

    #[test]
    fn what_is_large_is_not_kept_nor_anything_without_room() {
        let cache = ResponseCache::new(16_000);
        cache.keep(key(1), answer(2_000));
        assert!(cache.get(&key(1)).is_none());
        let none = ResponseCache::new(0);
        none.keep(key(1), answer(1));
        assert!(none.get(&key(1)).is_none());
    }
}
