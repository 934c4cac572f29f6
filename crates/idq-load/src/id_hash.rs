//! The hashes by which ids are compared.

use std::hash::{BuildHasher, RandomState};

use twox_hash::XxHash3_128;

/// The hash of an id.
///
/// It has 128 bits and depends on a random seed, so that two of a billion ids have one hash with a probability of some
/// 10⁻²¹. That is good enough to report repeated ids, and the column of ids is then not needed.
pub(crate) type IdHash = u128;

/// Hashes the ids of a load: equal ids have equal hashes in all its chunks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdHasher {
    seed: u64,
}

impl IdHasher {
    /// Creates a hasher with a random seed.
    pub(crate) fn new() -> Self {
        Self {
            seed: RandomState::new().hash_one(0),
        }
    }

    /// Returns the hash of an id, decoded: spellings with other escapes are equal ids.
    #[inline]
    pub(crate) fn hash(self, id: &str) -> IdHash {
        XxHash3_128::oneshot_with_seed(self.seed, id.as_bytes())
    }
}
