//! The two readings of a request, rule by rule: strict, and that of the API.

use serde_json::json;

use crate::{
    as_the_api, ids_with, page_with, permission_assist, provisionr, record, refusal, refusal_with,
};

fn directory() -> idq::Engine {
    provisionr([
        record(
            "a",
            &[
                ("state", json!("active")),
                ("timestamp.created_at", json!("2026-01-01T00:00:00Z")),
            ],
        ),
        record(
            "b",
            &[
                ("state", json!("staged")),
                ("timestamp.created_at", json!("2026-01-02T00:00:00Z")),
            ],
        ),
        record(
            "c",
            &[
                ("state", json!("active")),
                ("timestamp.deleted_at", json!("2026-01-03T00:00:00Z")),
            ],
        ),
    ])
}

/// Returns the ids that match under the API's own reading.
fn api(request: &str) -> Vec<String> {
    ids_with(&directory(), request, &as_the_api())
}

/// Returns the page number under the API's own reading.
fn api_page(request: &str) -> u64 {
    let page = page_with(&directory(), request, &as_the_api());
    page["current_page"].as_u64().unwrap()
}

#[test]
fn unknown_filter_is_refused_in_both_readings() {
    insta::assert_snapshot!(refusal(&directory(), "filter[stat]=active"), @"
    expected the name of a filter, found `stat`
      request: filter[stat]=active
                      ^^^^
      help: did you mean `filter[state]`? the filters are id_search, workspace_integration_id, directory_user_id, vendor_id, vendor_id_search, email, email_search, state, profile_search, created_before, created_after, deleted_before, deleted_after, provisioned_before, provisioned_after, profile_changed_before, profile_changed_after, last_authenticated_before, last_authenticated_after, deprovisioned_before, deprovisioned_after, trashed, deprovisioned_pending_deactivation, id, updated_before, updated_after
    ");
    assert_eq!(
        refusal_with(&directory(), "filter[stat]=active", &as_the_api()),
        refusal(&directory(), "filter[stat]=active"),
    );
}

#[test]
fn unknown_sort_is_refused_in_both_readings() {
    insta::assert_snapshot!(refusal(&directory(), "sort=created,-emial"), @"
    expected a sort key, found `created`
      request: sort=created,-emial
                    ^^^^^^^
      help: did you mean `created_at`?

    expected a sort key, found `emial`
      request: sort=created,-emial
                             ^^^^^
      help: did you mean `email`? the sort keys are workspace_integration_id, source_id, directory_user_id, user_id, vendor_id, user_full-name, user_email, email, state, created_at, updated_at, deleted_at, provisioned_at, profile_changed_at, last_authenticated_at, deprovisioned_at
    ");
    assert_eq!(
        refusal_with(&directory(), "sort=created,-emial", &as_the_api()),
        refusal(&directory(), "sort=created,-emial"),
    );
}

#[test]
fn repeated_filter_is_refused_strictly_and_its_last_value_counts_for_the_api() {
    let request = "filter[state]=staged&filter[state]=active";
    insta::assert_snapshot!(refusal(&directory(), request), @"
    expected one filter[state], found another
      request: filter[state]=staged&filter[state]=active
                                           ^^^^^
      help: write several values in one filter, `filter[state]=a,b`, or each in its own flag, `-f state=a -f state=b`
    ");
    assert_eq!(api(request), ["a"]);
}

#[test]
fn repeated_filter_with_an_invalid_first_value_is_accepted_by_the_api() {
    assert_eq!(
        api("filter[created_after]=soon&filter[created_after]=2026-01-02"),
        ["b"]
    );
    assert_eq!(
        api(
            "filter[deprovisioned_pending_deactivation]=x&filter[deprovisioned_pending_deactivation]=false"
        ),
        ["a", "b"],
    );
}

#[test]
fn repeated_filter_with_an_empty_last_value_is_no_filter_for_the_api() {
    assert_eq!(api("filter[state]=staged&filter[state]="), ["a", "b"]);
    assert_eq!(api("filter[trashed]=only&filter[trashed]="), ["a", "b"]);
}

#[test]
fn bracketed_list_is_a_list_in_both_readings() {
    assert_eq!(
        api("filter[state][]=staged&filter[state][]=active"),
        ["a", "b"]
    );
}

#[test]
fn list_for_a_filter_of_one_value_is_refused_strictly() {
    let request = "filter[trashed][]=with&filter[trashed][]=only";
    insta::assert_snapshot!(refusal(&directory(), request), @"
    expected one value for filter[trashed], found a list
      request: filter[trashed][]=with&filter[trashed][]=only
                                                        ^^^^
    ");
    assert_eq!(api(request), ["a", "b"]);
    let request = "filter[created_after][]=2026-01-01&filter[created_after][]=2026-01-02";
    insta::assert_snapshot!(refusal(&directory(), request), @"
    expected one value for filter[created_after], found a list
      request: filter[created_after][]=2026-01-01&filter[created_after][]=2026-01-02
                                                                          ^^^^^^^^^^
    ");
    assert_eq!(api(request), ["b"]);
}

#[test]
fn filter_without_a_value_is_refused_strictly_and_ignored_by_the_api() {
    insta::assert_snapshot!(refusal(&directory(), "filter[state]="), @r#"
    expected a value for filter[state], found none
      request: filter[state]=
                             ^
      help: the expression `state eq null` (`-w`, `where=`) has the records without a value, and `state eq ""` those with the empty text
    "#);
    assert_eq!(api("filter[state]="), ["a", "b"]);
    assert_eq!(api("filter[state]"), ["a", "b"]);
    assert_eq!(api("filter[email_search]=+"), ["a", "b"]);
    assert_eq!(api("filter[created_after]="), ["a", "b"]);
    assert_eq!(
        api("filter[deprovisioned_pending_deactivation]="),
        ["a", "b"]
    );
}

#[test]
fn trashed_without_a_value_is_without_for_the_api() {
    let message = refusal(&directory(), "filter[trashed]=");
    assert!(
        message.starts_with("expected a value for filter[trashed], found none"),
        "{message}"
    );
    assert_eq!(api("filter[trashed]="), ["a", "b"]);
}

#[test]
fn trashed_with_another_word_is_without_for_the_api() {
    insta::assert_snapshot!(refusal(&directory(), "filter[trashed]=banana"), @"
    expected without, with or only for filter[trashed], found `banana`
      request: filter[trashed]=banana
                               ^^^^^^
    ");
    assert_eq!(api("filter[trashed]=banana"), ["a", "b"]);
    assert_eq!(api("filter[trashed]=With"), ["a", "b"]);
}

#[test]
fn page_zero_is_the_first_page_for_the_api() {
    insta::assert_snapshot!(refusal(&directory(), "page=0"), @"
    expected a whole number from 1 for page, found `0`
      request: page=0
                    ^
    ");
    assert_eq!(api_page("page=0"), 1);
}

#[test]
fn page_that_is_no_number_is_the_first_page_for_the_api() {
    insta::assert_snapshot!(refusal(&directory(), "page=abc"), @"
    expected a whole number from 1 for page, found `abc`
      request: page=abc
                    ^^^
    ");
    for unreadable in ["abc", "-1", "1.5", "", "99999999999999999999999"] {
        let request = format!("page={unreadable}");
        assert_eq!(api_page(&request), 1, "{request}");
        assert!(!refusal(&directory(), &request).is_empty());
    }
}

#[test]
fn page_that_is_no_number_is_refused_by_permission_assist_in_both_readings() {
    let engine = permission_assist([json!({"id": "a", "kind": "Identity"})]);
    for request in ["page=0", "page=abc"] {
        let strict = refusal(&engine, request);
        assert!(
            strict.starts_with("expected a whole number from 1 for page"),
            "{strict}"
        );
        assert_eq!(refusal_with(&engine, request, &as_the_api()), strict);
    }
}

#[test]
fn invalid_date_is_refused_in_both_readings() {
    insta::assert_snapshot!(refusal(&directory(), "filter[created_after]=2026-02-30"), @"
    filter[created_after]: expected a day from 01 to 28 in 2026-02, found 30 in `2026-02-30`
      request: filter[created_after]=2026-02-30
                                     ^^^^^^^^^^
    ");
    assert_eq!(
        refusal_with(
            &directory(),
            "filter[created_after]=2026-02-30",
            &as_the_api()
        ),
        refusal(&directory(), "filter[created_after]=2026-02-30"),
    );
}

#[test]
fn unknown_parameter_is_refused_strictly_and_ignored_by_the_api() {
    insta::assert_snapshot!(refusal(&directory(), "state=active&utm=x"), @"
    expected filter[…], where, sort, page or per_page, found `state`
      request: state=active&utm=x
               ^^^^^
      help: did you mean `filter[state]`?

    expected filter[…], where, sort, page or per_page, found `utm`
      request: state=active&utm=x
                            ^^^
      help: the API's own reading (`--conformance api`) ignores it
    ");
    assert_eq!(api("state=active&utm=x"), ["a", "b"]);
}

#[test]
fn ignored_parameters_are_kept_in_page_urls() {
    let page = page_with(&directory(), "utm=x&filter[state]=&page=1", &as_the_api());
    assert_eq!(
        page["first_page_url"],
        "/api/v1/directory/identities?utm=x&page=1",
    );
}

#[test]
fn repeated_sort_or_page_is_refused_strictly_and_its_last_value_counts_for_the_api() {
    let request = "sort=state&sort=-created_at&page=7&page=1";
    insta::assert_snapshot!(refusal(&directory(), request), @"
    expected one sort, found another
      request: sort=state&sort=-created_at&page=7&page=1
                                ^^^^^^^^^^
      help: several keys go in one parameter: `sort=a,-b`

    expected one page, found another
      request: sort=state&sort=-created_at&page=7&page=1
                                                       ^
    ");
    assert_eq!(api(request), ["b", "a"]);
    assert_eq!(api_page("page=7&page=3"), 3);
}

#[test]
fn empty_sort_is_refused_strictly_and_ignored_by_the_api() {
    insta::assert_snapshot!(refusal(&directory(), "sort="), @"
    expected a sort key, found nothing
      request: sort=
                    ^
    ");
    assert_eq!(api("sort="), ["a", "b"]);
    let engine = permission_assist([
        json!({"id": "1", "lastName": "b"}),
        json!({"id": "2", "lastName": "a"}),
    ]);
    assert_eq!(ids_with(&engine, "sort=", &as_the_api()), ["2", "1"]);
}
