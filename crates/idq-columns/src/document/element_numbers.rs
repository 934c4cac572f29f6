//! Element numbers: which elements of which arrays a value belongs to.
//!
//! The *level* of an array is the number of keys of its path. A value has a number for each level of its path at which
//! some value of the path is inside an array: the running number of the innermost element at that level within the row,
//! from 1, or 0 for a value that is inside no array there. Two values of one row are in the same element of an array at
//! level `l` if and only if their numbers at all levels up to `l` are equal.

/// The number of an array element within its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ElementNumber {
    /// Number of keys of the array's path.
    pub level: u16,
    /// Number of the element among those of the path in the row, from 1.
    pub number: u32,
}

/// Collects the element numbers of one path.
#[derive(Debug, Default)]
pub(super) struct ElementNumbersBuilder {
    /// The levels at which some value is inside an array, ascending.
    levels: Vec<u16>,
    /// The numbers of each value, one for each level.
    numbers: Vec<u32>,
}

impl ElementNumbersBuilder {
    /// Adds the numbers of a value that follows `values` others.
    #[inline]
    pub(super) fn push(&mut self, values: usize, elements: &[ElementNumber]) {
        for element in elements {
            if let Err(position) = self.levels.binary_search(&element.level) {
                self.insert_level(position, element.level, values);
            }
        }
        let start = self.numbers.len();
        self.numbers.resize(start + self.levels.len(), 0);
        for element in elements {
            if let Ok(position) = self.levels.binary_search(&element.level) {
                // Of nested arrays at one level, the innermost is the last.
                self.numbers[start + position] = element.number;
            }
        }
    }

    /// Inserts a level, at which the earlier values have number 0.
    #[cold]
    fn insert_level(&mut self, position: usize, level: u16, values: usize) {
        let width = self.levels.len();
        let mut numbers = Vec::with_capacity(values * (width + 1));
        for value in 0..values {
            let old = &self.numbers[value * width..(value + 1) * width];
            numbers.extend_from_slice(&old[..position]);
            numbers.push(0);
            numbers.extend_from_slice(&old[position..]);
        }
        self.levels.insert(position, level);
        self.numbers = numbers;
    }

    /// Removes the numbers of the last value.
    pub(super) fn pop(&mut self) {
        let end = self.numbers.len().saturating_sub(self.levels.len());
        self.numbers.truncate(end);
    }

    /// Appends the levels and the numbers in LEB128.
    pub(super) fn encode(&self, levels: &mut Vec<u8>, numbers: &mut Vec<u8>) {
        encode(self.levels.iter().map(|&level| level.into()), levels);
        encode(self.numbers.iter().copied(), numbers);
    }
}

/// The element numbers of the values of one path.
#[derive(Debug)]
pub(crate) struct ElementNumbers {
    /// The levels, ascending.
    pub(crate) levels: Vec<u32>,
    /// The numbers of each value, one for each level.
    numbers: Vec<u32>,
}

impl ElementNumbers {
    /// Decodes levels and numbers. Missing numbers, in a damaged file, are read as 0.
    pub(super) fn decode(levels: &[u8], numbers: &[u8], values: usize) -> Self {
        let levels = decode(levels);
        let mut numbers = decode(numbers);
        numbers.resize(levels.len() * values, 0);
        Self { levels, numbers }
    }

    /// Returns the numbers of a value, one for each level.
    pub(crate) fn of(&self, value: usize) -> &[u32] {
        let width = self.levels.len();
        &self.numbers[value * width..(value + 1) * width]
    }

    /// Retains the numbers of the values that `keep` accepts, and appends them in LEB128.
    pub(super) fn encode_kept(&self, keep: impl Iterator<Item = usize>, out: &mut Vec<u8>) {
        for value in keep {
            encode(self.of(value).iter().copied(), out);
        }
    }
}

/// Bits of a number in one byte of LEB128.
const LEB128_BITS: u32 = 7;

/// The bit of a byte of LEB128 that another byte follows.
const LEB128_CONTINUES: u8 = 0x80;

/// Appends numbers in LEB128: seven bits a byte, the least significant first.
fn encode(numbers: impl Iterator<Item = u32>, out: &mut Vec<u8>) {
    for mut number in numbers {
        while number >= u32::from(LEB128_CONTINUES) {
            out.push(number as u8 | LEB128_CONTINUES);
            number >>= LEB128_BITS;
        }
        out.push(number as u8);
    }
}

/// Decodes numbers; bits beyond the 32nd, in a damaged file, are dropped.
fn decode(bytes: &[u8]) -> Vec<u32> {
    let mut numbers = Vec::new();
    let (mut number, mut shift) = (0u32, 0);
    for &byte in bytes {
        let bits = u32::from(byte & !LEB128_CONTINUES);
        number |= bits.checked_shl(shift).unwrap_or_default();
        if byte & LEB128_CONTINUES == 0 {
            numbers.push(number);
            (number, shift) = (0, 0);
        } else {
            shift += LEB128_BITS;
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_level_that_comes_late_are_zero_for_earlier_values() {
        let element = |level, number| ElementNumber { level, number };
        let mut builder = ElementNumbersBuilder::default();
        builder.push(0, &[]);
        builder.push(1, &[element(2, 1)]);
        builder.push(2, &[element(1, 300), element(2, 2), element(2, 3)]);
        builder.push(3, &[element(5, 1)]);
        builder.pop();
        let (mut levels, mut numbers) = (Vec::new(), Vec::new());
        builder.encode(&mut levels, &mut numbers);
        let decoded = ElementNumbers::decode(&levels, &numbers, 3);
        assert_eq!(decoded.levels, [1, 2, 5]);
        assert_eq!(decoded.of(0), [0, 0, 0]);
        assert_eq!(decoded.of(1), [0, 1, 0]);
        assert_eq!(decoded.of(2), [300, 3, 0]);
    }
}
