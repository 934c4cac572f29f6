//! Sparse records: nulls left out, optional keys in some records only, and attributes that few records have.

use crate::pool::phrases::{ATTRIBUTES, TAGS};
use crate::random::Random;

use super::tree::{Member, Tree};
use super::{StylePlaces, hash};

/// Records per mille that have an optional documented key.
const OPTIONAL_PER_MILLE: u64 = 700;

/// Records per mille that have a key of a document; a key has one of these shares.
const DOCUMENT_KEY_PER_MILLE: [u64; 4] = [970, 800, 400, 60];

/// Records per mille that have one of the [`ATTRIBUTES`].
const ATTRIBUTE_PER_MILLE: u64 = 40;

/// Removes nulls and some optional members, and adds some attributes.
pub(super) fn thin_out(places: &StylePlaces, record: &mut Tree<'_>, random: &mut Random) {
    remove(record, &mut |(key, value)| {
        value.is_null()
            || places.optional.contains(&key.as_ref()) && !random.per_mille(OPTIONAL_PER_MILLE)
    });
    for path in places.documents {
        if let Some(document) = record.at_mut(path) {
            remove(document, &mut |(key, _)| {
                !random.per_mille(share_of_key(key))
            });
        }
    }
    for (number, attribute) in ATTRIBUTES.iter().enumerate() {
        if random.per_mille(ATTRIBUTE_PER_MILLE) {
            let value = match number % 4 {
                0 => Tree::from_number(random.below(1000)),
                1 => Tree::Literal(random.word(&["true", "false"]).into()),
                2 => Tree::Array(vec![Tree::from_text(random.word(TAGS))]),
                _ => Tree::from_text(random.word(TAGS)),
            };
            record.set(places.open_object, attribute, value);
        }
    }
}

/// Returns the records per mille that have a key of a document, the same for each record.
fn share_of_key(key: &str) -> u64 {
    DOCUMENT_KEY_PER_MILLE[hash(key) as usize % DOCUMENT_KEY_PER_MILLE.len()]
}

/// Removes the members of all objects that `is_removed` selects.
fn remove(tree: &mut Tree<'_>, is_removed: &mut impl FnMut(&Member<'_>) -> bool) {
    match tree {
        Tree::Object(members) => {
            members.retain(|member| !is_removed(member));
            members
                .iter_mut()
                .for_each(|(_, value)| remove(value, is_removed));
        }
        Tree::Array(items) => items.iter_mut().for_each(|item| remove(item, is_removed)),
        Tree::Literal(_) | Tree::Text(_) => {}
    }
}
