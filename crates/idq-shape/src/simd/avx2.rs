//! The operations with AVX2, 32 bytes at a time.
#![expect(
    unsafe_code,
    reason = "vector instructions that the processor may lack; `Avx2` is the proof that it has them"
)]

use std::arch::x86_64::{
    __m256i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8,
    _mm256_or_si256, _mm256_set1_epi8, _mm256_setzero_si256,
};

use super::{PREFIX_BYTES, SCAN_BYTES, Simd};
use crate::skip::skip_container;

/// The proof that the processor has AVX2 and the bit instructions of the same generation. Only [`detect`](Self::detect)
/// creates one.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// Returns the proof if the processor has the instructions.
    #[inline]
    pub(crate) fn detect() -> Option<Self> {
        let has_all = std::is_x86_feature_detected!("avx2")
            && std::is_x86_feature_detected!("bmi1")
            && std::is_x86_feature_detected!("bmi2")
            && std::is_x86_feature_detected!("lzcnt");
        has_all.then_some(Self(()))
    }
}

impl Simd for Avx2 {
    type SeenBits = __m256i;

    #[inline(always)]
    fn no_bits(self) -> __m256i {
        // SAFETY: an `Avx2` exists, so the processor has the instructions.
        unsafe { zero() }
    }

    #[inline(always)]
    fn first_special(self, block: &[u8; SCAN_BYTES], seen: &mut __m256i) -> usize {
        let (halves, _) = block.as_chunks::<32>();
        // SAFETY: an `Avx2` exists, so the processor has the instructions.
        let mask = |half: &[u8; 32], seen: &mut __m256i| unsafe { special_mask(half, seen) };
        // Most strings are shorter than a half, and do not need the second load.
        let low = mask(&halves[0], seen);
        if low != 0 {
            return low.trailing_zeros() as usize;
        }
        32 + mask(&halves[1], seen).trailing_zeros() as usize
    }

    #[inline(always)]
    fn skip_container(
        self,
        bytes: &[u8],
        start: usize,
        seen: &mut __m256i,
    ) -> Result<usize, usize> {
        // SAFETY: an `Avx2` exists, so the processor has the instructions.
        unsafe { skip_with_avx2(self, bytes, start, seen) }
    }

    #[inline(always)]
    fn is_ascii(self, seen: __m256i) -> bool {
        // SAFETY: an `Avx2` exists, so the processor has the instructions.
        unsafe { has_no_high_bit(seen) }
    }

    #[inline(always)]
    fn prefixes_equal(
        self,
        one: &[u8; PREFIX_BYTES],
        other: &[u8; PREFIX_BYTES],
        mask: u32,
    ) -> bool {
        // SAFETY: an `Avx2` exists, so the processor has the instructions.
        let equal = unsafe { equal_mask(one, other) };
        equal & mask == mask
    }
}

/// [`skip_container`], compiled for AVX2, and outside the loop of the matcher.
#[inline(never)]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
fn skip_with_avx2(
    simd: Avx2,
    bytes: &[u8],
    start: usize,
    seen: &mut __m256i,
) -> Result<usize, usize> {
    skip_container(simd, bytes, start, seen)
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(bytes: &[u8; 32]) -> __m256i {
    // SAFETY: the pointer is to 32 bytes, and an unaligned load needs no alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn zero() -> __m256i {
    _mm256_setzero_si256()
}

#[inline]
#[target_feature(enable = "avx2")]
fn has_no_high_bit(bytes: __m256i) -> bool {
    _mm256_movemask_epi8(bytes) == 0
}

/// Returns a bit for each quote, backslash and control character. Adds the bytes to `seen`.
#[inline]
#[target_feature(enable = "avx2")]
fn special_mask(bytes: &[u8; 32], seen: &mut __m256i) -> u32 {
    let bytes = load(bytes);
    *seen = _mm256_or_si256(*seen, bytes);
    let quotes = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'"' as i8));
    let backslashes = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'\\' as i8));
    let controls = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1F)), bytes);
    let special = _mm256_or_si256(_mm256_or_si256(quotes, backslashes), controls);
    _mm256_movemask_epi8(special) as u32
}

/// Returns a bit for each position at which two blocks have the same byte.
#[inline]
#[target_feature(enable = "avx2")]
fn equal_mask(one: &[u8; 32], other: &[u8; 32]) -> u32 {
    _mm256_movemask_epi8(_mm256_cmpeq_epi8(load(one), load(other))) as u32
}
