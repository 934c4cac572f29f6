//! The microseconds of instants beyond whole seconds: a sparse vector with rank over a bitmap.
//!
//! Most instants of a directory are on whole seconds. The bit of a row is set if the row has microseconds; the number
//! of ones before it, its *rank*, is the position of its value. A running count for each word of 64 rows reduces rank
//! to one population count.

use crate::bitmap::BitmapBuilder;

/// Microseconds by row, 0 for most rows.
#[derive(Debug)]
pub(crate) struct SparseSubseconds {
    /// One bit a row: whether it has microseconds.
    words: Vec<u64>,
    /// For each word the number of ones in the words before it.
    ranks: Vec<u32>,
    /// The values in row order. They are less than a million, which takes 20 bits, and are stored in three bytes.
    microseconds: Vec<[u8; 3]>,
}

impl SparseSubseconds {
    /// Returns the microseconds of a row, less than a million.
    pub(crate) fn get(&self, row: usize) -> u32 {
        let (word, bit) = (self.words[row / 64], row % 64);
        if word >> bit & 1 == 0 {
            return 0;
        }
        let rank_in_word = (word & ((1 << bit) - 1)).count_ones();
        let rank = self.ranks[row / 64] + rank_in_word;
        let [low, middle, high] = self.microseconds[rank as usize];
        u32::from_le_bytes([low, middle, high, 0])
    }

    /// Returns the bytes of memory taken.
    pub(crate) fn memory(&self) -> usize {
        8 * self.words.capacity() + 4 * self.ranks.capacity() + 3 * self.microseconds.capacity()
    }
}

/// Collects microseconds in row order.
pub(crate) struct SparseSubsecondsBuilder {
    rows: usize,
    /// Allocated with the first value.
    bitmap: Option<BitmapBuilder>,
    microseconds: Vec<[u8; 3]>,
}

impl SparseSubsecondsBuilder {
    /// Creates a builder for a column of `rows` rows.
    pub(crate) fn new(rows: usize) -> Self {
        Self {
            rows,
            bitmap: None,
            microseconds: Vec::new(),
        }
    }

    /// Adds the microseconds of a row, which must be after all rows added so far. They are less than a million and not
    /// 0.
    pub(crate) fn push(&mut self, row: usize, microseconds: u32) {
        self.bitmap
            .get_or_insert_with(|| BitmapBuilder::zeros(self.rows))
            .set(row);
        let [low, middle, high, _] = microseconds.to_le_bytes();
        self.microseconds.push([low, middle, high]);
    }

    /// Returns the vector; `None` if all rows are on whole seconds.
    pub(crate) fn finish(mut self) -> Option<SparseSubseconds> {
        let words = self.bitmap?.into_words();
        let mut ones = 0;
        let rank = |word: &u64| {
            let rank = ones;
            ones += word.count_ones();
            rank
        };
        let ranks = words.iter().map(rank).collect();
        self.microseconds.shrink_to_fit();
        Some(SparseSubseconds {
            words,
            ranks,
            microseconds: self.microseconds,
        })
    }
}
