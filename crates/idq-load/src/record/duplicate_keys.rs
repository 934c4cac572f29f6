//! Detection of repeated keys of an object: a Bloom filter with one hash function, and a set of keys for the rare hits.
//!
//! Repeated keys are rare, and every object of every document on a tape is checked. The filter fits in one cache line,
//! and its hash function reads three bytes of a key.

use hashbrown::HashSet;

/// The number of words of the filter. An object of some twenty keys has a false hit in about one of three cases.
const FILTER_WORDS: usize = 8;

/// Returns whether an object has a repeated key. `visit_keys` visits the object's keys, and may be called twice.
pub(super) fn has_duplicate_key<'a>(visit_keys: impl Fn(&mut dyn FnMut(&'a str))) -> bool {
    let mut filter = [0u64; FILTER_WORDS];
    let mut is_hit = false;
    visit_keys(&mut |key| {
        let hash = weak_hash(key.as_bytes());
        let bit = 1 << (hash % 64);
        let word = &mut filter[(hash / 64) % FILTER_WORDS];
        is_hit |= *word & bit != 0;
        *word |= bit;
    });
    if !is_hit {
        return false;
    }
    let mut seen = HashSet::new();
    let mut is_repeated = false;
    visit_keys(&mut |key| is_repeated |= !seen.insert(key));
    is_repeated
}

/// Hashes the length and three bytes of a key: the keys of an object usually differ in length, or at one end.
fn weak_hash(key: &[u8]) -> usize {
    let at = |index: usize| key.get(index).map_or(0, |&byte| usize::from(byte));
    let last = key.len().wrapping_sub(1);
    let mixed = at(0)
        .wrapping_mul(31)
        .wrapping_add(at(last).wrapping_mul(131))
        .wrapping_add(at(key.len() / 2).wrapping_mul(17))
        .wrapping_add(key.len().wrapping_mul(7));
    mixed.wrapping_mul(0x9E37_79B9) >> 7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_key_among_a_thousand_is_found() {
        let is_repeated =
            |keys: &[String]| has_duplicate_key(|visit| keys.iter().for_each(|key| visit(key)));
        let mut keys: Vec<String> = (0..1_000).map(|number| format!("key{number}")).collect();
        assert!(!is_repeated(&keys));
        assert!(!is_repeated(&keys[..10]));
        assert!(!is_repeated(&[]));
        keys.push("key7".into());
        assert!(is_repeated(&keys));
        assert!(is_repeated(&["".into(), "".into()]));
    }
}
