//! The oracle's envelopes: both APIs' pages with their URLs and links.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::record::text;
use crate::request::{OracleApi, Request};

/// Formats a page like the API: the records verbatim, the envelope's fields in the vendor's order.
///
/// `spellings` are the records verbatim, `records` their parsed values.
pub fn envelope(
    request: &Request,
    answer: &Answer,
    records: &[Value],
    spellings: &[String],
) -> String {
    let page: Vec<&str> = answer
        .page
        .iter()
        .map(|&index| spellings[index].as_str())
        .collect();
    let page = page.join(",");
    match request.api {
        OracleApi::Provisionr => paginator(request, answer, &collection_url(records), &page),
        OracleApi::PermissionAssist => format!(
            r#"{{"items":[{page}],"totalCount":{},"page":{},"pageSize":{},"totalPages":{}}}"#,
            answer.total(),
            answer.number,
            answer.per_page,
            answer.pages(),
        ),
    }
}

fn paginator(request: &Request, answer: &Answer, path: &str, data: &str) -> String {
    let (current, total) = (answer.number, answer.total());
    let last = answer.pages().max(1);
    let url = |page: u64| url(path, &request.parameters, page);
    let end = |label: &str, page: Option<u64>| {
        format!(
            r#"{{"url":{},"label":"{label}","page":{},"active":false}}"#,
            json!(page.map(url)),
            json!(page),
        )
    };
    let previous = (current > 1).then(|| current - 1);
    let next = (current < last).then(|| current + 1);
    let mut links = vec![end("&laquo; Previous", previous)];
    for entry in window(current, last) {
        links.push(match entry {
            None => r#"{"url":null,"label":"...","active":false}"#.to_owned(),
            Some(page) => format!(
                r#"{{"url":{},"label":"{page}","page":{page},"active":{}}}"#,
                json!(url(page)),
                page == current,
            ),
        });
    }
    links.push(end("Next &raquo;", next));
    let empty = answer.page.is_empty();
    let from = (!empty).then(|| (current - 1) * answer.per_page + 1);
    let to = from.map(|from| from + answer.page.len() as u64 - 1);
    let fields = [
        ("current_page", json!(current).to_string()),
        ("data", format!("[{data}]")),
        ("first_page_url", json!(url(1)).to_string()),
        ("from", json!(from).to_string()),
        ("last_page", json!(last).to_string()),
        ("last_page_url", json!(url(last)).to_string()),
        ("links", format!("[{}]", links.join(","))),
        ("next_page_url", json!(next.map(url)).to_string()),
        ("path", json!(path).to_string()),
        ("per_page", json!(answer.per_page).to_string()),
        ("prev_page_url", json!(previous.map(url)).to_string()),
        ("to", json!(to).to_string()),
        ("total", json!(total).to_string()),
    ];
    let fields = fields.map(|(key, value)| format!(r#""{key}":{value}"#));
    format!("{{{}}}", fields.join(","))
}

/// Returns the linked pages, with `None` for a gap.
fn window(current: u64, last: u64) -> Vec<Option<u64>> {
    let pages = |from: u64, to: u64| (from..=to).map(Some);
    if last < 14 {
        return pages(1, last).collect();
    }
    if current <= 7 {
        return pages(1, 10)
            .chain([None])
            .chain(pages(last - 1, last))
            .collect();
    }
    if current > last - 7 {
        return pages(1, 2)
            .chain([None])
            .chain(pages(last - 9, last))
            .collect();
    }
    pages(1, 2)
        .chain([None])
        .chain(pages(current - 3, current + 3))
        .chain([None])
        .chain(pages(last - 1, last))
        .collect()
}

/// Returns the collection's URL: the common URL of all records without their ids, if they agree.
fn collection_url(records: &[Value]) -> String {
    let mut links = records.iter().filter_map(|record| {
        let link = text(record, "links.self")?;
        let suffix = format!("/{}", text(record, "id").unwrap_or_default());
        Some(link.strip_suffix(&suffix))
    });
    match links.next() {
        Some(Some(first)) if links.all(|link| link == Some(first)) => first.to_owned(),
        _ => "/api/v1/directory/identities".to_owned(),
    }
}

/// Builds the URL of a page: the request's other parameters in their order, then `page`.
fn url(path: &str, parameters: &[(String, String)], page: u64) -> String {
    let others = parameters.iter().filter(|(name, _)| name != "page");
    let mut query: Vec<String> = others
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    query.push(format!("page={page}"));
    format!("{path}?{}", query.join("&"))
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
