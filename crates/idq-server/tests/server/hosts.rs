//! Hosts in requests and in page URLs, and origins of web pages.

use axum::http::{Method, StatusCode};
use idq_server::{Access, Proxy};

use crate::support::{
    PERMISSION_ASSIST, PROVISIONR, TestResponse, TokenFile, both_apis, send_request, start_router,
};

/// Requests the first page from a server with tokens, which accepts all hosts.
async fn first_page(proxy: Proxy, headers: &[(&str, &str)]) -> TestResponse {
    let tokens = TokenFile::new();
    let mut settings = both_apis();
    settings.access = Access::TokenFile(tokens.path.clone());
    settings.proxy = proxy;
    let authorization = [("authorization", &*tokens.authorization)];
    let headers: Vec<_> = headers.iter().chain(&authorization).copied().collect();
    let router = start_router(settings).await;
    send_request(&router, Method::GET, PROVISIONR, &headers).await
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
        let response = first_page(proxy, headers).await;
        assert_eq!(response.status, StatusCode::OK);
        let url = response.json()["next_page_url"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(url, format!("{expected}{PROVISIONR}?page=2"));
        assert_eq!(response.json()["path"], format!("{expected}{PROVISIONR}"));
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
        let response = first_page(Proxy::Ignored, headers).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{headers:?}");
        assert!(!response.text().contains("script"));
    }
    let response = first_page(
        Proxy::Trusted,
        &[("host", "a"), ("x-forwarded-host", "b\"c")],
    )
    .await;
    assert_eq!(response.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn server_without_tokens_accepts_local_hosts_only() {
    let router = start_router(both_apis()).await;
    for (host, status) in [
        ("localhost:8080", 200),
        ("127.0.0.1", 200),
        ("[::1]:1", 200),
        ("rebound.example", 400),
        ("localhost.example", 400),
    ] {
        for path in [PROVISIONR, PERMISSION_ASSIST, "/metrics"] {
            let response = send_request(&router, Method::GET, path, &[("host", host)]).await;
            assert_eq!(response.status, status, "{host} {path}");
        }
    }
}

#[tokio::test]
async fn pages_of_other_origins_are_permitted_by_the_settings_only() {
    let origin = ("origin", "https://dashboard.example");
    let local = ("host", "localhost");
    let router = start_router(both_apis()).await;
    let response = send_request(&router, Method::GET, PROVISIONR, &[local, origin]).await;
    assert_eq!(response.header("access-control-allow-origin"), "");

    let mut settings = both_apis();
    settings.cors_origins = vec!["https://dashboard.example".to_owned()];
    let router = start_router(settings).await;
    let response = send_request(&router, Method::GET, PROVISIONR, &[local, origin]).await;
    assert_eq!(response.header("access-control-allow-origin"), origin.1);
    let other = send_request(
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
    let response = send_request(&router, Method::OPTIONS, PROVISIONR, &preflight).await;
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(
        response.header("access-control-allow-headers"),
        "authorization,if-none-match"
    );

    for wrong in ["dashboard.example", "https://", "https://a/b"] {
        let mut settings = both_apis();
        settings.cors_origins = vec![wrong.to_owned()];
        let refused = idq_server::Server::start(settings).await.err();
        assert!(
            matches!(refused, Some(idq_server::Error::Origin { .. })),
            "{wrong}"
        );
    }
}
