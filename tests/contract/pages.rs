//! Provisionr's pages: numbers, windows of links, empty and past-the-end pages.

use serde_json::{Value, json};

use crate::{page, page_text, provisionr, record};

/// Loads `records` records, for pages of one.
fn engine(records: u64) -> idq::Engine {
    provisionr((1..=records).map(|number| record(&format!("id-{number}"), &[])))
}

/// Returns the labels of the links between the ends, the current page in parentheses.
fn window(current: u64, last: u64) -> String {
    let page = page(&engine(last), &format!("per_page=1&page={current}"));
    assert_eq!(page["last_page"], last);
    let links = page["links"].as_array().unwrap();
    let label = |link: &Value| {
        let label = link["label"].as_str().unwrap();
        if link["active"] == json!(true) {
            format!("({label})")
        } else {
            label.to_owned()
        }
    };
    links[1..links.len() - 1]
        .iter()
        .map(label)
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn envelope_has_its_fields_in_the_vendors_order() {
    let text = page_text(&engine(1), "");
    let keys = [
        "current_page",
        "data",
        "first_page_url",
        "from",
        "last_page",
        "last_page_url",
        "links",
        "next_page_url",
        "path",
        "per_page",
        "prev_page_url",
        "to",
        "total",
    ];
    let places = keys.map(|key| text.find(&format!("\"{key}\":")).unwrap());
    assert!(places.is_sorted(), "{text}");
    let page: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(page.as_object().unwrap().len(), keys.len());
}

#[test]
fn page_has_fifteen_records_by_default() {
    let page = page(&engine(16), "");
    assert_eq!(page["per_page"], 15);
    assert_eq!(page["data"].as_array().unwrap().len(), 15);
    assert_eq!(
        (&page["last_page"], &page["total"]),
        (&json!(2), &json!(16))
    );
}

#[test]
fn per_page_sets_the_page_size_as_an_extension() {
    let page = page(&engine(5), "per_page=2&page=3");
    assert_eq!(page["data"], json!([{"id": "id-5"}]));
    assert_eq!(
        (&page["per_page"], &page["last_page"]),
        (&json!(2), &json!(3))
    );
    assert_eq!((&page["from"], &page["to"]), (&json!(5), &json!(5)));
}

#[test]
fn positions_of_a_page_count_from_one() {
    let page = page(&engine(40), "page=2");
    assert_eq!((&page["from"], &page["to"]), (&json!(16), &json!(30)));
}

#[test]
fn query_without_matches_has_one_empty_page() {
    for page in [page(&engine(0), ""), page(&engine(3), "filter[id]=none")] {
        assert_eq!((&page["last_page"], &page["total"]), (&json!(1), &json!(0)));
        assert_eq!((&page["from"], &page["to"]), (&Value::Null, &Value::Null));
        assert_eq!(page["data"], json!([]));
        assert_eq!(
            (&page["next_page_url"], &page["prev_page_url"]),
            (&Value::Null, &Value::Null)
        );
    }
}

#[test]
fn page_past_the_end_is_empty_and_links_to_the_previous_number() {
    let page = page(&engine(3), "per_page=1&page=9");
    assert_eq!(page["data"], json!([]));
    assert_eq!(
        (&page["current_page"], &page["last_page"]),
        (&json!(9), &json!(3))
    );
    assert_eq!((&page["from"], &page["to"]), (&Value::Null, &Value::Null));
    assert_eq!(page["next_page_url"], Value::Null);
    assert_eq!(
        page["prev_page_url"],
        "/api/v1/directory/identities?per_page=1&page=8"
    );
    let links = page["links"].as_array().unwrap();
    assert_eq!(links[0]["page"], 8);
    assert_eq!(
        links[4],
        json!({"url": null, "label": "Next &raquo;", "page": null, "active": false})
    );
    assert!(links.iter().all(|link| link["active"] == json!(false)));
}

#[test]
fn page_with_the_largest_number_is_empty() {
    let page = page(&engine(3), &format!("page={0}&per_page={0}", u64::MAX));
    assert_eq!(
        (&page["current_page"], &page["data"]),
        (&json!(u64::MAX), &json!([]))
    );
    assert_eq!(page["total"], 3);
}

#[test]
fn link_without_a_target_has_neither_url_nor_page() {
    let page = page(&engine(2), "per_page=2");
    let links = &page["links"];
    assert_eq!(
        links[0],
        json!({"url": null, "label": "&laquo; Previous", "page": null, "active": false})
    );
    assert_eq!(
        links[2],
        json!({"url": null, "label": "Next &raquo;", "page": null, "active": false})
    );
}

#[test]
fn links_at_the_ends_lead_to_neighbouring_pages() {
    let page = page(&engine(3), "per_page=1&page=2");
    let url = |page| format!("/api/v1/directory/identities?per_page=1&page={page}");
    let link = |label: &str, page: u64, active| json!({"url": url(page), "label": label, "page": page, "active": active});
    assert_eq!(
        page["links"],
        json!([
            link("&laquo; Previous", 1, false),
            link("1", 1, false),
            link("2", 2, true),
            link("3", 3, false),
            link("Next &raquo;", 3, false),
        ]),
    );
    assert_eq!(page["prev_page_url"], url(1));
    assert_eq!(page["next_page_url"], url(3));
    assert_eq!(page["first_page_url"], url(1));
    assert_eq!(page["last_page_url"], url(3));
}

#[test]
fn gap_between_links_has_three_members() {
    let page = page_text(&engine(14), "per_page=1");
    assert!(
        page.contains(r#",{"url":null,"label":"...","active":false},"#),
        "{page}"
    );
}

#[test]
fn window_of_page_7_of_13_has_all_pages() {
    assert_eq!(window(7, 13), "1 2 3 4 5 6 (7) 8 9 10 11 12 13");
}

#[test]
fn window_of_page_8_of_14_is_that_of_the_end() {
    assert_eq!(window(8, 14), "1 2 ... 5 6 7 (8) 9 10 11 12 13 14");
}

#[test]
fn window_of_page_7_of_30_is_that_of_the_start() {
    assert_eq!(window(7, 30), "1 2 3 4 5 6 (7) 8 9 10 ... 29 30");
}

#[test]
fn window_of_page_15_of_30_is_that_of_the_middle() {
    assert_eq!(window(15, 30), "1 2 ... 12 13 14 (15) 16 17 18 ... 29 30");
}

#[test]
fn window_of_page_24_of_30_is_that_of_the_end() {
    assert_eq!(window(24, 30), "1 2 ... 21 22 23 (24) 25 26 27 28 29 30");
}

#[test]
fn window_at_each_border_of_the_rule_is_laravels() {
    assert_eq!(window(1, 1), "(1)");
    assert_eq!(window(1, 14), "(1) 2 3 4 5 6 7 8 9 10 ... 13 14");
    assert_eq!(window(7, 14), "1 2 3 4 5 6 (7) 8 9 10 ... 13 14");
    assert_eq!(window(8, 15), "1 2 ... 5 6 7 (8) 9 10 11 ... 14 15");
    assert_eq!(window(8, 30), "1 2 ... 5 6 7 (8) 9 10 11 ... 29 30");
    assert_eq!(window(23, 30), "1 2 ... 20 21 22 (23) 24 25 26 ... 29 30");
    assert_eq!(window(30, 30), "1 2 ... 21 22 23 24 25 26 27 28 29 (30)");
    assert_eq!(window(99, 30), "1 2 ... 21 22 23 24 25 26 27 28 29 30");
}

#[test]
fn records_can_be_written_as_a_bare_array() {
    let engine = provisionr([r#"{"id":"a\/b"}"#, r#"{ "id" : "c" }"#]);
    let matches = engine.query("").unwrap();
    let mut array = idq::render::ArrayWriter::new(Vec::new());
    for record in matches.page().unwrap().records().unwrap() {
        array.write(&record).unwrap();
    }
    let array = String::from_utf8(array.finish().unwrap()).unwrap();
    assert_eq!(array, r#"[{"id":"a\/b"},{ "id" : "c" }]"#);
}
