//! Stage 2, access: bearer tokens and TLS certificates, read at the start and renewed at each SIGHUP.

pub(crate) mod renewal;
pub(crate) mod secret_file;
pub(crate) mod tls;
pub(crate) mod tokens;
