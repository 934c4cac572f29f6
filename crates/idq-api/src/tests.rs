//! Tests of the built-in descriptions, of the registry and of the resolver.

use super::*;
use crate::descriptions::DESCRIPTIONS;

/// Resolves a changed description, and returns its mistakes.
fn resolve(change: impl FnOnce(&mut ApiDescription)) -> Vec<String> {
    let mut description = DESCRIPTIONS[0]();
    change(&mut description);
    let errors = Api::new(description).err();
    let errors = errors.iter().flat_map(DescriptionErrors::errors);
    errors.map(ToString::to_string).collect()
}

#[test]
fn built_in_descriptions_resolve() {
    for description in DESCRIPTIONS.iter().map(|description| description()) {
        let api = Api::new(description.clone()).unwrap();
        let name = |field: usize| api.fields[field].name.clone();
        assert_eq!(name(api.id), description.id);
        assert_eq!(api.self_link.map(name), description.self_link);
        for (rule, described) in api.filters.iter().zip(&description.filters) {
            assert_eq!(name(rule.field), described.field);
        }
        for (rule, described) in api.sorts.iter().zip(&description.sorts) {
            assert_eq!(name(rule.field), described.field);
        }
        assert_eq!(api.filters.len(), description.filters.len());
        assert_eq!(api.sorts.len(), description.sorts.len());
    }
}

#[test]
fn description_with_mistakes_is_refused_with_every_mistake() {
    assert_eq!(resolve(|_| ()), [""; 0]);
    let errors = resolve(|description| {
        description.filters[0].field = "ids".to_owned();
        description.filters[1].field = "profile".to_owned();
        description.filters[3].name = "state".to_owned();
        description.sorts[0].field = "count.workspace_logs_parent".to_owned();
        description.table_columns.push("mail".to_owned());
        description.volatile.push("time".to_owned());
        description.updated = "state".to_owned();
        description.errors.members[1].0 = "message".to_owned();
        description.pages.per_page = 0;
        description.envelope.members.remove(1);
        description.envelope.members[0].0 = "total".to_owned();
        description.profile = Some("links.self".to_owned());
    });
    assert_eq!(
        errors,
        [
            "filter state is described twice",
            "filter[id_search]: expected the name of a field, found `ids`",
            "filter[workspace_integration_id]: the document field profile cannot be used here",
            "sort workspace_integration_id: the number field count.workspace_logs_parent cannot be used here",
            "table_columns: expected the name of a field, found `mail`",
            "volatile: expected the name of a field, found `time`",
            "updated: the text field state cannot be used here",
            "profile: the text field links.self cannot be used here",
            "envelope: expected one member with the records, found 0",
            "page member total is described twice",
            "error member message is described twice",
            "per_page: expected a number from 1, found 0",
        ]
    );
    let errors = resolve(|description| {
        let others = description.filters.iter_mut();
        let mut others = others.filter_map(|rule| match &mut rule.match_kind {
            MatchKind::PresentUnlessEquals { other, .. } => Some(other),
            _ => None,
        });
        *others.next().unwrap() = "profile".to_owned();
    });
    assert_eq!(
        errors,
        [
            "filter[deprovisioned_pending_deactivation]: the document field profile cannot be used here"
        ]
    );
}

#[test]
fn extensions_are_named_after_their_fields() {
    for api in ApiRegistry::built_in() {
        let mut extensions = api.filters.iter();
        while let Some(rule) = extensions.find(|rule| rule.provenance == Provenance::Extension) {
            let field = &api.fields[rule.field].name;
            // A name is the field's, or the field's and a suffix for the kind of match.
            let stem = field.strip_prefix("timestamp.").unwrap_or(field);
            let suffix = rule.name.strip_prefix(stem.trim_end_matches("_at"));
            assert!(
                suffix.is_some_and(|suffix| suffix.is_empty() || suffix.starts_with('_')),
                "{} on {field}",
                rule.name
            );
        }
    }
}

#[test]
fn api_is_detected_by_name_path_record_or_page() {
    let apis = ApiRegistry::built_in();
    let provisionr = Some(Api::provisionr());
    let permission_assist = Some(Api::permission_assist());
    assert_eq!(apis.by_name("Permission_Assist"), permission_assist);
    assert_eq!(apis.by_name("okta"), None);
    assert_eq!(
        apis.by_path("/api/v1/directory/identities/"),
        Some((Api::provisionr(), None))
    );
    assert_eq!(
        apis.by_path("/proxy/api/identities/42"),
        Some((Api::permission_assist(), Some("42")))
    );
    assert_eq!(apis.by_path("/no/such/path"), None);
    assert_eq!(
        apis.detect(&["id", "state", "vendor_id", "profile"]),
        provisionr
    );
    assert_eq!(
        apis.detect(&["id", "firstName", "status"]),
        permission_assist
    );
    assert_eq!(apis.detect(&["id", "name"]), None);
    assert_eq!(apis.detect::<&str>(&[]), None);
    assert_eq!(apis.detect(&["state", "status"]), None);
    assert_eq!(apis.by_envelope(&["current_page", "data"]), provisionr);
    assert_eq!(
        apis.by_envelope(&["items", "totalCount"]),
        permission_assist
    );
    assert_eq!(apis.by_envelope(&["id", "data"]), None);
}

#[test]
fn registry_without_an_api_does_not_detect_it() {
    let apis = ApiRegistry::new([Api::permission_assist().clone()]);
    assert_eq!(apis.by_name("provisionr"), None);
    assert_eq!(apis.detect(&["id", "state", "vendor_id"]), None);
    assert!(!apis.is_records_key("data") && apis.is_records_key("items"));
}

#[test]
fn paths_below_a_document_are_free_form() {
    let api = Api::provisionr();
    assert!(api.is_free_form("profile.address.city"));
    assert!(!api.is_free_form("profile"));
    assert!(!api.is_free_form("profiles.a"));
}
