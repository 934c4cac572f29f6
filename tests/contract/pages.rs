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
fn fields_are_in_the_vendors_order() {
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
fn a_page_has_fifteen_records() {
    let page = page(&engine(16), "");
    assert_eq!(page["per_page"], 15);
    assert_eq!(page["data"].as_array().unwrap().len(), 15);
    assert_eq!(
        (&page["last_page"], &page["total"]),
        (&json!(2), &json!(16))
    );
}

#[test]
fn per_page_is_an_extension() {
    let page = page(&engine(5), "per_page=2&page=3");
    assert_eq!(page["data"], json!([{"id": "id-5"}]));
    assert_eq!(
        (&page["per_page"], &page["last_page"]),
        (&json!(2), &json!(3))
    );
    assert_eq!((&page["from"], &page["to"]), (&json!(5), &json!(5)));
}

#[test]
fn from_and_to_count_from_one() {
    let page = page(&engine(40), "page=2");
    assert_eq!((&page["from"], &page["to"]), (&json!(16), &json!(30)));
}

#[test]
fn nothing_found_is_one_empty_page() {
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
fn a_page_past_the_end_is_empty_and_leads_back_one() {
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
fn the_farthest_page_is_empty() {
    let page = page(&engine(3), &format!("page={0}&per_page={0}", u64::MAX));
    assert_eq!(
        (&page["current_page"], &page["data"]),
        (&json!(u64::MAX), &json!([]))
    );
    assert_eq!(page["total"], 3);
}

#[test]
fn an_end_that_leads_nowhere_has_no_url_and_no_page() {
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
fn ends_lead_to_their_neighbours() {
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
fn a_gap_has_three_members() {
    let page = page_text(&engine(14), "per_page=1");
    assert!(
        page.contains(r#",{"url":null,"label":"...","active":false},"#),
        "{page}"
    );
}

#[test]
fn window_7_of_13_is_all() {
    assert_eq!(window(7, 13), "1 2 3 4 5 6 (7) 8 9 10 11 12 13");
}

#[test]
fn window_8_of_14_is_the_end() {
    assert_eq!(window(8, 14), "1 2 ... 5 6 7 (8) 9 10 11 12 13 14");
}

#[test]
fn window_7_of_30_is_the_start() {
    assert_eq!(window(7, 30), "1 2 3 4 5 6 (7) 8 9 10 ... 29 30");
}

#[test]
fn window_15_of_30_is_the_middle() {
    assert_eq!(window(15, 30), "1 2 ... 12 13 14 (15) 16 17 18 ... 29 30");
}

#[test]
fn window_24_of_30_is_the_end() {
    assert_eq!(window(24, 30), "1 2 ... 21 22 23 (24) 25 26 27 28 29 30");
}

#[test]
fn window_at_the_borders_of_the_rule() {
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
fn a_bare_array_is_an_option() {
    let engine = provisionr([r#"{"id":"a\/b"}"#, r#"{ "id" : "c" }"#]);
    let matches = engine.query("").unwrap();
    let mut array = idq::render::ArrayWriter::new(Vec::new());
    for record in matches.page().unwrap().records().unwrap() {
        array.write(&record).unwrap();
    }
    let array = String::from_utf8(array.finish().unwrap()).unwrap();
    assert_eq!(array, r#"[{"id":"a\/b"},{ "id" : "c" }]"#);
}
