//! Names and texts beyond ASCII.

use crate::pool::localized::{PLACES, POSITIONS};
use crate::pool::{Name, family_names, given_names};

use super::hash;
use super::tree::Tree;

/// Keys of names, in which each word is replaced.
const NAMES: &[&str] = &[
    "firstName",
    "givenName",
    "display_name",
    "lastName",
    "familyName",
    "surname",
    "full_name",
    "real_name",
    "displayName",
    "supervisorName",
    "name",
];

/// Keys of positions in a company, replaced as a whole.
const POSITION_KEYS: &[&str] = &[
    "title",
    "jobTitle",
    "job_title",
    "department",
    "division",
    "team",
    "description",
    "bio",
    "status_text",
];

/// Keys of places, replaced as a whole.
const PLACE_KEYS: &[&str] = &[
    "office",
    "officeLocation",
    "location",
    "city",
    "locality",
    "country",
    "streetAddress",
];

/// The names of both kinds that have characters beyond ASCII.
static WORDS: &[&[Name]] = &[
    given_names::ACCENTED,
    family_names::ACCENTED,
    given_names::GREEK,
    family_names::GREEK,
    given_names::CYRILLIC,
    family_names::CYRILLIC,
    given_names::CHINESE,
    given_names::JAPANESE,
    given_names::KOREAN,
    given_names::ARABIC,
];

/// Replaces names and texts by such with characters beyond ASCII, equal ones by equal ones: a person has the same name
/// in every record. Addresses, identifiers and the names of accounts stay.
pub(super) fn localize(tree: &mut Tree<'_>) {
    match tree {
        Tree::Object(members) => {
            for (key, value) in members {
                if let Tree::Text(text) = value {
                    if let Some(localized) = localized(key, text) {
                        *value = Tree::from_text(localized);
                    }
                } else {
                    localize(value);
                }
            }
        }
        Tree::Array(items) => items.iter_mut().for_each(localize),
        Tree::Literal(_) | Tree::Text(_) => {}
    }
}

/// Returns the replacement of a text, or `None` where the text stays.
fn localized(key: &str, text: &str) -> Option<String> {
    // A code of a country or an empty text is not replaced.
    if text.len() < 3 {
        return None;
    }
    let pick = |texts: &[&str]| texts[hash(text) as usize % texts.len()].to_owned();
    if POSITION_KEYS.contains(&key) {
        Some(pick(POSITIONS))
    } else if PLACE_KEYS.contains(&key) {
        Some(format!("{} {}", pick(PLACES), hash(text) % 50))
    } else if NAMES.contains(&key) && !text.contains(['-', '.', '@']) {
        Some(localized_words(text))
    } else {
        None
    }
}

/// Replaces each word of ASCII letters in a name.
fn localized_words(name: &str) -> String {
    let words = name.split(' ').map(|word| {
        let letters = word.trim_end_matches(',');
        if letters.len() < 3 || !letters.is_ascii() {
            return word.to_owned();
        }
        let hash = hash(letters) as usize;
        let names = WORDS[hash % WORDS.len()];
        let name = &names[hash / WORDS.len() % names.len()];
        format!("{}{}", name.written, &word[letters.len()..])
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_are_replaced_by_equal_names() {
        let given = localized("firstName", "Esther").unwrap();
        let family = localized("lastName", "Hooper").unwrap();
        assert!(!given.is_ascii() && !family.is_ascii());
        assert_eq!(
            localized("full_name", "Esther Hooper").unwrap(),
            format!("{given} {family}")
        );
        assert_eq!(
            localized("supervisorName", "Hooper, Esther").unwrap(),
            format!("{family}, {given}")
        );
    }

    #[test]
    fn addresses_and_identifiers_stay() {
        for (key, text) in [
            ("email", "esther.hooper@kestrel.example"),
            ("lastName", "svc-ledger-86"),
            ("name", "esther.hooper"),
            ("country", "PT"),
            ("id", "Esther"),
        ] {
            assert_eq!(localized(key, text), None, "{key}");
        }
    }
}
