//! The rules by which records of two snapshots are matched.

use std::fmt;

use idq::api::Api;
use idq::quote;

use super::condition::MatchSide;
use crate::error::KeyError;
use crate::fold::{Fold, fold};
use crate::key::Key;

/// A rule: two records belong together if a value of the left one equals a value of the right one.
///
/// ```
/// use idq::api::ApiRegistry;
/// use idq_compare::MatchRule;
///
/// let apis = ApiRegistry::built_in();
/// let api = |name| apis.by_name(name).unwrap();
/// let (left, right) = (api("permission-assist"), api("provisionr"));
/// let rule = MatchRule::parse("emailAddress:trim ~ email", left, right)?;
/// assert_eq!(rule.to_string(), "emailAddress:trim ~ email");
/// # Ok::<(), idq_compare::RuleError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchRule {
    pub(super) left: Key,
    pub(super) right: Key,
    text: String,
}

/// The reason why a text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// No operator, or several.
    #[error("expected LEFT = RIGHT or LEFT ~ RIGHT, found {}", quote(.0))]
    Syntax(String),
    /// One of the sides is no key.
    #[error("{side} side of {}: {error}", quote(.rule))]
    Key {
        /// `left` or `right`.
        side: &'static str,
        /// The whole rule.
        rule: String,
        /// The reason.
        error: KeyError,
    },
}

impl MatchRule {
    /// Parses `LEFT = RIGHT`, which compares bytes, or `LEFT ~ RIGHT`, which ignores case. Each side is a field or a path
    /// with any number of [`Fold`]ings: `email:trim:plus`.
    ///
    /// # Errors
    /// Another text.
    pub fn parse(text: &str, left: &Api, right: &Api) -> Result<Self, RuleError> {
        Ok(Self {
            left: Self::parse_key(text, MatchSide::Left, left)?,
            right: Self::parse_key(text, MatchSide::Right, right)?,
            text: text.trim().to_owned(),
        })
    }

    /// Parses the key of one side of a rule, for the time when the API of the other one is not known yet.
    ///
    /// # Errors
    /// A text without an operator, or with several, and another one than a key on this side.
    pub fn parse_key(text: &str, side: MatchSide, api: &Api) -> Result<Key, RuleError> {
        let text = text.trim();
        let syntax_error = || RuleError::Syntax(text.to_owned());
        let mut operators = operators(text);
        let (position, operator) = operators.next().ok_or_else(syntax_error)?;
        if operators.next().is_some() {
            return Err(syntax_error());
        }
        let key = match side {
            MatchSide::Left => &text[..position],
            MatchSide::Right => &text[position + 1..],
        };
        let folds: &[Fold] = if operator == '~' { &[Fold::Case] } else { &[] };
        Key::parse_folded(key, folds, api).map_err(|error| RuleError::Key {
            side: side.name(),
            rule: text.to_owned(),
            error,
        })
    }

    /// Returns the keys of the left and of the right records.
    pub fn keys(&self) -> [&Key; 2] {
        [&self.left, &self.right]
    }

    /// Returns the first folding after which two values are equal; `None` if they are equal as spelled.
    pub(super) fn deciding_fold(&self, left: &str, right: &str) -> Option<Fold> {
        if left == right {
            return None;
        }
        let until = |key: &Key, last: Fold, text| {
            let folds = key.folds().iter().copied();
            let folds: Vec<Fold> = folds.take_while(|&fold| fold <= last).collect();
            fold(&folds, text).into_owned()
        };
        Fold::ALL
            .into_iter()
            .find(|&last| until(&self.left, last, left) == until(&self.right, last, right))
    }
}

/// Writes the rule as it was written.
impl fmt::Display for MatchRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns the operators outside of quotes, with their positions.
fn operators(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut is_quoted = false;
    text.char_indices().filter(move |&(_, letter)| {
        is_quoted ^= letter == '"';
        !is_quoted && matches!(letter, '=' | '~')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foldings_follow_paths_of_every_kind() {
        let path = |text: &str| {
            let key = Key::parse_folded(text, &[], Api::provisionr())?;
            Ok::<_, KeyError>((key.path(), key.folds().to_vec()))
        };
        let found = |path: &str, folds: &[Fold]| Ok((Some(path.to_owned()), folds.to_vec()));
        assert_eq!(
            path("a.b:plus:trim"),
            found("a.b", &[Fold::Trim, Fold::Plus])
        );
        let urn = "profile.urn:example:2.0:User:local";
        assert_eq!(path(urn), found(urn, &[]));
        assert_eq!(
            path(r#"profile."a:local""#),
            found(r#"profile."a:local""#, &[])
        );
        assert_eq!(path(r#""a:b":local"#), found(r#""a:b""#, &[Fold::Local]));
        assert!(matches!(path("a:trimm"), Err(KeyError::Fold(name)) if name == "trimm"));
    }
}
