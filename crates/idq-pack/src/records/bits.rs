//! Numbers of a few bits, one behind another: the lowest bit first, in bytes filled from their lowest bit on.

/// How many bits tell one of so many choices from the others.
pub(super) fn bits_for(choices: usize) -> u32 {
    choices.next_power_of_two().trailing_zeros()
}

/// Writes numbers.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    pending: u64,
    count: u32,
}

impl BitWriter {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        (self.pending, self.count) = (0, 0);
    }

    /// Adds a number that has so many bits, 32 at most.
    #[inline]
    pub(super) fn put(&mut self, number: u32, bits: u32) {
        self.pending |= u64::from(number) << self.count;
        self.count += bits;
        while self.count >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }

    /// The bytes of all numbers; the last one is filled up with zeros.
    pub(super) fn finish(&mut self) -> &[u8] {
        if self.count > 0 {
            self.bytes.push(self.pending as u8);
            (self.pending, self.count) = (0, 0);
        }
        &self.bytes
    }
}

/// Reads numbers.
#[derive(Debug)]
pub(super) struct BitReader<'b> {
    bytes: &'b [u8],
    pending: u64,
    count: u32,
}

impl<'b> BitReader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self {
            bytes,
            pending: 0,
            count: 0,
        }
    }

    /// The next number of so many bits, 32 at most; `None` behind the end.
    #[inline]
    pub(super) fn take(&mut self, bits: u32) -> Option<u32> {
        while self.count < bits {
            let (byte, rest) = self.bytes.split_first()?;
            self.pending |= u64::from(*byte) << self.count;
            self.bytes = rest;
            self.count += 8;
        }
        let number = self.pending & ((1 << bits) - 1);
        self.pending >>= bits;
        self.count -= bits;
        Some(number as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let numbers = [
            (1, 1),
            (0, 0),
            (5, 3),
            (0x1234_5678, 32),
            (0, 7),
            (511, 9),
            (1, 1),
        ];
        let mut writer = BitWriter::default();
        for (number, bits) in numbers {
            writer.put(number, bits);
        }
        let bytes = writer.finish().to_vec();
        assert_eq!(bytes.len(), 7);
        let mut reader = BitReader::new(&bytes);
        for (number, bits) in numbers {
            assert_eq!(reader.take(bits), Some(number));
        }
        assert_eq!(reader.take(3), Some(0));
        assert_eq!(reader.take(1), None);
        writer.clear();
        assert!(writer.finish().is_empty());
    }

    #[test]
    fn as_many_bits_as_choices_need() {
        let bits = [1, 2, 3, 4, 5, 256, 257].map(bits_for);
        assert_eq!(bits, [0, 1, 2, 2, 3, 8, 9]);
    }
}
