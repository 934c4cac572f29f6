//! Request text to a parsed query, and dates to intervals.
//!
//! The grammar is that of web APIs built with Laravel and spatie/laravel-query-builder:
//! `filter[state]=active&sort=-created_at&page=2`. Nothing here knows a schema: which filters and sorts
//! exist, and what their values mean, is for a later stage to say. In the order that data flows:
//!
//! 1. [`Query`] is built up from one or more texts (a query string or URL, command-line flags) or by an
//!    embedder, with methods such as [`Query::filter`]. Each text is kept as a [`Text`] with its
//!    [`Origin`], and each name and value is [`Spanned`]: it knows the bytes it was read from.
//! 2. [`Filter`], [`Sort`], [`OtherParameter`] and [`Base`] are what the query holds. [`split_list`] and
//!    [`trim`] take a value apart without losing the place of the parts, percent-encoded or not.
//! 3. [`parse_date`] reads a date value as an [`Interval`] of instants, against a [`Clock`].
//!    [`parse_timestamp`] is its fast and strict sibling for the records of a dump.
//! 4. [`Errors`] holds all that was wrong, not just the first. Later stages state theirs as [`Problem`]s,
//!    find likely spellings with [`nearest`], and print through the same [`Report`].
//!
//! ```
//! use idq_grammar::{Direction, FilterValue, Query, split_list};
//!
//! let query = Query::parse("?filter%5Bstate%5D=active,suspended&sort=-created_at&page=2")?;
//! let filter = &query.filters()[0];
//! assert_eq!(filter.name.value, "state");
//! if let FilterValue::Text(value) = &filter.value {
//!     let parts = split_list(query.texts(), value);
//!     assert_eq!(parts[1].value, "suspended");
//! }
//! let term = &query.sorts()[0].terms[0];
//! assert_eq!((term.name.value.as_str(), term.direction), ("created_at", Direction::Descending));
//!
//! let errors = Query::parse("filter[state=active&page=%zz").unwrap_err();
//! assert_eq!(errors.errors().len(), 2);
//! assert_eq!(
//!     errors.to_string().lines().take(3).collect::<Vec<_>>(),
//!     [
//!         "expected `]` at the end of the filter's name, found `filter[state`",
//!         "  request: filter[state=active&page=%zz",
//!         "           ^^^^^^^^^^^^",
//!     ],
//! );
//! # Ok::<(), idq_grammar::Errors>(())
//! ```
#![forbid(unsafe_code)]

pub mod date;
mod decode;
mod error;
mod escape;
mod expression;
mod filter;
mod nearest;
mod query;
mod report;
mod request;
mod sort;
mod spanned_str;
mod text;
mod url_parts;

pub use date::{
    Clock, DateError, DateErrorKind, Interval, format_timestamp, parse_date, parse_timestamp,
};
pub use error::{Error, ErrorKind, Errors};
pub use escape::{escape, escape_lines, is_hidden, quote};
pub use expression::Expression;
pub use filter::{Filter, FilterValue};
pub use nearest::nearest;
pub use query::{Base, OtherParameter, Parameter, Query};
pub use report::{Problem, Report};
pub use sort::{Direction, Sort, SortTerm};
pub use spanned_str::{split_list, trim};
pub use text::{Origin, Span, Spanned, Text};

/// How strictly a request is read.
///
/// Parsing is the same for both: a [`Query`] keeps repeated filters, empty values and empty sort terms.
/// The choice is made where names and values get their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Conformance {
    /// Whatever could be a mistake is an error: for the library and the command line.
    #[default]
    Strict,
    /// As the API itself reads it, which forgives more: for the HTTP server.
    Api,
}
