//! Tallies: the number of rows by code of one key, or by the codes of two.

use hashbrown::HashMap;

use super::encode::NULL;

/// The greatest number of cells of a dense table; more pairs are hashed. 8 MiB for each thread.
const MAX_DENSE_CELLS: usize = 1 << 20;

/// The number of rows by code.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: Vec<u64>,
}

impl Tally {
    /// Counts rows, whose codes are below `code_count`.
    pub(super) fn add(&mut self, codes: &[u32], code_count: usize) {
        self.reserve(code_count);
        for &code in codes {
            self.counts[code as usize] += 1;
        }
    }

    /// Adds rows of one code.
    pub(super) fn add_rows(&mut self, code: u32, rows: u64) {
        self.reserve(code as usize + 1);
        self.counts[code as usize] += rows;
    }

    /// Extends the table to these codes.
    fn reserve(&mut self, code_count: usize) {
        if self.counts.len() < code_count {
            self.counts.resize(code_count, 0);
        }
    }

    /// Returns the codes that occur, ascending, with their numbers of rows.
    pub(super) fn occurring(&self) -> impl Iterator<Item = (u32, u64)> {
        let counts = self.counts.iter().copied();
        (NULL..).zip(counts).filter(|(_, rows)| *rows > 0)
    }
}

/// The number of rows by pair of codes.
#[derive(Debug)]
pub(super) enum PairTally {
    /// A table, row by row of the first code.
    Dense {
        /// The cells of one row: a power of two.
        width: usize,
        /// The number of rows of the table.
        height: usize,
        /// The counts.
        cells: Vec<u64>,
    },
    /// The pairs that occur.
    Sparse(HashMap<(u32, u32), u64>),
}

impl Default for PairTally {
    fn default() -> Self {
        Self::Dense {
            width: 1,
            height: 0,
            cells: Vec::new(),
        }
    }
}

impl PairTally {
    /// Counts rows, whose codes are below these numbers of codes.
    pub(super) fn add(&mut self, first: &[u32], second: &[u32], code_counts: (usize, usize)) {
        self.reserve(code_counts);
        let pairs = first.iter().zip(second);
        match self {
            Self::Dense { width, cells, .. } => {
                for (&one, &other) in pairs {
                    cells[one as usize * *width + other as usize] += 1;
                }
            }
            Self::Sparse(counts) => {
                for (&one, &other) in pairs {
                    *counts.entry((one, other)).or_default() += 1;
                }
            }
        }
    }

    /// Adds rows of one pair of codes, which are below these numbers of codes.
    pub(super) fn add_rows(&mut self, pair: (u32, u32), rows: u64, code_counts: (usize, usize)) {
        self.reserve(code_counts);
        match self {
            Self::Dense { width, cells, .. } => {
                cells[pair.0 as usize * *width + pair.1 as usize] += rows;
            }
            Self::Sparse(counts) => *counts.entry(pair).or_default() += rows,
        }
    }

    /// Extends the table to these numbers of codes, or changes it to a hash table if it would be too large.
    fn reserve(&mut self, (first, second): (usize, usize)) {
        let Self::Dense { width, height, .. } = self else {
            return;
        };
        if first <= *height && second <= *width {
            return;
        }
        // Tables grow by a factor, so that values that occur one by one do not copy the table each time.
        let width = second.next_power_of_two().max(*width);
        let height = first.next_power_of_two().max(*height);
        let old: Vec<_> = self.occurring().collect();
        if width.saturating_mul(height) > MAX_DENSE_CELLS {
            *self = Self::Sparse(old.into_iter().collect());
            return;
        }
        let mut cells = vec![0; width * height];
        for ((one, other), rows) in old {
            cells[one as usize * width + other as usize] = rows;
        }
        *self = Self::Dense {
            width,
            height,
            cells,
        };
    }

    /// Returns the pairs that occur with their numbers of rows, in an unspecified order.
    pub(super) fn occurring(&self) -> Box<dyn Iterator<Item = ((u32, u32), u64)> + '_> {
        match self {
            &Self::Dense {
                width, ref cells, ..
            } => {
                let pair =
                    move |position: usize| ((position / width) as u32, (position % width) as u32);
                let cells = cells.iter().enumerate();
                let occurring = cells.filter(|(_, rows)| **rows > 0);
                Box::new(occurring.map(move |(position, rows)| (pair(position), *rows)))
            }
            Self::Sparse(counts) => Box::new(counts.iter().map(|(pair, rows)| (*pair, *rows))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_any_codes_are_counted_alike_in_a_table_and_by_hashing() {
        let mut tally = PairTally::default();
        // The third chunk exceeds the table.
        for (chunk, codes) in [(0, 3), (1, 40), (2, 5_000), (3, 10)] {
            let first: Vec<u32> = (0..1_000).map(|row| (row * 7 + chunk) % codes).collect();
            let second: Vec<u32> = (0..1_000).map(|row| (row * 3) % codes).collect();
            tally.add(&first, &second, (codes as usize, codes as usize));
            let is_sparse = matches!(tally, PairTally::Sparse(_));
            assert_eq!(is_sparse, chunk >= 2, "{chunk}");
            let rows: u64 = tally.occurring().map(|(_, rows)| rows).sum();
            assert_eq!(rows, 1_000 * (u64::from(chunk) + 1));
        }
        let mut expected: HashMap<(u32, u32), u64> = HashMap::new();
        for (chunk, codes) in [(0, 3), (1, 40), (2, 5_000), (3, 10)] {
            for row in 0..1_000_u32 {
                *expected
                    .entry(((row * 7 + chunk) % codes, (row * 3) % codes))
                    .or_default() += 1;
            }
        }
        assert_eq!(tally.occurring().collect::<HashMap<_, _>>(), expected);
    }
}
