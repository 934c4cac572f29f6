//! The masked values of all snapshots of a command, and the search for them inside other texts.
//!
//! Each position of a text is first checked against a bit filter of the first six bytes of all values; of a million values it
//! lets one position in sixteen pass. Where it passes, a binary search finds the last value that is not greater than the rest
//! of the text. If the text does not start with that value, the search follows the links to shorter values with which it
//! starts.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

/// The least number of characters of a value that is searched inside other texts. Shorter ones stand in too many of them
/// by chance.
pub(crate) const MIN_CHARACTERS: usize = 6;

/// The number of bytes of the start of a value by which the search looks whether any value may begin at a place.
const START_BYTES: usize = 6;

/// The number of bits of a filter for each value, and the least number of all.
const BITS_PER_VALUE: usize = 16;
const MIN_BITS: usize = 1 << 16;

/// No value: there are fewer than this number.
const NO_VALUE: u32 = u32::MAX;

/// Distinct values, in the form in which they are compared.
#[derive(Debug)]
pub(crate) struct LearnedValues {
    /// The comparable forms, in their order.
    values: Vec<Box<[u8]>>,
    /// For each value, the number of the longest other value with which it starts, or [`NO_VALUE`].
    prefixes: Vec<u32>,
    /// The hashed starts of all values, as a set of bits, a power of two of them.
    starts: Vec<u64>,
}

/// The number of parts of a set of values, each of which one thread at a time adds to.
const PARTS: usize = 64;

/// Distinct values, which several threads collect.
#[derive(Debug)]
pub(crate) struct Collected {
    parts: Vec<Mutex<HashSet<Box<[u8]>>>>,
    hasher: RandomState,
}

impl Default for Collected {
    fn default() -> Self {
        Self {
            parts: (0..PARTS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
        }
    }
}

impl Collected {
    /// Adds a value, without white space at its ends, unless it is too short to be searched.
    pub(crate) fn add(&self, text: &str) {
        let text = text.trim();
        if text.chars().nth(MIN_CHARACTERS - 1).is_none() {
            return;
        }
        let value = comparable(text);
        let part = self.hasher.hash_one(&value) as usize % PARTS;
        let mut part = self.parts[part]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Departments and titles are values of many people.
        if !part.contains(value.as_slice()) {
            part.insert(value.into());
        }
    }

    /// Returns the values in their order.
    fn sorted(self) -> Vec<Box<[u8]>> {
        let parts = self.parts.into_iter();
        let parts = parts.map(|part| part.into_inner().unwrap_or_else(PoisonError::into_inner));
        let mut values: Vec<Box<[u8]>> = parts.flatten().collect();
        values.par_sort_unstable();
        values
    }
}

impl LearnedValues {
    /// Prepares the search for values.
    pub(crate) fn new(collected: Collected) -> Self {
        let values = collected.sorted();
        let bits = (values.len() * BITS_PER_VALUE)
            .max(MIN_BITS)
            .next_power_of_two();
        let mut learned = Self {
            prefixes: Vec::with_capacity(values.len()),
            starts: vec![0; bits / 64],
            values,
        };
        // The values with which the current one starts, the longest last.
        let mut open: Vec<usize> = Vec::new();
        for index in 0..learned.values.len() {
            let value = &learned.values[index];
            let is_prefix = |&last: &usize| value.starts_with(&learned.values[last]);
            while open.last().is_some_and(|last| !is_prefix(last)) {
                open.pop();
            }
            // Fewer values than numbers of 32 bits fit the memory.
            let prefix = open.last().map_or(NO_VALUE, |&last| last as u32);
            open.push(index);
            if let Some(start) = start_of(value) {
                let bit = learned.start_bit(start);
                learned.starts[bit / 64] |= 1 << (bit % 64);
            }
            learned.prefixes.push(prefix);
        }
        learned
    }

    /// Returns whether a text as a whole is a value.
    pub(crate) fn contains(&self, text: &str) -> bool {
        self.find(text).first() == Some(&(0..text.len()))
    }

    /// Returns the places of values in a text whose percent-encoded characters are decoded, as those of a URL.
    pub(crate) fn find_decoded(&self, text: &str) -> Vec<Range<usize>> {
        let (decoded, starts) = decode_percent(text, |_| true);
        let (decoded, starts) = match String::from_utf8(decoded) {
            Ok(decoded) => (decoded, starts),
            // Another encoding than UTF-8: its ASCII characters are decoded alone.
            Err(_) => {
                let (decoded, starts) = decode_percent(text, |byte| byte.is_ascii());
                (String::from_utf8(decoded).unwrap_or_default(), starts)
            }
        };
        let places = self.find(&decoded).into_iter();
        places
            .map(|place| starts[place.start]..starts[place.end])
            .collect()
    }

    /// Returns the places of values in a text, from left to right, the longest one at each place.
    pub(crate) fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        if !self.may_contain_one(text) {
            return places;
        }
        let comparable = comparable(text);
        let mut position = 0;
        while position + START_BYTES <= comparable.len() {
            match self.longest_at(&comparable[position..]) {
                Some(length) => {
                    places.push(position..position + length);
                    position += length;
                }
                None => position += 1,
            }
        }
        places
    }

    /// Returns `false` if the filter shows that no value is in a text: it has none in most texts.
    fn may_contain_one(&self, text: &str) -> bool {
        if !text.is_ascii() {
            return text.len() >= START_BYTES;
        }
        let mut start = 0;
        let bytes = text.bytes().enumerate();
        for (index, byte) in bytes {
            start = start >> 8 | u64::from(comparable_ascii(byte)) << (8 * (START_BYTES - 1));
            if index + 1 >= START_BYTES && self.has_start(start) {
                return true;
            }
        }
        false
    }

    /// Returns the length of the longest value with which a text starts.
    fn longest_at(&self, text: &[u8]) -> Option<usize> {
        if !self.has_start(start_of(text)?) {
            return None;
        }
        // A value with which the text starts precedes it, and every value between the two starts with it as well.
        let after = self.values.partition_point(|value| **value <= *text);
        let mut index = after.checked_sub(1)?;
        loop {
            let value = &self.values[index];
            if text.starts_with(value) {
                return Some(value.len());
            }
            index = usize::try_from(self.prefixes[index]).ok()?;
            if index == NO_VALUE as usize {
                return None;
            }
        }
    }

    /// Returns whether some value may start with these bytes.
    fn has_start(&self, start: u64) -> bool {
        let bit = self.start_bit(start);
        self.starts[bit / 64] >> (bit % 64) & 1 == 1
    }

    /// Returns the bit of the filter for the first bytes of a value.
    fn start_bit(&self, start: u64) -> usize {
        let hash = start.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (hash >> 20) as usize & (self.starts.len() * 64 - 1)
    }
}

/// Returns the first bytes of a text as a number; `None` if it is too short.
fn start_of(text: &[u8]) -> Option<u64> {
    let start = text.first_chunk::<START_BYTES>()?;
    let mut bytes = [0; 8];
    bytes[..START_BYTES].copy_from_slice(start);
    Some(u64::from_le_bytes(bytes))
}

/// Returns a text whose percent-encoded characters are decoded, if the result is text.
pub(crate) fn decoded(text: &str) -> Cow<'_, str> {
    let (decoded, _) = decode_percent(text, |_| true);
    String::from_utf8(decoded).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Decodes the percent-encoded bytes that a condition accepts. Returns where each byte starts in the text, and where the
/// last one ends.
fn decode_percent(text: &str, is_decoded: impl Fn(u8) -> bool) -> (Vec<u8>, Vec<usize>) {
    let text = text.as_bytes();
    let digit = |at: usize| text.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    let (mut decoded, mut starts) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < text.len() {
        starts.push(at);
        let encoded = digit(at + 1).zip(digit(at + 2));
        let encoded = encoded.map(|(high, low)| (high * 16 + low) as u8);
        match encoded.filter(|&byte| text[at] == b'%' && is_decoded(byte)) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(text[at]);
                at += 1;
            }
        }
    }
    starts.push(text.len());
    (decoded, starts)
}

/// Returns the bytes by which texts are compared: without capitals, and with a dot for everything that separates the parts
/// of a name. They have the positions of the text.
fn comparable(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            bytes.push(comparable_ascii(character as u8));
            continue;
        }
        let mut lower = character.to_lowercase();
        let same_length = lower.len() == 1;
        let lower = lower
            .next()
            .filter(|lower| same_length && lower.len_utf8() == character.len_utf8());
        let mut buffer = [0; 4];
        bytes.extend_from_slice(
            lower
                .unwrap_or(character)
                .encode_utf8(&mut buffer)
                .as_bytes(),
        );
    }
    bytes
}

/// Returns the byte by which an ASCII character is compared.
fn comparable_ascii(byte: u8) -> u8 {
    match byte {
        b' ' | b'\t' | b'\n' | b'\r' | b'_' | b'-' | b'+' => b'.',
        byte => byte.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns these values, learned.
    fn learned(values: &[&str]) -> LearnedValues {
        let collected = Collected::default();
        values.iter().for_each(|value| collected.add(value));
        LearnedValues::new(collected)
    }

    #[test]
    fn values_are_found_in_other_texts_without_regard_to_capitals_and_separators() {
        let learned = learned(&[
            "Alice Carter",
            "carter",
            "Jørgensen",
            "short",
            "carter@north.example",
        ]);
        for (text, expected) in [
            ("alice.carter@north.example", &["alice.carter"][..]),
            ("xALICE_CARTERx", &["ALICE_CARTER"]),
            ("b.carter@north.example", &["carter@north.example"]),
            ("Carter, Bob; CARTER", &["Carter", "CARTER"]),
            ("JØRGENSEN, short", &["JØRGENSEN"]),
            ("Alice\nCarter", &["Alice\nCarter"]),
            ("carte", &[]),
            ("", &[]),
        ] {
            let found = learned.find(text).into_iter();
            let found: Vec<&str> = found.map(|place| &text[place]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn values_are_found_in_decoded_texts() {
        let learned = learned(&["Alice Carter", "carter", "Jørgensen"]);
        for (text, expected) in [
            ("/x?q=alice%2ecarter&y", &["alice%2ecarter"][..]),
            ("/x?q=j%C3%B8rgensen%", &["j%C3%B8rgensen"]),
            ("/x?a=%FF&q=alice%20carter", &["alice%20carter"]),
            ("100%carter", &["carter"]),
        ] {
            let found = learned.find_decoded(text).into_iter();
            let found: Vec<&str> = found.map(|place| &text[place]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn value_that_is_learned_twice_is_found() {
        let learned = learned(&["abcdef", "ghijkl", "abcdef"]);
        assert_eq!(learned.find("ghijkl abcdef"), [0..6, 7..13]);
    }

    proptest! {
        #[test]
        fn places_are_those_of_a_search_for_each_value(
            values in prop::collection::vec("[ab .]{6,10}", 0..20),
            text in "[aAb ._]{0,40}",
        ) {
            let values = values.iter().map(|value| value.trim());
            let values: Vec<&str> = values.filter(|value| value.len() >= MIN_CHARACTERS).collect();
            let fold = |text: &str| comparable(text);
            let folded = fold(&text);
            let mut expected = Vec::new();
            let mut position = 0;
            while position < folded.len() {
                let lengths = values.iter().map(|value| fold(value));
                let lengths = lengths.filter(|value| folded[position..].starts_with(value));
                match lengths.map(|value| value.len()).max() {
                    Some(length) => {
                        expected.push(position..position + length);
                        position += length;
                    }
                    None => position += 1,
                }
            }
            prop_assert_eq!(learned(&values).find(&text), expected);
        }
    }
}
