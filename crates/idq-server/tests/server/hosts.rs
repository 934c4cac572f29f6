//! Where page URLs lead.

use axum::http::{Method, StatusCode};
use idq_server::{Access, NewToken, Proxy, Settings};

use crate::support::{Answer, PERMISSION_ASSIST, PROVISIONR, ask, both, routes};

/// A server with a token, so that it answers to any name.
fn with_token(proxy: Proxy) -> (Settings, String, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let token = NewToken::generate().unwrap();
    let file = folder.path().join("tokens");
    std::fs::write(&file, token.file_line()).unwrap();
    let mut settings = both();
    settings.access = Access::TokenFile(file);
    settings.proxy = proxy;
    (settings, format!("Bearer {}", token.text()), folder)
}

async fn asked(proxy: Proxy, headers: &[(&str, &str)]) -> Answer {
    let (settings, token, _folder) = with_token(proxy);
    let token = [("authorization", token.as_str())];
    let headers: Vec<_> = headers.iter().chain(&token).copied().collect();
    ask(&routes(settings).await, Method::GET, PROVISIONR, &headers).await
}

#[tokio::test]
async fn page_urls_contain_the_requests_host() {
    for (proxy, headers, expected) in [
        (
            Proxy::Ignored,
            &[("host", "ids.example:8443")][..],
            "http://ids.example:8443",
        ),
        (
            Proxy::Ignored,
            &[("host", "a"), ("x-forwarded-host", "evil.example")],
            "http://a",
        ),
        (
            Proxy::Ignored,
            &[("host", "a"), ("forwarded", "host=evil.example")],
            "http://a",
        ),
        (
            Proxy::Trusted,
            &[("host", "a"), ("forwarded", "host=b;proto=https")],
            "https://b",
        ),
        (
            Proxy::Trusted,
            &[
                ("host", "a"),
                ("x-forwarded-host", "b"),
                ("x-forwarded-proto", "https"),
            ],
            "https://b",
        ),
    ] {
        let answer = asked(proxy, headers).await;
        assert_eq!(answer.status, StatusCode::OK);
        let url = answer.json()["next_page_url"].as_str().unwrap().to_owned();
        assert_eq!(url, format!("{expected}{PROVISIONR}?page=2"));
        assert_eq!(answer.json()["path"], format!("{expected}{PROVISIONR}"));
    }
}

#[tokio::test]
async fn invalid_host_is_rejected_and_not_repeated() {
    for headers in [
        &[][..],
        &[("host", "a\"><script>")],
        &[("host", "a/b")],
        &[("host", "a b")],
        &[("host", "user@a")],
        &[("host", "a"), ("host", "b")],
    ] {
        let answer = asked(Proxy::Ignored, headers).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{headers:?}");
        assert!(!answer.text().contains("script"));
    }
    let answer = asked(
        Proxy::Trusted,
        &[("host", "a"), ("x-forwarded-host", "b\"c")],
    )
    .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn server_without_tokens_accepts_local_hosts_only() {
    let router = routes(both()).await;
    for (host, status) in [
        ("localhost:8080", 200),
        ("127.0.0.1", 200),
        ("[::1]:1", 200),
        ("rebound.example", 400),
        ("localhost.example", 400),
    ] {
        for path in [PROVISIONR, PERMISSION_ASSIST, "/metrics"] {
            let answer = ask(&router, Method::GET, path, &[("host", host)]).await;
            assert_eq!(answer.status, status, "{host} {path}");
        }
    }
}

#[tokio::test]
async fn pages_of_other_origins_are_permitted_by_the_settings_only() {
    let origin = ("origin", "https://dashboard.example");
    let local = ("host", "localhost");
    let router = routes(both()).await;
    let answer = ask(&router, Method::GET, PROVISIONR, &[local, origin]).await;
    assert_eq!(answer.header("access-control-allow-origin"), "");

    let mut settings = both();
    settings.cors_origins = vec!["https://dashboard.example".to_owned()];
    let router = routes(settings).await;
    let answer = ask(&router, Method::GET, PROVISIONR, &[local, origin]).await;
    assert_eq!(answer.header("access-control-allow-origin"), origin.1);
    let other = ask(
        &router,
        Method::GET,
        PROVISIONR,
        &[local, ("origin", "https://evil.example")],
    )
    .await;
    assert_eq!(other.header("access-control-allow-origin"), "");
    let preflight = [
        local,
        origin,
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "authorization"),
    ];
    let answer = ask(&router, Method::OPTIONS, PROVISIONR, &preflight).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.header("access-control-allow-headers"),
        "authorization,if-none-match"
    );

    for wrong in ["dashboard.example", "https://", "https://a/b"] {
        let mut settings = both();
        settings.cors_origins = vec![wrong.to_owned()];
        let refused = idq_server::Server::start(settings).await.err();
        assert!(
            matches!(refused, Some(idq_server::Error::Origin { .. })),
            "{wrong}"
        );
    }
}
