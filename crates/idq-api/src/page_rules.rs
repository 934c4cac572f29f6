//! Form of an API's pages: page rules and number of pages.

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

/// Returns the last page of a collection of `total` records, at least 1: an empty collection has its first page.
///
/// ```
/// assert_eq!(idq_api::last_page(46, 15), 4);
/// assert_eq!(idq_api::last_page(0, 15), 1);
/// ```
pub fn last_page(total: u64, per_page: u64) -> u64 {
    page_count(total, per_page).max(1)
}

/// Returns the number of pages that have records. A page size of 0 is treated as 1 to avoid a division by zero.
pub fn page_count(total: u64, per_page: u64) -> u64 {
    total.div_ceil(per_page.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_page_is_the_rounded_up_quotient_and_at_least_one() {
        for (total, per_page, expected) in [
            (0, 15, 1),
            (1, 15, 1),
            (15, 15, 1),
            (16, 15, 2),
            (30, 15, 2),
            (u64::MAX, 1, u64::MAX),
            (5, 0, 5),
        ] {
            assert_eq!(last_page(total, per_page), expected, "{total}/{per_page}");
        }
    }
}
