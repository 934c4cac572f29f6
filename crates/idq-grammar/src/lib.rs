//! Parses request text into a query, and dates into intervals.
//!
//! The grammar is that of web APIs built with Laravel and spatie/laravel-query-builder:
//! `filter[state]=active&sort=-created_at&page=2`, and expressions are those of SCIM: `where=state eq "active"`.
//! Binding, in `idq-engine`, checks names and values. In the order that data flows:
//!
//! 1. A [`Query`] is parsed from one or more texts (a query string or URL, command-line flags), or built by an embedder
//!    with methods such as [`Query::filter`]. Each text is kept as a [`Text`] with its [`Origin`], and each name and
//!    value is [`Spanned`]: it has the span of its bytes.
//! 2. Its parts are an [`Expression`] tree over [`Filter`]s, [`Comparison`]s and [`ValuePath`]s, [`Sort`]s,
//!    [`OtherParameter`]s and a [`Base`]. The text of a tree has a [grammar of its own](where_expression).
//!    [`split_list`] and [`trim`] split a value into parts with spans, percent-encoded or not.
//! 3. [`parse_date`] and [`parse_expression_date`] parse a date value as an [`Interval`] of instants, relative to a
//!    [`Clock`]. [`parse_timestamp`] is the fast, strict parser for the records of a dump.
//! 4. [`Errors`] has all mistakes, not just the first. Later stages describe theirs as [`Problem`]s as well, suggest
//!    names with [`nearest`], and print the same [`Report`].
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

mod conformance;
mod count;
pub mod date;
mod decode;
mod error;
mod escape;
mod expression;
mod filter;
mod filter_operator;
mod framework;
mod nearest;
mod query;
mod report;
mod request;
mod sort;
mod spanned_str;
mod text;
mod url_parts;
pub mod where_expression;

pub use conformance::Conformance;
pub use count::{
    Bucket, CountComparison, CountErrorKind, CountOperator, CountParameters, CountRequest,
    GroupKey, MAX_KEYS,
};
pub use date::{
    Clock, DateError, DateErrorKind, DateForms, Interval, TimeZone, TimeZoneError,
    format_timestamp, is_relative_date, is_timestamp, parse_date, parse_expression_date,
    parse_timestamp,
};
pub use error::{Error, ErrorKind, Errors};
pub use escape::{escape, escape_lines, is_hidden, quote};
pub use expression::{
    AttributePath, Comparison, Expression, FieldTest, Literal, Operand, Operator, ValuePath,
};
pub use filter::{Filter, FilterValue};
pub use nearest::nearest;
pub use query::{Base, OtherParameter, Parameter, Query};
pub use report::{Problem, Report};
pub use sort::{Direction, Sort, SortTerm};
pub use spanned_str::{split_list, trim};
pub use text::{Origin, Span, Spanned, Text};
pub use where_expression::{ExpressionErrorKind, compile_regex};
