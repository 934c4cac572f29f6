//! Encodings of values in memory, each a smaller spelling of the same rows that kernels read as it is.

pub(crate) mod affix;
pub(crate) mod code_set;
pub(crate) mod codes;
pub(crate) mod strings;
pub(crate) mod subsecond;
pub(crate) mod uuid;
