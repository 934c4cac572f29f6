//! The description of a source after its load.

use std::time::SystemTime;

use crate::sources::compression::Compression;
use crate::sources::packed_request::PackedRequest;
use crate::sources::text_encoding::TextEncoding;

/// The description of one source of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceReport {
    /// The name in messages.
    pub name: String,
    /// The compression.
    pub compression: Compression,
    /// The encoding of the text.
    pub encoding: TextEncoding,
    /// The number of bytes of UTF-8, decompressed.
    pub bytes: u64,
    /// The number of records, rejects included.
    pub records: u64,
    /// The path to the records, if objects other than the pages of an API are around them.
    pub records_path: Option<String>,
    /// The paths to other arrays of objects, the first ones, which were left out.
    pub left_out: Vec<String>,
    /// The length of the file in bytes, if the source is a file.
    pub size: Option<u64>,
    /// The file's modification time when it was opened.
    pub modified: Option<SystemTime>,
    /// The sources that the file was packed from, if it is a snapshot file among several sources.
    pub packed_from: Vec<SourceReport>,
    /// The requests by which the file was packed, one after another, if it is a snapshot file among several sources.
    pub requests: Vec<PackedRequest>,
}
