//! Whole URLs as requests.

use serde_json::json;

use crate::{ids, permission_assist, provisionr, record, refusal};

const PROVISIONR: &str = "https://wks.provisionr.example/api/v1/directory/identities";
const PERMISSION_ASSIST: &str = "https://pa.example/api/identities";

fn directory() -> idq::Engine {
    provisionr(["active", "staged"].map(|state| record(state, &[("state", json!(state))])))
}

fn assist() -> idq::Engine {
    permission_assist(["Active", "Removed"].map(|status| json!({"id": status, "status": status})))
}

#[test]
fn url_of_the_api_of_the_records_is_a_request() {
    assert_eq!(
        ids(&directory(), &format!("{PROVISIONR}?filter[state]=staged")),
        ["staged"]
    );
    assert_eq!(
        ids(
            &assist(),
            &format!("{PERMISSION_ASSIST}?filter[status]=Active")
        ),
        ["Active"]
    );
}

#[test]
fn path_with_a_query_is_a_request() {
    assert_eq!(
        ids(
            &directory(),
            "/api/v1/directory/identities?filter[state]=staged"
        ),
        ["staged"]
    );
    assert_eq!(
        ids(&assist(), "/api/identities?filter[status]=Active#top"),
        ["Active"]
    );
}

#[test]
fn url_behind_a_gateway_or_with_a_final_slash_is_a_request() {
    assert_eq!(
        ids(
            &directory(),
            "https://g.example/p/api/v1/directory/identities/"
        )
        .len(),
        2
    );
}

#[test]
fn url_without_a_query_selects_all_records() {
    assert_eq!(ids(&directory(), PROVISIONR).len(), 2);
}

#[test]
fn url_of_another_api_is_refused() {
    insta::assert_snapshot!(refusal(
        &directory(),
        &format!("{PERMISSION_ASSIST}?page=1")
    ), @"
    the URL is for Permission Assist identities, but the records are from Provisionr directory identities
      request: https://pa.example/api/identities?page=1
                                 ^^^^^^^^^^^^^^^
      help: give only the part after the `?`, if it is meant for these records
    ");
    insta::assert_snapshot!(refusal(&assist(), &format!("{PROVISIONR}?page=1")), @"
    the URL is for Provisionr directory identities, but the records are from Permission Assist identities
      request: https://wks.provisionr.example/api/v1/directory/identities?page=1
                                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: give only the part after the `?`, if it is meant for these records
    ");
}

#[test]
fn url_of_one_identity_is_refused() {
    insta::assert_snapshot!(refusal(&directory(), &format!("{PROVISIONR}/dridt_1")), @"
    the URL is that of one identity, `dridt_1`
      request: https://wks.provisionr.example/api/v1/directory/identities/dridt_1
                                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: use `idq get --id dridt_1`
    ");
}

#[test]
fn url_of_another_path_is_refused() {
    insta::assert_snapshot!(refusal(
        &directory(),
        "https://x.example/api/v1/directory/users?page=1"
    ), @"
    expected a URL that ends in /api/v1/directory/identities
      request: https://x.example/api/v1/directory/users?page=1
                                ^^^^^^^^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn path_of_a_url_determines_the_api() {
    let api = |path| {
        idq::api::ApiRegistry::built_in()
            .by_path(path)
            .map(|(api, id)| (&*api.name, id))
    };
    assert_eq!(
        api("/api/v1/directory/identities"),
        Some(("provisionr", None))
    );
    assert_eq!(
        api("/api/v1/directory/identities/x"),
        Some(("provisionr", Some("x")))
    );
    assert_eq!(api("/api/identities"), Some(("permission-assist", None)));
    assert_eq!(
        api("/api/identities/x"),
        Some(("permission-assist", Some("x")))
    );
    assert_eq!(api("/api/v1/directory/users"), None);
}
