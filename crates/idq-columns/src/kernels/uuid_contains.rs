//! Substring search in the spelling of UUIDs by masked comparison, without decoding them.
//!
//! A pattern of hexadecimal digits at a fixed position of the spelling determines some bits of the 128-bit number: the
//! number matches if it equals the pattern's bits under a mask. All positions at which the hyphens agree are tried.

use super::filter_values;
use super::search::search_generated_rows;
use crate::bitmap::BitmapBuilder;
use crate::encoding::uuid::{self, HYPHENS, SPELLING_BYTES, digit_value};
use crate::{Patterns, RowSet};

/// Up to this number of masks, those of four patterns, masked comparisons take less time than a search in the
/// spellings.
const MAX_MASKS: usize = 4 * SPELLING_BYTES;

/// Returns the rows whose spelling contains one of the patterns.
pub(super) fn uuid_contains(uuids: &[[u8; 16]], patterns: &Patterns) -> RowSet {
    let texts = patterns.texts().iter();
    let masks = texts.flat_map(|text| {
        (0..SPELLING_BYTES).filter_map(|start| Masked::new(text.as_bytes(), start))
    });
    let masks: Vec<Masked> = masks.take(MAX_MASKS + 1).collect();
    if masks.len() > MAX_MASKS {
        return spelling_contains(uuids, patterns);
    }
    match masks[..] {
        [] => RowSet::new_unset(uuids.len()),
        [mask] => filter_values(uuids, None, |uuid| mask.matches(halves(uuid))),
        _ => filter_values(uuids, None, |uuid| {
            let halves = halves(uuid);
            let masks = masks.iter();
            masks.fold(false, |found, mask| found | mask.matches(halves))
        }),
    }
}

/// Returns the high and the low half of a UUID as a number.
fn halves(uuid: [u8; 16]) -> (u64, u64) {
    let number = u128::from_be_bytes(uuid);
    ((number >> 64) as u64, number as u64)
}

/// Returns the rows whose spelling contains one of the patterns, by a search in the spellings.
fn spelling_contains(uuids: &[[u8; 16]], patterns: &Patterns) -> RowSet {
    let mut rows = BitmapBuilder::zeros(uuids.len());
    let append = |row: usize, out: &mut Vec<u8>| out.extend_from_slice(&uuid::format(uuids[row]));
    for pass in patterns.passes() {
        search_generated_rows(uuids.len(), pass, append, |row| rows.set(row));
    }
    rows.finish()
}

/// The bits of a UUID that a pattern at one position of the spelling determines, as two halves.
#[derive(Debug, Clone, Copy)]
struct Masked {
    masks: [u64; 2],
    values: [u64; 2],
}

impl Masked {
    /// Returns the bits of a pattern at a position; `None` if no spelling has the pattern there.
    fn new(pattern: &[u8], start: usize) -> Option<Self> {
        if start + pattern.len() > SPELLING_BYTES {
            return None;
        }
        let (mut mask, mut value) = (0u128, 0u128);
        for (at, &byte) in (start..).zip(pattern) {
            if HYPHENS.contains(&at) {
                if byte != b'-' {
                    return None;
                }
                continue;
            }
            let hyphens_before = HYPHENS.iter().filter(|&&hyphen| hyphen < at).count();
            // Four bits a digit, the first digit highest.
            let shift = 4 * (31 - (at - hyphens_before));
            mask |= 0xF << shift;
            value |= u128::from(digit_value(byte)?) << shift;
        }
        Some(Self {
            masks: [(mask >> 64) as u64, mask as u64],
            values: [(value >> 64) as u64, value as u64],
        })
    }

    fn matches(&self, (high, low): (u64, u64)) -> bool {
        let differing = |half: u64, index: usize| (half & self.masks[index]) ^ self.values[index];
        differing(high, 0) | differing(low, 1) == 0
    }
}
