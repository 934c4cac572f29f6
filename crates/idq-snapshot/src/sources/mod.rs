//! The sources of a snapshot: their formats by their first bytes, the storage of their bytes, and what a load has
//! observed in them.

pub(crate) mod compression;
pub(crate) mod foreign_format;
pub(crate) mod observed;
pub(crate) mod packed_request;
pub(crate) mod read_values;
pub(crate) mod report;
pub(crate) mod store;
pub(crate) mod text_encoding;
