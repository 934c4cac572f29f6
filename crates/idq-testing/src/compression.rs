//! Compressed copies of dumps.

use std::io::Write;

/// Returns the bytes as one gzip member.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory takes any bytes");
    encoder.finish().expect("memory takes any bytes")
}

/// Returns the bytes as one zstd frame with a checksum, as the command `zstd` writes them.
pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("level 1 exists");
    encoder.include_checksum(true).expect("a valid parameter");
    encoder.write_all(bytes).expect("memory takes any bytes");
    encoder.finish().expect("memory takes any bytes")
}

/// Compresses the halves of the bytes separately, with an empty member (or frame) between them.
pub fn in_two_members(bytes: &[u8], compress: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let (head, tail) = bytes.split_at(bytes.len() / 2);
    [compress(head), compress(b""), compress(tail)].concat()
}
