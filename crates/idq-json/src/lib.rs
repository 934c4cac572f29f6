//! JSON text of dumps: exact validation, scalars as spelled, and the byte range of every value.
//!
//! The types in the order in which bytes pass through them:
//!
//! 1. [`scan`] finds the ends of strings, numbers and containers, from which a stream is framed into records without
//!    parsing them.
//! 2. [`StructuralIndex`](structural::StructuralIndex) has the offsets of brackets, commas and colons, and of the bytes
//!    after strings, found 64 bytes at a time.
//! 3. [`Reader`] is a pull parser: it yields the [`Event`]s of one JSON value and validates every byte against RFC
//!    8259, strings as well-formed Unicode. It does not recurse, so nesting is bounded by [`MAX_DEPTH`] and not by the
//!    stack.
//! 4. [`Scalar`] is a value that is not a container, borrowed as spelled; [`Text`] is a string, decoded where it is
//!    used.
//! 5. [`PathTree`] is the set of wanted paths of a record (`timestamp.created_at`), and [`Cells`] reads their values;
//!    [`Cells::read_valid`] skips the validation of records that a load has accepted.
//! 6. [`compact`] removes the white space outside strings; [`EscapeDialect`] writes strings as other writers spell
//!    them.
//!
//! ```
//! use idq_json::{Event, Reader, Scalar};
//!
//! let mut reader = Reader::new(br#"{"name":"Zo\u00eb","size":1e999}"#);
//! while let Some(event) = reader.next_event()? {
//!     if let Event::Scalar(Scalar::String(text)) = event {
//!         assert_eq!(text.decode(), "Zoë");
//!     }
//!     if let Event::Scalar(Scalar::Number(spelling)) = event {
//!         assert_eq!(spelling, "1e999"); // any size, any precision, as written
//!     }
//! }
//! # Ok::<(), idq_json::Error>(())
//! ```
//!
//! # Why not a crate
//!
//! This is the reference parser: its verdict on a record is final, and a rejected record is reported with the byte of
//! its first error and the path of the field. That requires the exact offset of every error, the byte range of every
//! value, numbers as spelled, and validation of strings that are skipped. `serde_json` gives an error as a line and a
//! column, a value without its range, and does not validate strings that it ignores; `simd-json`, a fast path in front
//! of this parser, gives no exact offset and re-spells numbers. `hifijson` keeps spellings and slices, and is the
//! nearest, but its errors have no offset. Over generated records of both APIs [`Reader`] yields events at 760 to 830
//! MB/s a core, where `hifijson` skips values at 490 to 510 MB/s and `serde_json` builds trees at 370 to 420 MB/s.

mod cells;
mod compact;
mod error;
mod escape;
mod paths;
mod reader;
mod scalar;
pub mod scan;
pub mod structural;
mod text;
mod valid_cells;
mod valid_values;
pub mod work;

pub use cells::{Cell, Cells, SpelledCell};
pub use compact::compact;
pub use error::{Error, ErrorKind};
pub use escape::EscapeDialect;
pub use paths::{Node, PathTree};
pub use reader::{Event, MAX_DEPTH, Reader};
pub use scalar::Scalar;
pub use text::Text;
pub use valid_cells::valid_cell;
pub use valid_values::{valid_elements, valid_members};

/// The UTF-8 byte-order mark, which some programs write before JSON.
pub const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Returns the bytes without a leading byte-order mark.
pub fn strip_byte_order_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}
