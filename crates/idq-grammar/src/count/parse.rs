//! The parser of keys.

use std::ops::Range;

use super::bucket::Bucket;
use super::error::CountErrorKind;
use super::{GroupKey, error};
use crate::date::{Clock, parse_date};
use crate::error::Error;
use crate::spanned_str::trimmed_range;
use crate::text::{Span, Spanned};

/// The greatest number of characters of a prefix.
pub(super) const MAX_PREFIX: u16 = 1_000;

/// The greatest number of ages of a bucket.
pub(super) const MAX_AGES: usize = 100;

/// The instant from which ages are counted to check their syntax: midday of 2000-01-01, in microseconds since the
/// epoch.
const SYNTAX_CLOCK_MICROS: i64 = 946_728_000_000_000;

/// Parses keys that are separated by commas; those with mistakes are left out.
pub(super) fn keys(text: &str, number: usize, errors: &mut Vec<Error>) -> Vec<GroupKey> {
    let parser = KeyParser { text, number };
    let keys = split(text, ',').into_iter();
    keys.filter_map(|range| match parser.key(range) {
        Ok(key) => Some(key),
        Err(found) => {
            errors.push(found);
            None
        }
    })
    .collect()
}

/// A text that is parsed, and its number among the texts of the request.
struct KeyParser<'t> {
    /// Text of all keys.
    text: &'t str,
    /// Position of the text among the texts of the request, for spans.
    number: usize,
}

impl KeyParser<'_> {
    /// Returns the span of a range.
    fn span(&self, range: &Range<usize>) -> Span {
        Span {
            text: self.number,
            start: range.start,
            end: range.end,
        }
    }

    /// Returns the range without the white space at its ends.
    fn trim(&self, range: &Range<usize>) -> Range<usize> {
        let trimmed = trimmed_range(&self.text[range.clone()]);
        range.start + trimmed.start..range.start + trimmed.end
    }

    /// Parses one key.
    fn key(&self, range: Range<usize>) -> Result<GroupKey, Error> {
        let range = self.trim(&range);
        let fail = |kind, range: &Range<usize>| Err(error(kind, Some(self.span(range))));
        if range.is_empty() {
            return fail(CountErrorKind::EmptyKey, &range);
        }
        // The bucket is after the last colon outside quotes and parentheses; spans are relative to the whole text.
        let parts = split(&self.text[range.clone()], ':');
        let last = parts.last().cloned().unwrap_or_default();
        let bucket = range.start + last.start..range.start + last.end;
        // A dot outside parentheses belongs to a path, and a URN has colons of its own.
        let is_path = split(&self.text[bucket.clone()], '.').len() > 1
            || (has_urn(&self.text[range.clone()]) && !names_bucket(&self.text[bucket.clone()]));
        let (field, bucket) = if parts.len() == 1 || is_path {
            // Without a bucket, its span is empty and at the end of the key.
            (range.clone(), range.end..range.end)
        } else {
            (range.start..bucket.start - 1, bucket)
        };
        let (field, bucket) = (self.trim(&field), self.trim(&bucket));
        if field.is_empty() {
            return fail(CountErrorKind::EmptyField, &range);
        }
        let has_bucket = parts.len() > 1 && !is_path;
        let value = if has_bucket {
            match parse_bucket(&self.text[bucket.clone()]) {
                Ok(bucket) => bucket,
                Err(kind) => return fail(kind, &bucket),
            }
        } else {
            Bucket::Value
        };
        Ok(GroupKey {
            field: Spanned::new(self.text[field.clone()].to_owned(), self.span(&field)),
            bucket: Spanned::new(value, self.span(&bucket)),
        })
    }
}

/// Splits a text at a separator outside quotes and parentheses; returns the ranges between, at least one.
fn split(text: &str, separator: char) -> Vec<Range<usize>> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut is_quoted, mut depth) = (false, 0_usize);
    let mut characters = text.char_indices();
    while let Some((offset, character)) = characters.next() {
        match character {
            // An escaped quote does not end the string.
            '\\' if is_quoted => _ = characters.next(),
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if character == separator && depth == 0 => {
                parts.push(start..offset);
                start = offset + character.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(start..text.len());
    parts
}

/// Returns whether a key of a path is a URN.
fn has_urn(path: &str) -> bool {
    let mut keys = path.split('.');
    keys.any(|key| {
        key.trim_start()
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("urn:"))
    })
}

/// Returns whether a text is the name of a bucket, with or without arguments.
fn names_bucket(text: &str) -> bool {
    let name = text.split('(').next().unwrap_or_default().trim();
    Bucket::NAMES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// Parses a bucket: a name, in any case, with its arguments.
fn parse_bucket(text: &str) -> Result<Bucket, CountErrorKind> {
    // Arguments are in parentheses at the end; the closing one may be forgotten.
    let (name, arguments) = match text.split_once('(') {
        None => (text, None),
        Some((name, rest)) => match rest.strip_suffix(')') {
            Some(arguments) => (name, Some(arguments.trim())),
            None => {
                let found = text.to_owned();
                return Err(CountErrorKind::UnclosedParenthesis { found });
            }
        },
    };
    let name = name.trim();
    let bucket = match name.to_ascii_lowercase().as_str() {
        "year" => Bucket::Year,
        "quarter" => Bucket::Quarter,
        "month" => Bucket::Month,
        "week" => Bucket::Week,
        "day" => Bucket::Day,
        "weekday" => Bucket::Weekday,
        "hour" => Bucket::Hour,
        "domain" => Bucket::Domain,
        "presence" => Bucket::Presence,
        "fold" => Bucket::Fold,
        "prefix" => return parse_prefix(arguments.unwrap_or_default()),
        "age" => return parse_ages(arguments.unwrap_or_default()),
        _ => {
            let found = name.to_owned();
            return Err(CountErrorKind::UnknownBucket { found });
        }
    };
    // Only a prefix and ages, which have returned by now, have arguments.
    match arguments {
        None => Ok(bucket),
        Some(arguments) => Err(CountErrorKind::UnexpectedArguments {
            bucket: bucket.name(),
            found: format!("({arguments})"),
        }),
    }
}

/// Parses the number of characters of a prefix.
fn parse_prefix(text: &str) -> Result<Bucket, CountErrorKind> {
    // `parse` alone would accept a plus sign.
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let length = text.parse().ok().filter(|_| is_number);
    match length.filter(|length| (1..=MAX_PREFIX).contains(length)) {
        Some(length) => Ok(Bucket::Prefix(length)),
        None => Err(CountErrorKind::PrefixLength {
            found: text.to_owned(),
        }),
    }
}

/// Parses ages without signs. Their order depends on the clock, so binding checks it.
fn parse_ages(text: &str) -> Result<Bucket, CountErrorKind> {
    let ages: Vec<String> = text.split(',').map(|age| age.trim().to_owned()).collect();
    if ages.len() > MAX_AGES {
        return Err(CountErrorKind::TooManyAges { found: ages.len() });
    }
    // A date relative to a fixed clock has the same syntax errors as one relative to now.
    let clock = Clock::fixed_at(SYNTAX_CLOCK_MICROS);
    // An age of a date has a sign, which an age of a bucket lacks.
    let is_age = |age: &str| {
        age.starts_with(|first: char| first.is_ascii_digit())
            && parse_date(&format!("-{age}"), clock).is_ok()
    };
    match ages.iter().find(|age| !is_age(age)) {
        None => Ok(Bucket::Age(ages)),
        Some(found) => Err(CountErrorKind::NotAnAge {
            found: found.clone(),
        }),
    }
}
