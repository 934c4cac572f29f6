//! The identity APIs over HTTP, answered from snapshots.
//!
//! Scripts and clients of Provisionr's or Permission Assist's API work unchanged against an export: routes, parameters,
//! envelopes, statuses and error bodies are the vendors'.
//!
//! ```
//! use idq_server::{Server, Settings};
//!
//! # let people = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/provisionr.ndjson");
//! # let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! let mut settings = Settings::new([people]);
//! settings.listen = ([127, 0, 0, 1], 0).into();
//! let server = Server::start(settings).await?;
//! let token = server.new_token().expect("a token is generated without a token file");
//! println!("{} with Authorization: Bearer {}", server.url(), token.text());
//! # let stop = async {};
//! server.run_until(stop).await?; // or `run`, until SIGTERM
//! # Ok::<(), idq_server::Error>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The path of a request
//!
//! The folders of this crate are its stages, in this order:
//!
//! 1. `startup` checks the [`Settings`] and starts threads and signal handlers.
//! 2. `access` reads tokens ([`NewToken`]) and certificates.
//! 3. `catalog` loads one snapshot for each API, and replaces all of them together at a reload.
//! 4. `connection` accepts clients and bounds their time.
//! 5. `request` routes, admits, parses and binds requests.
//! 6. `query_pool` runs a bounded number of queries at the same time, clients in turn, and cancels those whose client
//!    has disconnected.
//! 7. `response` writes pages, records and errors, compresses and caches them.
//!
//! `observe` counts and logs requests and long-running work. [`Server`] connects the stages; `state` is shared by all
//! requests.

mod access;
mod catalog;
mod connection;
mod hexadecimal;
mod observe;
mod query_pool;
mod request;
mod response;
mod server;
mod startup;
mod state;

pub use access::tokens::NewToken;
pub use server::{ServedApi, Server};
pub use startup::error::Error;
pub use startup::rlimit::raise_open_file_limit;
pub use startup::settings::{
    Access, Limits, LoadSettings, LogQueries, PlainHttp, Profile, Proxy, Settings, TlsFiles,
};
