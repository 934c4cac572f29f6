//! [`State`]: the progress of a run after a page, from which a later run goes on. It has no token.

use serde::{Deserialize, Serialize};

/// The version of the form of states.
pub(crate) const STATE_VERSION: u32 = 1;

/// The progress of a run after its last complete page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    /// The version of this form.
    pub(crate) idq_fetch: u32,
    /// The URL of the run.
    pub(crate) url: String,
    /// The name of the API, as soon as it is known.
    pub(crate) api: Option<String>,
    /// The URL of the next page; `None` after the last one.
    pub(crate) next: Option<String>,
    /// The number of the last page, as the page has it.
    pub(crate) page_number: Option<u64>,
    /// The hash of the records of the last page.
    pub(crate) last_hash: Option<u64>,
    /// The pages that were fetched.
    pub(crate) pages: u64,
    /// The records that were written.
    pub(crate) records: u64,
    /// The bytes that were written: the length of the partial file.
    pub(crate) bytes: u64,
    /// Records that spanned lines.
    pub(crate) respelled: u64,
    /// The number of all records by the first page.
    pub(crate) first_total: Option<u64>,
    /// The number of all records by the last page.
    pub(crate) last_total: Option<u64>,
}

impl State {
    /// Returns the state of a run that has not begun.
    pub(crate) fn new(url: String) -> Self {
        Self {
            idq_fetch: STATE_VERSION,
            next: Some(url.clone()),
            url,
            api: None,
            page_number: None,
            last_hash: None,
            pages: 0,
            records: 0,
            bytes: 0,
            respelled: 0,
            first_total: None,
            last_total: None,
        }
    }
}
