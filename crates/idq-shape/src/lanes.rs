//! The few wide operations that a walk needs, once for each set of instructions.

/// Bytes that one step of a string looks at.
pub(crate) const STEP: usize = 64;

/// Bytes of a literal that are compared at once.
pub(crate) const HEAD: usize = 32;

/// Which instructions a walk uses. The answer is the same; it is a matter of speed, and of testing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Instructions {
    /// The widest that the processor has.
    #[default]
    Widest,
    /// Those that every processor has.
    Portable,
}

/// A set of instructions.
pub(crate) trait Lanes: Copy {
    /// The position of the first byte that is a quote, a backslash, a control character or not ASCII; [`STEP`] if
    /// there is none.
    fn first_special(self, block: &[u8; STEP]) -> usize;

    /// Whether two heads are the same in the bytes that the mask has bits for.
    fn same(self, one: &[u8; HEAD], other: &[u8; HEAD], mask: u32) -> bool;
}

/// Eight bytes at a time, in plain integers.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

impl Lanes for Portable {
    #[inline(always)]
    fn first_special(self, block: &[u8; STEP]) -> usize {
        let (words, _) = block.as_chunks::<8>();
        for (index, word) in words.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            // A borrow can mark a byte above a marked one as well, never one below it: the lowest mark is exact.
            let zero = |word: u64| word.wrapping_sub(ONES) & !word;
            let quote = zero(word ^ (ONES * u64::from(b'"')));
            let backslash = zero(word ^ (ONES * u64::from(b'\\')));
            let control = word.wrapping_sub(ONES * 0x20) & !word;
            let marks = (quote | backslash | control | word) & HIGHS;
            if marks != 0 {
                return index * 8 + marks.trailing_zeros() as usize / 8;
            }
        }
        STEP
    }

    #[inline(always)]
    fn same(self, one: &[u8; HEAD], other: &[u8; HEAD], mask: u32) -> bool {
        // Masks cover the first bytes.
        let length = mask.trailing_ones() as usize;
        one[..length] == other[..length]
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::Avx2;

#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "vector instructions exist on processors that have them alone; an Avx2 value is the proof"
)]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256, _mm256_movemask_epi8,
        _mm256_or_si256, _mm256_set1_epi8,
    };

    use super::{HEAD, Lanes, STEP};

    /// 32 bytes at a time. Whoever has one is on a processor with AVX2 and the bit instructions that came with it.
    #[derive(Clone, Copy)]
    pub(crate) struct Avx2(());

    impl Avx2 {
        /// The proof that the processor has the instructions, if it has.
        #[inline]
        pub(crate) fn detect() -> Option<Self> {
            let all = std::is_x86_feature_detected!("avx2")
                && std::is_x86_feature_detected!("bmi1")
                && std::is_x86_feature_detected!("bmi2")
                && std::is_x86_feature_detected!("lzcnt");
            all.then_some(Self(()))
        }
    }

    impl Lanes for Avx2 {
        #[inline(always)]
        fn first_special(self, block: &[u8; STEP]) -> usize {
            let (halves, _) = block.as_chunks::<32>();
            // SAFETY: an `Avx2` exists, so the processor has the instructions.
            let (low, high) = unsafe { (special(&halves[0]), special(&halves[1])) };
            (u64::from(low) | u64::from(high) << 32).trailing_zeros() as usize
        }

        #[inline(always)]
        fn same(self, one: &[u8; HEAD], other: &[u8; HEAD], mask: u32) -> bool {
            // SAFETY: an `Avx2` exists, so the processor has the instructions.
            let equal = unsafe { equal(one, other) };
            equal & mask == mask
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(bytes: &[u8; 32]) -> __m256i {
        // SAFETY: the pointer is to 32 bytes, and the load wants no alignment.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn special(bytes: &[u8; 32]) -> u32 {
        let bytes = load(bytes);
        let quote = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'"' as i8));
        let backslash = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'\\' as i8));
        // As signed bytes, those that are not ASCII are below the control characters.
        let low = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), bytes);
        let special = _mm256_or_si256(_mm256_or_si256(quote, backslash), low);
        _mm256_movemask_epi8(special) as u32
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn equal(one: &[u8; 32], other: &[u8; 32]) -> u32 {
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(load(one), load(other))) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive(block: &[u8; STEP]) -> usize {
        let special = |byte: &u8| matches!(byte, b'"' | b'\\') || *byte < 0x20 || *byte >= 0x80;
        block.iter().position(special).unwrap_or(STEP)
    }

    fn check(lanes: impl Lanes) {
        for byte in 0..=u8::MAX {
            for place in 0..STEP {
                for around in [b'a', b' ', 0x7F, b'!', b'#', b'[', b']'] {
                    let mut block = [around; STEP];
                    block[place] = byte;
                    assert_eq!(lanes.first_special(&block), naive(&block));
                    // What stands behind does not matter.
                    block[STEP - 1] = b'"';
                    assert_eq!(lanes.first_special(&block), naive(&block));
                }
            }
        }
        let one: [u8; HEAD] = std::array::from_fn(|index| index as u8);
        for changed in 0..HEAD {
            let mut other = one;
            other[changed] ^= 0x40;
            for length in 0..=HEAD {
                let mask = ((1u64 << length) - 1) as u32;
                assert_eq!(lanes.same(&one, &other, mask), changed >= length);
            }
        }
    }

    #[test]
    fn portable_lanes_find_what_a_loop_over_bytes_finds() {
        check(Portable);
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn avx2_lanes_find_what_a_loop_over_bytes_finds() {
        if let Some(lanes) = Avx2::detect() {
            check(lanes);
        }
    }
}
