//! Checksums: XXH3 of 64 bits, over stretches that together are the whole file.

use std::ops::Range;

use std::hash::Hasher;

use twox_hash::XxHash3_64;

/// The checksum of some bytes.
pub fn checksum(bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot(bytes)
}

/// Stands in the footer where its checksum will be.
pub const BLANK: &str = "0000000000000000";

/// The checksum of a footer, taken as if [`BLANK`] stood in place of itself.
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
