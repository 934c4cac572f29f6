//! From what the binder says of a request to what the API would have answered.

use std::collections::BTreeSet;

use idq::api::{Api, ErrorStyle};
use idq::{BindError, BindErrorKind, BindErrors, ParseErrors};

use crate::failure::{Failure, Issue};

/// How many errors an answer names: a hostile request can hold one every other byte.
const MOST: usize = 20;

/// A query string that breaks the grammar.
pub(crate) fn unreadable(errors: &ParseErrors) -> Failure {
    let issue = |error: &idq::ParseError| Issue::new("query", format!("{error}."));
    Failure::Unreadable(errors.errors().iter().take(MOST).map(issue).collect())
}

/// A query that does not suit the API. Unknown names come first: nothing else is said while there are some.
pub(crate) fn unsuitable(errors: &BindErrors, api: &Api) -> Failure {
    let errors = errors.errors();
    let style = api.errors;
    let mut unknown = Vec::new();
    for (what, found, allowed) in [
        (
            "filter",
            names(errors, |kind| match kind {
                BindErrorKind::UnknownFilter { found } => Some(found),
                _ => None,
            }),
            api.filters
                .iter()
                .map(|rule| rule.name.as_str())
                .collect::<Vec<_>>(),
        ),
        (
            "sort",
            names(errors, |kind| match kind {
                BindErrorKind::UnknownSort { found } => Some(found),
                _ => None,
            }),
            api.sorts.iter().map(|rule| rule.name.as_str()).collect(),
        ),
        (
            "parameter",
            names(errors, |kind| match kind {
                BindErrorKind::UnknownParameter { found } => Some(found),
                _ => None,
            }),
            vec!["filter", "sort", "page", "per_page"],
        ),
    ] {
        if !found.is_empty() {
            let found: Vec<&str> = found.into_iter().take(MOST).collect();
            unknown.push(Issue::new(
                what,
                format!(
                    "Requested {what}(s) `{}` are not allowed. Allowed {what}(s) are `{}`.",
                    found.join(", "),
                    allowed.join(", ")
                ),
            ));
        }
    }
    if !unknown.is_empty() {
        return Failure::Unreadable(unknown);
    }
    let issue = |error: &BindError| {
        let message = format!("{}.", error.kind);
        Issue::new(field(&error.kind, style), message)
    };
    Failure::Invalid(errors.iter().take(MOST).map(issue).collect())
}

fn names(errors: &[BindError], name: impl Fn(&BindErrorKind) -> Option<&String>) -> BTreeSet<&str> {
    let names = errors.iter().filter_map(|error| name(&error.kind));
    names.map(String::as_str).collect()
}

/// The parameter that an error is about: Laravel writes `filter[x]` as `filter.x`.
fn field(kind: &BindErrorKind, style: ErrorStyle) -> String {
    match kind {
        BindErrorKind::RepeatedFilter { name }
        | BindErrorKind::EmptyValue { name }
        | BindErrorKind::OneValue { name }
        | BindErrorKind::TooManyTexts { name, .. }
        | BindErrorKind::BadWord { name, .. }
        | BindErrorKind::BadDate { name, .. } => match style {
            ErrorStyle::Message => format!("filter.{name}"),
            ErrorStyle::Coded => format!("filter[{name}]"),
        },
        BindErrorKind::RepeatedParameter { name } | BindErrorKind::BadNumber { name, .. } => {
            (*name).to_owned()
        }
        BindErrorKind::EmptySort => "sort".to_owned(),
        BindErrorKind::FixedPageSize { .. } => "per_page".to_owned(),
        _ => "query".to_owned(),
    }
}
