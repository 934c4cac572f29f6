//! The routes, and the middleware around them. A request passes, from outside in: the
//! [log](crate::observe::request_log), CORS, [admission](crate::request::admission), and its route's handler.

use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use idq::api::{Api, ErrorStyle};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::observe::request_log::log_request;
use crate::request::admission::admit;
use crate::request::counts::{OWN_PREFIX, count_identities, counts_path};
use crate::request::routes::{get_identity, list_identities};
use crate::response::JSON;
use crate::response::error_response::{ErrorResponse, own_style};
use crate::response::index_page::format_index_page;
use crate::startup::error::Error;
use crate::state::ServerState;

/// The content type of Prometheus's text exposition format.
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Builds the router of the APIs that are in the catalog now. A later reload adds no routes.
///
/// # Errors
/// A CORS origin of the settings is invalid.
pub(crate) fn build_router(state: &Arc<ServerState>) -> Result<Router, Error> {
    let mut router = Router::new();
    // Handlers capture their API: the path of a request has been matched already and is not parsed again.
    for api in state.catalog.load().apis() {
        let path = api.collection_path.clone();
        let list = {
            let api = Arc::clone(&api);
            move |State(state): State<Arc<ServerState>>, request: Request| async move {
                let (request, _) = request.into_parts();
                list_identities(&state, &api, &request)
                    .await
                    .unwrap_or_else(|error| error.respond(&api.errors))
            }
        };
        let get_one = {
            let api = Arc::clone(&api);
            move |State(state): State<Arc<ServerState>>, request: Request| async move {
                let (request, _) = request.into_parts();
                get_identity(&state, &api, &request)
                    .await
                    .unwrap_or_else(|error| error.respond(&api.errors))
            }
        };
        let counts_path = counts_path(&api);
        let count = {
            let api = Arc::clone(&api);
            move |State(state): State<Arc<ServerState>>, request: Request| async move {
                let (request, _) = request.into_parts();
                count_identities(&state, &api, &request)
                    .await
                    .unwrap_or_else(|error| error.respond(&api.errors))
            }
        };
        let other = move |method: Method| async move { method_error(&method, &api.errors) };
        router = router
            .route(&path, get(list).fallback(other.clone()))
            .route(
                &format!("{path}/{{id}}"),
                get(get_one).fallback(other.clone()),
            )
            .route(&counts_path, get(count).fallback(other));
    }
    let other = |method: Method| async move { method_error(&method, own_style()) };
    let not_found = |State(state): State<Arc<ServerState>>, request: Request| async move {
        respond_at(&state, request.uri().path(), &ErrorResponse::NoRoute)
    };
    let router = router
        .route("/", get(index).fallback(other))
        .route("/healthz", get(health).fallback(other))
        .route("/metrics", get(metrics).fallback(other))
        .route("/openapi.json", get(openapi).fallback(other))
        .fallback(not_found)
        .layer(from_fn_with_state(Arc::clone(state), admit))
        .with_state(Arc::clone(state));
    // Outside of admission: a browser sends preflight requests without a token.
    let router = match cors_layer(&state.settings.cors_origins)? {
        Some(cors) => router.layer(cors),
        None => router,
    };
    Ok(router.layer(from_fn_with_state(Arc::clone(state), log_request)))
}

/// Returns the response to a method other than GET and HEAD. axum's own 405 has neither a body nor an API's form.
fn method_error(method: &Method, style: &ErrorStyle) -> Response {
    let found = method.as_str().to_owned();
    ErrorResponse::Method { found }.respond(style)
}

/// Formats the response to a request for a path, in the error style of the API whose collection contains the path, with
/// or without the prefix of the server's own routes, even if no route matches it.
pub(crate) fn respond_at(state: &ServerState, path: &str, error: &ErrorResponse) -> Response {
    let path = path.strip_prefix(OWN_PREFIX).unwrap_or(path);
    let is_in_collection = |api: &Api| {
        let rest = path.strip_prefix(&*api.collection_path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let catalog = state.catalog.load();
    let mut apis = catalog.snapshots.iter().map(|served| &served.api);
    let api = apis.find(|api| is_in_collection(api));
    error.respond(api.map_or(own_style(), |api| &api.errors))
}

/// Builds the CORS layer, if the settings permit any origin. Without it, browsers keep responses from foreign pages.
fn cors_layer(origins: &[String]) -> Result<Option<CorsLayer>, Error> {
    if origins.is_empty() {
        return Ok(None);
    }
    let allowed = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        let origins = origins.iter().map(|origin| parse_cors_origin(origin));
        AllowOrigin::list(origins.collect::<Result<Vec<_>, _>>()?)
    };
    Ok(Some(
        CorsLayer::new()
            .allow_origin(allowed)
            .allow_methods([Method::GET, Method::HEAD])
            .allow_headers([AUTHORIZATION, IF_NONE_MATCH])
            .expose_headers([ETAG]),
    ))
}

/// Parses an origin as browsers send it: a scheme and a host, without a path.
fn parse_cors_origin(origin: &str) -> Result<HeaderValue, Error> {
    let error = || Error::Origin {
        found: origin.to_owned(),
    };
    origin
        .strip_prefix("https://")
        .or(origin.strip_prefix("http://"))
        .filter(|host| !host.is_empty() && !host.contains('/'))
        .ok_or_else(error)?;
    HeaderValue::from_str(origin).map_err(|_| error())
}

/// `/healthz`: the process accepts and answers requests. It does not depend on sources or on the query pool.
async fn health() -> Response {
    text_response(JSON, r#"{"status":"ok"}"#.to_owned())
}

/// `/openapi.json`: the description generated at the start.
async fn openapi(State(state): State<Arc<ServerState>>) -> Response {
    text_response(JSON, state.openapi_document.clone())
}

/// `/metrics`: all metrics, with the ages of the snapshots at this moment.
async fn metrics(State(state): State<Arc<ServerState>>) -> Response {
    let text = state
        .metrics
        .to_text(&state.catalog.load(), SystemTime::now());
    text_response(PROMETHEUS_TEXT, text)
}

/// `/`: the page for people.
async fn index(State(state): State<Arc<ServerState>>) -> Response {
    let page = format_index_page(&state.catalog.load());
    let mut response = text_response("text/html; charset=utf-8", page);
    // The page has inline styles only: any other resource could only come from an injection.
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    response
}

/// Returns a response that is not to be cached by clients, as it changes with each reload.
fn text_response(content_type: &'static str, text: String) -> Response {
    let mut response = (StatusCode::OK, text).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
