//! The order of keys.

use crate::random::Random;

use super::tree::{Member, Tree};

/// Sorts the keys of all objects by their characters.
pub(super) fn sort_keys(tree: &mut Tree<'_>) {
    // UTF-8 sorts as the characters do.
    arrange(tree, &mut |members| {
        members.sort_by(|one, other| one.0.cmp(&other.0));
    });
}

/// Shuffles the keys of all objects (Fisher–Yates).
pub(super) fn shuffle_keys(tree: &mut Tree<'_>, random: &mut Random) {
    arrange(tree, &mut |members| {
        for last in (1..members.len()).rev() {
            // A number of at most `last` is an index.
            let other = random.below(last as u64 + 1) as usize;
            members.swap(last, other);
        }
    });
}

/// Calls `order` with the members of each object, outer ones first.
fn arrange<'a>(tree: &mut Tree<'a>, order: &mut impl FnMut(&mut Vec<Member<'a>>)) {
    match tree {
        Tree::Object(members) => {
            order(members);
            members
                .iter_mut()
                .for_each(|(_, value)| arrange(value, order));
        }
        Tree::Array(items) => items.iter_mut().for_each(|item| arrange(item, order)),
        Tree::Literal(_) | Tree::Text(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;

    #[test]
    fn keys_are_sorted_at_every_level() {
        let mut tree = Tree::parse(br#"{"b":[{"z":1,"Z":2}],"aa":0,"a":{"d":1,"c":2}}"#).unwrap();
        sort_keys(&mut tree);
        let expected = br#"{"a":{"c":2,"d":1},"aa":0,"b":[{"Z":2,"z":1}]}"#;
        assert_eq!(tree, Tree::parse(expected).unwrap());
    }

    #[test]
    fn shuffled_keys_are_the_same_keys_in_every_order() {
        let json = br#"{"a":1,"b":2,"c":3}"#;
        let mut orders = std::collections::BTreeSet::new();
        for row in 0..200 {
            let mut tree = Tree::parse(json).unwrap();
            shuffle_keys(&mut tree, &mut Random::new(1, Purpose::Style, row));
            orders.insert(format!("{tree:?}"));
            sort_keys(&mut tree);
            assert_eq!(tree, Tree::parse(json).unwrap());
        }
        assert_eq!(orders.len(), 6);
    }
}
