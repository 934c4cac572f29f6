//! Provisionr's page of records: the envelope of Laravel's paginator.

use idq_json::EscapeDialect;

use crate::json::JsonWriter;
use crate::records::{PagePosition, Records};
use crate::short_text::ShortText;

use super::page_window::{WindowEntry, page_window};
use super::{COLLECTION, Link, Workspace};

/// The query string of an export of Provisionr that includes deleted records; the links of pages repeat it.
const EXPORT_QUERY: &str = "filter%5Btrashed%5D=with";

/// Appends one page.
pub(super) fn write(
    workspace: Workspace,
    page: PagePosition,
    records: &dyn Records,
    bytes: &mut Vec<u8>,
) {
    let path = workspace.link(COLLECTION, ShortText::new());
    let rows = page.rows();
    let last = page.count().max(1);
    let previous = (page.number > 1).then(|| page.number - 1);
    let next = (page.number < last).then(|| page.number + 1);
    let (from, to) = if rows.is_empty() {
        (None, None)
    } else {
        (Some(rows.start + 1), Some(rows.end))
    };
    JsonWriter::new(bytes, EscapeDialect::Php).object(|json| {
        json.key("current_page").number(page.number);
        page.write_records(records, json.key("data"));
        json.key("first_page_url").display(url(path, 1));
        write_number("from", from, json);
        json.key("last_page").number(last);
        json.key("last_page_url").display(url(path, last));
        json.key("links").array(|json| {
            write_end("&laquo; Previous", previous, path, json);
            for entry in page_window(page.number, last) {
                write_entry(entry, page.number, path, json);
            }
            write_end("Next &raquo;", next, path, json);
        });
        json.key("next_page_url")
            .nullable(next.map(|page| url(path, page)));
        json.key("path").display(path);
        json.key("per_page").number(page.per_page);
        json.key("prev_page_url")
            .nullable(previous.map(|page| url(path, page)));
        write_number("to", to, json);
        json.key("total").number(page.total);
    });
}

fn url(path: Link, page: u64) -> String {
    format!("{path}?{EXPORT_QUERY}&page={page}")
}

fn write_number(name: &str, number: Option<u64>, json: &mut JsonWriter<'_>) {
    json.key(name);
    match number {
        Some(number) => json.number(number),
        None => json.null(),
    }
}

/// Writes the link to the previous or next page.
fn write_end(label: &str, page: Option<u64>, path: Link, json: &mut JsonWriter<'_>) {
    json.object(|json| {
        json.key("url").nullable(page.map(|page| url(path, page)));
        json.key("label").text(label);
        write_number("page", page, json);
        json.key("active").boolean(false);
    });
}

fn write_entry(entry: WindowEntry, current: u64, path: Link, json: &mut JsonWriter<'_>) {
    json.object(|json| match entry {
        WindowEntry::Page(page) => {
            json.key("url").display(url(path, page));
            json.key("label").display(page);
            json.key("page").number(page);
            json.key("active").boolean(page == current);
        }
        WindowEntry::Gap => {
            json.key("url").null();
            json.key("label").text("...");
            json.key("active").boolean(false);
        }
    });
}
