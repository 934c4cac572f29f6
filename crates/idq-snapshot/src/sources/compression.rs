//! The compression of a source, by its first bytes.

use std::fmt;

/// The first bytes of a gzip member (RFC 1952).
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// The first bytes of a zstd frame (RFC 8878).
const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// The compression of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Compression {
    /// None.
    #[default]
    None,
    /// Gzip, one or several members.
    Gzip,
    /// Zstandard, one or several frames.
    Zstd,
}

impl Compression {
    /// Every variant.
    pub const ALL: [Self; 3] = [Self::None, Self::Gzip, Self::Zstd];

    /// Returns the compression that the first four bytes of a source indicate.
    pub fn detect(magic: &[u8]) -> Self {
        if magic.starts_with(&GZIP) {
            Self::Gzip
        } else if magic.starts_with(&ZSTD) || is_skippable_frame(magic) {
            Self::Zstd
        } else {
            Self::None
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}

/// Returns whether a zstd stream starts with a skippable frame, which holds no data.
fn is_skippable_frame(magic: &[u8]) -> bool {
    matches!(magic, [0x50..=0x5F, 0x2A, 0x4D, 0x18])
}
