//! JSON text as it stands in a dump: exact validation, decoding, and the byte ranges of every value.
//!
//! Bytes go in, and nothing is copied until it must be:
//!
//! 1. [`Reader`] pulls [`Event`]s out of one JSON value, validating every byte against RFC 8259 (with strings
//!    required to be well-formed Unicode). It never recurses, so nesting is bounded by a number, not by the stack.
//! 2. [`Text`] is a string as it was spelled; [`Text::decode`] borrows where there is nothing to unescape.
//! 3. [`PathTree`] names the places of interest in a record (`timestamp.created_at`), and [`Cells`] reads them.
//! 4. [`scan`] has the two primitives for cutting a stream into values without parsing them, and [`compact`]
//!    drops the white space outside strings.
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

mod cells;
mod compact;
mod error;
mod escape;
mod paths;
mod reader;
mod scalar;
pub mod scan;
mod text;
pub mod work;

pub use cells::{Cell, Cells, SpelledCell};
pub use compact::compact;
pub use error::{Error, ErrorKind};
pub use escape::EscapeDialect;
pub use paths::{Node, PathTree};
pub use reader::{Event, MAX_DEPTH, Reader};
pub use scalar::Scalar;
pub use text::Text;
