//! Checksums: XXH3 of 64 bits, over stretches that together are the whole file.

use std::ops::Range;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// The checksum of some bytes.
pub(crate) fn checksum(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// Stands in the footer where its checksum will be.
pub(crate) const BLANK: &str = "0000000000000000";

/// The checksum of a footer, taken as if [`BLANK`] stood in place of itself.
pub(crate) fn checksum_around(footer: &[u8], hole: Range<usize>) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&footer[..hole.start]);
    hash.update(BLANK.as_bytes());
    hash.update(&footer[hole.end..]);
    hash.digest()
}
