//! The parsed form of a count by keys: `state,timestamp.created_at:month` and a comparison of counts such as `>1`.
//!
//! A key is `FIELD` or `FIELD:BUCKET`. Keys are separated by commas outside parentheses and quotes. The last colon
//! outside quotes separates the bucket, unless a dot follows it: then it is a part of the field's name, as in a SCIM
//! URN.

mod bucket;
mod comparison;
mod error;
mod parameters;
mod parse;

use std::fmt;

use crate::error::{Error, ErrorKind, Errors};
use crate::text::{Origin, Span, Spanned, Text};

pub use bucket::Bucket;
pub use comparison::{CountComparison, CountOperator};
pub use error::CountErrorKind;
pub use parameters::CountParameters;

/// The maximum number of keys of one count: a group has a value of each, so more keys seldom group anything.
pub const MAX_KEYS: usize = 8;

/// One key of a count: the records of a group have equal buckets of this field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GroupKey {
    /// The name of the field, as written.
    pub field: Spanned<String>,
    /// The bucket; [`Bucket::Value`] without one.
    pub bucket: Spanned<Bucket>,
}

impl GroupKey {
    /// Creates a key without spans.
    pub fn new(field: impl Into<String>, bucket: Bucket) -> Self {
        Self {
            field: Spanned::without_span(field.into()),
            bucket: Spanned::without_span(bucket),
        }
    }
}

/// Writes the spelling of a request: `timestamp.created_at:month`.
impl fmt::Display for GroupKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.field.value)?;
        match &self.bucket.value {
            Bucket::Value => Ok(()),
            bucket => write!(formatter, ":{bucket}"),
        }
    }
}

/// The keys of a count and the limits of its groups, parsed without an API.
///
/// ```
/// use idq_grammar::{Bucket, CountRequest};
///
/// let mut request = CountRequest::new();
/// request.add_by_text("state,timestamp.created_at:month")?;
/// assert_eq!(request.keys()[1].field.value, "timestamp.created_at");
/// assert_eq!(request.keys()[1].bucket.value, Bucket::Month);
///
/// let errors = request.add_by_text("email:domian").unwrap_err();
/// assert_eq!(errors.errors()[0].kind.to_string(), "expected a bucket, found `domian`");
/// # Ok::<(), idq_grammar::Errors>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CountRequest {
    texts: Vec<Text>,
    keys: Vec<GroupKey>,
    having: Option<CountComparison>,
    top: Option<u64>,
}

impl CountRequest {
    /// Creates a request without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Parses the keys of one `--by`, and adds those without mistakes.
    ///
    /// # Errors
    /// Every mistake of the text.
    pub fn add_by_text(&mut self, text: &str) -> Result<(), Errors> {
        let number = self.add_text(Origin::By, text);
        let mut errors = Vec::new();
        for key in parse::keys(text, number, &mut errors) {
            if self.keys.len() < MAX_KEYS {
                self.keys.push(key);
            } else {
                let span = key.field.span;
                errors.push(error(CountErrorKind::TooManyKeys, span));
            }
        }
        self.finish(errors)
    }

    /// Parses the comparison of `--having`.
    ///
    /// # Errors
    /// The text is not a comparison of a count.
    pub fn add_having_text(&mut self, text: &str) -> Result<(), Errors> {
        let number = self.add_text(Origin::Having, text);
        let span = Span {
            text: number,
            start: 0,
            end: text.len(),
        };
        let errors = match text.parse() {
            Ok(comparison) => {
                self.having = Some(comparison);
                Vec::new()
            }
            Err(kind) => vec![error(kind, Some(span))],
        };
        self.finish(errors)
    }

    /// Adds a key that was built in Rust.
    #[must_use]
    pub fn by(mut self, key: GroupKey) -> Self {
        self.keys.push(key);
        self
    }

    /// Keeps only groups whose count satisfies a comparison.
    #[must_use]
    pub fn having(mut self, comparison: CountComparison) -> Self {
        self.having = Some(comparison);
        self
    }

    /// Keeps the groups of the `values` most frequent values of the first key.
    #[must_use]
    pub fn top(mut self, values: u64) -> Self {
        self.top = Some(values);
        self
    }

    /// Returns the texts of the spans.
    pub fn texts(&self) -> &[Text] {
        &self.texts
    }

    /// Returns the keys, in the order of the texts.
    pub fn keys(&self) -> &[GroupKey] {
        &self.keys
    }

    /// Returns the comparison that the count of a group must satisfy.
    pub fn having_comparison(&self) -> Option<CountComparison> {
        self.having
    }

    /// Returns the number of values of the first key that are kept.
    pub fn top_values(&self) -> Option<u64> {
        self.top
    }

    /// Adds a text, and returns its number.
    fn add_text(&mut self, origin: Origin, text: &str) -> usize {
        self.texts.push(Text::new(origin, text));
        self.texts.len() - 1
    }

    /// Returns the mistakes, if there are any.
    fn finish(&self, errors: Vec<Error>) -> Result<(), Errors> {
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Errors::new(self.texts.clone(), errors))
        }
    }
}

/// Returns an error of this kind.
fn error(kind: CountErrorKind, span: Option<Span>) -> Error {
    Error {
        kind: ErrorKind::Count(kind),
        span,
    }
}

#[cfg(test)]
mod tests;
