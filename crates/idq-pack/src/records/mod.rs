//! The records' own bytes, less what the columns beside them tell.
//!
//! A record is stored as its *remainder*: its text, in which the values that stand in columns of the file are replaced
//! by two bytes, a kind of [`Reference`](remainder::Reference) and a column. Every record is stored alone, with a
//! checksum of its own, so that whoever puts it together again knows that it is right.
//!
//! * [`remainder`]: how a remainder is put together, and what a reference stands for.
//! * [`spelling`]: the ways in which programs spell texts in JSON.
//! * [`training`]: which values of a record stand in which columns, learned from records of the whole dump.
//! * [`encode`] takes a record apart; [`compress`] makes the column; [`read`] puts records together again, with the
//!   values that [`cells`] takes from the file.

mod cells;
mod compress;
mod encode;
mod read;
mod remainder;
mod spelling;
mod training;

pub(crate) use cells::{BatchRecords, CellColumn, CellValues, Texts};
pub(crate) use compress::RecordCompression;
pub(crate) use read::{FrameReader, prepare};

use crate::checksum::checksum;

/// The remainder is the record itself, compressed: it was not of a shape that could be taken apart.
const WHOLE: u8 = 0;

/// The remainder, compressed.
const REMAINDER: u8 = 1;

/// The first template; what follows is what goes into its holes, not compressed.
const FIRST_TEMPLATE: u8 = 2;

/// Bytes of a record's checksum.
const CHECKSUM_BYTES: usize = 4;

/// The checksum of one record: half of the usual one.
fn record_checksum(record: &[u8]) -> [u8; CHECKSUM_BYTES] {
    (checksum(record) as u32).to_le_bytes()
}
