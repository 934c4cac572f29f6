//! The examples run, and the axum application answers as the engine does.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use idq::Engine;
use tower::ServiceExt;

#[expect(dead_code, reason = "the test needs no listener")]
#[path = "../examples/axum_app.rs"]
mod axum_app;
#[expect(dead_code, reason = "the test has arguments of its own")]
#[path = "../examples/open.rs"]
mod open;
#[path = "../examples/own_api.rs"]
mod own_api;
#[path = "../examples/typed_records.rs"]
mod typed_records;

#[test]
fn examples_run_to_their_end() {
    open::run("fixtures/no-such-file", "").unwrap_err();
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/provisionr*.gz");
    open::run(fixture, "filter[state]=active&per_page=2").unwrap();
    own_api::main().unwrap();
    typed_records::main().unwrap();
}

#[tokio::test]
async fn axum_app_answers_pages_records_and_mistakes() {
    let people = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/provisionr.ndjson"
    );
    let engine = Arc::new(Engine::open([people]).unwrap());
    let app = axum_app::app(Arc::clone(&engine));
    let ask = async |uri: &str| {
        let request = Request::get(uri).body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    };
    let request = "filter[state]=active&per_page=2";
    let page = engine.query(request).unwrap().page().unwrap();
    assert_eq!(
        ask(&format!(
            "/people?{}",
            request.replace('[', "%5B").replace(']', "%5D")
        ))
        .await,
        (StatusCode::OK, page.to_json().unwrap())
    );
    let record = &page.records().unwrap()[0];
    let id = record.get("id").unwrap().as_str().unwrap().into_owned();
    let (status, body) = ask(&format!("/people/{id}")).await;
    assert_eq!(
        (status, body.as_bytes()),
        (StatusCode::OK, record.as_bytes())
    );
    assert_eq!(ask("/people/none").await.0, StatusCode::NOT_FOUND);
    let (status, text) = ask("/people?sort=created").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text.contains("did you mean `created_at`?"), "{text}");
}
