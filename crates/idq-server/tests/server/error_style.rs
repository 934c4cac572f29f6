//! An API whose errors have an invented style, described by its data alone.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use idq::api::{Api, ErrorMember, ErrorStyle, FilterNames, InvalidStatus, SeveralErrors};
use idq_server::Access;
use serde_json::json;

use crate::support::{TokenFile, fixture, get, get_with, settings_for, start_router};

/// The path of the API's collection.
const PEOPLE: &str = "/people";

/// Starts a server of an API whose error bodies have these members.
async fn start_with_members(tokens: &TokenFile, members: &[(&str, ErrorMember)]) -> Router {
    let mut api = Api::clone(Api::provisionr());
    api.name = "people-list".to_owned();
    api.collection_path = PEOPLE.to_owned();
    let members = members.iter();
    api.errors = ErrorStyle {
        invalid_status: InvalidStatus::BadRequest,
        filter_names: FilterNames::Bracketed,
        unreadable_message: SeveralErrors::Summarized,
        invalid_message: SeveralErrors::Joined,
        unauthenticated: "Who is there?".to_owned(),
        no_record: "{id} is unknown, and so is {id}.".to_owned(),
        members: members
            .map(|(key, member)| ((*key).to_owned(), *member))
            .collect(),
    };
    let mut settings = settings_for(&[fixture("provisionr.ndjson")]);
    settings.load.api = Some(Arc::new(api));
    settings.access = Access::TokenFile(tokens.path.clone());
    start_router(settings).await
}

#[tokio::test]
async fn errors_of_an_invented_style_have_its_statuses_texts_and_members() {
    let tokens = TokenFile::new();
    let router = start_with_members(&tokens, &[("problem", ErrorMember::Message)]).await;
    let response = get(&router, PEOPLE).await;
    assert_eq!(response.status, StatusCode::UNAUTHORIZED);
    assert_eq!(response.text(), r#"{"problem":"Who is there?"}"#);
    let headers = [("authorization", tokens.authorization.as_str())];
    for (target, status, message) in [
        (
            "/b%7Bid%7D",
            StatusCode::NOT_FOUND,
            "b{id} is unknown, and so is b{id}.",
        ),
        (
            "?filter[created_after]=x&filter[deleted_before]=y",
            StatusCode::BAD_REQUEST,
            "filter[created_after]: expected a date, found `x`. filter[deleted_before]: expected a date, found `y`.",
        ),
    ] {
        let response = get_with(&router, &format!("{PEOPLE}{target}"), &headers).await;
        assert_eq!(response.status, status);
        assert_eq!(response.json(), json!({"problem": message}));
    }
    let response = get_with(&router, &format!("{PEOPLE}?sort=a&filter[b]=1"), &headers).await;
    assert_eq!(response.status, StatusCode::BAD_REQUEST);
    assert!(response.text().ends_with(r#" (and 1 more error)"}"#));
    // A path without an API has the style of the server itself.
    let response = get_with(&router, "/nowhere", &headers).await;
    assert_eq!(response.text(), r#"{"message":"Not Found."}"#);
}

#[tokio::test]
async fn members_keep_their_order_and_the_description_has_the_same_members() {
    use idq::api::ListedErrors::{Invalid, UnreadableAndInvalid};
    let tokens = TokenFile::new();
    let members = [
        ("values", ErrorMember::ErrorsByField(Invalid)),
        ("code", ErrorMember::Code),
        ("all", ErrorMember::ErrorList(UnreadableAndInvalid)),
    ];
    let router = start_with_members(&tokens, &members).await;
    let headers = [("authorization", tokens.authorization.as_str())];
    for (target, body) in [
        (
            "?filter[created_after]=x",
            r#"{"values":{"filter[created_after]":["filter[created_after]: expected a date, found `x`."]},"code":"validation_error","all":[{"field":"filter[created_after]","message":"filter[created_after]: expected a date, found `x`."}]}"#,
        ),
        ("/x", r#"{"code":"not_found"}"#),
    ] {
        let response = get_with(&router, &format!("{PEOPLE}{target}"), &headers).await;
        assert_eq!(response.text(), body);
    }
    let response = get_with(&router, &format!("{PEOPLE}?filter[b]=1"), &headers).await;
    assert!(
        response
            .text()
            .starts_with(r#"{"code":"validation_error","all":[{"field":"filter","#)
    );

    let description = get(&router, "/openapi.json").await.json();
    let schema = &description["components"]["schemas"]["PeopleListError"];
    let keys: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["all", "code", "values"]);
    assert_eq!(schema["required"], json!(["code"]));
    let responses = &description["paths"][PEOPLE]["get"]["responses"];
    assert_eq!(
        responses["400"]["content"]["application/json"]["schema"]["$ref"],
        "#/components/schemas/PeopleListError"
    );
    assert!(responses["422"].is_null());
}
