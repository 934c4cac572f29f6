//! Parsing of the pairs of a query string, and of the names of filters.

use std::ops::Range;

use crate::conformance::Conformance;
use crate::decode::decode_lossy;
use crate::error::{Error, ErrorKind};
use crate::query::OtherParameter;
use crate::spanned_str::{SpannedStr, trimmed_range};
use crate::text::{Span, Spanned};

/// Start of the name of a filter parameter.
pub(crate) const FILTER_PREFIX: &str = "filter[";

/// A pair of a query string, decoded.
pub(crate) struct Pair {
    /// Name with its brackets.
    pub(crate) name: SpannedStr,
    /// Value.
    pub(crate) value: SpannedStr,
}

/// A parsed name of a filter.
pub(crate) struct FilterName {
    /// Range of the name without brackets.
    pub(crate) name: Range<usize>,
    /// Notation of the value.
    pub(crate) notation: Notation,
    /// Mistake that the strict reading refuses: a list whose key is no number.
    pub(crate) mistake: Option<Error>,
}

/// Pairs of a query string, and its mistakes in encoding.
#[derive(Default)]
pub(crate) struct Pairs {
    /// Pairs in their order.
    pub(crate) pairs: Vec<Pair>,
    /// Ignored parameters that are not UTF-8, with replacement characters.
    pub(crate) unreadable: Vec<OtherParameter>,
    /// Mistakes that both readings refuse.
    pub(crate) refused: Vec<Error>,
    /// Mistakes that the strict reading alone refuses.
    pub(crate) tolerated: Vec<Error>,
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
/// pair without `=` has an empty value. A pair with a mistake that the reading refuses is left out.
pub(crate) fn split_pairs(
    text: usize,
    raw: &str,
    range: Range<usize>,
    conformance: Conformance,
) -> Pairs {
    let mut pairs = Pairs::default();
    let mut start = range.start;
    for pair in raw[range].split('&') {
        if !pair.is_empty() {
            pairs.add(text, start, pair, conformance);
        }
        start += pair.len() + 1;
    }
    pairs
}

impl Pairs {
    /// Adds the pair `raw`, which starts at byte `start` of text number `text`.
    fn add(&mut self, text: usize, start: usize, raw: &str, conformance: Conformance) {
        let (raw_name, raw_value) = raw.split_once('=').unwrap_or((raw, ""));
        let value_start = start + raw.len() - raw_value.len();
        let mut errors = Vec::new();
        let name = SpannedStr::encoded(text, start, raw_name, &mut errors);
        let value = SpannedStr::encoded(text, value_start, raw_value, &mut errors);
        if errors.iter().any(|error| conformance.refuses(&error.kind)) {
            let readable = name.as_ref().map(SpannedStr::as_str);
            let lossy = decode_lossy(raw_name);
            if !conformance.accepts_any_bytes(readable.unwrap_or(&lossy)) {
                self.refused.append(&mut errors);
                return;
            }
            let span = |start, raw: &str| Span {
                text,
                start,
                end: start + raw.len(),
            };
            self.unreadable.push(OtherParameter {
                name: Spanned::new(lossy, span(start, raw_name)),
                value: Spanned::new(decode_lossy(raw_value), span(value_start, raw_value)),
            });
        } else if let (Some(name), Some(value)) = (name, value) {
            self.pairs.push(Pair { name, value });
        }
        self.tolerated.append(&mut errors);
    }
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
pub(crate) fn parse_parameter_name(
    name: &SpannedStr,
    conformance: Conformance,
) -> Option<Result<FilterName, Error>> {
    let text = name.as_str();
    let start = match conformance {
        Conformance::Strict => 0,
        // PHP ignores spaces before a name.
        Conformance::Api => text.len() - text.trim_start_matches(' ').len(),
    };
    let range = start..text.len();
    if &text[range.clone()] == "filter" {
        return Some(Err(error(name, ErrorKind::NoFilterName, range)));
    }
    text[start..]
        .starts_with(FILTER_PREFIX)
        .then(|| parse_brackets(name, range, conformance))
}

/// Returns the error about a sort with more than one pair of brackets, which is no list of terms.
pub(crate) fn find_nested_sort(name: &SpannedStr) -> Option<Error> {
    let text = name.as_str();
    let rest = text.trim_start_matches(' ').strip_prefix("sort[")?;
    let (_, nested) = rest.split_once(']')?;
    let is_nested = nested.starts_with('[') && nested.contains(']');
    let found = nested.to_owned();
    let range = text.len() - nested.len()..text.len();
    is_nested.then(|| error(name, ErrorKind::NestedSort { found }, range))
}

/// Parses the name of a filter flag: plain (`state`, `state[]`) or in full (`filter[state]`). Flags are read strictly
/// under both readings.
pub(crate) fn parse_flag_name(name: &SpannedStr) -> Result<FilterName, Error> {
    let text = name.as_str();
    let range = trimmed_range(text);
    if text[range.clone()].starts_with(FILTER_PREFIX) {
        return parse_brackets(name, range, Conformance::Strict);
    }
    let end = text[range.clone()]
        .find('[')
        .map_or(range.end, |bracket| range.start + bracket);
    let (inner, rest) = (range.start..end, end..range.end);
    parse_notation(name, inner, rest, range, Conformance::Strict)
}

/// Parses `filter[name]` and the notation after it. `all` starts with `filter[`.
fn parse_brackets(
    name: &SpannedStr,
    all: Range<usize>,
    conformance: Conformance,
) -> Result<FilterName, Error> {
    let start = all.start + FILTER_PREFIX.len();
    let Some(length) = name.as_str()[start..all.end].find(']') else {
        return Err(unclosed(name, all));
    };
    let end = start + length;
    parse_notation(name, start..end, end + 1..all.end, all, conformance)
}

/// Parses the notation at `rest`, after the name at `inner`; both are within `all`.
fn parse_notation(
    name: &SpannedStr,
    inner: Range<usize>,
    rest: Range<usize>,
    all: Range<usize>,
    conformance: Conformance,
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
            mistake: None,
        });
    }
    let Some(bracket) = after.strip_prefix('[') else {
        let found = after.to_owned();
        return Err(error(name, ErrorKind::AfterBracket { found }, rest));
    };
    let Some((index, tail)) = bracket.split_once(']') else {
        return Err(unclosed(name, all));
    };
    let mut mistake = None;
    if !index.bytes().all(|byte| byte.is_ascii_digit()) {
        let found = index.to_owned();
        let range = rest.start..rest.end - tail.len();
        let error = error(name, ErrorKind::ListIndex { found }, range);
        if conformance.refuses(&error.kind) {
            return Err(error);
        }
        mistake = Some(error);
    }
    if !tail.is_empty() {
        let found = tail.to_owned();
        let range = rest.end - tail.len()..rest.end;
        return Err(error(name, ErrorKind::AfterBracket { found }, range));
    }
    Ok(FilterName {
        name: inner,
        notation: Notation::ListItem,
        mistake,
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
