//! Permission Assist: order, pages of fifty, envelope, and every filter and sort of the extension.

use idq_tests::{PERMISSION_ASSIST_DATES, PERMISSION_ASSIST_TEXTS};
use serde_json::{Value, json};

use crate::{ids, page, page_text, permission_assist, refusal};

fn people<const COUNT: usize>(people: [(&str, Value, Value); COUNT]) -> idq::Engine {
    permission_assist(
        people.map(|(id, last, first)| json!({"id": id, "lastName": last, "firstName": first})),
    )
}

fn many(records: u64) -> idq::Engine {
    permission_assist(
        (1..=records).map(|number| json!({"id": format!("{number:03}"), "kind": "Identity"})),
    )
}

#[test]
fn records_are_ordered_by_lowercased_last_and_first_name() {
    let engine = people([
        ("1", json!("chen"), json!("Sarah")),
        ("2", json!("Åkesson"), json!("A")),
        ("3", json!("Chen"), json!("adam")),
        ("4", json!("Abel"), json!("Z")),
        ("5", json!("CHEN"), json!("ADAM")),
        ("6", json!("åkesson"), json!("a")),
    ]);
    assert_eq!(ids(&engine, ""), ["4", "3", "5", "1", "2", "6"]);
}

#[test]
fn records_without_a_name_come_first() {
    let engine = people([
        ("1", json!("Abel"), json!("A")),
        ("2", Value::Null, json!("B")),
        ("3", json!("Abel"), Value::Null),
        ("4", json!(""), json!("C")),
        ("5", Value::Null, json!("A")),
    ]);
    assert_eq!(ids(&engine, ""), ["5", "2", "4", "3", "1"]);
}

#[test]
fn records_of_the_same_name_keep_load_order() {
    let engine = people([
        ("9", json!("Abel"), json!("A")),
        ("1", json!("abel"), json!("a")),
        ("5", json!("ABEL"), json!("A")),
    ]);
    assert_eq!(ids(&engine, ""), ["9", "1", "5"]);
}

#[test]
fn envelope_has_its_fields_in_the_vendors_order() {
    let engine = permission_assist([r#"{"id":"a", "lastName":"\u00D8"}"#]);
    assert_eq!(
        page_text(&engine, ""),
        r#"{"items":[{"id":"a", "lastName":"\u00D8"}],"totalCount":1,"page":1,"pageSize":50,"totalPages":1}"#,
    );
}

#[test]
fn pages_have_fifty_records() {
    let engine = many(101);
    for (request, records, number) in [("", 50, 1), ("page=2", 50, 2), ("page=3", 1, 3)] {
        let page = page(&engine, request);
        assert_eq!(
            page["items"].as_array().unwrap().len(),
            records,
            "{request}"
        );
        assert_eq!(page["page"], number);
        assert_eq!(page["pageSize"], 50);
        assert_eq!(
            (&page["totalCount"], &page["totalPages"]),
            (&json!(101), &json!(3))
        );
    }
}

#[test]
fn per_page_is_refused() {
    insta::assert_snapshot!(refusal(&many(1), "per_page=10"), @r"
    pages of Permission Assist identities always have 50 records
      request: per_page=10
                        ^^
    ");
}

#[test]
fn page_past_the_end_is_empty() {
    let page = page(&many(51), "page=3");
    assert_eq!(
        page,
        json!({"items": [], "totalCount": 51, "page": 3, "pageSize": 50, "totalPages": 2})
    );
}

/// Builds a record that has one field besides its id.
fn alone(id: &str, field: &str, value: &str) -> Value {
    let mut record = json!({"id": id});
    record[field] = json!(value);
    record
}

/// Returns a record for each text field with `Needle-1` in that field only, the id included.
fn texts() -> idq::Engine {
    permission_assist(PERMISSION_ASSIST_TEXTS.map(|field| match field {
        "id" => json!({"id": "Needle-1"}),
        other => alone(other, other, "Needle-1"),
    }))
}

#[test]
fn text_fields_all_have_an_exact_filter() {
    for field in PERMISSION_ASSIST_TEXTS {
        let expected = if field == "id" { "Needle-1" } else { field };
        assert_eq!(
            ids(&texts(), &format!("filter[{field}]=Needle-1")),
            [expected]
        );
        assert_eq!(
            ids(&texts(), &format!("filter[{field}]=needle-1")),
            [""; 0],
            "{field}"
        );
    }
}

#[test]
fn text_fields_all_have_a_partial_filter() {
    for field in PERMISSION_ASSIST_TEXTS {
        let expected = if field == "id" { "Needle-1" } else { field };
        assert_eq!(
            ids(&texts(), &format!("filter[{field}_search]=EEDLE-")),
            [expected]
        );
    }
}

#[test]
fn date_fields_all_have_a_pair_of_filters() {
    let engine = permission_assist(
        PERMISSION_ASSIST_DATES.map(|field| alone(field, field, "2026-01-15T12:00:00Z")),
    );
    for field in PERMISSION_ASSIST_DATES {
        for (filter, found) in [
            ("before]=2026-01-14", false),
            ("before]=2026-01-15", true),
            ("after]=2026-01-15", true),
            ("after]=2026-01-16", false),
        ] {
            let request = format!("filter[{field}_{filter}");
            let expected: &[&str] = if found { &[field] } else { &[] };
            assert_eq!(ids(&engine, &request), expected, "{request}");
        }
    }
}

#[test]
fn fields_are_all_sort_keys_in_both_directions() {
    for field in PERMISSION_ASSIST_TEXTS
        .iter()
        .skip(1)
        .chain(&PERMISSION_ASSIST_DATES)
        .copied()
    {
        let (low, high) = if PERMISSION_ASSIST_DATES.contains(&field) {
            ("2026-01-31T12:00:00+14:00", "2026-01-31T01:00:00Z")
        } else {
            ("a-2", "b-1")
        };
        let engine = permission_assist([
            alone("high", field, high),
            json!({"id": "null", field: null}),
            alone("low", field, low),
            json!({"id": "missing"}),
            alone("high again", field, high),
        ]);
        let ascending = ["null", "missing", "low", "high", "high again"];
        let descending = ["high", "high again", "low", "null", "missing"];
        assert_eq!(ids(&engine, &format!("sort={field}")), ascending, "{field}");
        assert_eq!(
            ids(&engine, &format!("sort=-{field}")),
            descending,
            "-{field}"
        );
    }
    let engine = permission_assist(["b", "a", "B"].map(|id| json!({"id": id})));
    assert_eq!(ids(&engine, "sort=id"), ["B", "a", "b"]);
    assert_eq!(ids(&engine, "sort=-id"), ["b", "a", "B"]);
}

#[test]
fn sort_of_ids_types_and_statuses_compares_bytes_and_of_others_lowercased() {
    for field in PERMISSION_ASSIST_TEXTS.iter().skip(1).copied() {
        let engine = permission_assist([
            alone("1", field, "a"),
            alone("2", field, "B"),
            alone("3", field, "A"),
        ]);
        let bytes = ["kind", "type", "status"].contains(&field);
        let expected = if bytes {
            ["3", "2", "1"]
        } else {
            ["1", "3", "2"]
        };
        assert_eq!(ids(&engine, &format!("sort={field}")), expected, "{field}");
    }
}

#[test]
fn filters_and_sorts_of_the_description_are_those_of_every_field() {
    let mut filters: Vec<String> = PERMISSION_ASSIST_TEXTS
        .iter()
        .flat_map(|field| [(*field).to_owned(), format!("{field}_search")])
        .collect();
    filters.extend(
        PERMISSION_ASSIST_DATES
            .iter()
            .flat_map(|field| [format!("{field}_before"), format!("{field}_after")]),
    );
    filters.sort_unstable();
    let mut names: Vec<&str> = idq::api::Api::permission_assist()
        .filters
        .iter()
        .map(|filter| filter.name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, filters);

    let mut sorts: Vec<&str> = PERMISSION_ASSIST_TEXTS
        .into_iter()
        .chain(PERMISSION_ASSIST_DATES)
        .collect();
    sorts.sort_unstable();
    let mut names: Vec<&str> = idq::api::Api::permission_assist()
        .sorts
        .iter()
        .map(|sort| sort.name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, sorts);
}
