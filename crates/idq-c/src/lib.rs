//! The C interface of idq: loads identity snapshots, and returns pages, records and Arrow streams of the matches of
//! requests.
//!
//! The functions are declared in `include/idq.h`, which a test compares with this crate, and documented there; the book
//! has a page on their use. In the order of the data flow:
//!
//! 1. `options`: the settings of a load, by name, and its progress.
//! 2. `snapshot`: loads sources. A snapshot is shared by all its matches, and lives as long as one of them.
//! 3. `matches`: binds a request, adds expressions, counts, writes pages in the API's envelope.
//! 4. `records` iterates over records, byte for byte; `arrow` returns Arrow C streams.
//! 5. `error`: one structure for every error, with the place of a malformed record, and each mistake of a request.
//!
//! `ffi` has what all functions share: arguments that may be null, texts that may not be UTF-8, results, and panics, none
//! of which leaves this crate.
//!
//! ```
//! use std::mem::MaybeUninit;
//!
//! # let people = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/provisionr.ndjson");
//! # let people = std::ffi::CString::new(people).unwrap();
//! let paths = [people.as_ptr()];
//! let mut snapshot = MaybeUninit::uninit();
//! let status = unsafe { idq_c::idq_open(paths.as_ptr(), 1, None, Some(&mut snapshot), None) };
//! assert_eq!(status, idq_c::Status::Ok);
//! let snapshot = unsafe { Box::from_raw(snapshot.assume_init()) };
//! assert_eq!(idq_c::idq_snapshot_count(Some(&snapshot)), 60);
//! idq_c::idq_snapshot_free(Some(snapshot));
//! ```

#![expect(
    unsafe_code,
    reason = "functions that C calls take pointers, and their names are exported as they are"
)]
#![expect(
    clippy::missing_safety_doc,
    reason = "the header says once for all functions which pointers are valid"
)]

mod ffi;

// cbindgen writes the functions in the order of these modules; the blank lines keep rustfmt from sorting them.
mod options;

mod snapshot;

mod matches;

mod records;

mod arrow;

mod text;

mod error;

mod version;

pub use arrow::{idq_matches_arrow_stream, idq_matches_count_by};
pub use error::{Error, Problem, Status, idq_error_free};
pub use matches::{
    CONFORMANCE_API, CONFORMANCE_STRICT, Matches, idq_matches_count, idq_matches_free,
    idq_matches_hints, idq_matches_page, idq_matches_where, idq_query,
};
pub use options::{
    Options, Progress, idq_options_free, idq_options_new, idq_options_set,
    idq_options_set_progress, idq_options_set_threads,
};
pub use records::{
    Records, idq_matches_records, idq_records_free, idq_records_next, idq_snapshot_get,
};
pub use snapshot::{
    Snapshot, idq_guard_mapped_files, idq_open, idq_open_bytes, idq_snapshot_api,
    idq_snapshot_count, idq_snapshot_describe, idq_snapshot_free,
};
pub use text::{Text, idq_text_free};
pub use version::{ABI_VERSION, idq_abi_version, idq_version};
