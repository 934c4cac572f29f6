//! All statuses and bodies of errors.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::support::{PERMISSION_ASSIST, PROVISIONR, both_apis, get, send_request, start_router};

#[tokio::test]
async fn unknown_names_are_all_reported_with_the_allowed_ones() {
    let router = start_router(both_apis()).await;
    let response = get(
        &router,
        &format!("{PROVISIONR}?filter[b]=1&filter[a]=1&sort=x,-y&filter[created_after]=z"),
    )
    .await;
    assert_eq!(response.status, StatusCode::BAD_REQUEST);
    let message = response.json()["message"].as_str().unwrap().to_owned();
    assert!(
        message.starts_with(
            "Requested filter(s) `a, b` are not allowed. Allowed filter(s) are `id_search, "
        ),
        "{message}"
    );
    assert!(message.contains(
        "Requested sort(s) `x, y` are not allowed. Allowed sort(s) are `workspace_integration_id, "
    ));
    assert!(response.json().get("errors").is_none());

    let response = get(&router, &format!("{PERMISSION_ASSIST}?filter[b]=1")).await;
    assert_eq!(response.status, StatusCode::BAD_REQUEST);
    let body = response.json();
    assert_eq!(body["error"], "validation_error");
    assert_eq!(body["errors"][0]["field"], "filter");
    assert_eq!(body["errors"][0]["message"], body["message"]);
}

#[tokio::test]
async fn invalid_values_are_reported_by_field() {
    let router = start_router(both_apis()).await;
    let response = get(
        &router,
        &format!("{PROVISIONR}?filter[created_after]=x&filter[deleted_before]=y"),
    )
    .await;
    assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        response.json(),
        json!({
            "message": "filter[created_after]: expected a date, found `x`. (and 1 more error)",
            "errors": {
                "filter.created_after": ["filter[created_after]: expected a date, found `x`."],
                "filter.deleted_before": ["filter[deleted_before]: expected a date, found `y`."],
            },
        })
    );
    for (target, field) in [
        ("page=abc", "page"),
        ("page=0", "page"),
        ("filter[createdDate_after]=x", "filter[createdDate_after]"),
    ] {
        let response = get(&router, &format!("{PERMISSION_ASSIST}?{target}")).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST);
        let body = response.json();
        assert_eq!(body["error"], "validation_error");
        assert_eq!(body["errors"][0]["field"], field);
        let id = body["correlationId"].as_str().unwrap();
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}

#[tokio::test]
async fn mistakes_in_expressions_have_their_place_and_advice() {
    let router = start_router(both_apis()).await;
    for (query, expected) in [
        // A mistake of the grammar.
        (
            "where=email+equals+%22x%22",
            "expected an operator, found `equals`, at character 7; write `eq`.",
        ),
        // An escape is one character, and so is a letter of several bytes.
        (
            "filter[state]=a&where=%22Zo%C3%AB%22%20equals%20%22x%22",
            "expected an operator, found `equals`, at character 7; write `eq`.",
        ),
        (
            "where=email%20pr&filter[state]=a&%77here=email%20equals%20%22x%22",
            "expected an operator, found `equals`, at character 7 of expression 2; write `eq`.",
        ),
        // Mistakes that binding finds. Advice that is a question has its own mark at the end.
        (
            "where=email%20pr%20and%20stat%20eq%20%22x%22",
            "expected the name of a field, found `stat`, at character 14; did you mean `state`?",
        ),
        (
            "where=trashed%20eq%20%22only%22",
            "expected the name of a field, found `trashed`, at character 1; `trashed` is a filter, given beside \
             expressions: `filter[trashed]=VALUE`.",
        ),
    ] {
        for target in [
            format!("{PROVISIONR}?{query}"),
            format!("/idq/v1{PROVISIONR}/counts?by=state&{query}"),
        ] {
            let response = get(&router, &target).await;
            let body = response.json();
            assert_eq!(body["message"], expected, "{target}");
        }
    }
    let target = format!("{PERMISSION_ASSIST}?where=email+equals+%22x%22");
    let body = get(&router, &target).await.json();
    assert_eq!(body["errors"][0]["field"], "where");
}

#[tokio::test]
async fn unknown_id_is_not_found_in_each_style() {
    let router = start_router(both_apis()).await;
    let response = get(&router, &format!("{PROVISIONR}/unknown")).await;
    assert_eq!(response.status, StatusCode::NOT_FOUND);
    assert_eq!(response.json(), json!({"message": "Not Found."}));
    let response = get(&router, &format!("{PERMISSION_ASSIST}/no%22body")).await;
    assert_eq!(response.status, StatusCode::NOT_FOUND);
    let body = response.json();
    assert_eq!(body["error"], "not_found");
    assert_eq!(body["message"], "Identity with id no\"body not found");
}

#[tokio::test]
async fn bodies_have_the_members_of_each_api_in_its_order() {
    let router = start_router(both_apis()).await;
    let message = "filter[created_after]: expected a date, found `x`.";
    let response = get(&router, &format!("{PROVISIONR}?filter[created_after]=x")).await;
    assert_eq!(
        response.text(),
        format!(r#"{{"message":"{message}","errors":{{"filter.created_after":["{message}"]}}}}"#)
    );
    let message = "filter[createdDate_after]: expected a date, found `x`.";
    let target = format!("{PERMISSION_ASSIST}?filter[createdDate_after]=x");
    let response = get(&router, &target).await;
    let id = response.json()["correlationId"]
        .as_str()
        .unwrap()
        .to_owned();
    let errors = format!(r#"[{{"field":"filter[createdDate_after]","message":"{message}"}}]"#);
    assert_eq!(
        response.text(),
        format!(
            r#"{{"error":"validation_error","message":"{message}","correlationId":"{id}","errors":{errors}}}"#
        )
    );
    let response = get(&router, &format!("{PERMISSION_ASSIST}/nobody")).await;
    let id = response.json()["correlationId"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        response.text(),
        format!(
            r#"{{"error":"not_found","message":"Identity with id nobody not found","correlationId":"{id}"}}"#
        )
    );
}

#[tokio::test]
async fn path_outside_of_the_routes_is_not_found() {
    let router = start_router(both_apis()).await;
    for path in [
        "/nowhere",
        "/api",
        "/api/identities/",
        "/api/identities/a/b",
        "/api/identities/../../etc/passwd",
        "/api/identities/..%2f..%2fetc%2fpasswd",
        "/api/identities/%2e%2e",
        "/api/identities/%00",
        "/api/identities/%ff",
        "/../../etc/passwd",
        "//etc/passwd",
        "/api/v1/directory/identities/..",
        "/API/identities",
    ] {
        let response = get(&router, path).await;
        assert_eq!(response.status, StatusCode::NOT_FOUND, "{path}");
        let is_coded = path.starts_with("/api/identities");
        assert_eq!(
            response.json().get("correlationId").is_some(),
            is_coded,
            "{path}"
        );
    }
}

#[tokio::test]
async fn method_other_than_get_and_head_is_not_allowed() {
    let router = start_router(both_apis()).await;
    for method in [
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::OPTIONS,
        Method::TRACE,
    ] {
        for path in [
            PROVISIONR,
            PERMISSION_ASSIST,
            "/healthz",
            "/",
            "/metrics",
            "/openapi.json",
        ] {
            let response =
                send_request(&router, method.clone(), path, &[("host", "localhost")]).await;
            assert_eq!(
                response.status,
                StatusCode::METHOD_NOT_ALLOWED,
                "{method} {path}"
            );
            assert_eq!(response.header("allow"), "GET, HEAD");
            assert!(
                response.json()["message"]
                    .as_str()
                    .unwrap()
                    .contains(method.as_str())
            );
        }
    }
}

#[tokio::test]
async fn query_string_that_violates_the_grammar_is_rejected() {
    let router = start_router(both_apis()).await;
    for query in [
        "filter[state=a",
        "filter[]=a",
        "filter[state]=%ff",
        "page=%ff",
        "filter[state]x=a",
        "filter[state][x][y]=a",
        "sort[a][b]=state",
    ] {
        for path in [PROVISIONR, PERMISSION_ASSIST] {
            let response = get(&router, &format!("{path}?{query}")).await;
            assert_eq!(response.status, StatusCode::BAD_REQUEST, "{query}");
            assert!(!response.json()["message"].as_str().unwrap().is_empty());
        }
    }
    // A query string is never parsed as a URL.
    let response = get(
        &router,
        &format!("{PROVISIONR}?https://example.com/api/identities?page=2"),
    )
    .await;
    assert_eq!(response.json()["current_page"], 1);
}

#[tokio::test]
async fn page_larger_than_the_limit_is_rejected() {
    let mut settings = both_apis();
    settings.limits.max_per_page = 20;
    let router = start_router(settings).await;
    assert_eq!(
        get(&router, &format!("{PROVISIONR}?per_page=20"))
            .await
            .status,
        200
    );
    let response = get(&router, &format!("{PROVISIONR}?per_page=21")).await;
    assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY);
    let message = "The per_page field must not be greater than 20.";
    assert_eq!(
        response.json(),
        json!({"message": message, "errors": {"per_page": [message]}})
    );
    // Pages of this API have a fixed size, independent of the limit.
    assert_eq!(get(&router, PERMISSION_ASSIST).await.json()["pageSize"], 50);
}

#[tokio::test]
async fn query_that_exceeds_the_request_timeout_is_unavailable() {
    let mut settings = both_apis();
    settings.limits.request_timeout = std::time::Duration::from_nanos(1);
    let router = start_router(settings).await;
    let response = get(&router, PROVISIONR).await;
    assert_eq!(response.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.header("retry-after"), "5");
    assert_eq!(
        response.json(),
        json!({"message": "The request took too long."})
    );
    let response = get(&router, PERMISSION_ASSIST).await;
    assert_eq!(response.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.json()["error"], "service_unavailable");
    // Routes without a query are not affected.
    assert_eq!(get(&router, "/healthz").await.status, 200);
}
