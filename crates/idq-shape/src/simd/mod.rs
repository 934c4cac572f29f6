//! The vector operations of a match, portable and with AVX2: a scan for the end of a string, and a masked comparison.

#[cfg(target_arch = "x86_64")]
mod avx2;

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::Avx2;

use idq_json::scan;

use crate::skip::skip_container;

/// The number of bytes of a string that one scan covers.
pub(crate) const SCAN_BYTES: usize = 64;

/// The number of bytes of a literal that one comparison covers.
pub(crate) const PREFIX_BYTES: usize = 32;

/// The instructions of a match. They change its speed, never its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SimdLevel {
    /// The widest instructions that the processor has.
    #[default]
    Native,
    /// The instructions that every processor has.
    Portable,
}

/// An implementation of the operations.
pub(crate) trait Simd: Copy {
    /// The bitwise or of scanned bytes: all are ASCII if no byte of it has its high bit set.
    type SeenBits: Copy;

    /// Returns the bits of no bytes.
    fn no_bits(self) -> Self::SeenBits;

    /// Returns the index of the first byte that is a quote, a backslash or a control character; [`SCAN_BYTES`] without
    /// one. Adds the bytes before it to `seen`, and possibly others of the block.
    fn first_special(self, block: &[u8; SCAN_BYTES], seen: &mut Self::SeenBits) -> usize;

    /// Validates an object or array; see [`skip_container`].
    fn skip_container(
        self,
        bytes: &[u8],
        start: usize,
        seen: &mut Self::SeenBits,
    ) -> Result<usize, usize>;

    /// Returns whether all bytes that were seen are ASCII.
    fn is_ascii(self, seen: Self::SeenBits) -> bool;

    /// Returns whether two prefixes are equal in the bytes whose bits are set in `mask`. The set bits are the lowest
    /// ones.
    fn prefixes_equal(
        self,
        one: &[u8; PREFIX_BYTES],
        other: &[u8; PREFIX_BYTES],
        mask: u32,
    ) -> bool;
}

/// The highest bit of each byte.
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// SIMD within a register: eight bytes at a time, in plain integers.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

impl Simd for Portable {
    type SeenBits = u64;

    #[inline(always)]
    fn no_bits(self) -> u64 {
        0
    }

    #[inline(always)]
    fn first_special(self, block: &[u8; SCAN_BYTES], seen: &mut u64) -> usize {
        let (words, _) = block.as_chunks::<8>();
        for (index, word) in words.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            *seen |= word;
            let special = scan::quotes_backslashes_controls(word);
            if special != 0 {
                return index * 8 + special.trailing_zeros() as usize / 8;
            }
        }
        SCAN_BYTES
    }

    #[inline(never)]
    fn skip_container(self, bytes: &[u8], start: usize, seen: &mut u64) -> Result<usize, usize> {
        skip_container(self, bytes, start, seen)
    }

    #[inline(always)]
    fn is_ascii(self, seen: u64) -> bool {
        seen & HIGH_BITS == 0
    }

    #[inline(always)]
    fn prefixes_equal(
        self,
        one: &[u8; PREFIX_BYTES],
        other: &[u8; PREFIX_BYTES],
        mask: u32,
    ) -> bool {
        let length = mask.trailing_ones() as usize;
        one[..length] == other[..length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive_first_special(block: &[u8; SCAN_BYTES]) -> usize {
        let is_special = |byte: &u8| matches!(byte, b'"' | b'\\') || *byte < 0x20;
        block.iter().position(is_special).unwrap_or(SCAN_BYTES)
    }

    fn check(simd: impl Simd) {
        for byte in 0..=u8::MAX {
            for position in 0..SCAN_BYTES {
                for filler in [b'a', b' ', 0x7F, b'!', b'#', b'[', b']'] {
                    let mut block = [filler; SCAN_BYTES];
                    block[position] = byte;
                    let mut seen = simd.no_bits();
                    let found = simd.first_special(&block, &mut seen);
                    assert_eq!(found, naive_first_special(&block));
                    assert_eq!(simd.is_ascii(seen), byte < 0x80);
                    // A later special byte makes no difference.
                    block[SCAN_BYTES - 1] = b'"';
                    let found = simd.first_special(&block, &mut seen);
                    assert_eq!(found, naive_first_special(&block));
                    assert_eq!(simd.is_ascii(seen), byte < 0x80);
                }
            }
        }
        let one: [u8; PREFIX_BYTES] = std::array::from_fn(|index| index as u8);
        for changed in 0..PREFIX_BYTES {
            let mut other = one;
            other[changed] ^= 0x40;
            for length in 0..=PREFIX_BYTES {
                let mask = ((1u64 << length) - 1) as u32;
                assert_eq!(simd.prefixes_equal(&one, &other, mask), changed >= length);
            }
        }
    }

    #[test]
    fn portable_simd_for_every_byte_and_position_agrees_with_a_byte_loop() {
        check(Portable);
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn avx2_simd_for_every_byte_and_position_agrees_with_a_byte_loop() {
        if let Some(simd) = Avx2::detect() {
            check(simd);
        }
    }
}
