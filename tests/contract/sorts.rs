//! Sorts: every key in both directions, aliases, null and missing values, equal keys, collations.

use serde_json::{Value, json};

use crate::{ids, provisionr, record};

fn at(path: &str, values: &[(&str, Value)]) -> idq::Engine {
    provisionr(
        values
            .iter()
            .map(|(id, value)| record(id, &[(path, value.clone())])),
    )
}

/// Asserts that the key sorts by this field: null and missing first in ascending order, last in descending order, equal
/// keys in load order.
fn sorts(key: &str, path: &str, low: &str, high: &str) {
    let engine = provisionr([
        record("high", &[(path, json!(high))]),
        record("null", &[(path, Value::Null)]),
        record("low", &[(path, json!(low))]),
        record("missing", &[]),
        record("high again", &[(path, json!(high))]),
    ]);
    let request = |sort: &str| ids(&engine, &format!("filter[trashed]=with&sort={sort}"));
    let ascending = ["null", "missing", "low", "high", "high again"];
    let descending = ["high", "high again", "low", "null", "missing"];
    assert_eq!(request(key), ascending, "{key}");
    assert_eq!(request(&format!("-{key}")), descending, "-{key}");
}

fn sorts_texts(key: &str, path: &str) {
    sorts(key, path, "a-2", "b-1");
}

fn sorts_dates(key: &str) {
    // The texts compare in the opposite order.
    let path = format!("timestamp.{key}");
    sorts(
        key,
        &path,
        "2026-01-31T12:00:00+14:00",
        "2026-01-31T01:00:00Z",
    );
}

#[test]
fn sort_by_workspace_integration_id_compares_its_field() {
    sorts_texts(
        "workspace_integration_id",
        "included.workspace_integration.id",
    );
}

#[test]
fn sort_by_source_id_is_that_by_workspace_integration_id() {
    sorts_texts("source_id", "included.workspace_integration.id");
}

#[test]
fn sort_by_directory_user_id_compares_its_field() {
    sorts_texts("directory_user_id", "included.directory_user.id");
}

#[test]
fn sort_by_user_id_is_that_by_directory_user_id() {
    sorts_texts("user_id", "included.directory_user.id");
}

#[test]
fn sort_by_vendor_id_compares_its_field() {
    sorts_texts("vendor_id", "vendor_id");
}

#[test]
fn sort_by_user_full_name_compares_its_field() {
    sorts_texts("user_full-name", "included.directory_user.full_name");
}

#[test]
fn sort_by_user_email_compares_its_field() {
    sorts_texts("user_email", "included.directory_user.email");
}

#[test]
fn sort_by_email_compares_its_field() {
    sorts_texts("email", "email");
}

#[test]
fn sort_by_state_compares_its_field() {
    sorts_texts("state", "state");
}

#[test]
fn sort_by_created_at_compares_instants() {
    sorts_dates("created_at");
}

#[test]
fn sort_by_updated_at_compares_instants() {
    sorts_dates("updated_at");
}

#[test]
fn sort_by_deleted_at_compares_instants() {
    sorts_dates("deleted_at");
}

#[test]
fn sort_by_provisioned_at_compares_instants() {
    sorts_dates("provisioned_at");
}

#[test]
fn sort_by_profile_changed_at_compares_instants() {
    sorts_dates("profile_changed_at");
}

#[test]
fn sort_by_last_authenticated_at_compares_instants() {
    sorts_dates("last_authenticated_at");
}

#[test]
fn sort_by_deprovisioned_at_compares_instants() {
    sorts_dates("deprovisioned_at");
}

#[test]
fn empty_text_sorts_above_null_and_missing_values() {
    let values = [
        ("a", json!("a")),
        ("empty", json!("")),
        ("null", Value::Null),
    ];
    for key in ["email", "vendor_id", "state"] {
        let engine = at(key, &values);
        assert_eq!(
            ids(&engine, &format!("sort={key}")),
            ["null", "empty", "a"],
            "{key}"
        );
        assert_eq!(
            ids(&engine, &format!("sort=-{key}")),
            ["a", "empty", "null"],
            "-{key}"
        );
    }
}

#[test]
fn sort_of_names_and_emails_compares_lowercased() {
    let values = [
        ("1", json!("b")),
        ("2", json!("Ä")),
        ("3", json!("A")),
        ("4", json!("ä")),
        ("5", json!("C")),
    ];
    for (key, path) in [
        ("email", "email"),
        ("user_email", "included.directory_user.email"),
        ("user_full-name", "included.directory_user.full_name"),
    ] {
        let engine = at(path, &values);
        // `Ä` and `ä` are equal and keep load order in both directions.
        assert_eq!(
            ids(&engine, &format!("sort={key}")),
            ["3", "1", "5", "2", "4"],
            "{key}"
        );
        assert_eq!(
            ids(&engine, &format!("sort=-{key}")),
            ["2", "4", "5", "1", "3"],
            "-{key}"
        );
    }
}

#[test]
fn sort_of_other_texts_compares_bytes() {
    let values = [
        ("1", json!("a")),
        ("2", json!("B")),
        ("3", json!("_")),
        ("4", json!("é")),
        ("5", json!("10")),
        ("6", json!("9")),
    ];
    for (key, path) in [
        ("vendor_id", "vendor_id"),
        ("state", "state"),
        ("source_id", "included.workspace_integration.id"),
        ("user_id", "included.directory_user.id"),
    ] {
        let sorted = ids(&at(path, &values), &format!("sort={key}"));
        assert_eq!(sorted, ["5", "6", "2", "3", "1", "4"], "{key}");
    }
}

#[test]
fn sort_of_instants_compares_microseconds() {
    let engine = at(
        "timestamp.created_at",
        &[
            ("3", json!("2026-01-01T00:00:00.000002Z")),
            ("1", json!("2026-01-01T00:00:00Z")),
            ("2", json!("2026-01-01T00:00:00.000001Z")),
            ("2 again", json!("2026-01-01T00:00:00.000001999Z")),
        ],
    );
    assert_eq!(ids(&engine, "sort=created_at"), ["1", "2", "2 again", "3"]);
}

#[test]
fn sort_by_several_keys_compares_the_first_key_first() {
    let person = |id, state: &str, email: &str| {
        record(id, &[("state", json!(state)), ("email", json!(email))])
    };
    let engine = provisionr([
        person("1", "b", "x"),
        person("2", "a", "x"),
        person("3", "b", "y"),
        person("4", "a", "y"),
    ]);
    assert_eq!(ids(&engine, "sort=state,-email"), ["4", "2", "3", "1"]);
    assert_eq!(ids(&engine, "sort=-email,state"), ["4", "3", "2", "1"]);
    assert_eq!(
        ids(&engine, "sort=state,-state,email"),
        ["2", "4", "1", "3"]
    );
}

#[test]
fn request_without_a_sort_has_load_order() {
    assert_eq!(
        ids(&provisionr(["c", "a", "b"].map(|id| record(id, &[]))), ""),
        ["c", "a", "b"]
    );
}

#[test]
fn sort_keys_of_the_description_are_those_of_the_vendor() {
    let mut keys: Vec<&str> = idq::api::Api::provisionr()
        .sorts
        .iter()
        .map(|sort| sort.name.as_str())
        .collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "created_at",
            "deleted_at",
            "deprovisioned_at",
            "directory_user_id",
            "email",
            "last_authenticated_at",
            "profile_changed_at",
            "provisioned_at",
            "source_id",
            "state",
            "updated_at",
            "user_email",
            "user_full-name",
            "user_id",
            "vendor_id",
            "workspace_integration_id",
        ],
    );
}
