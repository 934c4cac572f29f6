//! Errors of requests: all at once, with position and nearest names.

use idq::{Error, Query};
use serde_json::json;

use crate::{permission_assist, provisionr, record, refusal};

fn directory() -> idq::Engine {
    provisionr([record("a", &[("state", json!("active"))])])
}

#[test]
fn request_with_several_mistakes_reports_all_of_them() {
    let request = "filter[stat]=active&filter[created_after]=soon&sort=emial&page=0&color=red";
    insta::assert_snapshot!(refusal(&directory(), request), @"
    expected the name of a filter, found `stat`
      request: filter[stat]=active&filter[created_after]=soon&sort=emial&page=0&color=red
                      ^^^^
      help: did you mean `filter[state]`? the filters are id_search, workspace_integration_id, directory_user_id, vendor_id, vendor_id_search, email, email_search, state, profile_search, created_before, created_after, deleted_before, deleted_after, provisioned_before, provisioned_after, profile_changed_before, profile_changed_after, last_authenticated_before, last_authenticated_after, deprovisioned_before, deprovisioned_after, trashed, deprovisioned_pending_deactivation, id, updated_before, updated_after

    filter[created_after]: expected a date, found `soon`
      request: filter[stat]=active&filter[created_after]=soon&sort=emial&page=0&color=red
                                                         ^^^^
      help: write `2026-01-31`, `2026-01-31 09:30`, `2026-01-31 09:30:00`, `2026-01-31T09:30:00Z`, `2026-01-31T09:30:00+02:00`, `now`, `today`, or an age such as `-90d`, `-12h`, `-30min`, `-2w`, `-6mo`, `-1y`

    expected a sort key, found `emial`
      request: filter[stat]=active&filter[created_after]=soon&sort=emial&page=0&color=red
                                                                   ^^^^^
      help: did you mean `email`? the sort keys are workspace_integration_id, source_id, directory_user_id, user_id, vendor_id, user_full-name, user_email, email, state, created_at, updated_at, deleted_at, provisioned_at, profile_changed_at, last_authenticated_at, deprovisioned_at

    expected a whole number from 1 for page, found `0`
      request: filter[stat]=active&filter[created_after]=soon&sort=emial&page=0&color=red
                                                                              ^

    expected filter[…], where, sort, page or per_page, found `color`
      request: filter[stat]=active&filter[created_after]=soon&sort=emial&page=0&color=red
                                                                                ^^^^^
      help: the API's own reading (`--conformance api`) ignores it
    ");
}

#[test]
fn unknown_names_are_all_reported() {
    let message = refusal(&directory(), "filter[one]=1&filter[two]=2&sort=three,-four");
    for name in ["one", "two", "three", "four"] {
        assert!(
            message.contains(&format!("found `{name}`")),
            "{name}: {message}"
        );
    }
    let allowed = idq::api::Api::provisionr()
        .filters
        .iter()
        .map(|filter| filter.name.as_str());
    let allowed = allowed.chain(
        idq::api::Api::provisionr()
            .sorts
            .iter()
            .map(|sort| sort.name.as_str()),
    );
    for name in allowed {
        assert!(message.contains(name), "{name}: {message}");
    }
}

#[test]
fn carets_mark_the_encoded_spelling() {
    let request = "filter%5Bst%C3%A4te%5D=x&filter%5Btrashed%5D=b%C3%A4nana";
    insta::assert_snapshot!(refusal(&directory(), request), @"
    expected the name of a filter, found `stäte`
      request: filter%5Bst%C3%A4te%5D=x&filter%5Btrashed%5D=b%C3%A4nana
                        ^^^^^^^^^^
      help: did you mean `filter[state]`? the filters are id_search, workspace_integration_id, directory_user_id, vendor_id, vendor_id_search, email, email_search, state, profile_search, created_before, created_after, deleted_before, deleted_after, provisioned_before, provisioned_after, profile_changed_before, profile_changed_after, last_authenticated_before, last_authenticated_after, deprovisioned_before, deprovisioned_after, trashed, deprovisioned_pending_deactivation, id, updated_before, updated_after

    expected without, with or only for filter[trashed], found `bänana`
      request: filter%5Bst%C3%A4te%5D=x&filter%5Btrashed%5D=b%C3%A4nana
                                                            ^^^^^^^^^^^
    ");
}

#[test]
fn nearest_names_are_those_of_the_api_of_the_records() {
    let engine = permission_assist([json!({"id": "a", "kind": "Identity"})]);
    insta::assert_snapshot!(refusal(&engine, "filter[lastname]=x&sort=-created_at"), @"
    expected the name of a filter, found `lastname`
      request: filter[lastname]=x&sort=-created_at
                      ^^^^^^^^
      help: did you mean `filter[lastName]`? the filters are id, id_search, kind, kind_search, firstName, firstName_search, lastName, lastName_search, emailAddress, emailAddress_search, type, type_search, title, title_search, company, company_search, division, division_search, department, department_search, office, office_search, supervisorName, supervisorName_search, createdDate_before, createdDate_after, updatedDate_before, updatedDate_after, firstSeenDate_before, firstSeenDate_after, inactivatedDate_before, inactivatedDate_after, status, status_search

    expected a sort key, found `created_at`
      request: filter[lastname]=x&sort=-created_at
                                        ^^^^^^^^^^
      help: did you mean `createdDate`? the sort keys are id, kind, firstName, lastName, emailAddress, type, title, company, division, department, office, supervisorName, createdDate, updatedDate, firstSeenDate, inactivatedDate, status
    ");
}

#[test]
fn text_that_violates_the_grammar_is_refused() {
    let Err(error) = Query::parse("filter[state=active&filter[]=x&sort=%zz&filter=1") else {
        panic!("expected errors");
    };
    insta::assert_snapshot!(error, @"
    expected `]` at the end of the filter's name, found `filter[state`
      request: filter[state=active&filter[]=x&sort=%zz&filter=1
               ^^^^^^^^^^^^
      help: write `filter[state]`

    expected the name of a filter, found nothing
      request: filter[state=active&filter[]=x&sort=%zz&filter=1
                                   ^^^^^^^^
      help: write `filter[NAME]=VALUE`

    expected two hexadecimal digits after `%`, found `zz`
      request: filter[state=active&filter[]=x&sort=%zz&filter=1
                                                   ^^^
      help: write `%25` for a percent sign itself

    expected a name in brackets after `filter`, found none
      request: filter[state=active&filter[]=x&sort=%zz&filter=1
                                                       ^^^^^^
      help: write `filter[NAME]=VALUE`
    ");
}

#[test]
fn error_of_the_facade_has_the_variant_of_its_stage() {
    let engine = directory();
    assert!(matches!(
        engine.query("filter[state=active"),
        Err(Error::Parse(_))
    ));
    assert!(matches!(
        engine.query("filter[stat]=active"),
        Err(Error::Bind(_))
    ));
}

#[test]
fn control_characters_in_errors_are_escaped() {
    let message = refusal(&directory(), "filter[%1B%5B31m]=x");
    assert!(!message.contains('\u{1b}'), "{message:?}");
}
