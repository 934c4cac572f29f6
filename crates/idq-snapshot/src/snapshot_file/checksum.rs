//! Checksums: XXH3 of 64 bits. Parts with a checksum of their own cover the whole file.

use std::ops::Range;

use std::hash::Hasher;

use twox_hash::XxHash3_64;

/// Returns the checksum of a part.
pub fn checksum(bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot(bytes)
}

/// The value in place of the footer's checksum while that is computed.
pub const BLANK: &str = "0000000000000000";

/// Returns the checksum of a footer, in which `hole` is the range of the checksum itself, read as [`BLANK`].
pub fn checksum_around(footer: &[u8], hole: Range<usize>) -> u64 {
    let mut hash = XxHash3_64::new();
    hash.write(&footer[..hole.start]);
    hash.write(BLANK.as_bytes());
    hash.write(&footer[hole.end..]);
    hash.finish()
}

/// Returns the hash of a record that is stored beside it: XXH3 of 64 bits.
pub fn record_hash(record: &[u8]) -> u64 {
    checksum(record)
}
