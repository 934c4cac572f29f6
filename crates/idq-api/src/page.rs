//! Form of an API's answers: page rules, envelope, errors and JSON dialect.

/// Page size, and leniency of page numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRules {
    /// Records on a page by default, at least 1.
    pub per_page: u64,
    /// Whether the parameter `per_page` may set another number.
    pub per_page_can_change: bool,
    /// Reaction of the API to a page that is not a number from 1.
    pub page_number: PageNumberRule,
}

/// Reaction of an API to a `page` parameter that is not a number from 1. Strict conformance refuses it in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageNumberRule {
    /// The first page is answered, as by Laravel.
    Lenient,
    /// The request is refused.
    Strict,
}

/// JSON object around the records of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Envelope {
    /// Laravel's length-aware paginator: `current_page`, `data`, page links, `total`.
    Paginator,
    /// `items`, `totalCount`, `page`, `pageSize`, `totalPages`.
    Counted,
}

impl Envelope {
    /// Returns the key of the array of records.
    pub fn records_key(self) -> &'static str {
        match self {
            Self::Paginator => "data",
            Self::Counted => "items",
        }
    }

    /// Returns the other keys. Each of them distinguishes a page from a record that also has the records' key.
    pub fn other_keys(self) -> &'static [&'static str] {
        match self {
            Self::Paginator => &[
                "current_page",
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
                "meta",
            ],
            Self::Counted => &["totalCount", "page", "pageSize", "totalPages"],
        }
    }
}

/// JSON object and status codes of an API's errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorStyle {
    /// `{"message": …, "errors": {field: [message]}}`, status 422 for a wrong value: Laravel's. Filters are
    /// `filter.name`.
    Message,
    /// `{"error": code, "message": …, "correlationId": …, "errors": [{"field": …, "message": …}]}`, status 400 for
    /// everything that is wrong with a request. Filters are `filter[name]`.
    Coded,
}
