//! Filters of a query, and the Rust types that an embedder passes as values.

use chrono::{DateTime, NaiveDate, Utc};

use crate::date::format_timestamp;
use crate::text::Spanned;

/// One filter of a query. Several filters may have one name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Name without brackets: `state` of `filter[state]=active`.
    pub name: Spanned<String>,
    /// Value, as text.
    pub value: FilterValue,
}

/// Value of a filter, by its notation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FilterValue {
    /// `filter[name]=a,b`: one text, in which commas separate parts where the filter takes a list
    /// ([`split_list`](crate::split_list)).
    Text(Spanned<String>),
    /// `filter[name][]=a&filter[name][]=b`: several texts, in which a comma is an ordinary character. An index
    /// (`filter[name][0]=a`) is accepted and ignored: items keep the given order.
    List(Vec<Spanned<String>>),
}

impl FilterValue {
    fn list<T: Into<String>>(values: impl IntoIterator<Item = T>) -> Self {
        Self::List(
            values
                .into_iter()
                .map(|value| Spanned::without_span(value.into()))
                .collect(),
        )
    }
}

impl From<String> for FilterValue {
    fn from(text: String) -> Self {
        Self::Text(Spanned::without_span(text))
    }
}

impl From<&str> for FilterValue {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<&String> for FilterValue {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

/// `true` or `false`.
impl From<bool> for FilterValue {
    fn from(value: bool) -> Self {
        value.to_string().into()
    }
}

/// `YYYY-MM-DD`: that whole UTC day.
impl From<NaiveDate> for FilterValue {
    fn from(date: NaiveDate) -> Self {
        date.to_string().into()
    }
}

/// RFC 3339 in UTC, to the microsecond.
impl From<DateTime<Utc>> for FilterValue {
    fn from(instant: DateTime<Utc>) -> Self {
        format_timestamp(instant.timestamp_micros()).into()
    }
}

impl<T: Into<String>> From<Vec<T>> for FilterValue {
    fn from(values: Vec<T>) -> Self {
        Self::list(values)
    }
}

impl<T: Into<String>, const COUNT: usize> From<[T; COUNT]> for FilterValue {
    fn from(values: [T; COUNT]) -> Self {
        Self::list(values)
    }
}

impl<T: AsRef<str>> From<&[T]> for FilterValue {
    fn from(values: &[T]) -> Self {
        Self::list(values.iter().map(AsRef::as_ref))
    }
}

impl<T: AsRef<str>, const COUNT: usize> From<&[T; COUNT]> for FilterValue {
    fn from(values: &[T; COUNT]) -> Self {
        values.as_slice().into()
    }
}
