//! Advice on errors in expressions, and operators of other languages.

use super::comparison::is_json_number;
use super::error::{ExpressionErrorKind, closer_of, logic_of};
use super::lexer::closing_quotes;
use super::path::is_word_of_logic;
use crate::escape::quote;
use crate::expression::{AttributePath, Literal, Operator};
use crate::nearest::nearest;

/// Operators of other languages (SQL, `OData`, JavaScript, CSS selectors) and of everyday English, in lower case. An
/// operator that is missing here is still found by its edit distance, if it is nearly one of ours.
const ALIASES: &[(Operator, &[&str])] = &[
    (
        Operator::Equal,
        &["=", "==", "===", "is", "equal", "equals", "is null", "≡"],
    ),
    (
        Operator::NotEqual,
        &[
            "!=",
            "!==",
            "<>",
            "≠",
            "neq",
            "not",
            "is not",
            "is not null",
        ],
    ),
    (
        Operator::Contains,
        &["contain", "contains", "like", "ilike", "includes", "has"],
    ),
    (
        Operator::StartsWith,
        &["startswith", "starts_with", "starts", "beginswith", "^="],
    ),
    (Operator::EndsWith, &["endswith", "ends_with", "ends", "$="]),
    (Operator::Greater, &[">", "after"]),
    (Operator::GreaterOrEqual, &[">=", "=>", "≥", "gte", "since"]),
    (Operator::Less, &["<", "before"]),
    (Operator::LessOrEqual, &["<=", "=<", "≤", "lte", "until"]),
    (Operator::Present, &["present", "exists"]),
    (Operator::Matches, &["~", "=~", "match", "regex", "regexp"]),
];

/// Returns the operator that a word or symbol of another language, or a misspelt operator, stands for.
pub(super) fn operator_of_alias(found: &str) -> Option<Operator> {
    let wanted = found.to_lowercase();
    let alias = ALIASES
        .iter()
        .find(|(_, aliases)| aliases.contains(&wanted.as_str()));
    // A misspelt keyword differs from the true one by few letters; the nearest one alone is offered.
    alias.map(|&(operator, _)| operator).or_else(|| {
        let keywords = Operator::ALL.map(Operator::keyword);
        Operator::from_keyword(nearest(found, keywords, 1).first()?)
    })
}

impl ExpressionErrorKind {
    /// Returns advice on the correct spelling, for the line `help:` of a report. Advice repeats the text that was
    /// written wherever it can, and is a text to copy.
    pub fn help(&self) -> Option<String> {
        // The match has no default arm, so a new kind does not compile without advice.
        Some(match self {
            Self::Empty => "write a test such as `state eq \"active\"`".to_owned(),
            // A field in quotes of another kind (`'name'`) needs only other quotes.
            Self::NoField { found } if found.starts_with(is_other_quote) => {
                let field = AttributePath::new([content(found)]).to_string();
                format!("write {}", quote(&field))
            }
            Self::NoField { .. } => {
                "a test starts with a field, as in `state eq \"active\"`".to_owned()
            }
            Self::EmptyKey => {
                "separate keys with one dot, and write `\"\"` for an empty key".to_owned()
            }
            Self::KeyCharacter { key, .. } => {
                format!("write the key in quotes: {}", quote_text(key))
            }
            Self::NoOperator { field, found } => operator_help(field, found),
            Self::UnknownOperator { found } => unknown_operator_help(found),
            Self::NegatedOperator { field, operator } => {
                format!("write {}", quote(&format!("not ({field} {operator} …)")))
            }
            // The two errors that name a path have functions of their own, because their advice depends on its parts.
            Self::Between { field, low, high } => between_help(field, low, high),
            Self::Subscript { path, found, rest } => subscript_help(path, found, rest),
            Self::Function { found } => {
                let operator = operator_of_alias(found).unwrap_or(Operator::Contains);
                format!("write `FIELD {operator} \"TEXT\"`")
            }
            Self::NoValue { operator, .. } => value_help(*operator),
            Self::ValueAfterPresent { field, found } => format!(
                "`pr` alone tests for any value; write {} for this one",
                quote(&format!("{field} eq {found}"))
            ),
            Self::UnquotedText { found } => unquoted_help(found),
            Self::NoText { found, .. } => format!("write {}", quote_text(found)),
            Self::OtherQuotes { found } => format!("write {}", quote_text(content(found))),
            Self::NoOrder { found, .. } => {
                format!(
                    "compare with {} by `eq` or `ne`",
                    quote(&found.to_lowercase())
                )
            }
            // The advice keeps the item that was written, and has a placeholder for the second.
            Self::NoList { found } => {
                let item = if found.starts_with('"') {
                    found
                } else {
                    "\"A\""
                };
                format!("write {}", quote(&format!("in [{item}, \"B\"]")))
            }
            // `eq [..]` has its own operator; for the others, a list is a disjunction of tests.
            Self::UnexpectedList {
                operator: Operator::Equal,
            } => "write `in` for any of several values".to_owned(),
            Self::UnexpectedList { operator } => {
                format!(
                    "join several tests with `or`: `(A {operator} \"X\" or A {operator} \"Y\")`"
                )
            }
            Self::NoItem { .. } | Self::ListEnd { .. } => {
                "separate values with commas: `in [\"A\", \"B\"]`".to_owned()
            }
            Self::Regex { error, .. } => error.clone(),
            Self::RegexSize => "repeat smaller parts, or fewer times".to_owned(),
            Self::FieldAfterBrackets { .. } => {
                "a field may be compared with another field of the record, or inside the brackets"
                    .to_owned()
            }
            Self::NothingNegated { .. } => "write `not (…)`".to_owned(),
            Self::LogicSymbol { found } if found == "!" => "write `not (…)`".to_owned(),
            Self::LogicSymbol { found } => format!("write {}", logic_of(found)),
            // A value with spaces looks like a value and then a stray word.
            Self::NoConnective {
                unquoted: Some(text),
                ..
            } => {
                format!("write a text in quotes: {}", quote_text(text))
            }
            // A space between `]` and `.value` separates them, so the dot starts a path without a first key.
            Self::NoConnective { found, .. } if found.starts_with('.') => {
                format!("write {} directly after the bracket", quote(found))
            }
            Self::NoConnective { .. } => "join tests with `and` or `or`".to_owned(),
            Self::Unclosed { opener, .. } => {
                format!("write `{}` where it ends", closer_of(*opener))
            }
            Self::Unopened { found } => format!("remove the `{found}`, which closes nothing"),
            Self::UnclosedText => "write `\\\"` for a quote within a text".to_owned(),
            Self::Escape { found } => format!(
                "write {} for a backslash itself; JSON has `\\\"`, `\\\\`, `\\/`, `\\b`, `\\f`, `\\n`, `\\r`, `\\t` and \
                 `\\uXXXX`",
                quote(&format!("\\{found}"))
            ),
            Self::Surrogate { .. } => {
                "write the character itself, or both escapes: `\\ud83d\\ude00`".to_owned()
            }
            Self::ControlCharacter { character } => {
                let text = Literal::Text(character.to_string()).to_string();
                format!("write {}", quote(content(&text)))
            }
            Self::TooDeep => "remove parentheses that change nothing".to_owned(),
            Self::TooManyRegexes => "join alternatives in one: `matches \"A|B\"`".to_owned(),
            Self::TooManyTests => {
                "write `in [\"A\", \"B\"]` for many values of one field".to_owned()
            }
        })
    }
}

/// Quotes a text as the literal that it is to be written as.
fn quote_text(text: &str) -> String {
    quote(&Literal::from(text).to_string())
}

/// Returns a text without its quotes; the closing one may be missing.
fn content(text: &str) -> &str {
    let mut characters = text.chars();
    characters.next();
    let content = characters.as_str();
    let is_quote = |character| character == '"' || is_other_quote(character);
    content.strip_suffix(is_quote).unwrap_or(content)
}

/// Returns whether a character is a quote that JSON does not have.
fn is_other_quote(character: char) -> bool {
    closing_quotes(character).is_some()
}

/// Returns advice on a text without quotes, which may be a number that is not spelled as in JSON.
fn unquoted_help(found: &str) -> String {
    let text = quote_text(found);
    // A sign or a leading zero is the usual reason for a number that JSON does not have.
    let number = found.trim_start_matches('+').trim_start_matches('0');
    if is_json_number(number) {
        return format!("write {} for a number, {text} for a text", quote(number));
    }
    format!("write {text}")
}

/// Returns advice on a path without an operator.
fn operator_help(field: &str, found: &str) -> String {
    // A value that follows the path at once lacks only its operator, most likely `eq`.
    if found.starts_with('"') {
        return format!("write {}", quote(&format!("{field} eq {found}")));
    }
    if found.starts_with(char::is_alphanumeric) && !is_word_of_logic(found) {
        let value = Literal::from(found);
        return format!("write {}", quote(&format!("{field} eq {value}")));
    }
    let test = quote(&format!("{field} pr"));
    format!("write {test} to test for any value, or an operator and a value: `eq \"TEXT\"`")
}

/// Returns advice on `between`, whose bounds may be missing or unquoted.
fn between_help(field: &str, low: &str, high: &str) -> String {
    // A bound is repeated as a literal: numbers as they are, and texts in the quotes of JSON.
    let value = |written: &str, instead: &str| match written.chars().next() {
        None => instead.to_owned(),
        Some('"') => written.to_owned(),
        Some(first) if is_other_quote(first) => Literal::from(content(written)).to_string(),
        _ if is_json_number(written) => written.to_owned(),
        _ => Literal::from(written).to_string(),
    };
    let (low, high) = (value(low, "LOW"), value(high, "HIGH"));
    format!(
        "write {}",
        quote(&format!("{field} ge {low} and {field} le {high}"))
    )
}

/// Returns advice on brackets with something else than a test.
fn subscript_help(path: &str, found: &str, rest: &str) -> String {
    // `filter[state]` is the notation of a query string, which expressions do not have.
    if path.eq_ignore_ascii_case("filter") {
        return format!(
            "a filter is given beside the expression: {}",
            quote(&format!("-f {found}=VALUE"))
        );
    }
    // `name["first"]` is the notation of JavaScript and Python for a key.
    if found.starts_with('"') {
        let key = AttributePath::new([content(found)]).to_string();
        return format!(
            "write the key after a dot: {}",
            quote(&format!("{path}.{key}{rest}"))
        );
    }
    format!(
        "a path reaches every element of an array: write {}; a test in brackets chooses elements: {}",
        quote(&format!("{path}{rest}")),
        quote(&format!("{path}[type eq \"work\"]{rest}"))
    )
}

/// Returns advice on a word or symbol that is no operator.
fn unknown_operator_help(found: &str) -> String {
    let lowercase = found.to_lowercase();
    match operator_of_alias(found) {
        // `is null` compares with the null of JSON; the word `null` stays.
        Some(operator) if lowercase.ends_with(" null") => format!("write `{operator} null`"),
        // The wildcards of `like` have operators of their own.
        Some(_) if lowercase.ends_with("like") => {
            "write `co` for a part of a text, `sw` for its start, `ew` for its end, without `%` or `*`".to_owned()
        }
        Some(operator) => format!("write `{operator}`"),
        // Without a similar operator, the whole list is short enough to read.
        None => {
            let keywords = Operator::ALL.map(Operator::keyword).join(", ");
            format!("the operators are {keywords}")
        }
    }
}

/// Returns advice on an operator without a value, with the kinds of values that it compares.
fn value_help(operator: Operator) -> String {
    match operator {
        Operator::Equal | Operator::NotEqual => {
            format!(
                "write a value: `{operator} \"TEXT\"`, `{operator} 5`, `{operator} true`, `{operator} null`"
            )
        }
        Operator::Greater | Operator::GreaterOrEqual | Operator::Less | Operator::LessOrEqual => {
            format!(
                "write a value: `{operator} 5`, `{operator} \"2026-01-31\"`, `{operator} \"-90d\"`"
            )
        }
        _ => format!("write a value: `{operator} \"TEXT\"`"),
    }
}
