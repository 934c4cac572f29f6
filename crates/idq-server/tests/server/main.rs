//! The server from outside: through its routes, and through sockets.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod conditional;
mod connection;
mod counts;
mod description;
mod error_style;
mod errors;
mod hidden;
mod hosts;
mod limits;
mod metrics;
mod pages;
#[cfg(unix)]
mod pipes;
mod reload;
mod slow;
mod support;
mod tls;
