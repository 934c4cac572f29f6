//! Error responses: the reason for which a request has no records, as the status and body of each API.
//!
//! | variant | status | code of Permission Assist |
//! |---|---|---|
//! | `Unauthenticated` | 401 | `unauthorized` |
//! | `Unreadable`, `Invalid` | 400, 422 | `validation_error` |
//! | `Hidden` | 403 | `forbidden` |
//! | `NoRecord`, `NoRoute` | 404 | `not_found` |
//! | `Method` | 405 | `method_not_allowed` |
//! | `LongTarget`, `LargeHeaders` | 414, 431 | `uri_too_long`, `headers_too_large` |
//! | `TooManyWaiting` | 429 | `too_many_requests` |
//! | `Internal` | 500 | `server_error` |
//! | `TimedOut`, `Reloading` | 503 | `service_unavailable` |
//!
//! The bodies of 401, 404 and validation errors are the vendors'. Statuses that no vendor documents have the same form.

pub(crate) mod bind;
mod body;
mod own_style;

use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use idq::api::{ErrorStyle, InvalidStatus, SeveralErrors};
use serde::Serialize;

pub(crate) use self::own_style::own_style;
use crate::access::tokens::random_bytes;
use crate::hexadecimal::to_hexadecimal;
use crate::response::JSON;
use crate::response::error_response::body::Body;

/// The maximum number of errors in a response: a hostile request can contain one every other byte.
const MAX_REPORTED_ERRORS: usize = 20;

/// The reason for which a request has no records.
#[derive(Debug)]
pub(crate) enum ErrorResponse {
    /// The token is missing or not accepted. `has_token` selects the challenge (RFC 6750 §3.1).
    Unauthenticated { has_token: bool },
    /// The request is malformed, or names a filter, sort or parameter that the API does not have.
    Unreadable(Vec<ParameterError>),
    /// A value is not of the form that its parameter takes.
    Invalid(Vec<ParameterError>),
    /// A filter uses a hidden field.
    Hidden { filter: Option<String> },
    /// No record has this id.
    NoRecord { id: String },
    /// The path matches no route.
    NoRoute,
    /// The path matches a route, but the method is not allowed.
    Method { found: String },
    /// The request's target exceeds its limit.
    LongTarget,
    /// The request's headers exceed their limit.
    LargeHeaders,
    /// The request timeout elapsed.
    TimedOut,
    /// The client has the maximum number of waiting queries.
    TooManyWaiting,
    /// A source was overwritten, and has not been loaded again yet.
    Reloading,
    /// The server failed. The cause is in the log.
    Internal,
}

/// An error in one parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ParameterError {
    /// The name under which the API reports the parameter.
    pub(crate) field: String,
    /// A sentence for people.
    pub(crate) message: String,
}

impl ParameterError {
    /// Creates an error in the parameter that the API reports under a name.
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// An id that is in the body of an error and in its log line. Passed to the log in the response's extensions.
#[derive(Debug, Clone)]
pub(crate) struct CorrelationId(pub(crate) String);

impl ErrorResponse {
    /// Returns the status in an API's error style.
    pub(crate) fn status(&self, style: &ErrorStyle) -> StatusCode {
        match self {
            Self::Unauthenticated { .. } => StatusCode::UNAUTHORIZED,
            Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::Invalid(_) => invalid_status(style),
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

    /// Returns the code for programs.
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

    /// Returns the message for people. It repeats parameter names, ids and values of the request only, never of
    /// records.
    fn message(&self, style: &ErrorStyle) -> String {
        match self {
            Self::Unauthenticated { .. } => style.unauthenticated.clone(),
            Self::Unreadable(errors) => combine(errors, style.unreadable_message),
            Self::Invalid(errors) => combine(errors, style.invalid_message),
            Self::Hidden { filter } => {
                let part = match filter {
                    Some(filter) => format!("filter[{filter}]"),
                    None => "The request".to_owned(),
                };
                format!("{part} uses the profile, which this server does not serve.")
            }
            Self::NoRecord { id } => style.no_record_message(id),
            Self::NoRoute => "Not Found.".to_owned(),
            Self::Method { found } => format!(
                "The {found} method is not supported for this route. Supported methods: GET, HEAD."
            ),
            Self::LongTarget => "The request's target is too long.".to_owned(),
            Self::LargeHeaders => "The request's headers are too large.".to_owned(),
            Self::TooManyWaiting => "Too many requests of this client are waiting.".to_owned(),
            Self::TimedOut => "The request took too long.".to_owned(),
            Self::Reloading => {
                "The records have changed. They are served again once they have been loaded."
                    .to_owned()
            }
            Self::Internal => "Server Error".to_owned(),
        }
    }

    /// Formats the response in an API's error style.
    pub(crate) fn respond(&self, style: &ErrorStyle) -> Response {
        // Without random numbers all errors share an id: that is better than no error response.
        let correlation = style
            .has_correlation_id()
            .then(|| to_hexadecimal(&random_bytes::<16>().unwrap_or_default()));
        let body = serde_json::to_vec(&Body {
            style,
            error: self,
            correlation: correlation.as_deref(),
        });
        let mut response = (self.status(style), body.unwrap_or_default()).into_response();
        if let Some(correlation) = correlation {
            let correlation = CorrelationId(correlation);
            response.extensions_mut().insert(correlation);
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // Headers that the status requires or recommends.
        match self {
            Self::Unauthenticated { has_token } => {
                let challenge = if *has_token {
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

/// Combines the errors of several parts of a request; `None` if there are none. The combination is unreadable if a part
/// is, as the names of a request are checked before its values.
pub(crate) fn combine_errors(
    errors: impl IntoIterator<Item = ErrorResponse>,
) -> Option<ErrorResponse> {
    let (mut unreadable, mut invalid) = (Vec::new(), Vec::new());
    for error in errors {
        match error {
            ErrorResponse::Unreadable(errors) => unreadable.extend(errors),
            ErrorResponse::Invalid(errors) => invalid.extend(errors),
            // Any other error concerns the request as a whole.
            error => return Some(error),
        }
    }
    let is_unreadable = !unreadable.is_empty();
    let errors = unreadable.into_iter().chain(invalid);
    let errors: Vec<ParameterError> = errors.take(MAX_REPORTED_ERRORS).collect();
    match (errors.is_empty(), is_unreadable) {
        (true, _) => None,
        (false, true) => Some(ErrorResponse::Unreadable(errors)),
        (false, false) => Some(ErrorResponse::Invalid(errors)),
    }
}

/// Returns the status of a request with a value that its parameter does not take.
pub(crate) fn invalid_status(style: &ErrorStyle) -> StatusCode {
    match style.invalid_status {
        InvalidStatus::BadRequest => StatusCode::BAD_REQUEST,
        InvalidStatus::UnprocessableContent => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// Returns one message for the errors of a request.
fn combine(errors: &[ParameterError], rule: SeveralErrors) -> String {
    match rule {
        SeveralErrors::Joined => {
            let messages: Vec<&str> = errors.iter().map(|error| &*error.message).collect();
            messages.join(" ")
        }
        SeveralErrors::Summarized => {
            let first = errors.first().map_or("", |error| &error.message);
            match errors.len() {
                0 | 1 => first.to_owned(),
                2 => format!("{first} (and 1 more error)"),
                more => format!("{first} (and {} more errors)", more - 1),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use idq::api::Api;

    use super::*;

    #[test]
    fn too_many_waiting_has_status_429_and_retry_after_in_each_style() {
        let apis = [Api::provisionr(), Api::permission_assist()];
        for style in apis.map(|api| &api.errors).into_iter().chain([own_style()]) {
            let response = ErrorResponse::TooManyWaiting.respond(style);
            assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(response.headers()[RETRY_AFTER], "1");
        }
    }
}
