//! Parsing of the pairs of a query string, and of the names of filters.

use std::ops::Range;

use crate::error::{Error, ErrorKind};
use crate::spanned_str::{SpannedStr, trimmed_range};
use crate::text::Span;

/// Start of the name of a filter parameter.
pub(crate) const FILTER_PREFIX: &str = "filter[";

/// A pair of a query string, decoded.
pub(crate) struct Pair {
    pub(crate) name: SpannedStr,
    pub(crate) value: SpannedStr,
}

/// A parsed name of a filter.
pub(crate) struct FilterName {
    /// Range of the name without brackets.
    pub(crate) name: Range<usize>,
    pub(crate) notation: Notation,
}

/// Notation of a filter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    /// `filter[name]=value`
    Single,
    /// `filter[name][]=part` or `filter[name][0]=part`
    ListItem,
}

/// Splits the query string at `range` of `raw`, which is text number `text`, into pairs. Empty pairs are ignored; a
/// pair without `=` has an empty value. A pair that cannot be decoded is left out, and its mistakes are added to
/// `errors`.
pub(crate) fn split_pairs(
    text: usize,
    raw: &str,
    range: Range<usize>,
    errors: &mut Vec<Error>,
) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let mut start = range.start;
    for pair in raw[range].split('&') {
        if !pair.is_empty() {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value_start = start + pair.len() - value.len();
            let name = SpannedStr::encoded(text, start, name, errors);
            let value = SpannedStr::encoded(text, value_start, value, errors);
            if let (Some(name), Some(value)) = (name, value) {
                pairs.push(Pair { name, value });
            }
        }
        start += pair.len() + 1;
    }
    pairs
}

/// Returns an error at the first character that a URL cannot contain, as in a whole line of a log.
pub(crate) fn find_stray_character(text: usize, raw: &str) -> Option<Error> {
    let range = trimmed_range(raw);
    let stray = |character: char| {
        character.is_whitespace() || matches!(character, '"' | '\'' | '<' | '>' | '`')
    };
    let start = range.start + raw[range.clone()].find(stray)?;
    let found = raw[start..range.end].to_owned();
    let end = start + raw[start..].chars().next().map_or(0, char::len_utf8);
    Some(Error {
        kind: ErrorKind::NotAUrl { found },
        span: Some(Span { text, start, end }),
    })
}

/// Parses the name of a filter parameter; returns `None` for any other parameter.
pub(crate) fn parse_parameter_name(name: &SpannedStr) -> Option<Result<FilterName, Error>> {
    let text = name.as_str();
    if text == "filter" {
        return Some(Err(error(name, ErrorKind::NoFilterName, 0..text.len())));
    }
    text.starts_with(FILTER_PREFIX)
        .then(|| parse_brackets(name, 0..text.len()))
}

/// Parses the name of a filter flag: plain (`state`, `state[]`) or in full (`filter[state]`).
pub(crate) fn parse_flag_name(name: &SpannedStr) -> Result<FilterName, Error> {
    let text = name.as_str();
    let range = trimmed_range(text);
    if text[range.clone()].starts_with(FILTER_PREFIX) {
        return parse_brackets(name, range);
    }
    let end = text[range.clone()]
        .find('[')
        .map_or(range.end, |bracket| range.start + bracket);
    parse_notation(name, range.start..end, end..range.end, range)
}

/// Parses `filter[name]` and the notation after it. `all` starts with `filter[`.
fn parse_brackets(name: &SpannedStr, all: Range<usize>) -> Result<FilterName, Error> {
    let start = all.start + FILTER_PREFIX.len();
    let Some(length) = name.as_str()[start..all.end].find(']') else {
        return Err(unclosed(name, all));
    };
    let end = start + length;
    parse_notation(name, start..end, end + 1..all.end, all)
}

/// Parses the notation at `rest`, after the name at `inner`; both are within `all`.
fn parse_notation(
    name: &SpannedStr,
    inner: Range<usize>,
    rest: Range<usize>,
    all: Range<usize>,
) -> Result<FilterName, Error> {
    let text = name.as_str();
    if inner.is_empty() {
        return Err(error(name, ErrorKind::EmptyFilterName, all));
    }
    let after = &text[rest.clone()];
    if after.is_empty() {
        return Ok(FilterName {
            name: inner,
            notation: Notation::Single,
        });
    }
    let Some(bracket) = after.strip_prefix('[') else {
        let found = after.to_owned();
        return Err(error(name, ErrorKind::AfterBracket { found }, rest));
    };
    let Some((index, tail)) = bracket.split_once(']') else {
        return Err(unclosed(name, all));
    };
    if !index.bytes().all(|byte| byte.is_ascii_digit()) {
        let found = index.to_owned();
        let range = rest.start..rest.end - tail.len();
        return Err(error(name, ErrorKind::ListIndex { found }, range));
    }
    if !tail.is_empty() {
        let found = tail.to_owned();
        let range = rest.end - tail.len()..rest.end;
        return Err(error(name, ErrorKind::AfterBracket { found }, range));
    }
    Ok(FilterName {
        name: inner,
        notation: Notation::ListItem,
    })
}

/// Returns the error about a name whose bracket is not closed; `all` is the name after `filter`.
fn unclosed(name: &SpannedStr, all: Range<usize>) -> Error {
    let found = name.as_str()[all.clone()].to_owned();
    error(name, ErrorKind::UnclosedBracket { found }, all)
}

/// Returns an error about a part of a name.
fn error(name: &SpannedStr, kind: ErrorKind, range: Range<usize>) -> Error {
    Error {
        kind,
        span: Some(name.span(range)),
    }
}
