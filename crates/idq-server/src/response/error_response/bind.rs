//! Conversion of parse and bind errors to the error responses of the vendors' APIs.
//!
//! Provisionr is a Laravel application: the texts about unknown names are those of its query builder (spatie).

use std::collections::BTreeSet;

use idq::api::{Api, FilterNames};
use idq::{BindError, BindErrorKind, BindErrors, ParseErrorKind, ParseErrors};

use crate::response::error_response::{ErrorResponse, ParameterError};

/// The maximum number of errors in a response: a hostile request can contain one every other byte.
const MAX_REPORTED_ERRORS: usize = 20;

/// Converts the errors of a query string that violates the grammar.
pub(crate) fn from_parse_errors(errors: &ParseErrors) -> ErrorResponse {
    let to_parameter_error = |error: &idq::ParseError| {
        let name = match error.kind {
            ParseErrorKind::Expression(_) => "where",
            _ => "query",
        };
        ParameterError::new(name, format!("{error}."))
    };
    ErrorResponse::Unreadable(
        errors
            .errors()
            .iter()
            .take(MAX_REPORTED_ERRORS)
            .map(to_parameter_error)
            .collect(),
    )
}

/// Converts the errors of a query that does not fit the API. If there are unknown names, only those are reported: the
/// APIs check names before values.
pub(crate) fn from_bind_errors(errors: &BindErrors, api: &Api) -> ErrorResponse {
    let errors = errors.errors();
    let mut unknown = Vec::new();
    for (kind, found, allowed) in [
        (
            "filter",
            unknown_names(errors, |kind| match kind {
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
            unknown_names(errors, |kind| match kind {
                BindErrorKind::UnknownSort { found } => Some(found),
                _ => None,
            }),
            api.sorts.iter().map(|rule| rule.name.as_str()).collect(),
        ),
        (
            "parameter",
            unknown_names(errors, |kind| match kind {
                BindErrorKind::UnknownParameter { found } => Some(found),
                _ => None,
            }),
            vec!["filter", "sort", "page", "per_page", "where"],
        ),
    ] {
        if !found.is_empty() {
            let found: Vec<&str> = found.into_iter().take(MAX_REPORTED_ERRORS).collect();
            unknown.push(ParameterError::new(
                kind,
                format!(
                    "Requested {kind}(s) `{}` are not allowed. Allowed {kind}(s) are `{}`.",
                    found.join(", "),
                    allowed.join(", ")
                ),
            ));
        }
    }
    if !unknown.is_empty() {
        return ErrorResponse::Unreadable(unknown);
    }
    // All names are known: the remaining errors are those of values, each under its parameter.
    let to_parameter_error = |error: &BindError| {
        let message = format!("{}.", error.kind);
        let name = parameter_name(&error.kind, api.errors.filter_names);
        ParameterError::new(name, message)
    };
    ErrorResponse::Invalid(
        errors
            .iter()
            .take(MAX_REPORTED_ERRORS)
            .map(to_parameter_error)
            .collect(),
    )
}

/// Returns the names of one kind of unknown name, each once, in alphabetical order.
fn unknown_names(
    errors: &[BindError],
    name: impl Fn(&BindErrorKind) -> Option<&String>,
) -> BTreeSet<&str> {
    let names = errors.iter().filter_map(|error| name(&error.kind));
    names.map(String::as_str).collect()
}

/// Returns the name of the parameter that an error concerns.
fn parameter_name(kind: &BindErrorKind, filter_names: FilterNames) -> String {
    match kind {
        BindErrorKind::RepeatedFilter { name }
        | BindErrorKind::EmptyValue { name }
        | BindErrorKind::OneValue { name }
        | BindErrorKind::TooManyTexts { name, .. }
        | BindErrorKind::BadWord { name, .. }
        | BindErrorKind::BadDate { name, .. } => filter_names.format(name),
        BindErrorKind::RepeatedParameter { name } | BindErrorKind::BadNumber { name, .. } => {
            (*name).to_owned()
        }
        // The vendors report the whole parameter.
        BindErrorKind::EmptySort => "sort".to_owned(),
        BindErrorKind::FixedPageSize { .. } => "per_page".to_owned(),
        BindErrorKind::UnknownAttribute { .. }
        | BindErrorKind::NoMembers { .. }
        | BindErrorKind::WrongOperand { .. }
        | BindErrorKind::WrongOperator { .. }
        | BindErrorKind::OnlyPresence { .. }
        | BindErrorKind::DifferentKinds { .. }
        | BindErrorKind::PathOperand { .. }
        | BindErrorKind::PathInValuePath
        | BindErrorKind::FilterInValuePath { .. }
        | BindErrorKind::AttributeDate { .. }
        | BindErrorKind::Regex(_) => "where".to_owned(),
        // Errors of the path, which a request of the server cannot have.
        _ => "query".to_owned(),
    }
}
