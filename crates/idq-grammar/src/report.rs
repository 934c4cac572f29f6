//! Printing what is wrong with a request, under the place where it is wrong.

use std::fmt;
use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::escape::{escape, push_escaped};
use crate::text::{Span, Text};

/// Widest stretch of a text that is shown, in terminal columns; the rest is cut off with `…`.
const WINDOW: usize = 100;

/// How much of a text that is too wide is shown before the place in question.
const CONTEXT: usize = 30;

/// A hostile request can hold an error every other byte; nobody reads past the first few.
const MOST_PROBLEMS: usize = 20;

/// What any stage has to say about a place in a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Problem {
    /// The place, if it was written anywhere.
    pub span: Option<Span>,
    /// What is wrong, in one line: "expected X, found Y".
    pub message: String,
    /// What to do about it, in one line.
    pub help: Option<String>,
}

/// Prints problems one after another: each one's message, the text it is about with the place underlined,
/// and the help. Plain text; what a terminal would obey is [escaped](escape). No line feed at the end.
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
    /// A report of `problems`, whose spans point into `texts`.
    pub fn new(texts: &'a [Text], problems: &'a [Problem]) -> Self {
        Self { texts, problems }
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.problems.iter().take(MOST_PROBLEMS).enumerate() {
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
        match self.problems.len().saturating_sub(MOST_PROBLEMS) {
            0 => Ok(()),
            more => write!(formatter, "\n\nand {more} more"),
        }
    }
}

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
    // An empty place gets one caret as well, at the character it stands before.
    let carets = "^".repeat(marked.width().max(1));
    write!(formatter, "\n{:indent$}{carets}", "")
}

/// The stretch of a text to show around the place that starts at `start`.
fn window(text: &str, start: usize) -> Range<usize> {
    let before = text[..start].chars().rev();
    let after = text[start..].chars();
    let mut left = start - fitting(before.clone(), CONTEXT).bytes;
    let left_columns = fitting(before.clone(), CONTEXT).columns;
    let fit = fitting(after, WINDOW - left_columns);
    let right = start + fit.bytes;
    if right == text.len() {
        // Nothing is cut off on the right: what is free there goes to the left.
        left = start - fitting(before, WINDOW - fit.columns).bytes;
    }
    left..right
}

struct FittedWidth {
    bytes: usize,
    columns: usize,
}

/// How many of `characters` fit in `limit` columns once escaped.
fn fitting(characters: impl Iterator<Item = char>, limit: usize) -> FittedWidth {
    let mut fit = FittedWidth {
        bytes: 0,
        columns: 0,
    };
    let mut shown = String::new();
    for character in characters {
        shown.clear();
        push_escaped(&mut shown, character);
        // A mark without width of its own counts too, or a text of nothing but marks would never end.
        let columns: usize = shown.chars().map(|c| c.width().unwrap_or(1).max(1)).sum();
        if fit.columns + columns > limit {
            break;
        }
        fit.columns += columns;
        fit.bytes += character.len_utf8();
    }
    fit
}

/// The last character boundary at or before `offset`: a span from another text must not bring a panic.
fn boundary_before(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}
