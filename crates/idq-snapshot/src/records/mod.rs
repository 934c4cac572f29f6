//! The bytes of records: reading of one and of many, and the records that were set aside.

pub(crate) mod copies;
pub(crate) mod reader;
pub(crate) mod reject;
pub(crate) mod window;
