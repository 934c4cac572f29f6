//! Servers to ask, and ways to ask them.

use std::path::PathBuf;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use idq_server::{Access, Server, Settings};
pub(crate) use idq_testing::fixture;
use serde_json::Value;
use tower::ServiceExt;

/// Settings for both APIs' fixtures, a free port, and nobody to be kept out.
pub(crate) fn both() -> Settings {
    of(&[
        fixture("provisionr.ndjson"),
        fixture("permission-assist.json"),
    ])
}

/// Settings for these files.
pub(crate) fn of(files: &[PathBuf]) -> Settings {
    let files = files.iter().map(|file| file.to_str().unwrap().to_owned());
    let mut settings = Settings::new(files);
    settings.listen = ([127, 0, 0, 1], 0).into();
    settings.access = Access::Open;
    settings.threads = 2;
    settings
}

/// A server's routes.
pub(crate) async fn routes(settings: Settings) -> Router {
    Server::start(settings).await.unwrap().router()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.headers["content-type"], "application/json");
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// Asks with GET, as a client at `localhost` would.
pub(crate) async fn get(router: &Router, target: &str) -> Answer {
    get_with(router, target, &[]).await
}

/// Asks with GET and these headers beside the host.
pub(crate) async fn get_with(router: &Router, target: &str, headers: &[(&str, &str)]) -> Answer {
    let headers: Vec<_> = [("host", "localhost")]
        .iter()
        .chain(headers)
        .copied()
        .collect();
    ask(router, Method::GET, target, &headers).await
}

/// Asks with these headers alone.
pub(crate) async fn ask(
    router: &Router,
    method: Method,
    target: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes().to_vec(),
    }
}

pub(crate) const PROVISIONR: &str = "/api/v1/directory/identities";
pub(crate) const PERMISSION_ASSIST: &str = "/api/identities";

/// A Provisionr record with little in it.
pub(crate) fn record(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","state":"active","vendor_id":"v","email":null,"profile":{{"name":"{id}"}}}}"#
    )
}

/// A dump of so many such records.
pub(crate) fn dump(records: usize) -> String {
    (0..records)
        .map(|number| record(&format!("id{number:05}")) + "\n")
        .collect()
}
