use std::io::{self, Write};

use idq_api::Envelope;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::page::{PageInfo, full_pages};
use crate::window::window;

const PREVIOUS: &str = "&laquo; Previous";
const NEXT: &str = "Next &raquo;";
const GAP: &str = "...";

/// A page as Laravel's length-aware paginator writes it, of records of type `R`.
///
/// The order of the fields is that of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaginatorPage<R> {
    /// The page asked for, counted from 1.
    pub current_page: u64,
    /// The records of the page.
    pub data: Vec<R>,
    /// Link to the first page.
    pub first_page_url: String,
    /// Position of the page's first record among all, counted from 1; `None` on an empty page.
    pub from: Option<u64>,
    /// The last page, at least 1.
    pub last_page: u64,
    /// Link to the last page.
    pub last_page_url: String,
    /// Links to the page before, to some pages around, and to the page after.
    pub links: Vec<PageLink>,
    /// Link to the page after this one, if there is one.
    pub next_page_url: Option<String>,
    /// The URL of the collection, without a query.
    pub path: String,
    /// Records on a full page.
    pub per_page: u64,
    /// Link to the page before this one, if there is one.
    pub prev_page_url: Option<String>,
    /// Position of the page's last record among all, counted from 1; `None` on an empty page.
    pub to: Option<u64>,
    /// Records on all pages.
    pub total: u64,
}

impl<R> PaginatorPage<R> {
    /// The page with these records.
    pub fn new(info: &PageInfo<'_>, data: Vec<R>) -> Self {
        Self::of_count(info, data.len(), data)
    }

    /// The page of `count` records, whether or not they are in `data`.
    fn of_count(info: &PageInfo<'_>, count: usize, data: Vec<R>) -> Self {
        let last_page = info.last_page();
        let (from, to) = info.positions(count);
        let url = info.urls();
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

/// One of a page's links to pages, or a gap between them.
///
/// The link to the page before the first, or after the last, has neither `url` nor `page`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PageLink {
    /// The URL of the page.
    pub url: Option<String>,
    /// What to show, as HTML: the page's number, `&laquo; Previous`, `Next &raquo;`, or `...` for a gap.
    pub label: String,
    /// The number of the page. A gap is written without this field, rather than with null.
    pub page: Option<u64>,
    /// Whether this is the page that it stands on.
    pub active: bool,
}

impl PageLink {
    /// Whether this stands for pages that are left out.
    pub fn is_gap(&self) -> bool {
        self.url.is_none() && self.label == GAP
    }
}

// By hand, as deriving can't leave a field out by the look of another one.
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

/// A page as Permission Assist writes it, of records of type `R`.
///
/// The order of the fields is that of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CountedPage<R> {
    /// The records of the page.
    pub items: Vec<R>,
    /// Records on all pages.
    pub total_count: u64,
    /// The page asked for, counted from 1.
    pub page: u64,
    /// Records on a full page.
    pub page_size: u64,
    /// Pages that have records: 0 if there are none.
    pub total_pages: u64,
}

impl<R> CountedPage<R> {
    /// The page with these records.
    pub fn new(info: &PageInfo<'_>, items: Vec<R>) -> Self {
        Self {
            items,
            total_count: info.total,
            page: info.page,
            page_size: info.per_page,
            total_pages: full_pages(info.total, info.per_page),
        }
    }
}

/// Writes a page: the envelope on one line and in it the records, byte for byte as they are. No line feed follows.
///
/// The records are taken to be valid JSON.
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
            let page = PaginatorPage::<()>::of_count(info, records.len(), Vec::new());
            serde_json::to_vec(&page)?
        }
        Envelope::Counted => serde_json::to_vec(&CountedPage::<()>::new(info, Vec::new()))?,
    };
    // At most a number stands before the records, so the first bracket is theirs.
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

fn links(info: &PageInfo<'_>, url: impl Fn(u64) -> String) -> Vec<PageLink> {
    let link = |label: &str, page: Option<u64>| PageLink {
        url: page.map(&url),
        label: label.to_owned(),
        page,
        active: false,
    };
    let mut links = vec![link(PREVIOUS, info.previous())];
    window(info.page, info.last_page(), |entry| {
        links.push(match entry {
            Some(page) => PageLink {
                active: page == info.page,
                ..link(&page.to_string(), Some(page))
            },
            None => link(GAP, None),
        });
    });
    links.push(link(NEXT, info.next()));
    links
}
