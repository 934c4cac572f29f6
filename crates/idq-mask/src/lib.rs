//! Masked copies of snapshots: pseudonyms in the place of personal values, for exports that leave the house.
//!
//! A [`Masker`] has a [`MaskKey`] and the names of what it masks. It first [learns](Masker::learn) the values of all
//! snapshots of a command, and then [copies](Masker::copy) records: masked values become pseudonyms, and where one of
//! them stands inside another text, an id in a URL or a surname in an address, that part is replaced as well.
//!
//! Requests are evaluated on the original records and answers are printed from the copy, so that masking changes no
//! answer.

mod dates;
mod error;
mod fields;
mod key;
mod learned_values;
mod masker;
mod pseudonyms;

pub use error::Error;
pub use fields::AUTO;
pub use key::{KEY_BYTES, MaskKey};
pub use masker::{CopyOptions, Masker};
pub use pseudonyms::{PseudonymOptions, Pseudonyms};
