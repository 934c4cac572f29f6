use hashbrown::HashSet;

/// Whether an object has some key twice. `each` visits its keys.
///
/// A small filter of one bit a hash answers for most objects: only where two keys meet in it are keys compared.
pub(crate) fn has_repeated_key<'a>(each: impl Fn(&mut dyn FnMut(&'a str))) -> bool {
    let mut filter = [0u64; 8];
    let mut suspicious = false;
    each(&mut |key| {
        let hash = weak_hash(key.as_bytes());
        let bit = 1 << (hash % 64);
        let word = &mut filter[(hash / 64) % 8];
        suspicious |= *word & bit != 0;
        *word |= bit;
    });
    if !suspicious {
        return false;
    }
    let mut seen = HashSet::new();
    let mut repeated = false;
    each(&mut |key| repeated |= !seen.insert(key));
    repeated
}

/// Cheap and good enough for keys, which differ in length or at their ends.
fn weak_hash(key: &[u8]) -> usize {
    let at = |index: usize| key.get(index).map_or(0, |&byte| usize::from(byte));
    let end = key.len().wrapping_sub(1);
    let mixed = at(0)
        .wrapping_mul(31)
        .wrapping_add(at(end).wrapping_mul(131))
        .wrapping_add(at(key.len() / 2).wrapping_mul(17))
        .wrapping_add(key.len().wrapping_mul(7));
    mixed.wrapping_mul(0x9E37_79B9) >> 7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_key_is_found_among_many() {
        let repeated =
            |keys: &[String]| has_repeated_key(|visit| keys.iter().for_each(|key| visit(key)));
        let mut keys: Vec<String> = (0..1_000).map(|number| format!("key{number}")).collect();
        assert!(!repeated(&keys));
        assert!(!repeated(&keys[..10]));
        assert!(!repeated(&[]));
        keys.push("key7".into());
        assert!(repeated(&keys));
        assert!(repeated(&["".into(), "".into()]));
    }
}
