//! Checksums: XXH3 of 64 bits. Each part of the file has a checksum, and the parts cover the whole file.

use std::ops::Range;

use std::hash::Hasher;

use twox_hash::XxHash3_64;

/// Returns the checksum of a part.
pub fn checksum(bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot(bytes)
}

/// The placeholder for the footer's checksum while the checksum is computed.
pub const BLANK: &str = "0000000000000000";

/// Returns the checksum of a footer. `hole` is the range of the checksum itself, which counts as [`BLANK`].
pub fn checksum_around(footer: &[u8], hole: Range<usize>) -> u64 {
    let mut hash = XxHash3_64::new();
    hash.write(&footer[..hole.start]);
    hash.write(BLANK.as_bytes());
    hash.write(&footer[hole.end..]);
    hash.finish()
}

/// Returns the hash of a record, which is stored in a column: XXH3 of 64 bits.
pub fn record_hash(record: &[u8]) -> u64 {
    checksum(record)
}
