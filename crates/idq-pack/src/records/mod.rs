//! The records' own bytes, less what the columns beside them and the other records tell.
//!
//! A record is taken apart into the choices that lead through its *shape*, and into texts of its own. A shape is a way
//! through places where values stand; for each place it is known what the values there can be: what columns tell of
//! them, frequent texts, or any text. Every record is stored alone, with a checksum of its own, so that whoever puts it
//! together again knows that it is right.
//!
//! * [`shapes`]: how a record is put together; [`bits`] are the choices, [`reference`] what columns tell, and
//!   [`spelling`] the ways in which programs spell texts in JSON.
//! * [`training`] learns the shapes from records of the whole dump, [`alternatives`] what the values of a place can be.
//! * [`encode`] takes a record apart; [`compress`] makes the column; [`read`] puts records together again, with the
//!   values that [`cells`] takes from the file.

mod alternatives;
mod bits;
mod cells;
mod compress;
mod encode;
mod read;
mod reference;
mod shapes;
mod spelling;
mod training;

pub(crate) use cells::{BatchRecords, CellColumn, CellValues, Stretches};
pub(crate) use compress::RecordCompression;
pub(crate) use read::{FrameReader, prepare};
pub(crate) use shapes::{RecordShapes, ShapesDescription};

use crate::checksum::checksum;

/// The record as it is, compressed: it is of no shape that is known.
const WHOLE: u8 = 0;

/// How many bytes the choices have, the choices, and the texts.
const PLAIN: u8 = 1;

/// The same, the texts compressed.
const COMPRESSED: u8 = 2;

/// Bytes of a record's checksum.
const CHECKSUM_BYTES: usize = 4;

/// The checksum of one record: half of the usual one.
fn record_checksum(record: &[u8]) -> [u8; CHECKSUM_BYTES] {
    (checksum(record) as u32).to_le_bytes()
}
