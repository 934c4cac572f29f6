//! Limits: sizes, timeouts, grace period, and malformed requests.

use std::time::Duration;

use crate::connection::{LONG, RunningServer, status};
use crate::support::{PERMISSION_ASSIST, PROVISIONR, both_apis, get, get_with, start_router};

#[tokio::test]
async fn request_beyond_the_size_limits_is_rejected() {
    let mut settings = both_apis();
    settings.limits.max_target_bytes = 300;
    settings.limits.max_header_bytes = 1_000;
    let router = start_router(settings).await;
    let long = "a".repeat(300);
    for path in [PROVISIONR, "/healthz", "/nowhere"] {
        let response = get(&router, &format!("{path}?{long}")).await;
        assert_eq!(response.status, 414, "{path}");
        assert_eq!(
            response.json()["message"],
            "The request's target is too long."
        );
    }
    let response = get(&router, &format!("{PERMISSION_ASSIST}?{long}")).await;
    assert_eq!(response.json()["error"], "uri_too_long");
    let large = "a".repeat(1_000);
    let response = get_with(&router, PROVISIONR, &[("x-large", &large)]).await;
    assert_eq!(response.status, 431);
    assert_eq!(get(&router, PROVISIONR).await.status, 200);
}

#[tokio::test]
async fn request_head_beyond_the_buffer_is_rejected_unread() {
    let server = RunningServer::start(both_apis()).await;
    let mebibyte = "a".repeat(1 << 20);
    for (request, expected) in [
        (
            format!("GET /{mebibyte} HTTP/1.1\r\nHost: a\r\n\r\n"),
            &[414, 431][..],
        ),
        (
            format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {mebibyte}\r\n\r\n"),
            &[431],
        ),
        (
            format!(
                "GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n",
                "X: y\r\n".repeat(1_000)
            ),
            &[431],
        ),
    ] {
        let response = server.send(request.as_bytes()).await;
        // The connection may be reset before the response is read.
        assert!(
            response.is_empty() || expected.contains(&status(&response)),
            "{response}"
        );
    }
    assert_eq!(status(&server.get("/healthz").await), 200);
    server.stop().await;
}

#[tokio::test]
async fn malformed_http_closes_the_connection() {
    let server = RunningServer::start(both_apis()).await;
    for request in [
        "nonsense\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX\0: y\r\n\r\n",
        "GET /api/identities HTTP/1.1\r\nHost: localhost\r\n X: folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\u{fc}\x03\x03\r\n\r\n",
        "GET http://[::1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a b c HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        let response = server.send(request.as_bytes()).await;
        assert!(
            response.is_empty() || status(&response) == 400,
            "{request:?}: {response}"
        );
    }
    assert_eq!(status(&server.get("/healthz").await), 200);
    server.stop().await;
}

#[tokio::test]
async fn response_headers_with_encoded_line_breaks_in_the_target_are_unchanged() {
    let server = RunningServer::start(both_apis()).await;
    for target in [
        "/api/identities/a%0d%0aX-Injected:%20yes",
        "/api/v1/directory/identities?filter[state]=a%0d%0aX-Injected:%20yes",
        "/api/v1/directory/identities?a%0d%0aX-Injected:%20yes=b",
        "/%0d%0aX-Injected:%20yes",
    ] {
        let response = server.get(target).await;
        let (head, _) = response.split_once("\r\n\r\n").unwrap();
        assert!(!head.to_ascii_lowercase().contains("x-injected"), "{head}");
    }
    server.stop().await;
}

#[tokio::test]
async fn host_of_an_absolute_target_takes_precedence() {
    let server = RunningServer::start(both_apis()).await;
    let request = "GET http://localhost:9/api/v1/directory/identities HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let response = server.send(request.as_bytes()).await;
    assert!(
        response.contains("\"path\":\"http://localhost:9/api/v1/directory/identities\""),
        "{response}"
    );
    // A request of HTTP/1.0 without a host has the server's own address.
    let response = server
        .send(b"GET /api/v1/directory/identities HTTP/1.0\r\n\r\n")
        .await;
    assert!(
        response.contains(&format!("\"path\":\"http://{}/api/", server.address)),
        "{response}"
    );
    // HTTP/1.1 requires the header, also where the target names a host.
    for target in ["/api/identities", "http://localhost/api/identities"] {
        let request = format!("GET {target} HTTP/1.1\r\nConnection: close\r\n\r\n");
        let response = server.send(request.as_bytes()).await;
        assert_eq!(status(&response), 400, "{target}");
    }
    server.stop().await;
}

#[tokio::test]
async fn shutdown_finishes_requests_and_closes_idle_connections() {
    let mut settings = both_apis();
    settings.limits.grace_period = LONG;
    settings.limits.head_timeout = LONG;
    let server = RunningServer::start(settings).await;
    let mut idle = server.connect().await;
    // The response shows that the connection was accepted before the stop.
    let mut busy = server.connect().await;
    tokio::io::AsyncWriteExt::write_all(&mut busy, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    let mut response = [0; 12];
    tokio::io::AsyncReadExt::read_exact(&mut busy, &mut response)
        .await
        .unwrap();
    assert_eq!(&response, b"HTTP/1.1 200");
    let stopped = server.request_stop();
    tokio::time::timeout(LONG, stopped)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(crate::connection::read_to_end(&mut idle).await, "");
}

#[tokio::test]
async fn shutdown_after_the_grace_period_aborts_requests() {
    let mut settings = both_apis();
    settings.limits.grace_period = Duration::from_millis(10);
    settings.limits.head_timeout = LONG;
    let server = RunningServer::start(settings).await;
    // A request whose head is incomplete.
    let mut stuck = server.connect().await;
    tokio::io::AsyncWriteExt::write_all(&mut stuck, b"GET / HTTP/1.1\r\nHost: ")
        .await
        .unwrap();
    server.stop().await;
}

#[tokio::test]
async fn settings_out_of_bounds_are_rejected() {
    use idq_server::{Error, Limits, Server, Settings};

    type Change = fn(&mut Settings);
    fn limits(settings: &mut Settings) -> &mut Limits {
        &mut settings.limits
    }
    let changes: [(Change, &str); 8] = [
        (
            |settings| limits(settings).request_timeout = Duration::ZERO,
            "request timeout",
        ),
        (
            |settings| limits(settings).request_timeout = Duration::MAX,
            "request timeout",
        ),
        (
            |settings| limits(settings).head_timeout = Duration::ZERO,
            "head timeout",
        ),
        (
            |settings| limits(settings).write_timeout = Duration::ZERO,
            "write timeout",
        ),
        (
            |settings| limits(settings).grace_period = Duration::MAX,
            "grace period",
        ),
        (
            |settings| settings.load.watch_interval = Some(Duration::ZERO),
            "watch interval",
        ),
        (
            |settings| settings.load.watch_interval = Some(Duration::MAX),
            "watch interval",
        ),
        (|settings| settings.threads = 5_000, "threads"),
    ];
    for (change, expected) in changes {
        let mut settings = both_apis();
        change(&mut settings);
        let refused = Server::start(settings).await.err().unwrap();
        assert!(matches!(refused, Error::Setting { .. }), "{refused}");
        assert!(refused.to_string().contains(expected), "{refused}");
    }
    let mut settings = both_apis();
    settings.limits.grace_period = Duration::ZERO;
    assert!(Server::start(settings).await.is_ok());
}

#[tokio::test]
async fn search_for_more_texts_than_the_bound_is_rejected() {
    let mut settings = both_apis();
    settings.limits.max_target_bytes = 60_000;
    let router = start_router(settings).await;
    let texts: Vec<String> = (0..1_001).map(|number| format!("{number:04}")).collect();
    for (path, filter, status) in [
        (PROVISIONR, "profile_search", 422),
        (PROVISIONR, "id_search", 422),
    ] {
        let search = async |texts: &str| {
            let target = format!("{path}?filter[{filter}]={texts}");
            get(&router, &target).await
        };
        let refused = search(&texts.join(",")).await;
        assert_eq!(refused.status, status);
        assert!(
            refused.text().contains("at most 1000 texts"),
            "{}",
            refused.text()
        );
        assert_eq!(search(&texts[1..].join(",")).await.status, 200);
        // Equal texts, and texts that contain another one, count once.
        assert_eq!(search(&"a,ab,A,".repeat(1_000)).await.status, 200);
    }
}
