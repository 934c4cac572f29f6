//! The outermost middleware: counts each request, writes its log line, and turns a panic into status 500.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt;

use crate::observe::metrics::{QueryStats, UNMATCHED_ROUTE};
use crate::request::router::respond_at;
use crate::response::error_response::{CorrelationId, ErrorResponse};
use crate::startup::settings::LogQueries;
use crate::state::ServerState;

/// Answers a request, counts it and logs it.
///
/// The log has the route's pattern instead of the path, which contains an identity's id, and the query string only if
/// the settings permit it.
pub(crate) async fn log_request(
    State(state): State<Arc<ServerState>>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let method = method_label(request.method());
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let query = match state.settings.log_queries {
        LogQueries::Never => None,
        LogQueries::Always => request.uri().query().map(str::to_owned),
    };
    let route = matched
        .as_ref()
        .map_or(UNMATCHED_ROUTE, MatchedPath::as_str);
    let mut response = respond_or_panic(next.run(request))
        .await
        .unwrap_or_else(|| respond_at(&state, route, &ErrorResponse::Internal));
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let duration = started.elapsed();
    let status = response.status().as_u16();
    let extensions = response.extensions();
    let stats = extensions.get::<QueryStats>().copied().unwrap_or_default();
    state.metrics.count_request(route, status, duration, stats);
    let correlation = extensions.get::<CorrelationId>();
    tracing::info!(
        target: "idq_server::request",
        method,
        route,
        status,
        milliseconds = duration.as_micros() as f64 / 1e3,
        matched = stats.matched,
        correlation = correlation.map(|id| id.0.as_str()),
        query,
        "answered"
    );
    response
}

/// Returns the response, or `None` if a handler panicked. The connection and its other requests are not affected.
async fn respond_or_panic(response: impl Future<Output = Response>) -> Option<Response> {
    // Unwind safety: state that handlers share is behind locks and atomics, which stay consistent at a panic.
    AssertUnwindSafe(response).catch_unwind().await.ok()
}

/// Returns the method's name if it is a standard one: others are texts of the client's choice.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use axum::response::IntoResponse;

    use super::*;

    #[tokio::test]
    async fn handler_that_panics_gives_no_response_and_unwinds_no_further() {
        let response = respond_or_panic(async { StatusCode::OK.into_response() }).await;
        let status = response.map(|response| response.status());
        assert_eq!(status, Some(StatusCode::OK));
        let response = respond_or_panic(async { panic!("on purpose") }).await;
        assert!(response.is_none());
    }
}
