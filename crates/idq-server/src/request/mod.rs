//! Stage 5, requests: routed, admitted by size, token and host, attributed to a client, parsed, bound and answered.

pub(crate) mod admission;
mod cached_request;
pub(crate) mod client;
pub(crate) mod counts;
pub(crate) mod forwarded;
pub(crate) mod host;
pub(crate) mod origin;
pub(crate) mod router;
pub(crate) mod routes;
