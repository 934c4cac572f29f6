//! Syntax errors in the text of a request.

use std::fmt;

use crate::count::CountErrorKind;
use crate::escape::quote;
use crate::report::{Problem, Report};
use crate::text::{Span, Text};
use crate::where_expression::ExpressionErrorKind;

/// One syntax error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    /// Kind, with the found text.
    pub kind: ErrorKind,
    /// Span of the error.
    pub span: Option<Span>,
}

/// Kind of a syntax error. Displays as one line: "expected X, found Y".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A `%` without two hexadecimal digits after it.
    #[error(
        "expected two hexadecimal digits after `%`, found {}",
        quote_or(found, "the end")
    )]
    BadEscape {
        /// Up to two characters after the `%`.
        found: String,
    },
    /// Percent-encoded bytes that are not UTF-8.
    #[error("expected percent-encoded UTF-8, found {}", as_escapes(bytes))]
    InvalidUtf8 {
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// White space, a quote or an angle bracket in a URL.
    #[error("expected a URL alone, found {} in it", quote(found))]
    NotAUrl {
        /// Text from that character to the end.
        found: String,
    },
    /// A parameter `filter` without a name in brackets.
    #[error("expected a name in brackets after `filter`, found none")]
    NoFilterName,
    /// A filter whose name is empty.
    #[error("expected the name of a filter, found nothing")]
    EmptyFilterName,
    /// A `[` without its `]`.
    #[error("expected `]` at the end of the filter's name, found {}", quote(found))]
    UnclosedBracket {
        /// Name of the parameter.
        found: String,
    },
    /// Text between the name in brackets and the `=`.
    #[error("expected `=` after the filter's name, found {}", quote(found))]
    AfterBracket {
        /// The text.
        found: String,
    },
    /// A second pair of brackets that is neither empty nor around a number.
    #[error("expected `[]` after the filter's name, found {}", quote(&format!("[{found}]")))]
    ListIndex {
        /// Text between the brackets.
        found: String,
    },
    /// A second pair of brackets after `sort`.
    #[error("expected `=` after the brackets of `sort`, found {}", quote(found))]
    NestedSort {
        /// Text from that pair on.
        found: String,
    },
    /// An error in an expression.
    #[error(transparent)]
    Expression(#[from] ExpressionErrorKind),
    /// A filter flag's text without `=`.
    #[error("expected NAME=VALUE, found {}", quote_or(found, "nothing"))]
    NoEqualsSign {
        /// The whole text.
        found: String,
    },
    /// A filter flag's text with an operator of another language.
    #[error("expected `=` after the filter's name, found {}", quote(found))]
    ForeignOperator {
        /// The operator.
        found: String,
        /// The flag or the expression to write.
        instead: String,
    },
    /// A mistake in the keys or limits of a count.
    #[error(transparent)]
    Count(#[from] CountErrorKind),
}

impl ErrorKind {
    /// Returns advice on what to write instead.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::BadEscape { .. } => Some("write `%25` for a percent sign itself".to_owned()),
            Self::InvalidUtf8 { .. } => {
                Some("encode text as UTF-8: `ë` is `%C3%AB`, not `%EB`".to_owned())
            }
            Self::NotAUrl { .. } => Some(
                "give only the URL, from `https://` or the first `/` to the last parameter"
                    .to_owned(),
            ),
            Self::NoFilterName | Self::EmptyFilterName => {
                Some("write `filter[NAME]=VALUE`".to_owned())
            }
            Self::UnclosedBracket { found } => {
                Some(format!("write {}", quote(&format!("{found}]"))))
            }
            Self::AfterBracket { .. } => None,
            Self::NestedSort { .. } => {
                Some("write `sort=A,-B`, or `sort[]=A&sort[]=-B`".to_owned())
            }
            Self::Expression(kind) => kind.help(),
            Self::ListIndex { .. } => {
                Some("write `filter[NAME][]=A&filter[NAME][]=B` for a list of values".to_owned())
            }
            Self::NoEqualsSign { found } => {
                let name = if found.is_empty() { "NAME" } else { found };
                Some(format!("write {}", quote(&format!("{name}=VALUE"))))
            }
            Self::ForeignOperator { found, instead } if found.starts_with('=') => Some(format!(
                "write {instead}; a value that starts with `=` is written in a request: `-q 'filter[NAME]=%3D…'`"
            )),
            Self::ForeignOperator { instead, .. } => Some(format!("write {instead}")),
            Self::Count(kind) => kind.help(),
        }
    }
}

/// Quotes a found text; an empty one is described by `empty`.
pub(crate) fn quote_or(found: &str, empty: &str) -> String {
    if found.is_empty() {
        empty.to_owned()
    } else {
        quote(found)
    }
}

/// Quotes bytes as percent escapes: `%C3%28`.
fn as_escapes(bytes: &[u8]) -> String {
    let escapes: String = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
    quote(&escapes)
}

/// All syntax errors of a request's texts. Displays as a [`Report`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errors {
    texts: Vec<Text>,
    errors: Vec<Error>,
}

impl Errors {
    pub(crate) fn new(texts: Vec<Text>, errors: Vec<Error>) -> Self {
        Self { texts, errors }
    }

    /// Returns the errors in the order of the text; at least one.
    pub fn errors(&self) -> &[Error] {
        &self.errors
    }

    /// Returns the texts of the spans.
    pub fn texts(&self) -> &[Text] {
        &self.texts
    }

    /// Returns the errors as problems, to be reported among those of other stages.
    pub fn problems(&self) -> Vec<Problem> {
        self.errors.iter().map(Problem::from).collect()
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Report::new(&self.texts, &self.problems()).fmt(formatter)
    }
}

impl std::error::Error for Errors {}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        Self {
            span: error.span,
            message: error.kind.to_string(),
            help: error.kind.help(),
        }
    }
}
