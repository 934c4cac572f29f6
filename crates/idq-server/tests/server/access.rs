//! Tokens, and the addresses that require them.

use std::fs;

use axum::http::{Method, StatusCode};
use idq_server::{Access, Error, PlainHttp, Server};
use serde_json::json;

use crate::support::{
    PERMISSION_ASSIST, PROVISIONR, TokenFile, both_apis, get, get_with, send_request, start_router,
};

#[tokio::test]
async fn request_without_an_accepted_token_is_rejected_in_each_style() {
    let tokens = TokenFile::new();
    let mut settings = both_apis();
    settings.access = Access::TokenFile(tokens.path.clone());
    let router = start_router(settings).await;
    let accepted = &*tokens.authorization;

    for (path, headers, challenge) in [
        (PROVISIONR, &[][..], "Bearer realm=\"idq\""),
        (
            PROVISIONR,
            &[("authorization", "Bearer wrong")],
            "Bearer realm=\"idq\", error=\"invalid_token\"",
        ),
        (
            PROVISIONR,
            &[("authorization", "Basic abc")],
            "Bearer realm=\"idq\", error=\"invalid_token\"",
        ),
        (
            PROVISIONR,
            &[("authorization", accepted), ("authorization", accepted)],
            "Bearer realm=\"idq\", error=\"invalid_token\"",
        ),
        (
            "/api/v1/directory/identities/x",
            &[],
            "Bearer realm=\"idq\"",
        ),
        (
            "/api/v1/directory/identities/x/y",
            &[],
            "Bearer realm=\"idq\"",
        ),
        ("/metrics", &[], "Bearer realm=\"idq\""),
        ("/nowhere", &[], "Bearer realm=\"idq\""),
    ] {
        let response = get_with(&router, path, headers).await;
        assert_eq!(response.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(response.header("www-authenticate"), challenge);
        assert_eq!(response.json(), json!({"message": "Unauthenticated."}));
    }
    let response = get(&router, PERMISSION_ASSIST).await;
    assert_eq!(response.status, StatusCode::UNAUTHORIZED);
    assert_eq!(response.json()["error"], "unauthorized");
    assert_eq!(response.json()["correlationId"].as_str().unwrap().len(), 32);

    // Without a token, methods, values and ids are not checked.
    let response = send_request(&router, Method::POST, PROVISIONR, &[("host", "localhost")]).await;
    assert_eq!(response.status, StatusCode::UNAUTHORIZED);
    let response = get(&router, &format!("{PROVISIONR}?filter[x]=1")).await;
    assert_eq!(response.status, StatusCode::UNAUTHORIZED);

    for path in [PROVISIONR, PERMISSION_ASSIST, "/metrics"] {
        let response = get_with(&router, path, &[("authorization", accepted)]).await;
        assert_eq!(response.status, StatusCode::OK, "{path}");
    }
    for path in ["/", "/healthz", "/openapi.json"] {
        assert_eq!(get(&router, path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn server_without_a_token_file_accepts_its_generated_token() {
    let mut settings = both_apis();
    settings.access = Access::GeneratedToken;
    let server = Server::start(settings).await.unwrap();
    let token = format!("Bearer {}", server.new_token().unwrap().text());
    let router = server.router();
    assert_eq!(
        get(&router, PROVISIONR).await.status,
        StatusCode::UNAUTHORIZED
    );
    let response = get_with(&router, PROVISIONR, &[("authorization", &token)]).await;
    assert_eq!(response.status, StatusCode::OK);
}

#[tokio::test]
async fn public_address_without_token_file_or_tls_is_rejected() {
    let tokens = TokenFile::new();
    let mut settings = both_apis();
    settings.listen = ([0, 0, 0, 0], 0).into();
    for access in [Access::Open, Access::GeneratedToken] {
        settings.access = access;
        settings.plain_http = PlainHttp::Anywhere;
        let refused = Server::start(settings.clone()).await.err();
        assert!(matches!(refused, Some(Error::Exposed { .. })));
    }
    settings.access = Access::TokenFile(tokens.path.clone());
    settings.plain_http = PlainHttp::Loopback;
    let refused = Server::start(settings).await.err();
    assert!(matches!(refused, Some(Error::Plain { .. })));
}

#[tokio::test]
async fn token_file_without_a_token_prevents_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    let mut settings = both_apis();
    settings.access = Access::TokenFile(file.clone());
    let missing = Server::start(settings.clone()).await.err();
    assert!(matches!(missing, Some(Error::File { .. })));
    for text in ["", "# none\n"] {
        fs::write(&file, text).unwrap();
        let empty = Server::start(settings.clone()).await.err();
        assert!(matches!(empty, Some(Error::NoToken { .. })));
    }
    fs::write(&file, "hunter2\n").unwrap();
    let error = Server::start(settings).await.err().unwrap();
    assert!(matches!(error, Error::TokenLine { line: 1, .. }));
    assert!(!error.to_string().contains("hunter2"));
}
