//! [`Envelope`]: the JSON object around the records of a page, member by member.

/// JSON object around the records of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Members in the order of the API, exactly one of them the records.
    pub members: Vec<(String, PageMember)>,
    /// Keys that saved pages of the API may have as well, and that `idq` never writes.
    pub foreign_keys: Vec<String>,
}

/// Value of a member of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageMember {
    /// Array of the records.
    Records,
    /// Number of records on all pages.
    Total,
    /// Number of this page, from 1.
    Page,
    /// Number of records on a full page.
    PerPage,
    /// Number of pages that have records; 0 for an empty collection.
    PageCount,
    /// Number of the last page; 1 for an empty collection.
    LastPage,
    /// Number of the next page, or null.
    NextPage,
    /// Number of the previous page, or null.
    PreviousPage,
    /// Position in the collection of the page's first record, from 1; null on an empty page.
    FirstRecord,
    /// Position in the collection of the page's last record, from 1; null on an empty page.
    LastRecord,
    /// URL of the first page.
    FirstPageUrl,
    /// URL of the last page.
    LastPageUrl,
    /// URL of the next page, or null.
    NextPageUrl,
    /// URL of the previous page, or null.
    PreviousPageUrl,
    /// URL of the collection, without a query.
    CollectionUrl,
    /// Laravel's array of links: to the previous page, to a window of pages, and to the next page.
    PageLinks,
}

impl Envelope {
    /// Creates an envelope of these members.
    pub fn new<K: Into<String>>(members: impl IntoIterator<Item = (K, PageMember)>) -> Self {
        let members = members.into_iter();
        Self {
            members: members.map(|(key, member)| (key.into(), member)).collect(),
            foreign_keys: Vec::new(),
        }
    }

    /// Returns the envelope of Laravel's length-aware paginator, which many APIs share. Pages of its API resources have
    /// a key `meta` instead of the numbers.
    pub fn laravel_paginator() -> Self {
        use PageMember::{
            CollectionUrl, FirstPageUrl, FirstRecord, LastPage, LastPageUrl, LastRecord,
            NextPageUrl, Page, PageLinks, PerPage, PreviousPageUrl, Records, Total,
        };
        Self {
            foreign_keys: vec!["meta".to_owned()],
            ..Self::new([
                ("current_page", Page),
                ("data", Records),
                ("first_page_url", FirstPageUrl),
                ("from", FirstRecord),
                ("last_page", LastPage),
                ("last_page_url", LastPageUrl),
                ("links", PageLinks),
                ("next_page_url", NextPageUrl),
                ("path", CollectionUrl),
                ("per_page", PerPage),
                ("prev_page_url", PreviousPageUrl),
                ("to", LastRecord),
                ("total", Total),
            ])
        }
    }

    /// Returns the key of the array of records.
    pub fn records_key(&self) -> &str {
        let mut members = self.members.iter();
        let records = members.find(|(_, member)| *member == PageMember::Records);
        // `Api::new` refuses an envelope without records.
        records.map_or("", |(key, _)| key)
    }

    /// Returns the other keys. Each of them distinguishes a page from a record that also has the records' key.
    pub fn other_keys(&self) -> impl Iterator<Item = &str> {
        let members = self.members.iter();
        let others = members.filter(|(_, member)| *member != PageMember::Records);
        let others = others.map(|(key, _)| key);
        others.chain(&self.foreign_keys).map(String::as_str)
    }
}
