//! A hash function without a seed: multiplicative (Fibonacci) hashing over 64-bit words.
//!
//! It is used for tables of at most 256 texts and for fingerprints. Neither needs resistance against chosen texts: a
//! table of 256 cannot become slow, and a fingerprint that two texts share costs one comparison.

/// The fraction of the golden ratio in 64 bits, the usual odd factor of Fibonacci hashing.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// Hashes a text.
///
/// Texts of 8 to 16 bytes, the most frequent ones, are read as two words that may overlap, without a loop and without
/// a copy of the tail.
#[inline]
pub(crate) fn hash(text: &[u8]) -> u64 {
    let word = |at: usize| {
        let bytes = text.get(at..).and_then(<[u8]>::first_chunk);
        bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
    };
    let half_word = |at: usize| {
        let bytes = text.get(at..).and_then(<[u8]>::first_chunk);
        u64::from(bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes)))
    };
    let length = text.len();
    let start = length as u64;
    let mixed = match length {
        0..4 => {
            let bytes = text.iter();
            mix(
                start,
                bytes.fold(0, |sum, &byte| sum << 8 | u64::from(byte)),
            )
        }
        4..8 => mix(start, half_word(0) << 32 | half_word(length - 4)),
        8..=16 => mix(mix(start, word(0)), word(length - 8)),
        _ => {
            let words = (0..length - 8).step_by(8).map(word);
            mix(words.fold(start, mix), word(length - 8))
        }
    };
    // The high bits of a product depend on all bits, the low ones on few. The table reads the lowest bits and the
    // fingerprint the highest, so the high half is folded into the low half.
    let product = mixed.wrapping_mul(FACTOR);
    product ^ (product >> 32)
}

/// Mixes a word into a hash.
#[inline]
fn mix(hash: u64, word: u64) -> u64 {
    let product = (hash ^ word).wrapping_mul(FACTOR);
    product ^ (product >> 29)
}

/// Sixteen bits of a text's hash: texts with different fingerprints differ.
pub(crate) type Fingerprint = u16;

/// Returns the fingerprint of a text.
pub(crate) fn fingerprint(text: &[u8]) -> Fingerprint {
    (hash(text) >> 48) as Fingerprint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_of_similar_texts_of_any_length_rarely_collides() {
        // Numbered texts of each length: 4,000 fingerprints of 65,536 values, so about 120 pairs are expected to
        // collide. A bound of three times as many fails for a hash that ignores some of the bytes.
        for width in [4, 7, 8, 12, 16, 17, 24, 40] {
            let mut prints: Vec<Fingerprint> = (0..4_000)
                .map(|number| fingerprint(format!("{number:0width$}").as_bytes()))
                .collect();
            prints.sort_unstable();
            prints.dedup();
            assert!(prints.len() > 4_000 - 360, "{width}: {}", prints.len());
        }
    }

    #[test]
    fn hash_of_texts_that_differ_in_one_byte_differs() {
        for length in 1..40 {
            let text = vec![b'a'; length];
            for at in 0..length {
                let mut other = text.clone();
                other[at] = b'b';
                assert_ne!(hash(&text), hash(&other), "{length} {at}");
            }
        }
    }
}
