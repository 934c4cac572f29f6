//! Where a piece of a query was written.

use std::fmt;

/// A place: bytes `start..end` of text number `text` of a query's texts.
///
/// Both ends lie on character boundaries of that text, which is the text as it was written, before
/// percent-decoding. An empty span is a place between two characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Index into [`Query::texts`](crate::Query::texts).
    pub text: usize,
    /// First byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// A value and the place it was read from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// The value, decoded.
    pub value: T,
    /// `None` only for a value that came from code and was never written in a text.
    pub span: Option<Span>,
}

impl<T> Spanned<T> {
    /// A value that was written at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self {
            value,
            span: Some(span),
        }
    }

    /// A value that came from code.
    pub fn without_span(value: T) -> Self {
        Self { value, span: None }
    }
}

/// One piece of text that the user wrote, kept for error messages.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Text {
    /// What it was given as.
    pub origin: Origin,
    /// The text itself, as written.
    pub text: String,
}

impl Text {
    /// A text and what it was given as.
    pub fn new(origin: Origin, text: impl Into<String>) -> Self {
        Self {
            origin,
            text: text.into(),
        }
    }
}

/// What a text was given as. Displays as the label that error messages put before the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// A query string, a URL or a path with a query: `request`.
    Request,
    /// A filter flag's `NAME=VALUE`: `-f`.
    Filter,
    /// A sort flag's terms: `-s`.
    Sort,
    /// A page number: `--page`.
    Page,
    /// A page size: `--per-page`.
    PerPage,
    /// The time to take for now: `--now`.
    Now,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Request => "request",
            Self::Filter => "-f",
            Self::Sort => "-s",
            Self::Page => "--page",
            Self::PerPage => "--per-page",
            Self::Now => "--now",
        })
    }
}
