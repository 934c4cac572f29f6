//! Top-k selection: the least `k` of a stream of rows, without sorting the rest, like the operator `TopK` of
//! DataFusion.
//!
//! Rows are collected up to a capacity of at least `2k`; quickselect then drops all but the least `k`, in linear time,
//! and the word of the greatest kept row becomes a bound. Once the bound is low, most rows are rejected by one
//! comparison of integers. A heap of `k` rows would take a logarithmic time for each row that passes the bound, and `k`
//! may be large: a page far from the first needs all rows before it.

use rayon::prelude::*;

use super::{NormalizedKeys, SortEntry};

/// The least capacity: with less, small pages would be pruned after every few rows.
const PRUNE_AFTER_ENTRIES: usize = 256;

/// Collects the least `k` entries.
pub(crate) struct TopK<'k, K> {
    keys: &'k K,
    k: usize,
    capacity: usize,
    /// An entry with a greater word is not among the least `k`.
    bound: u64,
    entries: Vec<SortEntry>,
}

impl<'k, K: NormalizedKeys> TopK<'k, K> {
    /// Creates a collection of the least `k` rows.
    pub(crate) fn new(keys: &'k K, k: usize) -> Self {
        Self {
            keys,
            k,
            capacity: k.saturating_mul(2).max(PRUNE_AFTER_ENTRIES),
            bound: u64::MAX,
            entries: Vec::new(),
        }
    }

    /// Returns whether a row whose word is at least this one can be among the least `k`.
    #[inline]
    pub(crate) fn may_accept(&self, least_word: u64) -> bool {
        least_word <= self.bound
    }

    /// Adds a row, whose entry has the first word of its key.
    #[inline]
    pub(crate) fn push(&mut self, entry: SortEntry) {
        if !self.may_accept(entry.key_word) {
            return;
        }
        self.entries.push(entry);
        if self.entries.len() == self.capacity {
            self.prune();
        }
    }

    /// Adds the rows of another collection.
    pub(crate) fn merge(&mut self, other: Self) {
        self.bound = self.bound.min(other.bound);
        self.entries.extend(other.entries);
    }

    /// Drops all but the least `k` rows.
    pub(crate) fn prune(&mut self) {
        if self.k == 0 {
            self.entries.clear();
            self.bound = 0;
        } else if self.k < self.entries.len() {
            let keys = self.keys;
            let compare = |one: &SortEntry, other: &SortEntry| keys.compare(one, other);
            let (_, greatest, _) = self.entries.select_nth_unstable_by(self.k - 1, compare);
            self.bound = greatest.key_word;
            self.entries.truncate(self.k);
        }
    }

    /// Returns the least `k` rows in order, without the first `skip` of them.
    ///
    /// The skipped rows are split off by quickselect and not sorted.
    pub(crate) fn finish(mut self, skip: usize) -> Vec<SortEntry> {
        self.prune();
        let keys = self.keys;
        let compare = |one: &SortEntry, other: &SortEntry| keys.compare(one, other);
        let skip = skip.min(self.entries.len());
        if 0 < skip && skip < self.entries.len() {
            self.entries.select_nth_unstable_by(skip, compare);
        }
        let mut page = self.entries.split_off(skip);
        page.par_sort_unstable_by(compare);
        page
    }
}
