//! Realistic synthetic dumps of both APIs, the same bytes for the same seed.
//!
//! [`Options`] say which [`Generator`], how many rows, which seed and which [`Shape`]; [`write()`] makes the dump, and
//! [`record()`] one record of it. Nothing else goes in: no clock, no machine, no number of threads. So a fixture or a
//! benchmark is named by its options alone, and a failure in a large dump can be looked at in one record.
//!
//! The records are spelled as each API's server spells them, down to the escapes (Provisionr's is PHP, Permission
//! Assist's .NET), and hold what real directories hold: the nested profiles of seven vendors, several identities of one
//! person, orphans and software accounts, deleted records, nulls and now and then missing fields, names in eight
//! scripts, timestamps in several precisions and zones. People, companies and domains are invented; every dump was
//! taken, so to speak, at six in the morning of 1 October 2026.
//!
//! ```
//! use idq_generate::{Generator, Options, Shape, record, write};
//!
//! let options = Options::new(Generator::Provisionr).rows(100).seed(42).shape(Shape::Ndjson);
//! let mut dump = Vec::new();
//! write(&options, &mut dump)?;
//!
//! // Row 17 can be had alone.
//! let mut one = Vec::new();
//! record(Generator::Provisionr, 42, 17, &mut one);
//! assert_eq!(dump.split(|byte| *byte == b'\n').nth(17), Some(&one[..]));
//! # Ok::<(), std::io::Error>(())
//! ```

mod envelope;
mod identifier;
mod json;
mod moment;
mod options;
mod permission_assist;
mod person;
mod pool;
mod provisionr;
mod random;
mod record;
mod short_text;
mod window;
mod write;

pub use options::{Generator, Options, Shape, UnknownGenerator};
pub use record::record;
pub use write::{write, write_with_progress};
