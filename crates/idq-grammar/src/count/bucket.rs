//! Buckets: the part of a value that groups are made by.

use std::fmt;

/// The part of a value by which records are grouped.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Bucket {
    /// The value itself.
    #[default]
    Value,
    /// The calendar year of a date.
    Year,
    /// The quarter of a date.
    Quarter,
    /// The month of a date.
    Month,
    /// The week of a date, by ISO 8601: it starts on Monday, and the first week of a year has its first Thursday.
    Week,
    /// The calendar day of a date.
    Day,
    /// The day of the week of a date, from Monday.
    Weekday,
    /// The hour of the day of a date, from 0 to 23.
    Hour,
    /// The domain of an e-mail address: the text after the last `@`, casefolded; empty without one.
    Domain,
    /// The first characters of a text; the field is their number.
    Prefix(u16),
    /// The age of a date: which of these ages, ascending, it has reached.
    Age(Vec<String>),
    /// Whether a record has a value, null or nothing.
    Presence,
    /// The casefolded text.
    Fold,
}

impl Bucket {
    /// The names of the buckets, in the order in which messages list them.
    pub const NAMES: [&'static str; 12] = [
        "year", "quarter", "month", "week", "day", "weekday", "hour", "age", "domain", "prefix",
        "fold", "presence",
    ];

    /// Returns the name without arguments; empty for the value itself.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Value => "",
            Self::Year => "year",
            Self::Quarter => "quarter",
            Self::Month => "month",
            Self::Week => "week",
            Self::Day => "day",
            Self::Weekday => "weekday",
            Self::Hour => "hour",
            Self::Domain => "domain",
            Self::Prefix(_) => "prefix",
            Self::Age(_) => "age",
            Self::Presence => "presence",
            Self::Fold => "fold",
        }
    }

    /// Returns the spelling of a named bucket in messages, with an example of its arguments.
    pub fn example(name: &str) -> String {
        match name {
            "prefix" => "prefix(3)".to_owned(),
            "age" => "age(30d,90d,365d)".to_owned(),
            _ => name.to_owned(),
        }
    }

    /// Returns whether the bucket is a part of the calendar, which depends on the time zone.
    pub fn is_calendar(&self) -> bool {
        matches!(
            self,
            Self::Year
                | Self::Quarter
                | Self::Month
                | Self::Week
                | Self::Day
                | Self::Weekday
                | Self::Hour
        )
    }
}

/// Writes the spelling of a request.
impl fmt::Display for Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())?;
        match self {
            Self::Prefix(length) => write!(formatter, "({length})"),
            Self::Age(ages) => write!(formatter, "({})", ages.join(",")),
            _ => Ok(()),
        }
    }
}
