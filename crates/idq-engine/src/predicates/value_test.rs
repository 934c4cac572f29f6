//! Tests of the values in documents, whose kinds differ from record to record.

use std::cmp::Ordering;

use idq_columns::{DocumentPath, DocumentValue, RowSet, ValueKind, compare_numbers};
use idq_grammar::{Clock, Interval, TimeZone, is_relative_date, parse_date};

use super::text_test::{Case, CompiledText, TextTest};
use super::{Order, TextOperator};
use crate::time::{DAY_LENGTH, MICROS_PER_SECOND, SECONDS_PER_DAY};

/// A test of a value in a document. It does not hold for a value of another kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ValueTest {
    /// The value is a string that satisfies the test.
    Text(TextTest),
    /// The value is a number that compares with another one, in its JSON spelling.
    Number(Order, String),
    /// The value is `true`, or `false`.
    Boolean(bool),
    /// The value is a string that is a date, which compares with an interval. An equal text passes as well.
    Date {
        /// Comparison.
        order: Order,
        /// Interval of the date.
        interval: Interval,
        /// Text of the date.
        text: String,
        /// Time zone in which a day without a time begins.
        time_zone: TimeZone,
    },
}

/// A compiled test of a value.
#[derive(Debug)]
pub(super) enum CompiledValueTest {
    /// Test of a string.
    Text(CompiledText),
    /// Comparison with a number.
    Number(Order, String),
    /// Equality with the text of a boolean.
    Boolean(&'static [u8]),
    /// Comparison with an interval, or equality with its text.
    Date {
        order: Order,
        interval: Interval,
        text: CompiledText,
        time_zone: TimeZone,
    },
}

impl ValueTest {
    /// Prepares the test.
    pub(super) fn compile(&self) -> CompiledValueTest {
        match self {
            Self::Text(test) => CompiledValueTest::Text(test.compile()),
            Self::Number(order, value) => CompiledValueTest::Number(*order, value.clone()),
            Self::Boolean(value) => {
                CompiledValueTest::Boolean(if *value { b"true" } else { b"false" })
            }
            Self::Date {
                order,
                interval,
                text,
                time_zone,
            } => {
                let test = TextTest {
                    operator: TextOperator::In(vec![text.clone()]),
                    case: Case::Folded,
                };
                CompiledValueTest::Date {
                    order: *order,
                    interval: *interval,
                    text: test.compile(),
                    time_zone: *time_zone,
                }
            }
        }
    }

    /// Returns whether the test can hold for a value of this kind and text.
    pub(crate) fn suits(&self, value: &DocumentValue<'_>) -> bool {
        match self {
            Self::Text(_)
            | Self::Date {
                order: Order::Equal,
                ..
            } => value.kind == ValueKind::String,
            Self::Number(..) => value.kind == ValueKind::Number,
            Self::Boolean(_) => value.kind == ValueKind::Boolean,
            Self::Date { time_zone, .. } => {
                value.kind == ValueKind::String && date_of(value.original, *time_zone).is_some()
            }
        }
    }
}

impl CompiledValueTest {
    /// Returns the texts of a path that pass the test.
    pub(super) fn texts(&self, path: &DocumentPath<'_>) -> RowSet {
        match self {
            Self::Number(order, number) => {
                path.texts_compared(number, |ordering| order.holds(ordering))
            }
            Self::Text(test) => match test.finder() {
                Some(finder) => path.texts_containing(|bytes| finder.find(bytes)),
                None => path.texts_where(|value| self.holds(value)),
            },
            _ => path.texts_where(|value| self.holds(value)),
        }
    }

    /// Returns whether a value passes the test.
    pub(super) fn holds(&self, value: &DocumentValue<'_>) -> bool {
        match self {
            Self::Text(test) => value.kind == ValueKind::String && test.holds(form(test, value)),
            Self::Number(order, number) => {
                let compare = || compare_numbers(value.original, number.as_bytes());
                value.kind == ValueKind::Number
                    && compare().is_some_and(|ordering| order.holds(ordering))
            }
            Self::Boolean(text) => value.kind == ValueKind::Boolean && value.original == *text,
            Self::Date {
                order,
                interval,
                text,
                time_zone,
            } => {
                value.kind == ValueKind::String
                    && (date_of(value.original, *time_zone)
                        .is_some_and(|date| compare_date(*order, date, *interval))
                        || *order == Order::Equal && text.holds(form(text, value)))
            }
        }
    }
}

/// Returns the form of a value that a test of texts reads.
fn form<'v>(test: &CompiledText, value: &DocumentValue<'v>) -> &'v [u8] {
    match test.case {
        Case::Folded => value.folded,
        Case::Exact => value.original,
    }
}

/// Returns whether the start of a date compares with an interval: `eq` is within it, `ge` and `lt` compare with its
/// start, `gt` and `le` with its end.
fn compare_date(order: Order, date: i64, interval: Interval) -> bool {
    match order {
        Order::Less => date < interval.start,
        Order::LessOrEqual => date <= interval.end,
        Order::Equal => interval.contains(date),
        Order::GreaterOrEqual => date >= interval.start,
        Order::Greater => date > interval.end,
    }
}

/// Returns the start of a date in a document; `None` for any other text. A day without a time is that day in every time
/// zone, so it begins at its start there. A time without an offset is UTC.
pub(crate) fn date_of(text: &[u8], time_zone: TimeZone) -> Option<i64> {
    // Years have four digits, which rules out most texts.
    if text.len() < "2026-01-01".len() || !text[..4].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    if is_relative_date(text) {
        return None;
    }
    let start = parse_date(text, Clock::fixed_at(0)).ok()?.start;
    if text.len() != DAY_LENGTH || time_zone == TimeZone::UTC {
        return Some(start);
    }
    let day = start.div_euclid(MICROS_PER_SECOND * SECONDS_PER_DAY);
    Some(time_zone.start_of_day(day) * MICROS_PER_SECOND)
}

/// Reading of two texts that are both dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateTexts {
    /// They compare as dates: one of them at least is in a document, which has no other dates. A day without a time
    /// begins in this time zone.
    Dates(TimeZone),
    /// They compare as texts: both are fields of texts.
    Texts,
}

impl DateTexts {
    /// Returns the start of the date that a value is; `None` if it is none.
    pub(super) fn date_of(self, value: &DocumentValue<'_>) -> Option<i64> {
        match (self, value.kind) {
            (Self::Dates(time_zone), ValueKind::String) => date_of(value.original, time_zone),
            _ => None,
        }
    }
}

/// Compares two values of one kind, as an operator between two attributes does; `None` if their kinds differ.
pub(super) fn compare_values(
    one: &DocumentValue<'_>,
    other: &DocumentValue<'_>,
    case: Case,
    dates: DateTexts,
) -> Option<Ordering> {
    match (one.kind, other.kind) {
        (ValueKind::String, ValueKind::String) => {
            match (dates.date_of(one), dates.date_of(other)) {
                (Some(one), Some(other)) => Some(one.cmp(&other)),
                _ => Some(match case {
                    Case::Folded => one.folded.cmp(other.folded),
                    Case::Exact => one.original.cmp(other.original),
                }),
            }
        }
        (ValueKind::Number, ValueKind::Number) => compare_numbers(one.original, other.original),
        (ValueKind::Boolean, ValueKind::Boolean) => Some(one.original.cmp(other.original)),
        _ => None,
    }
}
