//! The bit masks of a block of 64 bytes, and the portable way of making them.

use super::BLOCK_BYTES;

/// The bytes of a block by class: bit `i` is set if byte `i` has the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct BlockMasks {
    /// `"`.
    pub(super) quotes: u64,
    /// `\`.
    pub(super) backslashes: u64,
    /// Structural characters: brackets, commas and colons.
    pub(super) structural: u64,
    /// Bytes below 0x20.
    pub(super) controls: u64,
    /// Bytes from 0x80.
    pub(super) non_ascii: u64,
}

/// The operations on a block that depend on the processor.
pub(super) trait Classify: Copy {
    /// Returns the masks of a block.
    fn masks(self, block: &[u8; BLOCK_BYTES]) -> BlockMasks;

    /// Returns a mask whose bit `i` is the parity of the bits up to and including bit `i`.
    fn prefix_xor(self, mask: u64) -> u64;
}

/// The state of a scan between two blocks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ScanState {
    /// All bits if the next byte is in a string.
    pub(super) in_string: u64,
    /// 1 if the next byte is escaped.
    pub(super) is_escaped: u64,
    /// 1 if the previous byte is a closing quote.
    pub(super) after_string: u64,
    /// The offset before which all escapes are checked. It exceeds that of the next block inside a surrogate pair.
    pub(super) escapes_checked: usize,
    /// The offset before which all characters beyond ASCII are checked.
    pub(super) utf8_checked: usize,
}

impl ScanState {
    /// Returns the state at an offset outside any string.
    pub(super) fn at(start: usize) -> Self {
        Self {
            escapes_checked: start,
            utf8_checked: start,
            ..Self::default()
        }
    }
}

/// SIMD within a register: eight bytes at a time, in plain integers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portable;

/// The lowest bit of each byte.
const ONES: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each byte.
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Returns a word in which each byte that equals `byte` has its high bit set, and no other bit is set.
#[inline(always)]
fn equal(word: u64, byte: u8) -> u64 {
    let difference = word ^ (ONES * u64::from(byte));
    // Adding 0x7F to seven bits sets the high bit unless all seven are zero, and carries nothing to the next byte.
    !(((difference & !HIGHS) + !HIGHS) | difference) & HIGHS
}

/// Returns the high bits of the bytes of a word as the lowest eight bits.
#[inline(always)]
fn gather(highs: u64) -> u64 {
    // The product adds each bit at a different position of the highest byte.
    (highs >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

impl Classify for Portable {
    #[inline(always)]
    fn masks(self, block: &[u8; BLOCK_BYTES]) -> BlockMasks {
        let mut masks = BlockMasks::default();
        let (words, _) = block.as_chunks::<8>();
        for (index, word) in words.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            let at = index * 8;
            // With the bit of lower-case letters, `[` equals `{` and `]` equals `}`.
            let folded = word | (ONES * 0x20);
            let brackets = equal(folded, b'{') | equal(folded, b'}');
            let separators = equal(word, b',') | equal(word, b':');
            // No borrow between bytes: the high bits are set before the subtraction.
            let low = !((word | HIGHS) - ONES * 0x20) & !word & HIGHS;
            masks.quotes |= gather(equal(word, b'"')) << at;
            masks.backslashes |= gather(equal(word, b'\\')) << at;
            masks.structural |= gather(brackets | separators) << at;
            masks.controls |= gather(low) << at;
            masks.non_ascii |= gather(word & HIGHS) << at;
        }
        masks
    }

    #[inline(always)]
    fn prefix_xor(self, mut mask: u64) -> u64 {
        for shift in [1, 2, 4, 8, 16, 32] {
            mask ^= mask << shift;
        }
        mask
    }
}
