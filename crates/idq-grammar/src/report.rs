//! Reports of mistakes in a request: message, text with carets under the span, and help.

use std::fmt;
use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::escape::{escape, push_escaped};
use crate::text::{Span, Text};

/// Maximum terminal columns of a text in a report; the rest is cut off with `…`.
const MAX_SHOWN_COLUMNS: usize = 100;

/// Maximum terminal columns before the span, in a text that is cut off.
const MAX_CONTEXT_COLUMNS: usize = 30;

/// Maximum number of problems in a report: a hostile request can have one for each byte.
const MAX_PROBLEMS: usize = 20;

/// A mistake in a request, of any stage.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Problem {
    /// Span of the mistake; `None` for a part from code.
    pub span: Option<Span>,
    /// One line: "expected X, found Y".
    pub message: String,
    /// Advice, in one line.
    pub help: Option<String>,
}

/// Displays problems one after another: message, text with carets under the span, help. Control characters are
/// [escaped](escape). No line feed at the end.
///
/// ```
/// use idq_grammar::{Origin, Problem, Report, Span, Text};
///
/// let texts = [Text::new(Origin::Filter, "stat=active")];
/// let problems = [Problem {
///     span: Some(Span { text: 0, start: 0, end: 4 }),
///     message: "expected the name of a filter, found `stat`".to_owned(),
///     help: Some("did you mean `state`?".to_owned()),
/// }];
/// assert_eq!(
///     Report::new(&texts, &problems).to_string(),
///     "expected the name of a filter, found `stat`\n  \
///        -f: stat=active\n      \
///            ^^^^\n  \
///        help: did you mean `state`?",
/// );
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    texts: &'a [Text],
    problems: &'a [Problem],
}

impl<'a> Report<'a> {
    /// Creates a report of `problems`, whose spans are in `texts`.
    pub fn new(texts: &'a [Text], problems: &'a [Problem]) -> Self {
        Self { texts, problems }
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.problems.iter().take(MAX_PROBLEMS).enumerate() {
            if number > 0 {
                formatter.write_str("\n\n")?;
            }
            formatter.write_str(&escape(&problem.message))?;
            if let Some(span) = problem.span
                && let Some(text) = self.texts.get(span.text)
            {
                write_place(formatter, text, span)?;
            }
            if let Some(help) = &problem.help {
                write!(formatter, "\n  help: {}", escape(help))?;
            }
        }
        match self.problems.len().saturating_sub(MAX_PROBLEMS) {
            0 => Ok(()),
            more => write!(formatter, "\n\nand {more} more"),
        }
    }
}

/// Writes the text of a span with carets under the span.
fn write_place(formatter: &mut fmt::Formatter<'_>, text: &Text, span: Span) -> fmt::Result {
    let label = format!("  {}: ", text.origin);
    if text.text.is_empty() {
        return write!(formatter, "\n{}", label.trim_end());
    }
    let start = boundary_before(&text.text, span.start);
    let end = boundary_before(&text.text, span.end.max(start));
    let window = window(&text.text, start);

    let cut = |cut: bool| if cut { "…" } else { "" };
    let left = cut(window.start > 0);
    let right = cut(window.end < text.text.len());
    let before = escape(&text.text[window.start..start]);
    let marked = escape(&text.text[start..end.min(window.end)]);
    let after = escape(&text.text[end.min(window.end)..window.end]);
    write!(formatter, "\n{label}{left}{before}{marked}{after}{right}")?;

    let indent = label.width() + left.width() + before.width();
    // An empty span has one caret, at the next character.
    let carets = "^".repeat(marked.width().max(1));
    write!(formatter, "\n{:indent$}{carets}", "")
}

/// Returns the part of a text that is shown around a span that starts at `start`.
fn window(text: &str, start: usize) -> Range<usize> {
    let before = text[..start].chars().rev();
    let after = text[start..].chars();
    let mut left = start - fitting(before.clone(), MAX_CONTEXT_COLUMNS).bytes;
    let left_columns = fitting(before.clone(), MAX_CONTEXT_COLUMNS).columns;
    let fit = fitting(after, MAX_SHOWN_COLUMNS - left_columns);
    let right = start + fit.bytes;
    if right == text.len() {
        // Nothing is cut off on the right, so the free columns there show text on the left.
        left = start - fitting(before, MAX_SHOWN_COLUMNS - fit.columns).bytes;
    }
    left..right
}

/// Bytes and columns of the part of a text that fits.
struct FittedWidth {
    bytes: usize,
    columns: usize,
}

/// Returns the width of the leading `characters` whose escaped forms fit in `limit` columns.
fn fitting(characters: impl Iterator<Item = char>, limit: usize) -> FittedWidth {
    let mut fit = FittedWidth {
        bytes: 0,
        columns: 0,
    };
    let mut shown = String::new();
    for character in characters {
        shown.clear();
        push_escaped(&mut shown, character);
        // A combining mark counts as one column, or a text of marks alone would have no bound.
        let columns: usize = shown.chars().map(|c| c.width().unwrap_or(1).max(1)).sum();
        if fit.columns + columns > limit {
            break;
        }
        fit.columns += columns;
        fit.bytes += character.len_utf8();
    }
    fit
}

/// Returns the last character boundary at or before `offset`, so that a span of another text does not panic.
fn boundary_before(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}
