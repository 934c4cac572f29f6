/// Microseconds beyond whole seconds, of the rows that have some.
#[derive(Debug)]
pub(crate) struct Fractions {
    /// One bit a row: whether it has some.
    words: Vec<u64>,
    /// For each word how many rows before it have some.
    before: Vec<u32>,
    /// Twenty bits each, in three bytes.
    microseconds: Vec<[u8; 3]>,
}

impl Fractions {
    /// The microseconds of a row, less than a million.
    pub(crate) fn get(&self, row: usize) -> u32 {
        let (word, bit) = (self.words[row / 64], row % 64);
        if word >> bit & 1 == 0 {
            return 0;
        }
        let rank = (word & ((1 << bit) - 1)).count_ones();
        let [low, middle, high] = self.microseconds[(self.before[row / 64] + rank) as usize];
        u32::from_le_bytes([low, middle, high, 0])
    }

    pub(crate) fn memory(&self) -> usize {
        8 * self.words.capacity() + 4 * self.before.capacity() + 3 * self.microseconds.capacity()
    }
}

/// Collects fractions, row by row.
pub(crate) struct FractionsBuilder {
    rows: usize,
    words: Vec<u64>,
    microseconds: Vec<[u8; 3]>,
}

impl FractionsBuilder {
    pub(crate) fn new(rows: usize) -> Self {
        Self {
            rows,
            words: Vec::new(),
            microseconds: Vec::new(),
        }
    }

    /// Adds those of a row that is behind all earlier ones.
    pub(crate) fn push(&mut self, row: usize, microseconds: u32) {
        if self.words.is_empty() {
            self.words = vec![0; self.rows.div_ceil(64)];
        }
        self.words[row / 64] |= 1 << (row % 64);
        let [low, middle, high, _] = microseconds.to_le_bytes();
        self.microseconds.push([low, middle, high]);
    }

    pub(crate) fn finish(mut self) -> Option<Fractions> {
        if self.words.is_empty() {
            return None;
        }
        let mut count = 0;
        let before = |word: &u64| {
            let before = count;
            count += word.count_ones();
            before
        };
        let before = self.words.iter().map(before).collect();
        self.microseconds.shrink_to_fit();
        Some(Fractions {
            words: self.words,
            before,
            microseconds: self.microseconds,
        })
    }
}
