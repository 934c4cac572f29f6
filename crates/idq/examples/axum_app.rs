//! Answers the API's requests inside an axum application, beside its own routes.
//!
//! `cargo run -p idq --example axum_app -- people.json` listens on port 3000; without an argument, a fixture is served.
//! `curl 'localhost:3000/people?filter[state]=active&per_page=2'`. For tokens, limits, caches and the vendors' own errors, the
//! crate `idq-server` is the whole server.

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use idq::{Cancel, Engine, Query};

/// The state of the application. Any number of requests share an engine.
type Shared = State<Arc<Engine>>;

/// Returns the application.
pub(crate) fn app(engine: Arc<Engine>) -> Router {
    Router::new()
        .route("/people", get(list))
        .route("/people/{id}", get(show))
        .route("/health", get(|| async { "ok" }))
        .with_state(engine)
}

/// Cancels a query when its request is dropped, because the client has gone.
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Answers a list: the query string is a request of the API.
async fn list(State(engine): Shared, RawQuery(request): RawQuery) -> Response {
    let guard = CancelOnDrop(Cancel::new());
    let cancel = guard.0.clone();
    let work = move || {
        let query = Query::parse(request.as_deref().unwrap_or_default())?;
        engine
            .matches(&query)?
            .cancelled_by(cancel)
            .page()?
            .to_json()
    };
    answer(work).await
}

/// Answers one record.
async fn show(State(engine): Shared, Path(id): Path<String>) -> Response {
    let work = move || {
        let record = engine.get(&id)?.into_iter().next();
        Ok(record.map(|record| String::from_utf8_lossy(&record).into_owned()))
    };
    match run(work).await {
        Ok(Some(record)) => json(record),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => refusal(&error),
    }
}

/// Does work that computes, and answers with its JSON.
async fn answer(work: impl FnOnce() -> Result<String, idq::Error> + Send + 'static) -> Response {
    match run(work).await {
        Ok(body) => json(body),
        Err(error) => refusal(&error),
    }
}

/// Runs work on a thread for blocking tasks: queries compute, and must not hold up the runtime.
async fn run<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, idq::Error> + Send + 'static,
) -> Result<T, idq::Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(idq::Error::Write(std::io::Error::other(error))),
    }
}

fn json(body: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

/// A mistake in the request is answered with its text, and others without their details.
fn refusal(error: &idq::Error) -> Response {
    match error {
        idq::Error::Parse(_) | idq::Error::Bind(_) => {
            (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()).into_response()
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Serves until the process ends.
#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let fixture = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/provisionr.ndjson"
    );
    let dump = std::env::args().nth(1);
    let engine = Engine::open([dump.as_deref().unwrap_or(fixture)])?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 3000)).await?;
    axum::serve(listener, app(Arc::new(engine))).await?;
    Ok(())
}
