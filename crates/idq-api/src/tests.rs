use super::*;

#[test]
fn every_rule_points_at_a_field_that_suits_it() {
    for api in APIS {
        for rule in api.filters {
            let kind = api.fields[rule.field].kind;
            let suits = match rule.matching {
                Match::Exact | Match::Partial => matches!(kind, Kind::Text | Kind::Keyword),
                Match::Search => kind == Kind::Document,
                Match::Before | Match::After | Match::Trashed => kind == Kind::Timestamp,
                Match::SetUnless { other, .. } => api.fields[other].kind == Kind::Keyword,
            };
            assert!(
                suits,
                "{} filter[{}] on a {kind} field",
                api.name, rule.name
            );
        }
        for rule in api.sorts {
            assert!(
                matches!(
                    api.fields[rule.field].kind,
                    Kind::Text | Kind::Keyword | Kind::Timestamp
                ),
                "{}",
                rule.name
            );
        }
        assert_eq!(api.fields[api.updated].kind, Kind::Timestamp);
        assert_eq!(api.fields[api.state].kind, Kind::Keyword);
    }
}

#[test]
fn names_are_unique() {
    fn unique<'a>(names: impl Iterator<Item = &'a str>) {
        let mut names: Vec<&str> = names.collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
    for api in APIS {
        unique(api.fields.iter().map(|field| field.name));
        unique(api.filters.iter().map(|rule| rule.name));
        unique(api.sorts.iter().map(|rule| rule.name));
    }
}

#[test]
fn positions_of_fields_are_what_their_names_say() {
    let name = |api: &Api, field: usize| api.fields[field].name;
    assert_eq!(
        name(&PROVISIONR, PROVISIONR.self_link.unwrap()),
        "links.self"
    );
    assert_eq!(
        name(
            &PROVISIONR,
            PROVISIONR.filter("deprovisioned_after").unwrap().field
        ),
        "timestamp.deprovisioned_at"
    );
    assert_eq!(
        name(
            &PROVISIONR,
            PROVISIONR.sort("user_full-name").unwrap().field
        ),
        "included.directory_user.full_name"
    );
    assert_eq!(
        name(&PROVISIONR, PROVISIONR.sort("source_id").unwrap().field),
        "included.workspace_integration.id"
    );
    for api in APIS {
        for rule in api
            .filters
            .iter()
            .filter(|rule| rule.standing == Standing::Extension)
        {
            let field = name(api, rule.field);
            let stem = rule
                .name
                .trim_end_matches("_search")
                .trim_end_matches("_before")
                .trim_end_matches("_after");
            assert!(
                field == stem || field == format!("timestamp.{stem}_at"),
                "{} on {field}",
                rule.name
            );
        }
    }
}

#[test]
fn an_api_is_told_by_name_path_record_or_page() {
    assert_eq!(by_name("Permission_Assist"), Some(&PERMISSION_ASSIST));
    assert_eq!(by_name("okta"), None);
    assert_eq!(
        by_path("/api/v1/directory/identities/"),
        Some((&PROVISIONR, None))
    );
    assert_eq!(
        by_path("/proxy/api/identities/42"),
        Some((&PERMISSION_ASSIST, Some("42")))
    );
    assert_eq!(by_path("/api/v2/people"), None);
    assert_eq!(
        detect(&["id", "state", "vendor_id", "profile"]),
        Some(&PROVISIONR)
    );
    assert_eq!(
        detect(&["id", "firstName", "status"]),
        Some(&PERMISSION_ASSIST)
    );
    assert_eq!(detect(&["id", "name"]), None);
    assert_eq!(detect::<&str>(&[]), None);
    assert_eq!(detect(&["state", "status"]), None);
    assert_eq!(envelope_of(&["current_page", "data"]), Some(&PROVISIONR));
    assert_eq!(
        envelope_of(&["items", "totalCount"]),
        Some(&PERMISSION_ASSIST)
    );
    assert_eq!(envelope_of(&["id", "data"]), None);
}

#[test]
fn free_form_places_lie_below_documents() {
    assert!(PROVISIONR.is_free_form("profile.address.city"));
    assert!(!PROVISIONR.is_free_form("profile"));
    assert!(!PROVISIONR.is_free_form("profiles.a"));
}
