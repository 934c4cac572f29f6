//! Stage 5, requests: routed, admitted, attributed to a client, parsed and bound.

pub(crate) mod client;
pub(crate) mod host;
pub(crate) mod origin;
pub(crate) mod router;
pub(crate) mod routes;
