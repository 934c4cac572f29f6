use super::rows_where;
use super::search::{no_rows, written_rows_with};
use crate::uuid::{self, HYPHENS, LENGTH, digit};
use crate::{Needles, RowSet};

/// The most places that are compared, those of four needles; with more, reading the spellings takes less time.
const MAX_PLACES: usize = 4 * LENGTH;

/// The rows whose spelling contains one of the needles.
///
/// At each place where the needle fits between the hyphens it says what some bits of the number are.
pub(super) fn uuid_contains(uuids: &[[u8; 16]], needles: &Needles) -> RowSet {
    let texts = needles.texts().iter();
    let places =
        texts.flat_map(|text| (0..LENGTH).filter_map(|start| Place::of(text.as_bytes(), start)));
    let places: Vec<Place> = places.take(MAX_PLACES + 1).collect();
    if places.len() > MAX_PLACES {
        return spelling_contains(uuids, needles);
    }
    let halves = |uuid: [u8; 16]| {
        let number = u128::from_be_bytes(uuid);
        ((number >> 64) as u64, number as u64)
    };
    match places[..] {
        [] => RowSet::new_unset(uuids.len()),
        [place] => rows_where(uuids, None, |uuid| place.holds(halves(uuid))),
        _ => rows_where(uuids, None, |uuid| {
            let halves = halves(uuid);
            places
                .iter()
                .fold(false, |found, place| found | place.holds(halves))
        }),
    }
}

/// The rows whose spelling contains one of the needles, found in the spelling itself.
fn spelling_contains(uuids: &[[u8; 16]], needles: &Needles) -> RowSet {
    let mut rows = no_rows(uuids.len());
    let write = |row: usize, out: &mut Vec<u8>| out.extend_from_slice(&uuid::format(uuids[row]));
    for pass in needles.passes() {
        written_rows_with(uuids.len(), pass, write, |row| rows.set_bit(row, true));
    }
    rows.build()
}

/// What a needle at one place says of the two halves of the number.
#[derive(Debug, Clone, Copy)]
struct Place {
    masks: [u64; 2],
    values: [u64; 2],
}

impl Place {
    fn of(needle: &[u8], start: usize) -> Option<Self> {
        if start + needle.len() > LENGTH {
            return None;
        }
        let (mut mask, mut value) = (0u128, 0u128);
        for (at, &byte) in (start..).zip(needle) {
            if HYPHENS.contains(&at) {
                if byte != b'-' {
                    return None;
                }
                continue;
            }
            let before = HYPHENS.iter().filter(|&&hyphen| hyphen < at).count();
            let shift = 4 * (31 - (at - before));
            mask |= 0xF << shift;
            value |= u128::from(digit(byte)?) << shift;
        }
        Some(Self {
            masks: [(mask >> 64) as u64, mask as u64],
            values: [(value >> 64) as u64, value as u64],
        })
    }

    fn holds(&self, (high, low): (u64, u64)) -> bool {
        let differ = |half: u64, index: usize| (half & self.masks[index]) ^ self.values[index];
        differ(high, 0) | differ(low, 1) == 0
    }
}
