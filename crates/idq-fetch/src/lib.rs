//! All records of an identity API, page by page over HTTP, into a dump of one record a line.
//!
//! The types in the order of a run:
//!
//! 1. [`ListUrl`] is the URL of an API's list, with its filters. Pages are requested from its origin alone, because
//!    every request has the token.
//! 2. [`Token`] is the bearer token. No text of this crate contains it.
//! 3. [`Fetch`] is a run with its options: the API, the token, the waits between attempts.
//! 4. [`Fetch::write_to`] writes the records to a stream, and [`Fetch::write_file`] to a file that appears complete or
//!    not at all. A run that ends early leaves a partial file, from which the next one goes on.
//! 5. [`Event`]s are sent while the run lasts, and a [`Summary`] is its result.
//!
//! The envelope of the API's description decides which member of a page has the records, the total and the next page;
//! no code of this crate names an API. Records are written verbatim.
//!
//! ```no_run
//! use idq_fetch::{Fetch, ListUrl, Token};
//!
//! let url: ListUrl = "https://example.provisionr.io/api/v1/directory/identities?filter[trashed]=with".parse()?;
//! let token = Token::from_bytes(&std::fs::read("token")?)?;
//! let summary = Fetch::new(url)
//!     .token(token)
//!     .write_file("people.ndjson".as_ref(), idq_fetch::Resume::IfPossible)?;
//! println!("{} records in {} pages", summary.records, summary.pages);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Why ureq
//!
//! Pages are requested one after another, so a blocking client suffices. `ureq` brings no runtime, and uses the TLS
//! stack of the server (rustls with ring). The trusted certificates are those of the system, as an API behind a
//! company's own authority needs; `SSL_CERT_FILE` names others.

mod client;
mod error;
mod fetch;
mod next_page;
mod page;
mod partial_file;
mod retry;
mod sink;
mod state;
mod token;
mod url;
mod walk;

pub use error::{Error, UrlProblem};
pub use fetch::{
    DEFAULT_TIMEOUT, Event, Fetch, NextPageRule, PlainHttp, Progress, Resume, Summary,
};
pub use partial_file::partial_path;
pub use retry::RetryPolicy;
pub use token::{Token, TokenError};
pub use url::ListUrl;
