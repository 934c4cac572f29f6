//! What went wrong with a request, and the body in which each API says so.

use std::collections::BTreeMap;

use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use idq::api::ErrorStyle;
use serde::Serialize;

use crate::hex::hex;
use crate::tokens::random;

/// Why a request gets no records.
#[derive(Debug)]
pub(crate) enum Failure {
    /// No token, or a wrong one.
    Unauthenticated { presented: bool },
    /// The request cannot be read, or names what the API does not have.
    Unreadable(Vec<Issue>),
    /// A value is not what its parameter takes.
    Invalid(Vec<Issue>),
    /// A filter, another condition or a sort reads the hidden field.
    Hidden { filter: Option<String> },
    /// No record has this id.
    NoRecord { id: String },
    /// Nothing is served at this path.
    NoRoute,
    /// The path is served, but not for this method.
    Method { found: String },
    /// The request's target is too long.
    LongTarget,
    /// The request's headers are too large.
    LargeHeaders,
    /// The answer took too long.
    TimedOut,
    /// The client has as many requests waiting as it may have.
    TooManyWaiting,
    /// A source has been overwritten, and is being loaded again.
    Reloading,
    /// The server's own fault.
    Internal,
}

/// What is wrong with one parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issue {
    pub(crate) field: String,
    pub(crate) message: String,
}

impl Issue {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

#[derive(Serialize)]
struct Message<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<BTreeMap<&'a str, Vec<&'a str>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Coded<'a> {
    error: &'a str,
    message: &'a str,
    correlation_id: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError<'a>>,
}

#[derive(Serialize)]
struct FieldError<'a> {
    field: &'a str,
    message: &'a str,
}

/// The id by which an error is found in the log; in the answer's extensions as well.
#[derive(Debug, Clone)]
pub(crate) struct CorrelationId(pub(crate) String);

impl Failure {
    pub(crate) fn status(&self, style: ErrorStyle) -> StatusCode {
        match self {
            Self::Unauthenticated { .. } => StatusCode::UNAUTHORIZED,
            Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            // The coded style has one status for everything that is wrong with a request.
            Self::Invalid(_) if style == ErrorStyle::Coded => StatusCode::BAD_REQUEST,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Hidden { .. } => StatusCode::FORBIDDEN,
            Self::NoRecord { .. } | Self::NoRoute => StatusCode::NOT_FOUND,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::LongTarget => StatusCode::URI_TOO_LONG,
            Self::LargeHeaders => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::TooManyWaiting => StatusCode::TOO_MANY_REQUESTS,
            Self::TimedOut | Self::Reloading => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns the code of the coded style.
    fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated { .. } => "unauthorized",
            Self::Unreadable(_) | Self::Invalid(_) => "validation_error",
            Self::Hidden { .. } => "forbidden",
            Self::NoRecord { .. } | Self::NoRoute => "not_found",
            Self::Method { .. } => "method_not_allowed",
            Self::LongTarget => "uri_too_long",
            Self::LargeHeaders => "headers_too_large",
            Self::TooManyWaiting => "too_many_requests",
            Self::TimedOut | Self::Reloading => "service_unavailable",
            Self::Internal => "server_error",
        }
    }

    fn message(&self, style: ErrorStyle) -> String {
        match self {
            Self::Unauthenticated { .. } => match style {
                ErrorStyle::Message => "Unauthenticated.".to_owned(),
                ErrorStyle::Coded => "Missing or invalid bearer token".to_owned(),
            },
            Self::Unreadable(issues) if style == ErrorStyle::Message => {
                let messages: Vec<&str> = issues.iter().map(|each| &*each.message).collect();
                messages.join(" ")
            }
            Self::Unreadable(issues) | Self::Invalid(issues) => summary(issues),
            Self::Hidden { filter } => {
                let part = match filter {
                    Some(filter) => format!("filter[{filter}]"),
                    None => "The request".to_owned(),
                };
                format!("{part} looks at the profile, which is not served here.")
            }
            Self::NoRecord { id } => match style {
                ErrorStyle::Message => "Not Found.".to_owned(),
                ErrorStyle::Coded => format!("Identity with id {id} not found"),
            },
            Self::NoRoute => "Not Found.".to_owned(),
            Self::Method { found } => format!(
                "The {found} method is not supported for this route. Supported methods: GET, HEAD."
            ),
            Self::LongTarget => "The request's target is too long.".to_owned(),
            Self::LargeHeaders => "The request's headers are too large.".to_owned(),
            Self::TooManyWaiting => {
                "Too many requests of this client are waiting for their turn.".to_owned()
            }
            Self::TimedOut => "The answer took too long.".to_owned(),
            Self::Reloading => "The records have changed and are being loaded again.".to_owned(),
            Self::Internal => "Server Error".to_owned(),
        }
    }

    fn issues(&self) -> &[Issue] {
        match self {
            Self::Unreadable(issues) | Self::Invalid(issues) => issues,
            _ => &[],
        }
    }

    /// The answer, in an API's own words.
    pub(crate) fn respond(&self, style: ErrorStyle) -> Response {
        let message = self.message(style);
        let mut id = None;
        let body = match style {
            ErrorStyle::Message => {
                let errors = match self {
                    Self::Invalid(issues) => Some(by_field(issues)),
                    _ => None,
                };
                let message = &message;
                serde_json::to_vec(&Message { message, errors })
            }
            ErrorStyle::Coded => {
                // Without random numbers an error is still an error.
                let correlation_id = hex(&random::<16>().unwrap_or_default());
                let body = serde_json::to_vec(&Coded {
                    error: self.code(),
                    message: &message,
                    correlation_id: &correlation_id,
                    errors: self
                        .issues()
                        .iter()
                        .map(|issue| FieldError {
                            field: &issue.field,
                            message: &issue.message,
                        })
                        .collect(),
                });
                id = Some(CorrelationId(correlation_id));
                body
            }
        };
        let mut response = (self.status(style), body.unwrap_or_default()).into_response();
        response.extensions_mut().extend_with(id);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self {
            Self::Unauthenticated { presented } => {
                let challenge = if *presented {
                    "Bearer realm=\"idq\", error=\"invalid_token\""
                } else {
                    "Bearer realm=\"idq\""
                };
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
            }
            Self::Method { .. } => {
                headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            }
            Self::TooManyWaiting => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            Self::TimedOut | Self::Reloading => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
            }
            _ => {}
        }
        response
    }
}

/// The content type of everything but the plain page and the metrics.
pub(crate) const JSON: &str = "application/json";

trait ExtendWith {
    fn extend_with<T: Clone + Send + Sync + 'static>(&mut self, value: Option<T>);
}

impl ExtendWith for axum::http::Extensions {
    fn extend_with<T: Clone + Send + Sync + 'static>(&mut self, value: Option<T>) {
        if let Some(value) = value {
            self.insert(value);
        }
    }
}

/// The first message, and how many more there are.
fn summary(issues: &[Issue]) -> String {
    let first = issues.first().map_or("", |issue| &issue.message);
    match issues.len() {
        0 | 1 => first.to_owned(),
        2 => format!("{first} (and 1 more error)"),
        more => format!("{first} (and {} more errors)", more - 1),
    }
}

/// Laravel's way: dotted names, each with its messages.
fn by_field(issues: &[Issue]) -> BTreeMap<&str, Vec<&str>> {
    let mut fields: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for issue in issues {
        fields.entry(&issue.field).or_default().push(&issue.message);
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_with_too_many_requests_waiting_are_told_to_come_back() {
        for style in [ErrorStyle::Message, ErrorStyle::Coded] {
            let answer = Failure::TooManyWaiting.respond(style);
            assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(answer.headers()[RETRY_AFTER], "1");
        }
    }
}
