//! Indexing of the next bytes of a text, and the checks of escapes and of characters beyond ASCII.
#![cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "the call of a function that is compiled for AVX2, where AVX2 is detected"
    )
)]

use std::ops::Range;

#[cfg(target_arch = "x86_64")]
use super::avx2::Avx2;
use super::block::{Classify, Portable, ScanState};
use super::{BLOCK_BYTES, Instructions};
use crate::scan;

/// Writes the entries of a range of a text to the start of `entries`; see [`index`]. Returns their number.
pub(super) fn index_with(
    instructions: Instructions,
    text: &[u8],
    range: Range<usize>,
    state: &mut ScanState,
    entries: &mut [u32],
) -> usize {
    #[cfg(target_arch = "x86_64")]
    if instructions == Instructions::Native
        && let Some(avx2) = Avx2::detect()
    {
        // SAFETY: `avx2` is the proof that the processor has the instructions.
        return unsafe { index_with_avx2(avx2, text, range, state, entries) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = instructions;
    index(Portable, text, range, state, entries)
}

/// Writes the entries of a range, compiled for AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,pclmulqdq")]
fn index_with_avx2(
    avx2: Avx2,
    text: &[u8],
    range: Range<usize>,
    state: &mut ScanState,
    entries: &mut [u32],
) -> usize {
    index(avx2, text, range, state, entries)
}

/// Writes the entries of a range to the start of `entries`, which must have a place for each byte and one group more.
/// Returns their number. Escapes and characters that continue after the range are checked to their end.
#[inline(always)]
fn index<C: Classify>(
    classify: C,
    text: &[u8],
    range: Range<usize>,
    state: &mut ScanState,
    entries: &mut [u32],
) -> usize {
    let mut count = 0;
    let (blocks, rest) = text[range.clone()].as_chunks::<BLOCK_BYTES>();
    let mut at = range.start;
    for block in blocks {
        let mask = block_entries(classify, text, at, block, state);
        count += append(mask, at, &mut entries[count..]);
        at += BLOCK_BYTES;
    }
    if !rest.is_empty() {
        let mut block = [b' '; BLOCK_BYTES];
        block[..rest.len()].copy_from_slice(rest);
        let mask = block_entries(classify, text, at, &block, state);
        // The byte after a string that ends the text is not in the text.
        count += append(mask & ((1 << rest.len()) - 1), at, &mut entries[count..]);
    }
    count
}

/// Returns the entries of the block at an offset.
#[inline(always)]
fn block_entries<C: Classify>(
    classify: C,
    text: &[u8],
    at: usize,
    block: &[u8; BLOCK_BYTES],
    state: &mut ScanState,
) -> u64 {
    let masks = classify.masks(block);
    let (mut escaped, mut malformed) = (state.is_escaped, 0);
    state.is_escaped = 0;
    if masks.backslashes != 0 {
        let escapes = find_escapes(masks.backslashes & !escaped);
        malformed = check_escapes(text, at, escapes, state);
        escaped |= escapes << 1;
        state.is_escaped = escapes >> (BLOCK_BYTES - 1);
    }
    if masks.non_ascii != 0 {
        malformed |= check_utf8(text, at, state);
    }
    let quotes = masks.quotes & !escaped;
    // A string extends from its opening quote to the byte before its closing quote.
    let in_string = classify.prefix_xor(quotes) ^ state.in_string;
    state.in_string = ((in_string as i64) >> (BLOCK_BYTES - 1)) as u64;
    let closing_quotes = quotes & !in_string;
    let after_strings = closing_quotes << 1 | state.after_string;
    state.after_string = closing_quotes >> (BLOCK_BYTES - 1);
    masks.structural & !in_string | after_strings | masks.controls & in_string | malformed
}

/// Returns the backslashes that start an escape; the first of the backslashes must not be escaped itself.
#[inline(always)]
fn find_escapes(backslashes: u64) -> u64 {
    let (mut escapes, mut rest) = (0, backslashes);
    while rest != 0 {
        let first = rest & rest.wrapping_neg();
        escapes |= first;
        rest &= !(first | first << 1);
    }
    escapes
}

/// Returns the malformed ones of the escapes of the block at an offset, by their backslashes.
#[inline]
fn check_escapes(text: &[u8], at: usize, mut escapes: u64, state: &mut ScanState) -> u64 {
    let mut malformed = 0;
    while escapes != 0 {
        let index = escapes.trailing_zeros();
        escapes &= escapes - 1;
        let backslash = at + index as usize;
        // The second half of a surrogate pair is checked with the first.
        if backslash < state.escapes_checked {
            continue;
        }
        // Most escapes are one of these, such as `\/`, and take no call.
        if let Some(b'/' | b'"' | b'\\' | b'n' | b'r' | b't') = text.get(backslash + 1) {
            continue;
        }
        match scan::escape_end(text, backslash) {
            Ok(end) => state.escapes_checked = end,
            Err(_) => malformed |= 1 << index,
        }
    }
    malformed
}

/// Returns the first bytes of sequences in the block at an offset that are not UTF-8.
#[inline(never)]
fn check_utf8(text: &[u8], at: usize, state: &mut ScanState) -> u64 {
    let mut malformed = 0;
    let block_end = text.len().min(at + BLOCK_BYTES);
    // A character may end in the next block.
    let is_continuation =
        |offset: &usize| text.get(*offset).is_some_and(|byte| byte & 0xC0 == 0x80);
    let end = block_end
        + (block_end..block_end + 3)
            .take_while(is_continuation)
            .count();
    let mut start = at.max(state.utf8_checked);
    state.utf8_checked = end;
    while start < end {
        let Err(error) = std::str::from_utf8(&text[start..end]) else {
            break;
        };
        let wrong = start + error.valid_up_to();
        if wrong >= block_end {
            // The next block starts with this byte.
            state.utf8_checked = wrong;
            break;
        }
        malformed |= 1 << (wrong - at);
        start = wrong + error.error_len().unwrap_or(end - wrong);
    }
    malformed
}

/// Writes the offsets of the set bits of a mask to the start of `entries`. Returns their number.
#[inline(always)]
fn append(mut mask: u64, at: usize, entries: &mut [u32]) -> usize {
    let count = mask.count_ones() as usize;
    // Most blocks have no more entries than fit in one group of constant length, whose loop has no branch. The places
    // beyond the number of entries are overwritten later.
    let (groups, _) = entries.as_chunks_mut::<GROUP>();
    for group in &mut groups[..count.div_ceil(GROUP).max(1)] {
        for entry in group {
            *entry = at as u32 + mask.trailing_zeros();
            mask &= mask.wrapping_sub(1);
        }
    }
    count
}

/// The number of entries that are written at a time.
pub(super) const GROUP: usize = 8;
