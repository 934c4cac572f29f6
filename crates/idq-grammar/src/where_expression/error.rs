//! Errors in the text of an expression.

use std::ops::Range;

use super::{MAX_DEPTH, MAX_REGEX_BYTES, MAX_REGEXES, MAX_TESTS};
use crate::error::quote_or;
use crate::escape::quote;
use crate::expression::Operator;

/// An error at a range of an expression's text, which is not percent-encoded.
pub(super) struct Mistake {
    /// Kind.
    pub(super) kind: ExpressionErrorKind,
    /// Bytes.
    pub(super) range: Range<usize>,
}

impl Mistake {
    /// Creates an error at `range`.
    pub(super) fn new(kind: ExpressionErrorKind, range: Range<usize>) -> Self {
        Self { kind, range }
    }
}

/// Kind of an error in an expression. Displays as one line: "expected X, found Y". A `found` text is empty at the end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpressionErrorKind {
    /// A text of white space alone.
    #[error("expected an expression, found nothing")]
    Empty,
    /// Something else at the start of a test.
    #[error("expected the name of a field, found {}", at_end(found))]
    NoField {
        /// The text.
        found: String,
    },
    /// No key before or after a dot.
    #[error("expected a key of a field's name, found none")]
    EmptyKey,
    /// A character that needs quotes in a key.
    #[error(
        "expected letters, digits, `_`, `-` or `$` in the name of a field, found {}",
        quote(&found.to_string())
    )]
    KeyCharacter {
        /// The character.
        found: char,
        /// The whole key.
        key: String,
    },
    /// No operator after a path.
    #[error("expected an operator after {}, found {}", quote(field), at_end(found))]
    NoOperator {
        /// The path.
        field: String,
        /// The text after it.
        found: String,
    },
    /// A word or symbol that is no operator.
    #[error("expected an operator, found {}", quote(found))]
    UnknownOperator {
        /// The word or symbol.
        found: String,
    },
    /// `not` between a path and an operator.
    #[error("expected an operator after {}, found `not`", quote(field))]
    NegatedOperator {
        /// The path.
        field: String,
        /// The operator after `not`.
        operator: Operator,
    },
    /// `between`, which other languages have.
    #[error("expected an operator after {}, found `between`", quote(field))]
    Between {
        /// The path.
        field: String,
        /// The lower bound, as written; empty if the text after `between` is not `LOW and HIGH`.
        low: String,
        /// The upper bound, as written.
        high: String,
    },
    /// Brackets with a position, a key or the name of a filter, as other languages have them.
    #[error(
        "expected a test in the brackets of a value path, found {}",
        quote_or(found, "nothing")
    )]
    Subscript {
        /// The path before the brackets.
        path: String,
        /// The text in the brackets.
        found: String,
        /// The keys directly after the brackets, with their dot; empty if there are none.
        rest: String,
    },
    /// A function of other languages, such as `startswith(userName, "j")`.
    #[error(
        "expected an operator between a field and a value, found the function {}",
        quote(found)
    )]
    Function {
        /// Name of the function.
        found: String,
    },
    /// No value after an operator.
    #[error("expected a value after `{operator}`, found {}", at_end(found))]
    NoValue {
        /// The operator.
        operator: Operator,
        /// The text after it.
        found: String,
    },
    /// A value after `pr`.
    #[error("expected no value after `pr`, found {}", quote(found))]
    ValueAfterPresent {
        /// The path.
        field: String,
        /// The value.
        found: String,
    },
    /// A text without quotes that is no number, `true`, `false`, `null` or path.
    #[error("expected a text in quotes, found {}", quote(found))]
    UnquotedText {
        /// The text.
        found: String,
    },
    /// Quotes that JSON does not have.
    #[error("expected a text in double quotes, found {}", quote(found))]
    OtherQuotes {
        /// The text with its quotes.
        found: String,
    },
    /// A value that is no text after an operator that needs one.
    #[error("expected a text in quotes after `{operator}`, found {}", quote(found))]
    NoText {
        /// The operator.
        operator: Operator,
        /// The value.
        found: String,
    },
    /// `null`, `true` or `false` after an operator that compares by order.
    #[error(
        "expected a number, a date or a text after `{operator}`, found {}",
        quote(found)
    )]
    NoOrder {
        /// The operator.
        operator: Operator,
        /// The value.
        found: String,
    },
    /// No list after `in`.
    #[error("expected a list in brackets after `in`, found {}", at_end(found))]
    NoList {
        /// The text after it.
        found: String,
    },
    /// A list after another operator.
    #[error("expected one value after `{operator}`, found a list")]
    UnexpectedList {
        /// The operator.
        operator: Operator,
    },
    /// No value in a list, or after its last comma.
    #[error("expected a value in the list, found {}", at_end(found))]
    NoItem {
        /// The text there.
        found: String,
    },
    /// Something else after a value of a list.
    #[error(
        "expected `,` or `]` after a value of the list, found {}",
        at_end(found)
    )]
    ListEnd {
        /// The text.
        found: String,
    },
    /// A text after `matches` that is no regular expression.
    #[error("expected a regular expression, found {}", quote(found))]
    Regex {
        /// The text.
        found: String,
        /// Its error, in one line.
        error: String,
    },
    /// A regular expression that takes too much memory.
    #[error(
        "expected a regular expression of at most {MAX_REGEX_BYTES} bytes when compiled, found a larger one"
    )]
    RegexSize,
    /// A path as value of a test that the brackets of a value path belong to.
    #[error(
        "expected a value after the brackets of a value path, found the field {}",
        quote(found)
    )]
    FieldAfterBrackets {
        /// The path.
        found: String,
    },
    /// `not` without anything that it negates.
    #[error("expected a test or `(` after `not`, found {}", at_end(found))]
    NothingNegated {
        /// The text after it.
        found: String,
    },
    /// `&&`, `||` or `!`.
    #[error("expected {}, found {}", logic_of(found), quote(found))]
    LogicSymbol {
        /// The symbol.
        found: String,
    },
    /// Something else after a test.
    #[error("expected `and` or `or`, found {}", quote(found))]
    NoConnective {
        /// The text.
        found: String,
        /// The value before it with everything that follows, if that is probably one text without quotes.
        unquoted: Option<String>,
    },
    /// A parenthesis or bracket that is not closed.
    #[error("expected `{}` for this `{opener}`, found {}", closer_of(*opener), at_end(found))]
    Unclosed {
        /// The parenthesis or bracket.
        opener: char,
        /// The text in its place.
        found: String,
    },
    /// A closing parenthesis or bracket that closes nothing.
    #[error("expected `and`, `or` or the end, found `{found}`")]
    Unopened {
        /// The parenthesis or bracket.
        found: char,
    },
    /// A text without its closing quote.
    #[error("expected `\"` at the end of the text, found the end")]
    UnclosedText,
    /// A backslash that starts no escape of JSON.
    #[error("expected an escape of JSON, found {}", quote(found))]
    Escape {
        /// The backslash and the character after it.
        found: String,
    },
    /// Half of a surrogate pair.
    #[error("expected a pair of surrogates, found {} alone", quote(found))]
    Surrogate {
        /// The escape.
        found: String,
    },
    /// A control character in a text, such as a line break.
    #[error("expected an escape in the text, found the character {}", quote(&character.to_string()))]
    ControlCharacter {
        /// The character.
        character: char,
    },
    /// Parentheses, brackets and negations that are nested too deeply.
    #[error("expected at most {MAX_DEPTH} parentheses and brackets within each other, found more")]
    TooDeep,
    /// Too many regular expressions.
    #[error("expected at most {MAX_REGEXES} regular expressions, found more")]
    TooManyRegexes,
    /// Too many comparisons and value paths.
    #[error("expected at most {MAX_TESTS} tests of fields, found more")]
    TooManyTests,
}

/// Quotes a text; an empty one is the end.
fn at_end(found: &str) -> String {
    quote_or(found, "the end")
}

/// Returns the closing character of an opening one.
pub(super) fn closer_of(opener: char) -> char {
    if opener == '(' { ')' } else { ']' }
}

/// Returns the keyword that a symbol of other languages stands for.
pub(super) fn logic_of(symbol: &str) -> &'static str {
    match symbol {
        "!" => "`not`",
        "&" | "&&" => "`and`",
        _ => "`or`",
    }
}
