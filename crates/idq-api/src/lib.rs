//! Descriptions of identity APIs as data: fields, filters, sort keys, page rules and answers.
//!
//! * [`Api`] is one API, shared as an `Arc<Api>`. [`Api::provisionr`] and [`Api::permission_assist`] are built in;
//!   [`Api::new`] builds another from an [`ApiDescription`].
//! * A [`Field`] is a documented key of a record with its [`Kind`] and [`Collation`]. The position of a field in
//!   [`Api::fields`] is its number in every other crate.
//! * A [`FilterRule`] is a request parameter with its field and [`MatchKind`]; a [`SortRule`] is a sort key.
//! * [`PageRules`], [`Envelope`], [`ErrorStyle`] and [`EscapeDialect`] are the form of the API's answers.
//! * An [`ApiRegistry`] holds the known APIs and detects one by its name, URL path, records or pages.
//!
//! Binder, loader, help texts and the server read the same description, so they cannot disagree. No code outside this
//! crate distinguishes one API from another except by the description.
//!
//! ```
//! use idq_api::{Api, MatchKind};
//!
//! let api = Api::provisionr();
//! let rule = api.filter("email_search").expect("the API has this filter");
//! assert_eq!(rule.match_kind, MatchKind::Partial);
//! assert_eq!(api.fields[rule.field].name, "email");
//! assert!(api.filter("mail").is_none());
//! ```
#![forbid(unsafe_code)]

mod api;
mod descriptions;
mod envelope;
mod error_style;
mod field;
mod filter;
mod page_rules;
mod registry;
mod resolve;
mod sort;

pub use api::{Api, ApiDescription};
pub use envelope::{Envelope, PageMember};
pub use error_style::{
    ErrorMember, ErrorStyle, FilterNames, InvalidStatus, ListedErrors, SeveralErrors,
};
pub use field::{Collation, Field, Kind, UNIX_EPOCH, YEAR_ONE};
pub use filter::{FieldTest, FilterRule, MatchKind, Provenance, ValueSyntax};
pub use idq_json::EscapeDialect;
pub use page_rules::{PageNumberRule, PageRules, last_page, page_count};
pub use registry::ApiRegistry;
pub use resolve::{DescriptionError, DescriptionErrors};
pub use sort::SortRule;

#[cfg(test)]
mod tests;
