//! The identity APIs over HTTP, answered from snapshots.
//!
//! Scripts and clients that speak Provisionr's or Permission Assist's API work unchanged against yesterday's export:
//! routes, parameters, envelopes, statuses and error bodies are the vendors'.
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
//! let token = server.new_token().expect("there is no token file");
//! println!("{} with Authorization: Bearer {}", server.url(), token.text());
//! # let stop = async {};
//! server.run_until(stop).await?; // or `run`, until SIGTERM
//! # Ok::<(), idq_server::Error>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The way of a request
//!
//! `connections` accepts it and limits its head; `router` leads it through `observe` (log and metrics) and `admit`
//! (sizes, [tokens](NewToken), host) to `identities`, which binds it, compares entity tags, and hands the question to
//! `scans`: a bounded number at once on threads of their own, clients in turn, cancelled when the client has gone.
//! What goes wrong is a `failure`, which each API says in its own words. `served` is what is answered from; `reload`
//! replaces it as a whole.

mod access;
mod catalog;
mod connection;
mod hex;
mod observe;
mod query_pool;
mod request;
mod response;
mod server;
mod startup;
mod state;

pub use access::tokens::NewToken;
pub use server::Server;
pub use startup::error::Error;
pub use startup::rlimit::raise_open_file_limit;
pub use startup::settings::{
    Access, Limits, LoadSettings, LogQueries, PlainHttp, Profile, Proxy, Settings, TlsFiles,
};
