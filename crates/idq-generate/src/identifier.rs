//! Identifiers in the formats of the APIs and of the vendors.

use chrono::{DateTime, Utc};

use crate::random::Random;
use crate::short_text::ShortText;

const HEXADECIMAL: &[u8; 16] = b"0123456789abcdef";
/// The alphabet of ULIDs, in which no two digits look alike.
const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const UPPER: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const MIXED: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The alphabet of a [`random_code`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Alphabet {
    Decimal,
    Hexadecimal,
    Upper,
    Mixed,
}

/// Returns `prefix` and a ULID, 26 base-32 digits: 48 bits of `created` in milliseconds, so that identifiers sort by
/// it; 16 random bits; and the 64 `unique` bits, by which identifiers differ.
pub(crate) fn ulid(prefix: &str, created: DateTime<Utc>, salt: u64, unique: u64) -> ShortText {
    let milliseconds = created.timestamp_millis().cast_unsigned() & 0xffff_ffff_ffff;
    let mut text = ShortText::new();
    text.push_text(prefix);
    text.push_digits(milliseconds, 10, 5, CROCKFORD);
    // Sixteen digits of 5 bits: 16 random ones, then the unique 64.
    let tail = u128::from(salt & 0xffff) << 64 | u128::from(unique);
    text.push_digits((tail >> 40) as u64, 8, 5, CROCKFORD);
    text.push_digits(tail as u64, 8, 5, CROCKFORD);
    text
}

/// Returns a GUID of version 4 that encodes all of `unique`, and as many bits of `filler` as fit.
pub(crate) fn guid(unique: u64, filler: u64) -> ShortText {
    let groups = [
        (unique >> 32, 8),
        (unique >> 16, 4),
        (0x4000 | unique >> 4 & 0xfff, 4),
        (0x8000 | (unique & 0xf) << 10 | filler >> 54, 4),
        (filler, 12),
    ];
    let mut text = ShortText::new();
    for (index, (bits, width)) in groups.into_iter().enumerate() {
        if index > 0 {
            text.push(b'-');
        }
        text.push_digits(bits, width, 4, HEXADECIMAL);
    }
    text
}

/// Returns `prefix` and `width` random characters.
pub(crate) fn random_code(
    prefix: &str,
    width: u32,
    alphabet: Alphabet,
    random: &mut Random,
) -> ShortText {
    let characters: &[u8] = match alphabet {
        Alphabet::Decimal => &HEXADECIMAL[..10],
        Alphabet::Hexadecimal => HEXADECIMAL,
        Alphabet::Upper => UPPER,
        Alphabet::Mixed => MIXED,
    };
    let mut text = ShortText::new();
    text.push_text(prefix);
    let mut bits = 0;
    for index in 0..width {
        // Eight characters for each draw. A byte scaled to the alphabet is not uniform, but near enough for an
        // identifier.
        if index % 8 == 0 {
            bits = random.bits();
        }
        text.push(characters[((bits & 0xff) as usize * characters.len()) >> 8]);
        bits >>= 8;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ulids_encode_the_time_and_all_unique_bits() {
        let instant = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let march = instant("2024-03-01T00:00:00Z");
        let later = instant("2025-01-01T00:00:00Z");
        assert_eq!(
            &*ulid("dridt_", march, 0xffff, u64::MAX),
            "dridt_01hqvmz100zzzzzzzzzzzzzzzz"
        );
        assert_eq!(ulid("dridt_", march, 0, 1).len(), 32);
        assert!(*ulid("", later, 0, 0) > *ulid("", march, 9, 9));
    }

    #[test]
    fn guids_have_version_4_and_all_unique_bits() {
        assert_eq!(
            &*guid(0x0123_4567_89ab_cdef, 0),
            "01234567-89ab-4cde-bc00-000000000000"
        );
        assert_eq!(&*guid(0, u64::MAX), "00000000-0000-4000-83ff-ffffffffffff");
    }
}
