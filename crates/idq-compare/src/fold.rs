//! Foldings: what is disregarded when two texts are compared.

use std::borrow::Cow;
use std::fmt;

use idq::columns::casefold;
use unicode_normalization::{UnicodeNormalization, is_nfc_quick};

/// A folding of a text before it is compared with others. The order is that of their application, whatever the order in
/// which they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fold {
    /// `trim`: without white space at both ends.
    Trim,
    /// `nfc`: in Unicode's normal form C, in which an accented letter is one character.
    Nfc,
    /// `fold`: without case.
    Case,
    /// `plus`: an e-mail address without the tag after a plus sign: `ada+news@x.org` is `ada@x.org`.
    Plus,
    /// `local`: the part of an e-mail address before its last `@`; a text without one stays.
    Local,
}

impl Fold {
    /// All foldings, in the order of their application.
    pub const ALL: [Self; 5] = [Self::Trim, Self::Nfc, Self::Case, Self::Plus, Self::Local];

    /// Returns the name in the grammar of keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trim => "trim",
            Self::Nfc => "nfc",
            Self::Case => "fold",
            Self::Plus => "plus",
            Self::Local => "local",
        }
    }

    /// Returns the folding of a name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fold| fold.name() == name)
    }

    /// Folds a text.
    fn apply<'t>(self, text: Cow<'t, str>) -> Cow<'t, str> {
        match self {
            Self::Trim => part(text, str::trim),
            Self::Nfc if is_nfc_quick(text.chars()) == unicode_normalization::IsNormalized::Yes => {
                text
            }
            Self::Nfc => Cow::Owned(text.nfc().collect()),
            Self::Case => match text {
                Cow::Borrowed(text) => casefold(text),
                Cow::Owned(text) => Cow::Owned(casefold(&text).into_owned()),
            },
            Self::Plus => without_tag(text),
            Self::Local => part(text, |text| {
                text.rsplit_once('@').map_or(text, |(local, _)| local)
            }),
        }
    }
}

/// Writes the name.
impl fmt::Display for Fold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Folds a text by several foldings, which are in their order.
pub(crate) fn fold<'t>(folds: &[Fold], text: &'t str) -> Cow<'t, str> {
    let text = Cow::Borrowed(text);
    folds.iter().fold(text, |text, fold| fold.apply(text))
}

/// Returns a part of a text.
fn part(text: Cow<'_, str>, part: impl Fn(&str) -> &str) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(part(text)),
        Cow::Owned(text) => Cow::Owned(part(&text).to_owned()),
    }
}

/// Returns an e-mail address without the tag after a plus sign.
fn without_tag(text: Cow<'_, str>) -> Cow<'_, str> {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return text;
    };
    match local.split_once('+') {
        Some((name, _)) if !name.is_empty() => Cow::Owned(format!("{name}@{domain}")),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foldings_disregard_what_they_name() {
        use Fold::{Case, Local, Nfc, Plus, Trim};
        for (folds, text, expected) in [
            (&[][..], " Ada ", " Ada "),
            (&[Trim], "\u{a0} Ada\t", "Ada"),
            (&[Nfc], "Zoe\u{308}", "Zoë"),
            (&[Case], "ZOË@X.Org", "zoë@x.org"),
            (&[Nfc, Case], "ZOE\u{308}", "zoë"),
            (&[Plus], "ada+news+2@x.org", "ada@x.org"),
            (&[Plus], "+news@x.org", "+news@x.org"),
            (&[Plus], "ada+news", "ada+news"),
            (&[Plus], "ada@x+y.org", "ada@x+y.org"),
            (&[Local], "ada@home@x.org", "ada@home"),
            (&[Local], "ada", "ada"),
            (&[Local], "@x.org", ""),
            (&[Trim, Case, Plus, Local], " Ada+a@X.org ", "ada"),
        ] {
            assert_eq!(fold(folds, text), expected, "{folds:?} {text:?}");
        }
    }
}
