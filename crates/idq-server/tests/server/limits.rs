//! Requests that are too large, or are none.

use std::time::Duration;

use crate::client::{LONG, Running, status};
use crate::support::{PERMISSION_ASSIST, PROVISIONR, both, get, get_with, routes};

#[tokio::test]
async fn request_beyond_the_size_limits_is_rejected() {
    let mut settings = both();
    settings.limits.max_target_bytes = 300;
    settings.limits.max_header_bytes = 1_000;
    let router = routes(settings).await;
    let long = "a".repeat(300);
    for path in [PROVISIONR, "/healthz", "/nowhere"] {
        let answer = get(&router, &format!("{path}?{long}")).await;
        assert_eq!(answer.status, 414, "{path}");
        assert_eq!(
            answer.json()["message"],
            "The request's target is too long."
        );
    }
    let answer = get(&router, &format!("{PERMISSION_ASSIST}?{long}")).await;
    assert_eq!(answer.json()["error"], "uri_too_long");
    let large = "a".repeat(1_000);
    let answer = get_with(&router, PROVISIONR, &[("x-large", &large)]).await;
    assert_eq!(answer.status, 431);
    assert_eq!(get(&router, PROVISIONR).await.status, 200);
}

#[tokio::test]
async fn request_head_beyond_the_buffer_is_rejected_unread() {
    let server = Running::start(both()).await;
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
        let answer = server.say(request.as_bytes()).await;
        // The connection may be reset before the answer is read.
        assert!(
            answer.is_empty() || expected.contains(&status(&answer)),
            "{answer}"
        );
    }
    assert_eq!(status(&server.get("/healthz").await), 200);
    server.stop().await;
}

#[tokio::test]
async fn malformed_http_closes_the_connection() {
    let server = Running::start(both()).await;
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
        let answer = server.say(request.as_bytes()).await;
        assert!(
            answer.is_empty() || status(&answer) == 400,
            "{request:?}: {answer}"
        );
    }
    assert_eq!(status(&server.get("/healthz").await), 200);
    server.stop().await;
}

#[tokio::test]
async fn response_headers_with_encoded_line_breaks_in_the_target_are_unchanged() {
    let server = Running::start(both()).await;
    for target in [
        "/api/identities/a%0d%0aX-Injected:%20yes",
        "/api/v1/directory/identities?filter[state]=a%0d%0aX-Injected:%20yes",
        "/api/v1/directory/identities?a%0d%0aX-Injected:%20yes=b",
        "/%0d%0aX-Injected:%20yes",
    ] {
        let answer = server.get(target).await;
        let (head, _) = answer.split_once("\r\n\r\n").unwrap();
        assert!(!head.to_ascii_lowercase().contains("x-injected"), "{head}");
    }
    server.stop().await;
}

#[tokio::test]
async fn host_of_an_absolute_target_takes_precedence() {
    let server = Running::start(both()).await;
    let request = "GET http://localhost:9/api/v1/directory/identities HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answer = server.say(request.as_bytes()).await;
    assert!(
        answer.contains("\"path\":\"http://localhost:9/api/v1/directory/identities\""),
        "{answer}"
    );
    // HTTP/1.0 can do without a host: the server's own address then.
    let answer = server
        .say(b"GET /api/v1/directory/identities HTTP/1.0\r\n\r\n")
        .await;
    assert!(
        answer.contains(&format!("\"path\":\"http://{}/api/", server.address)),
        "{answer}"
    );
    // HTTP/1.1 cannot, whatever the target names.
    for target in ["/api/identities", "http://localhost/api/identities"] {
        let request = format!("GET {target} HTTP/1.1\r\nConnection: close\r\n\r\n");
        let answer = server.say(request.as_bytes()).await;
        assert_eq!(status(&answer), 400, "{target}");
    }
    server.stop().await;
}

#[tokio::test]
async fn shutdown_finishes_requests_and_closes_idle_connections() {
    let mut settings = both();
    settings.limits.grace_period = LONG;
    settings.limits.head_timeout = LONG;
    let server = Running::start(settings).await;
    let mut idle = server.connect().await;
    // Accepted before the server stops.
    let mut busy = server.connect().await;
    tokio::io::AsyncWriteExt::write_all(&mut busy, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    let mut answer = [0; 12];
    tokio::io::AsyncReadExt::read_exact(&mut busy, &mut answer)
        .await
        .unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    let stopped = server.tell();
    tokio::time::timeout(LONG, stopped)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(crate::client::heard(&mut idle).await, "");
}

#[tokio::test]
async fn shutdown_after_the_grace_period_aborts_requests() {
    let mut settings = both();
    settings.limits.grace_period = Duration::from_millis(10);
    settings.limits.head_timeout = LONG;
    let server = Running::start(settings).await;
    // A request that never comes to its end.
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
        let mut settings = both();
        change(&mut settings);
        let refused = Server::start(settings).await.err().unwrap();
        assert!(matches!(refused, Error::Setting { .. }), "{refused}");
        assert!(refused.to_string().contains(expected), "{refused}");
    }
    let mut settings = both();
    settings.limits.grace_period = Duration::ZERO;
    assert!(Server::start(settings).await.is_ok());
}

#[tokio::test]
async fn search_for_more_texts_than_the_bound_is_rejected() {
    let mut settings = both();
    settings.limits.max_target_bytes = 60_000;
    let router = routes(settings).await;
    let texts: Vec<String> = (0..1_001).map(|number| format!("{number:04}")).collect();
    for (path, filter, status) in [
        (PROVISIONR, "profile_search", 422),
        (PROVISIONR, "id_search", 422),
    ] {
        let ask = async |texts: &str| {
            let target = format!("{path}?filter[{filter}]={texts}");
            get(&router, &target).await
        };
        let refused = ask(&texts.join(",")).await;
        assert_eq!(refused.status, status);
        assert!(
            refused.text().contains("at most 1000 texts"),
            "{}",
            refused.text()
        );
        assert_eq!(ask(&texts[1..].join(",")).await.status, 200);
        // The same text however often, and texts that contain it, are one.
        assert_eq!(ask(&"a,ab,A,".repeat(1_000)).await.status, 200);
    }
}
