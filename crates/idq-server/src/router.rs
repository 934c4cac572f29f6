//! Which path leads where, and what happens to every request on its way.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Instant, SystemTime};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use idq::api::{Api, ErrorStyle};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::app::App;
use crate::client::Client;
use crate::error::Error;
use crate::failure::{CorrelationId, Failure, Issue, JSON};
use crate::identities::{Work, list, one};
use crate::metrics::NOWHERE;
use crate::origin::Origin;
use crate::settings::{LogQueries, Proxy};
use crate::tokens::Presented;

const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The paths that need no token: nothing there says anything about anybody.
const OPEN: [&str; 3] = ["/", "/healthz", "/openapi.json"];

/// Every route of the server.
pub(crate) fn router(app: &Arc<App>) -> Result<Router, Error> {
    let mut router = Router::new();
    for api in app.served.load().apis() {
        let (style, path) = (api.errors, api.collection_path.clone());
        let of_list = {
            let api = Arc::clone(&api);
            move |State(app): State<Arc<App>>, request: Request| async move {
                let (request, _) = request.into_parts();
                list(&app, &api, &request)
                    .await
                    .unwrap_or_else(|failure| failure.respond(style))
            }
        };
        let of_one = move |State(app): State<Arc<App>>, request: Request| async move {
            let (request, _) = request.into_parts();
            one(&app, &api, &request)
                .await
                .unwrap_or_else(|failure| failure.respond(style))
        };
        let other = move |method: Method| async move { not_allowed(&method, style) };
        router = router
            .route(&path, get(of_list).fallback(other))
            .route(&format!("{path}/{{id}}"), get(of_one).fallback(other));
    }
    let other = |method: Method| async move { not_allowed(&method, ErrorStyle::Message) };
    let router = router
        .route("/", get(front).fallback(other))
        .route("/healthz", get(health).fallback(other))
        .route("/metrics", get(metrics).fallback(other))
        .route("/openapi.json", get(openapi).fallback(other))
        .fallback(|State(app): State<Arc<App>>, request: Request| async move {
            Failure::NoRoute.respond(style(&app, request.uri().path()))
        })
        .layer(from_fn_with_state(Arc::clone(app), admit))
        .with_state(Arc::clone(app));
    let router = match cors(&app.settings.origins)? {
        Some(cors) => router.layer(cors),
        None => router,
    };
    Ok(router.layer(from_fn_with_state(Arc::clone(app), observe)))
}

fn not_allowed(method: &Method, style: ErrorStyle) -> Response {
    let found = method.as_str().to_owned();
    Failure::Method { found }.respond(style)
}

/// The API that a path belongs to, though it may lead nowhere.
fn api_of(app: &App, path: &str) -> Option<Arc<Api>> {
    let served = app.served.load();
    let below = |api: &Api| {
        let rest = path.strip_prefix(&*api.collection_path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mut apis = served.mounts.iter().map(|mount| &mount.api);
    apis.find(|api| below(api)).cloned()
}

fn style(app: &App, path: &str) -> ErrorStyle {
    api_of(app, path).map_or(ErrorStyle::Message, |api| api.errors)
}

/// Lets a request pass whose size, sender and host are right, and says which client it is of.
async fn admit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (mut request, body) = request.into_parts();
    match admitted(&app, &request) {
        Ok(client) => {
            request.extensions.insert(client);
            next.run(Request::from_parts(request, body)).await
        }
        Err(failure) => failure.respond(style(&app, request.uri.path())),
    }
}

fn admitted(app: &App, request: &Parts) -> Result<Client, Failure> {
    let limits = &app.settings.limits;
    let target = request
        .uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    if target > limits.target {
        return Err(Failure::LongTarget);
    }
    if size(&request.headers) > limits.headers {
        return Err(Failure::LargeHeaders);
    }
    let client = Client::of(request, app.settings.proxy);
    if OPEN.contains(&request.uri.path()) {
        return Ok(client);
    }
    match &**app.tokens.load() {
        Some(tokens) => match tokens.judge(&request.headers) {
            Presented::Accepted(hash) => Ok(Client::Token(hash)),
            Presented::Nothing => Err(Failure::Unauthenticated { presented: false }),
            Presented::Wrong => Err(Failure::Unauthenticated { presented: true }),
        },
        None => misled(app, request).map_or(Ok(client), Err),
    }
}

/// Without a token, a page on the web whose name suddenly leads to this machine could ask for everything.
fn misled(app: &App, request: &Parts) -> Option<Failure> {
    let origin = Origin::of(request, app.scheme(), Proxy::Ignored, &app.own_host);
    let is_local = origin.is_some_and(|origin| origin.is_local());
    let message = "Without a token, this server answers to its address or to localhost alone.";
    (!is_local && app.settings.proxy == Proxy::Ignored)
        .then(|| Failure::Unreadable(vec![Issue::new("Host", message)]))
}

fn size(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum()
}

/// Counts a request and writes its line of the log.
async fn observe(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let query = match app.settings.log_queries {
        LogQueries::Never => None,
        LogQueries::Always => request.uri().query().map(str::to_owned),
    };
    let route = matched.as_ref().map_or(NOWHERE, MatchedPath::as_str);
    let mut response = caught(next.run(request))
        .await
        .unwrap_or_else(|| Failure::Internal.respond(style(&app, route)));
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let took = started.elapsed();
    let status = response.status().as_u16();
    let work = response
        .extensions()
        .get::<Work>()
        .copied()
        .unwrap_or_default();
    app.metrics.request(route, status, took, work);
    let correlation = response.extensions().get::<CorrelationId>();
    tracing::info!(
        target: "idq_server::request",
        method = known(&method),
        route,
        status,
        milliseconds = took.as_micros() as f64 / 1e3,
        matched = work.matched,
        correlation = correlation.map(|id| id.0.as_str()),
        query,
        "answered"
    );
    response
}

/// The response, unless making it panicked: that costs one answer, and not the connection.
async fn caught(making: impl Future<Output = Response>) -> Option<Response> {
    let mut making = pin!(making);
    let poll = |context: &mut Context<'_>| {
        let polled = catch_unwind(AssertUnwindSafe(|| making.as_mut().poll(context)));
        polled.map_or(Poll::Ready(None), |poll| poll.map(Some))
    };
    poll_fn(poll).await
}

/// The method, unless it is a client's invention.
fn known(method: &Method) -> &'static str {
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

fn cors(origins: &[String]) -> Result<Option<CorsLayer>, Error> {
    if origins.is_empty() {
        return Ok(None);
    }
    let allowed = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        let origins = origins.iter().map(|origin| {
            let found = || Error::Origin {
                found: origin.clone(),
            };
            let host = origin
                .strip_prefix("https://")
                .or(origin.strip_prefix("http://"));
            host.filter(|host| !host.is_empty() && !host.contains('/'))
                .ok_or_else(found)?;
            HeaderValue::from_str(origin).map_err(|_| found())
        });
        AllowOrigin::list(origins.collect::<Result<Vec<_>, _>>()?)
    };
    let header = |name: &'static str| HeaderName::from_static(name);
    Ok(Some(
        CorsLayer::new()
            .allow_origin(allowed)
            .allow_methods([Method::GET, Method::HEAD])
            .allow_headers([header("authorization"), header("if-none-match")])
            .expose_headers([header("etag")]),
    ))
}

async fn health() -> Response {
    json(r#"{"status":"ok"}"#.to_owned())
}

async fn openapi(State(app): State<Arc<App>>) -> Response {
    json(app.openapi.clone())
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    let text = app.metrics.text(&app.served.load(), SystemTime::now());
    plain(PROMETHEUS, text)
}

async fn front(State(app): State<Arc<App>>) -> Response {
    let page = crate::front::page(&app.served.load());
    let mut response = plain("text/html; charset=utf-8", page);
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, policy);
    response
}

fn json(text: String) -> Response {
    plain(JSON, text)
}

fn plain(content: &'static str, text: String) -> Response {
    let mut response = (StatusCode::OK, text).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_costs_one_answer() {
        let answered = caught(async { StatusCode::OK.into_response() }).await;
        assert_eq!(
            answered.map(|response| response.status()),
            Some(StatusCode::OK)
        );
        assert!(caught(async { panic!("on purpose") }).await.is_none());
    }
}
