//! The description at `/openapi.json`.

use idq::api::Api;
use idq_server::Profile;
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

fn parameter<'a>(operation: &'a Value, name: &str) -> &'a Value {
    let mut parameters = operation["parameters"].as_array().unwrap().iter();
    parameters.find(|each| each["name"] == name).unwrap()
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
async fn description_has_where_in_every_route_of_lists_and_counts() {
    for profile in [Profile::Shown, Profile::Hidden] {
        let mut settings = both_apis();
        settings.profile = profile;
        let router = start_router(settings).await;
        let description = get(&router, "/openapi.json").await.json();
        for path in [PROVISIONR, PERMISSION_ASSIST] {
            for path in [path.to_owned(), format!("/idq/v1{path}/counts")] {
                for method in ["get", "head"] {
                    let operation = &description["paths"][&path][method];
                    let parameter = parameter(operation, "where");
                    let items = &parameter["schema"]["items"];
                    assert_eq!(*items, serde_json::json!({"type": "string"}), "{path}");
                    assert_eq!(parameter["required"], false);
                }
            }
            // The example of the description is an expression that the API accepts, also twice.
            let operation = &description["paths"][path]["get"];
            let about = parameter(operation, "where")["description"]
                .as_str()
                .unwrap();
            let example = about.split('`').nth(1).unwrap();
            let example = example.replace(' ', "%20").replace('"', "%22");
            let target = format!("{path}?where={example}&where={example}");
            assert_eq!(get(&router, &target).await.status, 200, "{target}");
        }
    }
}

#[tokio::test]
async fn described_keys_are_any_text_and_name_all_buckets() {
    for (profile, has_path) in [(Profile::Shown, true), (Profile::Hidden, false)] {
        let mut settings = both_apis();
        settings.profile = profile;
        let router = start_router(settings).await;
        let description = get(&router, "/openapi.json").await.json();
        let path = format!("/idq/v1{PROVISIONR}/counts");
        let keys = parameter(&description["paths"][&path]["get"], "by");
        assert_eq!(
            keys["schema"]["items"],
            serde_json::json!({"type": "string"})
        );
        let about = keys["description"].as_str().unwrap();
        assert!(about.contains("Buckets: year, quarter, "), "{about}");
        assert_eq!(about.contains("`profile.department`"), has_path, "{about}");
        // A key that a pattern of plain names would exclude.
        let target = format!("{path}?by=TIMESTAMP.Created_At:age(30d,90d,365d)");
        assert_eq!(get(&router, &target).await.status, 200);
    }
}

#[tokio::test]
async fn description_has_all_statuses() {
    let mut settings = both_apis();
    settings.access = idq_server::Access::GeneratedToken;
    settings.profile = Profile::Hidden;
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
