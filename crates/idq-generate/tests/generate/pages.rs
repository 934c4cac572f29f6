//! Generated pages are those that the APIs would return.

use idq_generate::{Generator, Options, Shape};
use serde_json::{Value, json};

use crate::{dump, lines};

fn pages(generator: Generator, rows: u64) -> Vec<Value> {
    lines(&dump(
        Options::new(generator)
            .rows(rows)
            .seed(4)
            .shape(Shape::Pages),
    ))
}

/// Formats the page window of a page: `1 2 ... 5`, with the current page in brackets.
fn window(page: &Value) -> String {
    let links = page["links"].as_array().unwrap();
    let labels = links[1..links.len() - 1].iter().map(|link| {
        let label = link["label"].as_str().unwrap();
        if label == "..." {
            assert_eq!(link, &json!({"url": null, "label": "...", "active": false}));
        } else {
            assert_eq!(link["page"].to_string(), label);
            assert!(
                link["url"]
                    .as_str()
                    .unwrap()
                    .ends_with(&format!("&page={label}"))
            );
        }
        if link["active"] == true {
            format!("[{label}]")
        } else {
            label.to_owned()
        }
    });
    labels.collect::<Vec<_>>().join(" ")
}

#[test]
fn page_windows_are_those_of_laravel() {
    for (current, last, expected) in [
        (1, 1, "[1]"),
        (7, 13, "1 2 3 4 5 6 [7] 8 9 10 11 12 13"),
        (1, 14, "[1] 2 3 4 5 6 7 8 9 10 ... 13 14"),
        (7, 14, "1 2 3 4 5 6 [7] 8 9 10 ... 13 14"),
        (8, 14, "1 2 ... 5 6 7 [8] 9 10 11 12 13 14"),
        (7, 30, "1 2 3 4 5 6 [7] 8 9 10 ... 29 30"),
        (8, 30, "1 2 ... 5 6 7 [8] 9 10 11 ... 29 30"),
        (15, 30, "1 2 ... 12 13 14 [15] 16 17 18 ... 29 30"),
        (23, 30, "1 2 ... 20 21 22 [23] 24 25 26 ... 29 30"),
        (24, 30, "1 2 ... 21 22 23 [24] 25 26 27 28 29 30"),
        (30, 30, "1 2 ... 21 22 23 24 25 26 27 28 29 [30]"),
    ] {
        let pages = pages(Generator::PROVISIONR, last * 15 - 7);
        assert_eq!(
            window(&pages[current - 1]),
            expected,
            "page {current} of {last}"
        );
    }
}

#[test]
fn provisionr_pages_count_and_link_their_records() {
    // More records than one block has.
    let pages = pages(Generator::PROVISIONR, 1207);
    assert_eq!(pages.len(), 81);
    let path = pages[0]["path"].as_str().unwrap();
    assert!(
        pages[0]["data"][0]["links"]["self"]
            .as_str()
            .unwrap()
            .starts_with(path)
    );
    let url = |page: usize| format!("{path}?filter%5Btrashed%5D=with&page={page}");
    for (index, page) in pages.iter().enumerate() {
        let number = index + 1;
        let first = index * 15 + 1;
        let last = (first + 14).min(1207);
        assert_eq!(page["current_page"], number);
        assert_eq!(page["data"].as_array().unwrap().len(), last + 1 - first);
        assert_eq!((&page["from"], &page["to"]), (&json!(first), &json!(last)));
        assert_eq!(
            (&page["last_page"], &page["per_page"], &page["total"]),
            (&json!(81), &json!(15), &json!(1207))
        );
        assert_eq!(
            (&page["first_page_url"], &page["last_page_url"]),
            (&json!(url(1)), &json!(url(81)))
        );
        let previous = (number > 1).then(|| number - 1);
        let next = (number < 81).then(|| number + 1);
        assert_eq!(page["prev_page_url"], json!(previous.map(url)));
        assert_eq!(page["next_page_url"], json!(next.map(url)));
        let links = page["links"].as_array().unwrap();
        let end = |label: &str, page: Option<usize>| json!({"url": page.map(url), "label": label, "page": page, "active": false});
        assert_eq!(links[0], end("&laquo; Previous", previous));
        assert_eq!(links[links.len() - 1], end("Next &raquo;", next));
    }
}

#[test]
fn permission_assist_pages_count_their_records() {
    let pages = pages(Generator::PERMISSION_ASSIST, 1210);
    assert_eq!(pages.len(), 25);
    for (index, page) in pages.iter().enumerate() {
        assert_eq!(
            page["items"].as_array().unwrap().len(),
            if index == 24 { 10 } else { 50 }
        );
        assert_eq!(page["page"], index + 1);
        assert_eq!(
            (&page["totalCount"], &page["pageSize"]),
            (&json!(1210), &json!(50))
        );
        assert_eq!(page["totalPages"], 25);
    }
}

#[test]
fn dump_without_rows_has_no_record_in_any_shape() {
    for &generator in Generator::ALL {
        let empty = Options::new(generator).rows(0);
        assert_eq!(dump(empty), b"[]\n");
        assert_eq!(dump(empty.shape(Shape::Ndjson)), b"");
    }
    for &generator in Generator::ALL {
        let bytes = dump(Options::new(generator).rows(0).seed(4).shape(Shape::Pages));
        insta::assert_snapshot!(
            format!("{generator:?}_without_rows"),
            String::from_utf8(bytes).unwrap()
        );
    }
}
