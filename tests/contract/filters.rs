//! Every filter of Provisionr matches its own field and no other.

use serde_json::{Value, json};

use crate::{ids, provisionr, record};

/// Every text field, each a possible mistake of a filter.
const TEXTS: [&str; 7] = [
    "vendor_id",
    "email",
    "state",
    "profile.x",
    "included.workspace_integration.id",
    "included.directory_user.id",
    "included.directory_user.email",
];

/// Returns a record for each text field, named after it, with `Needle-1` in that field only.
fn texts() -> idq::Engine {
    let named = |path: &&str| record(path, &[(path, json!("Needle-1"))]);
    let decoy = record("Needle-1", &[]);
    provisionr(TEXTS.iter().map(named).chain([decoy]))
}

fn finds(filter: &str, value: &str, expected: &[&str]) {
    let found = ids(&texts(), &format!("filter[{filter}]={value}"));
    assert_eq!(found, expected, "filter[{filter}]={value}");
}

#[test]
fn id_search_is_partial_on_id() {
    finds("id_search", "needle", &["Needle-1"]);
}

#[test]
fn workspace_integration_id_is_exact() {
    finds(
        "workspace_integration_id",
        "Needle-1",
        &["included.workspace_integration.id"],
    );
    finds("workspace_integration_id", "Needle", &[]);
}

#[test]
fn directory_user_id_is_exact() {
    finds(
        "directory_user_id",
        "Needle-1",
        &["included.directory_user.id"],
    );
    finds("directory_user_id", "Needle", &[]);
}

#[test]
fn vendor_id_is_exact() {
    finds("vendor_id", "Needle-1", &["vendor_id"]);
    finds("vendor_id", "Needle", &[]);
}

#[test]
fn vendor_id_search_is_partial() {
    finds("vendor_id_search", "eedle", &["vendor_id"]);
}

#[test]
fn email_is_exact() {
    finds("email", "Needle-1", &["email"]);
    finds("email", "needle-1", &[]);
}

#[test]
fn email_search_is_partial() {
    finds("email_search", "NEEDLE", &["email"]);
}

#[test]
fn state_is_exact() {
    finds("state", "Needle-1", &["state"]);
    finds("state", "Needle", &[]);
}

#[test]
fn profile_search_is_partial_on_the_profile() {
    finds("profile_search", "dle-1", &["profile.x"]);
}

#[test]
fn id_filter_is_an_exact_extension() {
    finds("id", "Needle-1", &["Needle-1"]);
    finds("id", "Needle", &[]);
}

/// Returns a record for each date field, named after the stem of its filters, with only that field set.
fn dates() -> idq::Engine {
    let named =
        |(stem, path): &(&str, &str)| record(stem, &[(path, json!("2026-01-15T12:00:00Z"))]);
    provisionr(DATES.iter().map(named))
}

const DATES: [(&str, &str); 7] = [
    ("created", "timestamp.created_at"),
    ("updated", "timestamp.updated_at"),
    ("deleted", "timestamp.deleted_at"),
    ("provisioned", "timestamp.provisioned_at"),
    ("profile_changed", "timestamp.profile_changed_at"),
    ("last_authenticated", "timestamp.last_authenticated_at"),
    ("deprovisioned", "timestamp.deprovisioned_at"),
];

/// Asserts both filters of a date on both sides of the date, with deleted records included.
fn bounds(stem: &str) {
    let engine = dates();
    for (suffix, value, found) in [
        ("before", "2026-01-14", false),
        ("before", "2026-01-15", true),
        ("before", "2026-01-16", true),
        ("after", "2026-01-14", true),
        ("after", "2026-01-15", true),
        ("after", "2026-01-16", false),
    ] {
        let request = format!("filter[{stem}_{suffix}]={value}&filter[trashed]=with");
        let expected: &[&str] = if found { &[stem] } else { &[] };
        assert_eq!(ids(&engine, &request), expected, "{request}");
    }
}

#[test]
fn created_before_and_after() {
    bounds("created");
}

#[test]
fn deleted_before_and_after() {
    bounds("deleted");
}

#[test]
fn provisioned_before_and_after() {
    bounds("provisioned");
}

#[test]
fn profile_changed_before_and_after() {
    bounds("profile_changed");
}

#[test]
fn last_authenticated_before_and_after() {
    bounds("last_authenticated");
}

#[test]
fn deprovisioned_before_and_after() {
    bounds("deprovisioned");
}

#[test]
fn updated_before_and_after_as_an_extension() {
    bounds("updated");
}

fn trash() -> idq::Engine {
    provisionr([
        record("kept", &[("timestamp.deleted_at", Value::Null)]),
        record(
            "deleted",
            &[("timestamp.deleted_at", json!("2026-01-01T00:00:00Z"))],
        ),
        record("silent", &[]),
    ])
}

#[test]
fn trashed_by_default_excludes_deleted_records() {
    assert_eq!(ids(&trash(), ""), ["kept", "silent"]);
}

#[test]
fn trashed_without_excludes_deleted_records() {
    assert_eq!(ids(&trash(), "filter[trashed]=without"), ["kept", "silent"]);
}

#[test]
fn trashed_with_includes_deleted_records() {
    assert_eq!(
        ids(&trash(), "filter[trashed]=with"),
        ["kept", "deleted", "silent"]
    );
}

#[test]
fn trashed_only_selects_deleted_records() {
    assert_eq!(ids(&trash(), "filter[trashed]=only"), ["deleted"]);
}

fn leavers() -> idq::Engine {
    let left = ("timestamp.deprovisioned_at", json!("2026-01-01T00:00:00Z"));
    provisionr([
        record("left, active", &[left.clone(), ("state", json!("active"))]),
        record(
            "left, deactivated",
            &[left.clone(), ("state", json!("deactivated"))],
        ),
        record("left, no state", &[left.clone(), ("state", Value::Null)]),
        record(
            "left, Deactivated",
            &[left, ("state", json!("Deactivated"))],
        ),
        record("active", &[("state", json!("active"))]),
        record("deactivated", &[("state", json!("deactivated"))]),
    ])
}

#[test]
fn deprovisioned_pending_deactivation_true_selects_pending_records() {
    assert_eq!(
        ids(
            &leavers(),
            "filter[deprovisioned_pending_deactivation]=true"
        ),
        ["left, active", "left, no state", "left, Deactivated"],
    );
}

#[test]
fn deprovisioned_pending_deactivation_false_selects_the_others() {
    assert_eq!(
        ids(
            &leavers(),
            "filter[deprovisioned_pending_deactivation]=false"
        ),
        ["left, deactivated", "active", "deactivated"],
    );
}

#[test]
fn filters_of_the_description_are_those_of_the_vendor_and_three_extensions() {
    let mut expected: Vec<String> = [
        "id",
        "id_search",
        "workspace_integration_id",
        "directory_user_id",
        "vendor_id",
        "vendor_id_search",
        "email",
        "email_search",
        "state",
        "profile_search",
        "trashed",
        "deprovisioned_pending_deactivation",
    ]
    .map(str::to_owned)
    .into();
    for (stem, _) in DATES {
        expected.extend([format!("{stem}_before"), format!("{stem}_after")]);
    }
    expected.sort_unstable();
    let mut filters: Vec<&str> = idq::api::Api::provisionr()
        .filters
        .iter()
        .map(|filter| filter.name.as_str())
        .collect();
    filters.sort_unstable();
    assert_eq!(filters, expected);
}
