//! Masked copies of snapshots: pseudonyms in place of personal values, for exports to other organisations.
//!
//! A [`Masker`] [learns](Masker::learn) the values of all snapshots of a command, and then [copies](Masker::copy)
//! records: masked values become pseudonyms, and where one of them stands inside another text, an id in a URL or a surname
//! in an address, that part is replaced as well.
//!
//! Requests are evaluated on the original records and answers are printed from the copy, so that masking changes no
//! answer.
//!
//! ```
//! use idq::{Columns, Engine, ReadOptions, Source};
//! use idq_mask::{CopyOptions, MaskKey, Masker, PseudonymOptions, Pseudonyms};
//!
//! let people = br#"{"id":"1","email":"ada@north.example","state":"active","links":{"self":"/people?q=ada@north.example"}}"#;
//! let people = Engine::open([Source::bytes("people", &people[..])])?;
//! let pseudonyms = Pseudonyms::new(&MaskKey::random()?, PseudonymOptions::default());
//! let masker = Masker::learn(pseudonyms, &["email".to_owned()], &[people.snapshot()])?;
//! let copy = masker.copy_all(
//!     people.snapshot(),
//!     CopyOptions {
//!         name: "people (masked)".to_owned(),
//!         columns: Columns::All,
//!         read: ReadOptions::default(),
//!     },
//! )?;
//! let record = String::from_utf8(copy.get("1")?.remove(0).into_bytes())?;
//! assert!(!record.contains("ada@north.example"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod dates;
mod error;
mod expressions;
mod fields;
mod key;
mod learned_values;
mod masker;
mod pseudonyms;
mod record;

pub use error::Error;
pub use fields::AUTO;
pub use key::{KEY_BYTES, MaskKey};
pub use masker::{CopyOptions, Masker};
pub use pseudonyms::{PseudonymOptions, Pseudonyms};
