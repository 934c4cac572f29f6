//! Records without their profile.

use axum::http::StatusCode;
use idq_server::Profile;
use serde_json::Value;

use crate::support::{PERMISSION_ASSIST, PROVISIONR, both_apis, fixture, get, start_router};

#[tokio::test]
async fn hidden_profile_is_neither_served_nor_searched() {
    let mut settings = both_apis();
    settings.profile = Profile::Hidden;
    let router = start_router(settings).await;
    let page = get(
        &router,
        &format!("{PROVISIONR}?per_page=100&filter[trashed]=with"),
    )
    .await;
    let page = page.json();
    let dump = std::fs::read_to_string(fixture("provisionr.ndjson")).unwrap();
    let mut expected: Vec<Value> = dump
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for record in &mut expected {
        assert!(record.as_object_mut().unwrap().remove("profile").is_some());
        let id = record["id"].as_str().unwrap();
        assert_eq!(
            get(&router, &format!("{PROVISIONR}/{id}")).await.json(),
            *record
        );
    }
    assert_eq!(page["data"], Value::Array(expected));

    for query in [
        "filter[profile_search]=a",
        "filter[profile_search]=",
        "filter[profile_search][]=a",
    ] {
        let response = get(&router, &format!("{PROVISIONR}?{query}")).await;
        assert_eq!(response.status, StatusCode::FORBIDDEN);
        let message = response.json()["message"].as_str().unwrap().to_owned();
        assert!(
            message.starts_with("filter[profile_search] uses the profile"),
            "{message}"
        );
    }
    // The other API has no profile.
    assert_eq!(get(&router, PERMISSION_ASSIST).await.status, StatusCode::OK);
}

#[tokio::test]
async fn description_with_a_hidden_profile_omits_it() {
    let mut settings = both_apis();
    settings.profile = Profile::Hidden;
    let description = get(&start_router(settings).await, "/openapi.json").await;
    assert!(!description.text().contains("filter[profile_search]"));
    assert!(
        description.json()["components"]["schemas"]["ProvisionrIdentity"]["properties"]["profile"]
            .is_null()
    );
    let shown = get(&start_router(both_apis()).await, "/openapi.json").await;
    assert!(shown.text().contains("filter[profile_search]"));
}
