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

mod app;
mod cache;
mod client;
mod conditional;
mod connections;
mod encoding;
mod error;
mod failure;
mod files;
mod front;
mod hex;
mod hide;
mod host;
mod identities;
mod metrics;
mod openapi;
mod origin;
mod patient;
mod progress;
mod queue;
mod refusal;
mod reload;
mod renewal;
mod reset;
mod router;
mod scans;
mod served;
mod server;
mod settings;
mod signals;
mod sources;
mod threads;
mod tls;
mod tokens;

pub use error::Error;
pub use files::allow_many_clients;
pub use server::Server;
pub use settings::{
    Access, Dumps, Limits, LogQueries, PlainHttp, Profile, Proxy, Settings, TlsFiles,
};
pub use tokens::NewToken;
