//! Helpers that tests, benches and fuzz targets share: fixtures, generated dumps, compressed copies, temporary folders.
//!
//! Helpers panic instead of returning errors, because a test fails by panicking. This crate depends on no crate under
//! test except the generator, so that every crate can use it; helpers for the types of one crate are in that crate's
//! tests.
//!
//! ```
//! use idq_testing::{Generator, Shape, folder_with, generate_dump, generate_records, to_ndjson};
//!
//! let dump = generate_dump(Generator::PROVISIONR, 3, Shape::Ndjson);
//! assert_eq!(dump, to_ndjson(&generate_records(Generator::PROVISIONR, 3)));
//!
//! let folder = folder_with(&[("dumps/people.ndjson", &dump)]);
//! assert_eq!(std::fs::read(folder.path().join("dumps/people.ndjson")).expect("the file"), dump);
//! ```

mod compression;
mod dumps;
mod files;

pub use compression::{gzip, in_two_members, zstd};
pub use dumps::{
    SEED, generate, generate_dump, generate_records, generate_records_in_styles, parse_lines,
    to_array, to_ndjson,
};
pub use files::{fixture, fixtures, folder, folder_with, read_fixture};
pub use idq_generate::{Generator, Options, Shape, Style};
