//! The envelopes of the APIs: types of a page, and a writer that copies records verbatim.

use std::io::{self, Write};

use idq_api::Envelope;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use super::links::for_each_link;
use super::{PageInfo, count_nonempty_pages};

/// The label of the link to the previous page, with the HTML entity that Laravel writes.
const PREVIOUS_LABEL: &str = "&laquo; Previous";
/// The label of the link to the next page.
const NEXT_LABEL: &str = "Next &raquo;";
/// The label of a gap between links.
const GAP_LABEL: &str = "...";

/// A page in the format of Laravel's length-aware paginator, with records of type `R`.
///
/// Fields have the order of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaginatorPage<R> {
    /// The requested page, counted from 1.
    pub current_page: u64,
    /// The records of the page.
    pub data: Vec<R>,
    /// The URL of the first page.
    pub first_page_url: String,
    /// The position of the page's first record in the collection, counted from 1; `None` on an empty page.
    pub from: Option<u64>,
    /// The last page, at least 1.
    pub last_page: u64,
    /// The URL of the last page.
    pub last_page_url: String,
    /// Links to the previous page, to a selection of pages, and to the next page.
    pub links: Vec<PageLink>,
    /// The URL of the next page, if there is one.
    pub next_page_url: Option<String>,
    /// The URL of the collection, without a query.
    pub path: String,
    /// The number of records on a full page.
    pub per_page: u64,
    /// The URL of the previous page, if there is one.
    pub prev_page_url: Option<String>,
    /// The position of the page's last record in the collection, counted from 1; `None` on an empty page.
    pub to: Option<u64>,
    /// The number of records on all pages.
    pub total: u64,
}

impl<R> PaginatorPage<R> {
    /// Returns the page with these records.
    pub fn new(info: &PageInfo<'_>, data: Vec<R>) -> Self {
        Self::with_record_count(info, data.len(), data)
    }

    /// Returns the page of `count` records. `data` may be empty, if the records are written separately.
    fn with_record_count(info: &PageInfo<'_>, count: usize, data: Vec<R>) -> Self {
        let last_page = info.last_page();
        let (from, to) = info.record_positions(count);
        let url = info.url_builder();
        Self {
            current_page: info.page,
            data,
            first_page_url: url(1),
            from,
            last_page,
            last_page_url: url(last_page),
            links: links(info, &url),
            next_page_url: info.next().map(&url),
            path: info.collection_url.to_owned(),
            per_page: info.per_page,
            prev_page_url: info.previous().map(&url),
            to,
            total: info.total,
        }
    }
}

/// A link of a page to a page, or a gap between links.
///
/// The previous link of the first page and the next link of the last page have neither `url` nor `page`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PageLink {
    /// The URL of the page.
    pub url: Option<String>,
    /// The text of the link, as HTML: the page's number, `&laquo; Previous`, `Next &raquo;`, or `...` for a gap.
    pub label: String,
    /// The number of the page. A gap is serialized without this field, not with null.
    pub page: Option<u64>,
    /// Whether the link is to the page that contains it.
    pub active: bool,
}

impl PageLink {
    /// Returns whether the entry is a gap, which represents omitted pages.
    pub fn is_gap(&self) -> bool {
        self.url.is_none() && self.label == GAP_LABEL
    }
}

// Not derived, because serde cannot skip a field depending on another one.
impl Serialize for PageLink {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = if self.is_gap() { 3 } else { 4 };
        let mut link = serializer.serialize_struct("PageLink", fields)?;
        link.serialize_field("url", &self.url)?;
        link.serialize_field("label", &self.label)?;
        if self.is_gap() {
            link.skip_field("page")?;
        } else {
            link.serialize_field("page", &self.page)?;
        }
        link.serialize_field("active", &self.active)?;
        link.end()
    }
}

/// A page in the format of Permission Assist, with records of type `R`.
///
/// Fields have the order of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CountedPage<R> {
    /// The records of the page.
    pub items: Vec<R>,
    /// The number of records on all pages.
    pub total_count: u64,
    /// The requested page, counted from 1.
    pub page: u64,
    /// The number of records on a full page.
    pub page_size: u64,
    /// The number of pages that have records; 0 for an empty collection.
    pub total_pages: u64,
}

impl<R> CountedPage<R> {
    /// Returns the page with these records.
    pub fn new(info: &PageInfo<'_>, items: Vec<R>) -> Self {
        Self {
            items,
            total_count: info.total,
            page: info.page,
            page_size: info.per_page,
            total_pages: count_nonempty_pages(info.total, info.per_page),
        }
    }
}

/// Writes a page: the envelope on one line, and in it the records verbatim. No line feed follows.
///
/// The records must be valid JSON; they are not checked.
///
/// # Errors
/// The output cannot be written.
pub fn write_page<R: AsRef<[u8]>, W: Write>(
    envelope: Envelope,
    info: &PageInfo<'_>,
    records: &[R],
    out: &mut W,
) -> io::Result<()> {
    let empty = match envelope {
        Envelope::Paginator => {
            let page = PaginatorPage::<()>::with_record_count(info, records.len(), Vec::new());
            serde_json::to_vec(&page)?
        }
        Envelope::Counted => serde_json::to_vec(&CountedPage::<()>::new(info, Vec::new()))?,
    };
    // At most a number precedes the records, so the first bracket opens their array.
    let records_start = memchr::memchr(b'[', &empty).map_or(empty.len(), |bracket| bracket + 1);
    let (head, tail) = empty.split_at(records_start);
    out.write_all(head)?;
    for (index, record) in records.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        out.write_all(record.as_ref())?;
    }
    out.write_all(tail)
}

/// Returns the links of a page in the order of the paginator.
fn links(info: &PageInfo<'_>, url: impl Fn(u64) -> String) -> Vec<PageLink> {
    let link = |label: &str, page: Option<u64>| PageLink {
        url: page.map(&url),
        label: label.to_owned(),
        page,
        active: false,
    };
    let mut links = vec![link(PREVIOUS_LABEL, info.previous())];
    for_each_link(info.page, info.last_page(), |linked| {
        links.push(match linked {
            Some(page) => PageLink {
                active: page == info.page,
                ..link(&page.to_string(), Some(page))
            },
            None => link(GAP_LABEL, None),
        });
    });
    links.push(link(NEXT_LABEL, info.next()));
    links
}
