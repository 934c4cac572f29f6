//! The description at `/openapi.json`.

use idq::api::Api;
use serde_json::Value;

use crate::support::{
    PERMISSION_ASSIST, PROVISIONR, both_apis, fixture, get, settings_for, start_router,
};

fn names(operation: &Value) -> Vec<&str> {
    let parameters = operation["parameters"].as_array().unwrap();
    parameters
        .iter()
        .map(|each| each["name"].as_str().unwrap())
        .collect()
}

fn statuses(operation: &Value) -> Vec<&str> {
    operation["responses"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[tokio::test]
async fn description_has_all_filters_and_sorts_of_the_tables() {
    let description = get(&start_router(both_apis()).await, "/openapi.json")
        .await
        .json();
    assert_eq!(description["openapi"], "3.1.0");
    for api in [Api::provisionr(), Api::permission_assist()] {
        for method in ["get", "head"] {
            let operation = &description["paths"][&api.collection_path][method];
            let names = names(operation);
            for rule in &api.filters {
                assert!(names.contains(&format!("filter[{}]", rule.name).as_str()));
            }
            assert!(names.contains(&"sort") && names.contains(&"page"));
            let sort = operation["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .find(|each| each["name"] == "sort")
                .unwrap();
            let keys = sort["schema"]["items"]["enum"].as_array().unwrap();
            assert_eq!(keys.len(), 2 * api.sorts.len());
        }
    }
}

#[tokio::test]
async fn description_has_all_statuses() {
    let mut settings = both_apis();
    settings.access = idq_server::Access::GeneratedToken;
    settings.profile = idq_server::Profile::Hidden;
    let description = get(&start_router(settings).await, "/openapi.json")
        .await
        .json();
    let paths = &description["paths"];
    let common = [
        "200", "304", "400", "401", "405", "414", "429", "431", "500", "503",
    ];
    for (path, more) in [
        (PROVISIONR.to_owned(), &["403", "422"][..]),
        (PERMISSION_ASSIST.to_owned(), &[]),
        (format!("{PROVISIONR}/{{id}}"), &["404"]),
        (format!("{PERMISSION_ASSIST}/{{id}}"), &["404"]),
    ] {
        let mut expected: Vec<&str> = common.iter().chain(more).copied().collect();
        expected.sort_unstable();
        assert_eq!(statuses(&paths[&path]["get"]), expected, "{path}");
        assert_eq!(statuses(&paths[&path]["head"]), expected, "{path}");
        assert_eq!(
            paths[&path]["get"]["security"][0]["bearer"],
            serde_json::json!([])
        );
    }
    assert!(statuses(&paths["/metrics"]["get"]).contains(&"401"));
    assert!(paths["/healthz"]["get"]["security"].is_null());
}

#[tokio::test]
async fn description_omits_an_api_that_is_not_served() {
    let router = start_router(settings_for(&[fixture("permission-assist.json")])).await;
    let description = get(&router, "/openapi.json").await.json();
    assert!(description["paths"][PROVISIONR].is_null());
    assert_eq!(get(&router, PROVISIONR).await.status, 404);
    assert_eq!(get(&router, PERMISSION_ASSIST).await.status, 200);
}
