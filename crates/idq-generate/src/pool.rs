//! The words that records are made of: invented people, companies and places.

pub(crate) mod family_names;
pub(crate) mod given_names;
pub(crate) mod localized;
pub(crate) mod phrases;
pub(crate) mod places;
pub(crate) mod work;

use std::borrow::Cow;

use crate::random::Random;

/// A name in its script, with its form in logins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name {
    pub(crate) written: &'static str,
    login: Option<&'static str>,
}

impl Name {
    pub(crate) const fn new(written: &'static str, login: &'static str) -> Self {
        Self {
            written,
            login: Some(login),
        }
    }

    const fn plain(written: &'static str) -> Self {
        Self {
            written,
            login: None,
        }
    }

    /// Returns the form in logins: lower-case ASCII letters.
    pub(crate) fn login(&self) -> Cow<'static, str> {
        self.login.map_or_else(
            || {
                let letters = self.written.chars().filter(char::is_ascii_alphabetic);
                Cow::Owned(letters.map(|letter| letter.to_ascii_lowercase()).collect())
            },
            Cow::Borrowed,
        )
    }
}

/// The tradition of a name; the given and the family name of one person have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tradition {
    Latin,
    Greek,
    Cyrillic,
    Chinese,
    Japanese,
    Korean,
    Arabic,
}

/// The traditions, with their people per mille.
const TRADITIONS: &[(Tradition, u32)] = &[
    (Tradition::Latin, 880),
    (Tradition::Cyrillic, 30),
    (Tradition::Greek, 20),
    (Tradition::Chinese, 25),
    (Tradition::Arabic, 20),
    (Tradition::Japanese, 15),
    (Tradition::Korean, 10),
];

/// Latin names per mille that have a letter beyond ASCII.
const ACCENTED_PER_MILLE: u64 = 100;

impl Tradition {
    pub(crate) fn random(random: &mut Random) -> Self {
        *random.weighted(TRADITIONS)
    }

    pub(crate) fn given_name(self, random: &mut Random) -> Name {
        match self {
            Self::Latin => latin(given_names::PLAIN, given_names::ACCENTED, random),
            Self::Greek => *random.pick(given_names::GREEK),
            Self::Cyrillic => *random.pick(given_names::CYRILLIC),
            Self::Chinese => *random.pick(given_names::CHINESE),
            Self::Japanese => *random.pick(given_names::JAPANESE),
            Self::Korean => *random.pick(given_names::KOREAN),
            Self::Arabic => *random.pick(given_names::ARABIC),
        }
    }

    pub(crate) fn family_name(self, random: &mut Random) -> Name {
        match self {
            Self::Latin => latin(family_names::PLAIN, family_names::ACCENTED, random),
            Self::Greek => *random.pick(family_names::GREEK),
            Self::Cyrillic => *random.pick(family_names::CYRILLIC),
            Self::Chinese => *random.pick(family_names::CHINESE),
            Self::Japanese => *random.pick(family_names::JAPANESE),
            Self::Korean => *random.pick(family_names::KOREAN),
            Self::Arabic => *random.pick(family_names::ARABIC),
        }
    }

    /// Returns the full name in the order of the tradition, with or without a space.
    pub(crate) fn full_name(self, given: Name, family: Name) -> String {
        match self {
            Self::Chinese | Self::Korean => format!("{}{}", family.written, given.written),
            Self::Japanese => format!("{} {}", family.written, given.written),
            Self::Latin | Self::Greek | Self::Cyrillic | Self::Arabic => {
                format!("{} {}", given.written, family.written)
            }
        }
    }
}

fn latin(plain: &[&'static str], accented: &[Name], random: &mut Random) -> Name {
    if random.per_mille(ACCENTED_PER_MILLE) {
        *random.pick(accented)
    } else {
        Name::plain(random.word(plain))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn check(plain: &[&'static str], others: &[&[Name]], at_least: usize) {
        let names = plain
            .iter()
            .map(|written| Name::plain(written))
            .chain(others.iter().copied().flatten().copied());
        let mut written = HashSet::new();
        for name in names {
            assert!(
                written.insert(name.written),
                "{} is there twice",
                name.written
            );
            let login = name.login();
            assert!(
                !login.is_empty() && login.bytes().all(|byte| byte.is_ascii_lowercase()),
                "{login}"
            );
        }
        assert!(written.len() >= at_least, "{} names", written.len());
    }

    #[test]
    fn names_are_distinct_and_have_logins() {
        use given_names as given;
        let scripts = [
            given::GREEK,
            given::CYRILLIC,
            given::CHINESE,
            given::JAPANESE,
            given::KOREAN,
            given::ARABIC,
        ];
        check(
            given::PLAIN,
            &[&[given::ACCENTED], &scripts[..]].concat(),
            150,
        );
        use family_names as family;
        let scripts = [
            family::GREEK,
            family::CYRILLIC,
            family::CHINESE,
            family::JAPANESE,
            family::KOREAN,
            family::ARABIC,
        ];
        check(
            family::PLAIN,
            &[&[family::ACCENTED], &scripts[..]].concat(),
            200,
        );
    }
}
