//! Errors of dates.

use super::TimeZone;
use crate::escape::quote;

/// The error of a text that is not a date. Its display is one line: "expected X, found Y".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", message(*kind, text))]
pub struct DateError {
    /// The kind of error.
    pub kind: DateErrorKind,
    /// The whole text, without white space at its ends.
    pub text: String,
    /// The forms that were accepted, which the advice lists.
    pub forms: DateForms,
}

/// The forms of a date that are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DateForms {
    /// Those of a date filter.
    Filter,
    /// Those of an expression: a year and a month as well.
    Expression,
}

/// The kinds of errors of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum DateErrorKind {
    /// A text that resembles none of the accepted forms.
    #[error("expected a date, found other text")]
    NotADate,
    /// A year with more or fewer than four digits, or year 0.
    #[error("expected a year from 0001 to 9999, found another")]
    Year,
    /// A month outside 1 to 12.
    #[error("expected a month from 01 to 12, found {found:02}")]
    Month {
        /// The number given.
        found: u8,
    },
    /// A day outside its month.
    #[error("expected a day from 01 to {days} in {year:04}-{month:02}, found {found:02}")]
    Day {
        /// The number given.
        found: u8,
        /// The number of days of the month.
        days: u8,
        /// The month, from 1.
        month: u8,
        /// The year.
        year: u16,
    },
    /// An hour past 23.
    #[error("expected an hour from 00 to 23, found {found:02}")]
    Hour {
        /// The number given.
        found: u8,
    },
    /// A minute past 59.
    #[error("expected a minute from 00 to 59, found {found:02}")]
    Minute {
        /// The number given.
        found: u8,
    },
    /// A second past 59, or a second 60 where no leap second is possible.
    #[error("expected a second from 00 to 59, found {found:02}")]
    Second {
        /// The number given.
        found: u8,
    },
    /// No seconds after `T` and the time, or before a fraction or offset.
    #[error("expected seconds after the minutes, found none")]
    NoSeconds,
    /// A fraction without digits or with more than nine.
    #[error("expected 1 to 9 fraction digits, found {found}")]
    Fraction {
        /// The number of digits.
        found: usize,
    },
    /// No offset after `T` and the time.
    #[error("expected `Z` or an offset after the time, found none")]
    NoOffset,
    /// A suffix of the time that is not an offset.
    #[error("expected `Z` or an offset such as `+02:00` after the time, found something else")]
    Offset,
    /// An offset after a space, which is a decoded `+` of a query string.
    #[error("expected `+` or `-` before the offset, found a space")]
    SpaceBeforeOffset,
    /// A day that a time zone skipped, at a move across the date line.
    #[error("expected a day that exists in {zone}, found one that its clocks skipped")]
    SkippedDay {
        /// The time zone.
        zone: TimeZone,
    },
    /// A local time that the clocks of a time zone skip.
    #[error("expected a time that exists in {zone}, found one that its clocks skip")]
    SkippedTime {
        /// The time zone.
        zone: TimeZone,
    },
    /// A local time that the clocks of a time zone show twice.
    #[error("expected a time that {zone} has once, found one that its clocks repeat")]
    RepeatedTime {
        /// The time zone.
        zone: TimeZone,
        /// The offsets from UTC of the first and the second time, in seconds.
        offsets: [i64; 2],
    },
    /// An age without its sign.
    #[error("expected `-` or `+` before an age, found none")]
    NoSign,
    /// An age whose unit is unknown.
    #[error("expected a unit (min, h, d, w, mo, y) after the number, found none of them")]
    Unit,
    /// An age whose instant is outside the years 1 to 9999.
    #[error("expected an age within the years 0001 to 9999, found a longer one")]
    Age,
}

impl DateErrorKind {
    /// Returns whether the date is right but for the time zone, whose clocks skip or repeat it.
    pub fn is_of_time_zone(self) -> bool {
        matches!(
            self,
            Self::SkippedDay { .. } | Self::SkippedTime { .. } | Self::RepeatedTime { .. }
        )
    }
}

/// The forms of every date, as advice lists them.
const ACCEPTED_FORMS: &str = "`2026-01-31`, `2026-01-31 09:30`, `2026-01-31 09:30:00`, `2026-01-31T09:30:00Z`, \
                              `2026-01-31T09:30:00+02:00`, `now`, `today`, or an age such as `-90d`, `-12h`, \
                              `-30min`, `-2w`, `-6mo`, `-1y`";

impl DateForms {
    /// Returns the start of the advice, with the forms that only some dates have.
    fn first_forms(self) -> &'static str {
        match self {
            Self::Filter => "write ",
            Self::Expression => "write `2026`, `2026-01`, ",
        }
    }
}

/// Returns the message of an error.
fn message(kind: DateErrorKind, text: &str) -> String {
    match kind {
        DateErrorKind::NotADate if text.is_empty() => "expected a date, found nothing".to_owned(),
        DateErrorKind::NotADate => format!("expected a date, found {}", quote(text)),
        _ => format!("{kind} in {}", quote(text)),
    }
}

impl DateError {
    /// Returns a correction, in one line, where the message does not imply it.
    pub fn help(&self) -> Option<String> {
        let text = &self.text;
        Some(match self.kind {
            DateErrorKind::Day { .. }
            | DateErrorKind::Hour { .. }
            | DateErrorKind::Minute { .. }
            | DateErrorKind::Second { .. }
            | DateErrorKind::Age => return None,
            DateErrorKind::SkippedDay { .. } => "write the day before or after it".to_owned(),
            DateErrorKind::SkippedTime { .. } => {
                "write the last time before the change, or the first after it".to_owned()
            }
            DateErrorKind::RepeatedTime { offsets, .. } => {
                // An offset follows seconds.
                let seconds = if text.matches(':').count() < 2 {
                    ":00"
                } else {
                    ""
                };
                let [first, second] = offsets.map(|offset| {
                    let offset = match offset {
                        0 => "Z".to_owned(),
                        offset => TimeZone::fixed(offset).to_string(),
                    };
                    quote(&format!("{text}{seconds}{offset}"))
                });
                format!("write {first} or {second} (in a URL `%2B` for a `+`)")
            }
            DateErrorKind::SpaceBeforeOffset => {
                let repaired = text.rsplit_once(' ').map_or_else(
                    || text.clone(),
                    |(time, offset)| format!("{time}%2B{offset}"),
                );
                format!("in a URL a `+` means a space: write {}", quote(&repaired))
            }
            DateErrorKind::NoOffset => format!("write {} for UTC", quote(&format!("{text}Z"))),
            DateErrorKind::NoSign => format!(
                "write {} for the past, {} for the future (in a URL `%2B` for the `+`)",
                quote(&format!("-{text}")),
                quote(&format!("+{text}")),
            ),
            DateErrorKind::Unit => {
                "write `min` for minutes, `mo` for months: `-30min`, `-12h`, `-90d`, \
                                    `-2w`, `-6mo`, `-1y`"
                    .to_owned()
            }
            _ => [self.forms.first_forms(), ACCEPTED_FORMS].concat(),
        })
    }
}
