//! Servers under test, dumps and token files in temporary folders, and requests without a connection.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use idq_server::{Access, NewToken, Server, Settings};
pub(crate) use idq_testing::fixture;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

pub(crate) const PROVISIONR: &str = "/api/v1/directory/identities";
pub(crate) const PERMISSION_ASSIST: &str = "/api/identities";

/// Returns settings that serve both APIs' fixtures to all clients on a free port.
pub(crate) fn both_apis() -> Settings {
    settings_for(&[
        fixture("provisionr.ndjson"),
        fixture("permission-assist.json"),
    ])
}

/// Returns settings that serve these files to all clients on a free port.
pub(crate) fn settings_for(files: &[PathBuf]) -> Settings {
    let files = files.iter().map(|file| file.to_str().unwrap().to_owned());
    let mut settings = Settings::new(files);
    settings.listen = ([127, 0, 0, 1], 0).into();
    settings.access = Access::Open;
    settings.threads = 2;
    settings
}

/// A Provisionr dump in a temporary folder.
pub(crate) struct DumpFile {
    pub(crate) folder: TempDir,
    pub(crate) path: PathBuf,
}

impl DumpFile {
    /// Creates a dump of this number of records.
    pub(crate) fn new(records: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dump.ndjson");
        fs::write(&path, dump(records)).unwrap();
        Self { folder, path }
    }

    /// Replaces the dump by an atomic rename.
    pub(crate) fn replace(&self, content: impl AsRef<[u8]>) {
        let new = self.path.with_extension("new");
        fs::write(&new, content).unwrap();
        fs::rename(&new, &self.path).unwrap();
    }

    /// Returns settings that serve the dump without watching it.
    pub(crate) fn settings(&self) -> Settings {
        let mut settings = settings_for(std::slice::from_ref(&self.path));
        settings.load.watch_interval = None;
        settings
    }

    /// Returns settings that serve the dump and check it for changes at a short interval.
    pub(crate) fn watched(&self) -> Settings {
        let mut settings = self.settings();
        settings.load.watch_interval = Some(WATCH_INTERVAL);
        settings
    }
}

/// An interval at which tests have sources checked.
pub(crate) const WATCH_INTERVAL: Duration = Duration::from_millis(20);

/// A token file that accepts one token.
pub(crate) struct TokenFile {
    _folder: TempDir,
    pub(crate) path: PathBuf,
    /// The value of an `Authorization` header with the token.
    pub(crate) authorization: String,
}

impl TokenFile {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens");
        let token = NewToken::generate().unwrap();
        fs::write(&path, token.file_line()).unwrap();
        Self {
            _folder: folder,
            path,
            authorization: format!("Bearer {}", token.text()),
        }
    }
}

/// Starts a server and returns its router.
pub(crate) async fn start_router(settings: Settings) -> Router {
    Server::start(settings).await.unwrap().router()
}

/// A response with its whole body.
#[derive(Debug)]
pub(crate) struct TestResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl TestResponse {
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

/// Sends a GET request with the host `localhost`.
pub(crate) async fn get(router: &Router, target: &str) -> TestResponse {
    get_with(router, target, &[]).await
}

/// Sends a GET request with the host `localhost` and further headers.
pub(crate) async fn get_with(
    router: &Router,
    target: &str,
    headers: &[(&str, &str)],
) -> TestResponse {
    let headers: Vec<_> = [("host", "localhost")]
        .iter()
        .chain(headers)
        .copied()
        .collect();
    send_request(router, Method::GET, target, &headers).await
}

/// Sends a request with exactly these headers.
pub(crate) async fn send_request(
    router: &Router,
    method: Method,
    target: &str,
    headers: &[(&str, &str)],
) -> TestResponse {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    TestResponse {
        status: parts.status,
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes().to_vec(),
    }
}

/// Returns the sample of one metric, such as `idq_reloads_total{result="failure"}`.
pub(crate) fn sample(metrics: &str, name: &str) -> u64 {
    let mut lines = metrics.lines();
    let line = lines.find(|line| line.starts_with(name)).unwrap();
    line.rsplit_once(' ').unwrap().1.parse().unwrap()
}

/// Returns a small Provisionr record.
pub(crate) fn record(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","state":"active","vendor_id":"v","email":null,"profile":{{"name":"{id}"}}}}"#
    )
}

/// Returns an NDJSON dump of small records.
pub(crate) fn dump(records: usize) -> String {
    (0..records)
        .map(|number| record(&format!("id{number:05}")) + "\n")
        .collect()
}
