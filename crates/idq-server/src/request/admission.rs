//! Admission: requests are rejected by size, missing token or foreign host before any route handles them.
//!
//! Cheap checks come first. The order is also one of secrecy: a client without a token receives the same response for
//! each path that is not public, whether it exists or not.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;

use crate::access::tokens::TokenCheck;
use crate::request::client::Client;
use crate::request::origin::Origin;
use crate::request::router::respond_at;
use crate::response::error_response::{ErrorResponse, ParameterError};
use crate::startup::settings::Proxy;
use crate::state::ServerState;

/// The paths that need no token: their responses contain nothing from records.
const PUBLIC_PATHS: [&str; 3] = ["/", "/healthz", "/openapi.json"];

/// Passes a request on if it is admitted, with its [`Client`] in the extensions.
pub(crate) async fn admit(
    State(state): State<Arc<ServerState>>,
    request: Request,
    next: Next,
) -> Response {
    let (mut request, body) = request.into_parts();
    match check_admission(&state, &request) {
        Ok(client) => {
            request.extensions.insert(client);
            next.run(Request::from_parts(request, body)).await
        }
        Err(error) => respond_at(&state, request.uri.path(), &error),
    }
}

/// Returns the client of an admitted request, or the error with which it is rejected.
fn check_admission(state: &ServerState, request: &Parts) -> Result<Client, ErrorResponse> {
    let limits = &state.settings.limits;
    let target = request.uri.path_and_query();
    if target.map_or(0, |target| target.as_str().len()) > limits.max_target_bytes {
        return Err(ErrorResponse::LongTarget);
    }
    if header_bytes(&request.headers) > limits.max_header_bytes {
        return Err(ErrorResponse::LargeHeaders);
    }
    // Public paths have a client as well, which is its address.
    let client = Client::from_request(request, state.settings.proxy);
    if PUBLIC_PATHS.contains(&request.uri.path()) {
        return Ok(client);
    }
    // Routes and methods are checked later: without a token, a client cannot find out which exist.
    match &**state.tokens.load() {
        Some(tokens) => match tokens.check(&request.headers) {
            TokenCheck::Accepted(hash) => Ok(Client::Token(hash)),
            TokenCheck::Absent => Err(ErrorResponse::Unauthenticated { has_token: false }),
            TokenCheck::Rejected => Err(ErrorResponse::Unauthenticated { has_token: true }),
        },
        None => check_host_is_local(state, request).map(|()| client),
    }
}

/// Rejects foreign host names on a server without tokens, against DNS rebinding: a web page can have its own name
/// resolve to this machine, and the browser then takes the server for the page's origin.
fn check_host_is_local(state: &ServerState, request: &Parts) -> Result<(), ErrorResponse> {
    if state.settings.proxy == Proxy::Trusted {
        // The proxy is responsible for the check.
        return Ok(());
    }
    let origin = Origin::from_request(request, state.scheme(), Proxy::Ignored, &state.own_host);
    if origin.is_some_and(|origin| origin.is_local()) {
        return Ok(());
    }
    let message = "Without a token, this server accepts only its address or localhost as host.";
    let error = ParameterError::new("Host", message);
    Err(ErrorResponse::Unreadable(vec![error]))
}

/// Returns the total length of all names and values: hyper bounds the number of headers and the size of its buffer
/// only.
fn header_bytes(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum()
}
