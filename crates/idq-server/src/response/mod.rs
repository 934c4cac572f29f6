//! Stage 7, responses: pages and single records, errors in each API's own format, the index page and the API
//! description, with entity tags, compression and a cache.

pub(crate) mod cache;
pub(crate) mod encoding;
pub(crate) mod entity_tag;
pub(crate) mod error_response;
pub(crate) mod index_page;
pub(crate) mod openapi;
pub(crate) mod record_body;
pub(crate) mod redact;

/// The content type of all responses but the index page and the metrics.
pub(crate) const JSON: &str = "application/json";
