//! Stage 4, connections: accepted, bounded in number and time, decrypted, and served as HTTP/1.1.

pub(crate) mod accept;
pub(crate) mod reset;
pub(crate) mod write_timeout;
