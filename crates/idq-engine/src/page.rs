//! [`Page`]: the result of a query.

use idq_snapshot::RowId;

/// One page of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Rows of its records, in order; empty past the last page.
    pub rows: Vec<RowId>,
    /// Number of matching records.
    pub total: u64,
    /// Number of the requested page, from 1.
    pub page: u64,
    /// Number of records on a full page.
    pub per_page: u64,
}
