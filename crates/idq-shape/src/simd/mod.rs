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
    /// The union of the bits of many bytes, by which all of them are known to be ASCII.
    type Union: Copy;

    /// Returns the union of no bytes.
    fn no_bytes(self) -> Self::Union;

    /// Returns the index of the first byte that is a quote, a backslash or a control character; [`SCAN_BYTES`] without
    /// one. Adds the bytes before it to `union`, and possibly others of the block.
    fn first_special(self, block: &[u8; SCAN_BYTES], union: &mut Self::Union) -> usize;

    /// Validates an object or array, and returns its end; see [`skip_container`].
    fn skip_container(self, bytes: &[u8], start: usize, union: &mut Self::Union) -> Option<usize>;

    /// Returns whether all bytes of a union are ASCII.
    fn is_ascii(self, union: Self::Union) -> bool;

    /// Returns whether bytes are UTF-8.
    fn is_utf8(self, bytes: &[u8]) -> bool;

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
    type Union = u64;

    #[inline(always)]
    fn no_bytes(self) -> u64 {
        0
    }

    #[inline(always)]
    fn first_special(self, block: &[u8; SCAN_BYTES], union: &mut u64) -> usize {
        let (words, _) = block.as_chunks::<8>();
        for (index, word) in words.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            *union |= word;
            let special = scan::unquotable_bytes(word);
            if special != 0 {
                return index * 8 + special.trailing_zeros() as usize / 8;
            }
        }
        SCAN_BYTES
    }

    #[inline(never)]
    fn skip_container(self, bytes: &[u8], start: usize, union: &mut u64) -> Option<usize> {
        skip_container(self, bytes, start, union)
    }

    #[inline(always)]
    fn is_ascii(self, union: u64) -> bool {
        union & HIGH_BITS == 0
    }

    #[inline]
    fn is_utf8(self, bytes: &[u8]) -> bool {
        std::str::from_utf8(bytes).is_ok()
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
                    let mut union = simd.no_bytes();
                    let found = simd.first_special(&block, &mut union);
                    assert_eq!(found, naive_first_special(&block));
                    assert_eq!(simd.is_ascii(union), byte < 0x80);
                    // A later special byte makes no difference.
                    block[SCAN_BYTES - 1] = b'"';
                    let found = simd.first_special(&block, &mut union);
                    assert_eq!(found, naive_first_special(&block));
                    assert_eq!(simd.is_ascii(union), byte < 0x80);
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
