//! The numbers and URLs of a page, as every envelope states them.

mod links;
pub(crate) mod write;

use std::fmt::Write;

use idq_api::last_page;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters that are percent-encoded in a query: all except the unreserved ones of RFC 3986, section 2.3.
const ENCODED_IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The parameter that selects a page. Links replace the request's own.
const PAGE_PARAMETER: &str = "page";

/// The position of a page in its collection, for envelopes of any API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageInfo<'a> {
    /// The requested page, counted from 1. A page past the last one is empty.
    pub page: u64,
    /// The number of records on a full page, at least 1.
    pub per_page: u64,
    /// The number of records on all pages.
    pub total: u64,
    /// The URL of the collection, without a query.
    pub collection_url: &'a str,
    /// The request's parameters as decoded names and values, in the request's order. Links to other pages repeat them,
    /// except `page`.
    pub parameters: &'a [(String, String)],
}

impl PageInfo<'_> {
    /// Returns the last page, at least 1.
    pub(crate) fn last_page(&self) -> u64 {
        last_page(self.total, self.per_page)
    }

    /// Returns the page before this one.
    pub(crate) fn previous(&self) -> Option<u64> {
        (self.page > 1).then(|| self.page - 1)
    }

    /// Returns the page after this one.
    pub(crate) fn next(&self) -> Option<u64> {
        (self.page < self.last_page()).then(|| self.page + 1)
    }

    /// Returns the positions in the collection, counted from 1, of the first and the last of `count` records on this
    /// page.
    pub(crate) fn record_positions(&self, count: usize) -> (Option<u64>, Option<u64>) {
        if count == 0 {
            return (None, None);
        }
        let before = self.page.saturating_sub(1).saturating_mul(self.per_page);
        (
            Some(before.saturating_add(1)),
            Some(before.saturating_add(count as u64)),
        )
    }

    /// Returns a function that builds the URL of a page: the request's parameters in their order, then `page`.
    ///
    /// The parameters are encoded once for all links of an envelope.
    pub(crate) fn url_builder(&self) -> impl Fn(u64) -> String + use<> {
        let mut start = String::with_capacity(self.collection_url.len() + 64);
        start.push_str(self.collection_url);
        start.push('?');
        for (name, value) in self.parameters {
            if name != PAGE_PARAMETER {
                start.extend(utf8_percent_encode(name, ENCODED_IN_QUERY));
                start.push('=');
                start.extend(utf8_percent_encode(value, ENCODED_IN_QUERY));
                start.push('&');
            }
        }
        start.push_str(PAGE_PARAMETER);
        start.push('=');
        move |page| {
            let mut url = String::with_capacity(start.len() + MAX_U64_DIGITS);
            url.push_str(&start);
            // Writing to a string cannot fail.
            let _ = write!(url, "{page}");
            url
        }
    }
}

/// The number of digits of `u64::MAX`.
const MAX_U64_DIGITS: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_encodes_all_but_the_unreserved_characters() {
        let url = |parameters: &[(&str, &str)]| {
            let parameters: Vec<_> = parameters
                .iter()
                .map(|&(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            PageInfo {
                page: 1,
                per_page: 15,
                total: 0,
                collection_url: "https://a.b/c",
                parameters: &parameters,
            }
            .url_builder()(3)
        };
        for (parameters, expected) in [
            (&[][..], "page=3"),
            (&[("page", "9")], "page=3"),
            (
                &[("filter[state]", "active,pending")],
                "filter%5Bstate%5D=active%2Cpending&page=3",
            ),
            (
                &[("page", "9"), ("sort", "-email"), ("per_page", "5")],
                "sort=-email&per_page=5&page=3",
            ),
            (&[("q", "a b+c&d=e")], "q=a%20b%2Bc%26d%3De&page=3"),
            (&[("q", "Zoë/~._-*")], "q=Zo%C3%AB%2F~._-%2A&page=3"),
            (&[("empty", "")], "empty=&page=3"),
        ] {
            assert_eq!(url(parameters), format!("https://a.b/c?{expected}"));
        }
    }

    #[test]
    fn positions_of_the_largest_page_do_not_overflow() {
        let info = PageInfo {
            page: u64::MAX,
            per_page: u64::MAX,
            total: 1,
            collection_url: "",
            parameters: &[],
        };
        assert_eq!(info.record_positions(2), (Some(u64::MAX), Some(u64::MAX)));
        assert_eq!(info.record_positions(0), (None, None));
        assert_eq!(info.previous(), Some(u64::MAX - 1));
        assert_eq!(info.next(), None);
    }
}
