//! Mistakes in the keys and limits of a count.

use super::MAX_KEYS;
use super::bucket::Bucket;
use super::parse::{MAX_AGES, MAX_PREFIX};
use crate::date::TimeZoneError;
use crate::escape::quote;
use crate::nearest::nearest;

/// The kind of a mistake in a count. Displays as one line: "expected X, found Y".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CountErrorKind {
    /// No text between two commas, or none at all.
    #[error("expected FIELD or FIELD:BUCKET, found nothing")]
    EmptyKey,
    /// No name before the colon.
    #[error("expected the name of a field before `:`, found nothing")]
    EmptyField,
    /// A name after the colon that is not a bucket's.
    #[error("expected a bucket, found {}", if found.is_empty() { "nothing".to_owned() } else { quote(found) })]
    UnknownBucket {
        /// The name.
        found: String,
    },
    /// A `(` without `)` at the end.
    #[error("expected `)` at the end of the bucket, found {}", quote(found))]
    UnclosedParenthesis {
        /// The text of the bucket.
        found: String,
    },
    /// Arguments of a bucket that takes none.
    #[error("expected `{bucket}` without arguments, found {}", quote(found))]
    UnexpectedArguments {
        /// The name of the bucket.
        bucket: &'static str,
        /// The arguments with their parentheses.
        found: String,
    },
    /// A length of a prefix that is absent or out of bounds.
    #[error(
        "expected a number of characters from 1 to {MAX_PREFIX} in `prefix(N)`, found {}",
        quote_or_none(found)
    )]
    PrefixLength {
        /// The text between the parentheses.
        found: String,
    },
    /// An argument of `age` that is not an age.
    #[error("expected ages in `age(AGE,AGE,…)`, found {}", quote_or_none(found))]
    NotAnAge {
        /// The argument.
        found: String,
    },
    /// More ages than a count has groups for.
    #[error("expected at most {MAX_AGES} ages in `age(AGE,AGE,…)`, found {found}")]
    TooManyAges {
        /// The number of ages.
        found: usize,
    },
    /// More keys than a count has.
    #[error("expected at most {MAX_KEYS} keys, found another")]
    TooManyKeys,
    /// A text that does not compare a count with a number.
    #[error("expected a comparison of the count, found {}", quote_or_none(found))]
    NotAComparison {
        /// The text.
        found: String,
    },
    /// A number of values to keep that is not a whole number from 1.
    #[error(
        "expected a whole number from 1 for top, found {}",
        quote_or_none(found)
    )]
    NotATop {
        /// The text.
        found: String,
    },
    /// A text that is not a time zone.
    #[error(transparent)]
    TimeZone(#[from] TimeZoneError),
    /// A parameter that counts once, given twice.
    #[error("expected one {name}, found another")]
    Repeated {
        /// Its name.
        name: &'static str,
    },
}

/// Quotes a text; an empty one is called nothing.
fn quote_or_none(found: &str) -> String {
    if found.trim().is_empty() {
        "nothing".to_owned()
    } else {
        quote(found)
    }
}

impl CountErrorKind {
    /// Returns the name of the request's parameter with the mistake.
    pub fn parameter(&self) -> &'static str {
        match self {
            Self::NotAComparison { .. } => "having",
            Self::NotATop { .. } => "top",
            Self::TimeZone(_) => "timezone",
            Self::Repeated { name } => name,
            _ => "by",
        }
    }

    /// Returns advice on what to write instead.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::EmptyKey | Self::EmptyField => {
                "write the name of a field, such as `state`, or a field and a bucket, such as \
                 `timestamp.created_at:month`"
                    .to_owned()
            }
            Self::UnknownBucket { found } => {
                let near = nearest(found, Bucket::NAMES, 1).into_iter().next();
                let near = near.map(|name| format!("did you mean `{}`? ", Bucket::example(name)));
                let all = Bucket::NAMES.map(Bucket::example).join(", ");
                format!("{}the buckets are {all}", near.unwrap_or_default())
            }
            Self::UnclosedParenthesis { found } => {
                // A `)` before other text ends the bucket.
                let end = found.rfind(')').unwrap_or(found.len());
                format!("write {}", quote(&format!("{})", &found[..end])))
            }
            Self::UnexpectedArguments { bucket, .. } => format!("write `{bucket}`"),
            Self::PrefixLength { .. } => "write `prefix(3)` for the first three characters".to_owned(),
            Self::NotAnAge { .. } => {
                "write a number and a unit (min, h, d, w, mo, y) for each: `age(30d,90d,365d)`".to_owned()
            }
            Self::TooManyAges { .. } | Self::TooManyKeys => return None,
            Self::NotATop { .. } => "write a number, such as `10`".to_owned(),
            Self::TimeZone(error) => error.help(),
            Self::Repeated { name } => format!("write one {name}"),
            Self::NotAComparison { .. } => {
                "write an operator (=, !=, <, <=, >, >=) and a whole number: '>1' in a shell, `%3E1` in a URL"
                    .to_owned()
            }
        })
    }
}
