//! Conversion of parse and bind errors to the error responses of the vendors' APIs.
//!
//! Provisionr is a Laravel application: the texts about unknown names are those of its query builder (spatie).

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Display;

use idq::api::{Api, FilterNames};
use idq::{
    BindError, BindErrorKind, BindErrors, ListedNames, ParseError, ParseErrorKind, ParseErrors,
    Problem, Side,
};
use percent_encoding::percent_decode_str;

use crate::response::error_response::{ErrorResponse, MAX_REPORTED_ERRORS, ParameterError};

/// The parameter of expressions.
const WHERE: &str = "where";

/// Converts the errors of a query string that violates the grammar.
pub(crate) fn from_parse_errors(errors: &ParseErrors, query_text: &str) -> ErrorResponse {
    let to_parameter_error = |error: &ParseError| match error.kind {
        ParseErrorKind::Expression(_) => where_error(&Problem::from(error), query_text),
        _ => ParameterError::new("query", format!("{error}.")),
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
pub(crate) fn from_bind_errors(errors: &BindErrors, api: &Api, query_text: &str) -> ErrorResponse {
    let problems = errors.problems(ListedNames::All);
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
        unknown.extend(unknown_names_error(kind, &found, &allowed));
    }
    if !unknown.is_empty() {
        return ErrorResponse::Unreadable(unknown);
    }
    // All names are known: the remaining errors are those of values, each under its parameter.
    let to_parameter_error = |(error, problem): (&BindError, Problem)| {
        let name = parameter_name(&error.kind, api.errors.filter_names);
        if name != WHERE {
            return ParameterError::new(name, format!("{}.", error.kind));
        }
        where_error(&with_help_over_http(error, problem, api), query_text)
    };
    ErrorResponse::Invalid(
        errors
            .iter()
            .zip(problems)
            .take(MAX_REPORTED_ERRORS)
            .map(to_parameter_error)
            .collect(),
    )
}

/// Converts the mistakes in the parameters of a count; `None` if there are none. They are the server's own parameters, so
/// each message has its advice.
pub(crate) fn from_count_errors(errors: &[ParseError]) -> Option<ErrorResponse> {
    let to_parameter_error = |error: &ParseError| {
        let name = match &error.kind {
            ParseErrorKind::Count(kind) => kind.parameter(),
            _ => "query",
        };
        ParameterError::new(name, with_help(&error.kind, error.kind.help()))
    };
    let errors = errors.iter().take(MAX_REPORTED_ERRORS);
    let errors: Vec<ParameterError> = errors.map(to_parameter_error).collect();
    (!errors.is_empty()).then_some(ErrorResponse::Invalid(errors))
}

/// Converts the errors of keys that do not fit the API.
pub(crate) fn from_key_errors(errors: &BindErrors) -> ErrorResponse {
    let errors = errors
        .errors()
        .iter()
        .zip(errors.problems(ListedNames::All));
    let errors = errors.take(MAX_REPORTED_ERRORS).map(|(error, problem)| {
        let message = with_help(&error.kind, problem.help);
        ParameterError::new("by", message)
    });
    ErrorResponse::Invalid(errors.collect())
}

/// Converts a mistake in an expression. Expressions are an extension, so the message has its place and its advice.
fn where_error(problem: &Problem, query_text: &str) -> ParameterError {
    let start = problem.span.map(|span| span.start);
    let place = start.and_then(|start| place_in_expression(query_text, start));
    let message = match place {
        Some(place) => format!("{}, at {place}", problem.message),
        None => problem.message.clone(),
    };
    ParameterError::new(WHERE, with_help(&message, problem.help.clone()))
}

/// Replaces the advice that names a flag of the command: over HTTP, a filter is a parameter.
fn with_help_over_http(error: &BindError, problem: Problem, api: &Api) -> Problem {
    match &error.kind {
        BindErrorKind::UnknownAttribute {
            found,
            side: Side::Left,
        } if api.filter(found).is_some() => {
            let help =
                format!("`{found}` is a filter, given beside expressions: `filter[{found}]=VALUE`");
            Problem {
                help: Some(help),
                ..problem
            }
        }
        _ => problem,
    }
}

/// Describes the place of a byte in the value of a parameter `where`, as `character 7` of the decoded value. The number
/// of the expression follows if there are several. Returns `None` if the byte is in another parameter.
///
/// `offset` is that of the query string with its leading `?`, as in spans.
fn place_in_expression(query_text: &str, offset: usize) -> Option<String> {
    let mut found = None;
    let (mut start, mut number) = (1, 0);
    for parameter in query_text.split('&') {
        let end = start + parameter.len();
        if let Some((name, value)) = parameter.split_once('=')
            && decode(name) == WHERE
        {
            number += 1;
            let value_start = end - value.len();
            if (value_start..=end).contains(&offset) {
                let before = value.get(..offset - value_start)?;
                found = Some((decode(before).chars().count() + 1, number));
            }
        }
        start = end + 1;
    }
    let (character, expression) = found?;
    Some(match number {
        1 => format!("character {character}"),
        _ => format!("character {character} of expression {expression}"),
    })
}

/// Decodes percent-encoded text; a `+`, which stands for a space, remains one character.
fn decode(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

/// Joins a message and its advice to one sentence. Advice that is a question ends with its own mark.
fn with_help(message: &impl Display, help: Option<String>) -> String {
    match help {
        Some(help) if help.ends_with('?') => format!("{message}; {help}"),
        Some(help) => format!("{message}; {help}."),
        None => format!("{message}."),
    }
}

/// Converts the names of parameters that a route does not have, to an error with those that it has; `None` if there are
/// none.
pub(crate) fn from_unknown_parameters(
    found: &BTreeSet<&str>,
    allowed: &[&str],
) -> Option<ErrorResponse> {
    let error = unknown_names_error("parameter", found, allowed);
    error.map(|error| ErrorResponse::Unreadable(vec![error]))
}

/// Returns the error about unknown names of one kind; `None` if there are none.
fn unknown_names_error(
    kind: &str,
    found: &BTreeSet<&str>,
    allowed: &[&str],
) -> Option<ParameterError> {
    if found.is_empty() {
        return None;
    }
    let found = found.iter().copied().take(MAX_REPORTED_ERRORS);
    let (found, allowed) = (found.collect::<Vec<_>>().join(", "), allowed.join(", "));
    let message = format!(
        "Requested {kind}(s) `{found}` are not allowed. Allowed {kind}(s) are `{allowed}`."
    );
    Some(ParameterError::new(kind, message))
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
        | BindErrorKind::Regex(_) => WHERE.to_owned(),
        // Errors of the path, which a request of the server cannot have.
        _ => "query".to_owned(),
    }
}
