//! The envelopes of both APIs around a page of records.

use std::ops::Range;

use idq_json::EscapeDialect;

use crate::json::JsonWriter;
use crate::provisionr::{COLLECTION, Link, Workspace};
use crate::record::Records;
use crate::short_text::ShortText;
use crate::window::{WindowEntry, page_window};

/// The query string of an export of Provisionr that includes deleted records; the links of pages repeat it.
const EXPORT_QUERY: &str = "filter%5Btrashed%5D=with";

/// One page of a dump of `total` rows, pages counted from 1.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    pub(crate) number: u64,
    pub(crate) total: u64,
}

impl Records {
    /// Returns the number of records on a page of this API.
    pub(crate) const fn per_page(self) -> u64 {
        match self {
            Self::Provisionr { .. } => 15,
            Self::PermissionAssist { .. } => 50,
        }
    }

    /// Appends one page.
    pub(crate) fn write_page(self, page: Page, bytes: &mut Vec<u8>) {
        let first = (page.number - 1) * self.per_page();
        let rows = first..(first + self.per_page()).min(page.total);
        match self {
            Self::Provisionr { workspace, .. } => {
                self.write_laravel_page(workspace, page, rows, bytes);
            }
            Self::PermissionAssist { .. } => {
                JsonWriter::new(bytes, EscapeDialect::DotNet).object(|json| {
                    json.key("items").array(|json| self.write_rows(rows, json));
                    json.key("totalCount").number(page.total);
                    json.key("page").number(page.number);
                    json.key("pageSize").number(self.per_page());
                    // The server rounds a quotient up: an empty collection has no pages, although page 1 exists.
                    json.key("totalPages")
                        .number(page.total.div_ceil(self.per_page()));
                });
            }
        }
    }

    fn write_laravel_page(
        self,
        workspace: Workspace,
        page: Page,
        rows: Range<u64>,
        bytes: &mut Vec<u8>,
    ) {
        let path = workspace.link(COLLECTION, ShortText::new());
        let last = page.total.div_ceil(self.per_page()).max(1);
        let previous = (page.number > 1).then(|| page.number - 1);
        let next = (page.number < last).then(|| page.number + 1);
        let (from, to) = if rows.is_empty() {
            (None, None)
        } else {
            (Some(rows.start + 1), Some(rows.end))
        };
        JsonWriter::new(bytes, EscapeDialect::Php).object(|json| {
            json.key("current_page").number(page.number);
            json.key("data").array(|json| self.write_rows(rows, json));
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
            json.key("per_page").number(self.per_page());
            json.key("prev_page_url")
                .nullable(previous.map(|page| url(path, page)));
            write_number("to", to, json);
            json.key("total").number(page.total);
        });
    }

    fn write_rows(self, rows: Range<u64>, json: &mut JsonWriter<'_>) {
        for row in rows {
            json.append(|bytes| self.write(row, bytes));
        }
    }
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
