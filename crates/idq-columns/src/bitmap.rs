//! A growable bitmap, 64 rows a word, which builders and kernels write, and which becomes an Arrow bit buffer without a
//! copy.

use arrow_buffer::{BooleanBuffer, Buffer};

/// Bits in a word.
pub(crate) const WORD_BITS: usize = u64::BITS as usize;

/// Bits that are appended one by one, or set by their position.
///
/// The bits of the last word after `length` are 0, so that [`push`](Self::push) need not clear them.
#[derive(Debug, Clone)]
pub(crate) struct BitmapBuilder {
    words: Vec<u64>,
    length: usize,
}

impl BitmapBuilder {
    /// Creates a bitmap of `length` zeros, for kernels that set the rows that match.
    pub(crate) fn zeros(length: usize) -> Self {
        Self {
            words: vec![0; length.div_ceil(WORD_BITS)],
            length,
        }
    }

    /// Creates a bitmap of `length` ones.
    pub(crate) fn ones(length: usize) -> Self {
        let mut words = vec![u64::MAX; length / WORD_BITS];
        if !length.is_multiple_of(WORD_BITS) {
            words.push((1 << (length % WORD_BITS)) - 1);
        }
        Self { words, length }
    }

    /// Copies a bitmap, for kernels that correct single rows of a result.
    pub(crate) fn from_bitmap(bitmap: &BooleanBuffer) -> Self {
        let length = bitmap.len();
        // Arrow pads with a word of zeros where the length is a multiple of 64.
        let words = bitmap.bit_chunks();
        Self {
            words: words
                .iter_padded()
                .take(length.div_ceil(WORD_BITS))
                .collect(),
            length,
        }
    }

    /// Appends a bit.
    #[inline]
    pub(crate) fn push(&mut self, value: bool) {
        let bit = u64::from(value) << (self.length % WORD_BITS);
        match self.words.last_mut() {
            Some(word) if !self.length.is_multiple_of(WORD_BITS) => *word |= bit,
            _ => self.words.push(bit),
        }
        self.length += 1;
    }

    /// Sets a bit to 1.
    #[inline]
    pub(crate) fn set(&mut self, index: usize) {
        self.words[index / WORD_BITS] |= 1 << (index % WORD_BITS);
    }

    /// Sets a bit to 0.
    #[inline]
    pub(crate) fn clear(&mut self, index: usize) {
        self.words[index / WORD_BITS] &= !(1 << (index % WORD_BITS));
    }

    /// Returns a bit.
    pub(crate) fn get(&self, index: usize) -> bool {
        self.words[index / WORD_BITS] >> (index % WORD_BITS) & 1 == 1
    }

    /// Returns the words, least significant bit first.
    pub(crate) fn into_words(self) -> Vec<u64> {
        self.words
    }

    /// Returns the bits as an Arrow buffer over the same memory.
    pub(crate) fn finish(mut self) -> BooleanBuffer {
        self.words.shrink_to_fit();
        // Arrow numbers bits from the first byte, whatever the byte order of the machine.
        self.words.iter_mut().for_each(|word| *word = word.to_le());
        BooleanBuffer::new(Buffer::from_vec(self.words), 0, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bitmap_builder_of_any_length_agrees_with_a_list_of_bools() {
        for length in [0, 1, 63, 64, 65, 200] {
            let bits: Vec<bool> = (0..length).map(|index| index % 3 == 0).collect();
            let expected = BooleanBuffer::from(bits.clone());
            let (mut pushed, mut set) = (BitmapBuilder::zeros(0), BitmapBuilder::zeros(length));
            let mut cleared = BitmapBuilder::ones(length);
            for (index, &bit) in bits.iter().enumerate() {
                pushed.push(bit);
                if bit {
                    set.set(index);
                } else {
                    cleared.clear(index);
                }
            }
            assert!((0..length).all(|index| pushed.get(index) == bits[index]));
            for builder in [
                pushed,
                set,
                cleared,
                BitmapBuilder::from_bitmap(&expected),
                BitmapBuilder::from_bitmap(
                    &BooleanBuffer::from([&[true; 5][..], &bits].concat()).slice(5, length),
                ),
            ] {
                assert_eq!(builder.finish(), expected, "{length}");
            }
        }
    }
}
