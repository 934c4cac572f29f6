//! The masks of a block with AVX2, 32 bytes at a time, and carry-less multiplication.
#![expect(
    unsafe_code,
    reason = "vector instructions that the processor may lack; `Avx2` is the proof that it has them"
)]

use std::arch::x86_64::{
    __m256i, _mm_clmulepi64_si128, _mm_cvtsi128_si64, _mm_set_epi64x, _mm_set1_epi8,
    _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256, _mm256_movemask_epi8,
    _mm256_or_si256, _mm256_set1_epi8, _mm256_setr_epi8, _mm256_shuffle_epi8,
};

use super::BLOCK_BYTES;
use super::block::{BlockMasks, Classify};

/// The proof that the processor has AVX2, carry-less multiplication and the bit instructions. Only
/// [`detect`](Self::detect) creates one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx2(());

impl Avx2 {
    /// Returns the proof if the processor has the instructions.
    #[inline]
    pub(super) fn detect() -> Option<Self> {
        let has_all = std::is_x86_feature_detected!("avx2")
            && std::is_x86_feature_detected!("bmi1")
            && std::is_x86_feature_detected!("bmi2")
            && std::is_x86_feature_detected!("popcnt")
            && std::is_x86_feature_detected!("pclmulqdq");
        has_all.then_some(Self(()))
    }
}

impl Classify for Avx2 {
    #[inline(always)]
    fn masks(self, block: &[u8; BLOCK_BYTES]) -> BlockMasks {
        let (halves, _) = block.as_chunks::<32>();
        // SAFETY: an `Avx2` exists, so the processor has the instructions.
        let (low, high) = unsafe { (half_masks(&halves[0]), half_masks(&halves[1])) };
        let join =
            |mask: fn(&HalfMasks) -> u32| u64::from(mask(&low)) | u64::from(mask(&high)) << 32;
        BlockMasks {
            quotes: join(|half| half.quotes),
            backslashes: join(|half| half.backslashes),
            structural: join(|half| half.structural),
            controls: join(|half| half.controls),
            non_ascii: join(|half| half.non_ascii),
        }
    }

    #[inline(always)]
    fn prefix_xor(self, mask: u64) -> u64 {
        // SAFETY: an `Avx2` exists, so the processor has the instructions.
        unsafe { multiply_by_ones(mask) }
    }
}

/// The masks of half a block.
struct HalfMasks {
    quotes: u32,
    backslashes: u32,
    structural: u32,
    controls: u32,
    non_ascii: u32,
}

/// Returns the masks of half a block.
#[inline]
#[target_feature(enable = "avx2")]
fn half_masks(bytes: &[u8; 32]) -> HalfMasks {
    // SAFETY: the pointer is to 32 bytes, and an unaligned load needs no alignment.
    let bytes = unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) };
    let all = |byte: u8| _mm256_set1_epi8(byte as i8);
    // A shuffle looks each byte up by its low half, in a table with the one structural character that ends with it, or
    // a byte that does not.
    let structural = _mm256_shuffle_epi8(structural_table(), bytes);
    // With the bit of lower-case letters, `[` equals `{` and `]` equals `}`.
    let folded = _mm256_or_si256(bytes, all(0x20));
    // As signed bytes, those that are not ASCII are negative.
    let low = mask_of(_mm256_cmpgt_epi8(all(0x20), bytes));
    let non_ascii = mask_of(bytes);
    let controls = low & !non_ascii;
    HalfMasks {
        quotes: mask_of(_mm256_cmpeq_epi8(bytes, all(b'"'))),
        backslashes: mask_of(_mm256_cmpeq_epi8(bytes, all(b'\\'))),
        // Two control characters fold to a comma and a colon.
        structural: mask_of(_mm256_cmpeq_epi8(folded, structural)) & !controls,
        controls,
        non_ascii,
    }
}

/// Returns the high bits of the bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn mask_of(bytes: __m256i) -> u32 {
    _mm256_movemask_epi8(bytes) as u32
}

/// Returns the table of structural characters by their low half, brackets as braces.
#[inline]
#[target_feature(enable = "avx2")]
fn structural_table() -> __m256i {
    _mm256_setr_epi8(
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x3A, 0x7B, 0x2C, 0x7D, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0x3A, 0x7B, 0x2C, 0x7D, 0, 0,
    )
}

/// Returns the lowest 64 bits of a carry-less product with a number of ones, which are the prefix parities.
#[inline]
#[target_feature(enable = "sse2,pclmulqdq")]
fn multiply_by_ones(mask: u64) -> u64 {
    let product = _mm_clmulepi64_si128::<0>(_mm_set_epi64x(0, mask as i64), _mm_set1_epi8(-1));
    _mm_cvtsi128_si64(product) as u64
}
