//! Encodings of values in memory, which kernels read without decoding.

pub(crate) mod affix;
pub(crate) mod code_set;
pub(crate) mod codes;
pub(crate) mod frame;
pub(crate) mod strings;
pub(crate) mod subsecond;
pub(crate) mod uuid;
