//! Stage 7, responses: pages, records, errors and the API description, with entity tags, compression and a cache.

pub(crate) mod cache;
pub(crate) mod encoding;
pub(crate) mod entity_tag;
pub(crate) mod error_response;
pub(crate) mod index_page;
pub(crate) mod openapi;
pub(crate) mod redact;
