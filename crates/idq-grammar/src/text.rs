//! Texts of a query, and spans of the texts.

use std::fmt;

/// Bytes `start..end` of text number `text` of a query's texts.
///
/// Both ends are character boundaries of the written text, which is not percent-decoded. An empty span is between two
/// characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Index in [`Query::texts`](crate::Query::texts).
    pub text: usize,
    /// First byte.
    pub start: usize,
    /// Byte after the last one.
    pub end: usize,
}

/// A value and the span that it was parsed from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// Decoded value.
    pub value: T,
    /// Span in the texts; `None` for a value from code.
    pub span: Option<Span>,
}

impl<T> Spanned<T> {
    /// Creates a value that was written at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self {
            value,
            span: Some(span),
        }
    }

    /// Creates a value from code.
    pub fn without_span(value: T) -> Self {
        Self { value, span: None }
    }
}

/// One written text, kept for the reports of mistakes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Text {
    /// Flag or argument of the text.
    pub origin: Origin,
    /// The text as written.
    pub text: String,
}

impl Text {
    /// Creates a text of a flag or argument.
    pub fn new(origin: Origin, text: impl Into<String>) -> Self {
        Self {
            origin,
            text: text.into(),
        }
    }
}

/// Flag or argument of a text. Displays as the label before the text in a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// A query string, a URL or a path with a query: `request`.
    Request,
    /// A filter flag's `NAME=VALUE`: `-f`.
    Filter,
    /// A where flag's expression: `-w`.
    Where,
    /// A sort flag's terms: `-s`.
    Sort,
    /// A page number: `--page`.
    Page,
    /// A page size: `--per-page`.
    PerPage,
    /// The time to take for now: `--now`.
    Now,
    /// The keys of a count: `--by`.
    By,
    /// A comparison of counts: `--having`.
    Having,
    /// An argument of a program that has no such flags.
    Named(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Request => "request",
            Self::Filter => "-f",
            Self::Where => "-w",
            Self::Sort => "-s",
            Self::Page => "--page",
            Self::PerPage => "--per-page",
            Self::Now => "--now",
            Self::By => "--by",
            Self::Having => "--having",
            Self::Named(name) => name,
        })
    }
}
