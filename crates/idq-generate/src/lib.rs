//! Synthetic dumps of several APIs, with the variety of real ones and the same bytes for the same seed.
//!
//! [`Options`] name the [`Generator`], the number of rows, the seed, the [`Shape`] and the [`Style`]; [`write()`]
//! generates the dump, and [`record()`] one record of it. No clock, machine or number of threads has an effect, so that a fixture or a
//! benchmark is identified by its options, and one record of a large dump can be generated alone.
//!
//! Unless another [`Style`] is set, records are spelled as each API's server spells them, down to the escapes (Provisionr's is PHP, Permission Assist's
//! .NET), and have the content of real directories: nested profiles of seven vendors, several identities of one person,
//! orphans and software accounts, deleted records, nulls and some missing fields, names in eight scripts, timestamps in
//! several precisions and zones. People, companies and domains are invented; the time of every dump is six in the
//! morning of 1 October 2026, UTC.
//!
//! The stages of a record: `random` derives a stream of random numbers from seed and row; `person` and one of the
//! `generators` draw its facts, from the word lists of `pool`, and write them, and the pages around them, by `json`;
//! `styled` rewrites them in another style; `write` runs all of that in blocks on many threads. A further API is one file in `generators`.
//!
//! ```
//! use idq_generate::{Generator, Options, Shape, record, write};
//!
//! let options = Options::new(Generator::PROVISIONR).rows(100).seed(42).shape(Shape::Ndjson);
//! let mut dump = Vec::new();
//! write(&options, &mut dump)?;
//!
//! // The record of row 17, generated alone.
//! let mut one = Vec::new();
//! record(Generator::PROVISIONR, 42, 17, &mut one);
//! assert_eq!(dump.split(|byte| *byte == b'\n').nth(17), Some(&one[..]));
//! # Ok::<(), std::io::Error>(())
//! ```

mod generators;
mod identifier;
mod json;
mod options;
mod person;
mod pool;
mod random;
mod records;
mod short_text;
mod style;
mod styled;
mod timestamp;
mod write;

pub use generators::Generator;
pub use options::{Options, OptionsError, Shape};
pub use records::{record, record_in_style};
pub use style::Style;
pub use write::{write, write_with_progress};
