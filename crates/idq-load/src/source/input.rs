//! An opened source: a stream of decompressed bytes with unlimited look-ahead.
//!
//! Look-ahead lets compression and API be detected before any byte is taken from a stream that cannot be read again. A
//! source that can be read again is rewound instead, and read by the workers.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use idq_files::FileState;
use idq_json::scan;
use idq_snapshot::snapshot_file::format::MAGIC;
use idq_snapshot::{Compression, LoadError, LoadErrorKind, SourceBytes, StoredFile};

use super::Source;
use super::decompress::Decompressor;
use super::detect_api::{PRELOAD_DETECTION_BYTES, strip_byte_order_mark};
use super::retained_bytes::count_line_feeds;

/// An opened source.
pub(crate) struct Input {
    /// The name in messages.
    pub(crate) name: String,
    /// The compression, detected by the first bytes.
    pub(crate) compression: Compression,
    /// The storage from which the stream's bytes can be read again; `None` for a compressed source or a stream.
    pub(crate) stored: Option<SourceBytes>,
    /// The state of a file when it was opened.
    pub(crate) file: Option<FileState>,
    /// The rest of the stream, decompressed.
    reader: Box<dyn Read + Send>,
    /// The bytes that were read but not taken.
    look_ahead: Vec<u8>,
    /// The white space that was dropped before the look-ahead.
    skipped: SkippedWhitespace,
    /// The number of bytes that were read from all sources, before decompression.
    bytes_read: Arc<AtomicU64>,
    /// Whether the reader has returned its last byte.
    is_at_end: bool,
}

/// The white space at the start of a stream that was read and dropped.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SkippedWhitespace {
    /// The number of bytes, a leading byte-order mark included.
    pub(crate) bytes: u64,
    /// The number of line feeds, for the lines of rejects.
    pub(crate) line_feeds: u64,
}

/// The length of the pieces in which white space is skipped. Shorter white space is left to the parser. It is the
/// length that API detection reads, so that skipping does not read more.
const WHITESPACE_PIECE_BYTES: usize = PRELOAD_DETECTION_BYTES;

/// The number of leading bytes of a source that determine its compression.
const COMPRESSION_MAGIC_BYTES: u64 = 4;

/// The bytes of a source before decompression.
type RawReader = Box<dyn Read + Send>;

impl Input {
    /// Opens a source. The number of bytes that are read from it, before decompression, is added to `bytes_read`.
    ///
    /// # Errors
    /// The source cannot be read, or is a snapshot file that cannot be mapped.
    pub(crate) fn open(source: &Source, bytes_read: Arc<AtomicU64>) -> Result<Self, LoadError> {
        let name = source.name();
        let io_error = |error| LoadError::io(&name, error);
        let (mut raw, stored) = open_raw(source).map_err(io_error)?;
        let mut magic = Vec::new();
        raw.by_ref()
            .take(COMPRESSION_MAGIC_BYTES)
            .read_to_end(&mut magic)
            .map_err(io_error)?;
        let compression = Compression::detect(&magic);
        let file = match &stored {
            Some(SourceBytes::File(stored)) => Some(stored.state()),
            _ => None,
        };
        let counted = CountingReader {
            inner: Cursor::new(magic).chain(raw),
            bytes_read: Arc::clone(&bytes_read),
        };
        let reader: Box<dyn Read + Send> = match compression {
            Compression::None => Box::new(counted),
            compression => Box::new(Decompressor::new(counted, compression)),
        };
        let mut input = Self {
            name,
            compression,
            stored: stored.filter(|_| compression == Compression::None),
            file,
            reader,
            look_ahead: Vec::new(),
            skipped: SkippedWhitespace::default(),
            bytes_read,
            is_at_end: false,
        };
        if input.peek(MAGIC.len())?.starts_with(MAGIC) {
            let kind = LoadErrorKind::StrayPacked(compression);
            return Err(LoadError::new(&input.name, kind));
        }
        Ok(input)
    }

    /// Returns the next bytes without taking them: at least `wanted`, or all that remain.
    pub(crate) fn peek(&mut self, wanted: usize) -> Result<&[u8], LoadError> {
        let mut look_ahead = std::mem::take(&mut self.look_ahead);
        let missing = wanted.saturating_sub(look_ahead.len());
        let read = self.read(&mut look_ahead, missing);
        self.look_ahead = look_ahead;
        read?;
        Ok(&self.look_ahead)
    }

    /// Takes `wanted` bytes, or fewer at the end of the source, and appends them to `buffer`.
    pub(crate) fn take_bytes(
        &mut self,
        buffer: &mut Vec<u8>,
        wanted: usize,
    ) -> Result<(), LoadError> {
        let ready = self.look_ahead.len().min(wanted);
        buffer.extend(self.look_ahead.drain(..ready));
        self.read(buffer, wanted - ready)
    }

    /// Reads up to `wanted` bytes from the stream, and appends them to `buffer`.
    fn read(&mut self, buffer: &mut Vec<u8>, wanted: usize) -> Result<(), LoadError> {
        if self.is_at_end || wanted == 0 {
            return Ok(());
        }
        let read = self.reader.by_ref().take(wanted as u64).read_to_end(buffer);
        match (read, self.compression) {
            (Ok(count), _) => {
                self.is_at_end = count < wanted;
                Ok(())
            }
            (Err(error), Compression::None) => Err(LoadError::io(&self.name, error)),
            // The zstd library has no code for this error, only its text.
            (Err(error), Compression::Zstd) if error.to_string().contains("too much memory") => {
                Err(LoadError::new(&self.name, LoadErrorKind::LargeWindow))
            }
            (Err(error), compression) => Err(LoadError::new(
                &self.name,
                LoadErrorKind::Corrupt(compression, error),
            )),
        }
    }

    /// Returns whether all bytes have been taken.
    pub(crate) fn has_ended(&self) -> bool {
        self.is_at_end && self.look_ahead.is_empty()
    }

    /// Drops long white space at the start of the stream, piece by piece, so that look-ahead does not grow with it.
    pub(crate) fn skip_whitespace(&mut self) -> Result<(), LoadError> {
        loop {
            let is_start = self.skipped.bytes == 0;
            let piece = self.peek(WHITESPACE_PIECE_BYTES)?;
            let text = if is_start {
                strip_byte_order_mark(piece)
            } else {
                piece
            };
            if piece.len() < WHITESPACE_PIECE_BYTES || scan::skip_whitespace(text, 0) < text.len() {
                return Ok(());
            }
            let (line_feeds, bytes) = (count_line_feeds(piece), piece.len() as u64);
            self.skipped.line_feeds += line_feeds;
            self.skipped.bytes += bytes;
            self.look_ahead.clear();
        }
    }

    /// Returns the white space that was skipped.
    pub(crate) fn skipped(&self) -> SkippedWhitespace {
        self.skipped
    }

    /// Discards look-ahead and skipped white space, and their share of the bytes read, if the source can be read again,
    /// because its storage is then read from the start.
    pub(crate) fn rewind_if_stored(&mut self) {
        if self.stored.is_some() {
            let look_ahead = std::mem::take(&mut self.look_ahead).len() as u64;
            let skipped = std::mem::take(&mut self.skipped).bytes;
            (self.bytes_read).fetch_sub(look_ahead + skipped, Ordering::Relaxed);
        }
    }
}

/// Opens the raw bytes of a source, and returns the storage from which they can be read again, if any.
fn open_raw(source: &Source) -> io::Result<(RawReader, Option<SourceBytes>)> {
    Ok(match source {
        Source::File(path) => {
            let stored = StoredFile::open(path)?;
            let reader = Box::new(stored.reader()?);
            (reader, Some(SourceBytes::File(stored)))
        }
        Source::Stream(path) => (Box::new(File::open(path)?), None),
        Source::Stdin => (Box::new(io::stdin()), None),
        Source::Bytes { bytes, .. } => {
            let reader = Box::new(Cursor::new(SharedBytes(Arc::clone(bytes))));
            (reader, Some(SourceBytes::Shared(Arc::clone(bytes))))
        }
    })
}

/// Shared bytes, for a cursor that owns a reference to them.
struct SharedBytes(Arc<Vec<u8>>);

impl AsRef<[u8]> for SharedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// A reader that counts its bytes.
struct CountingReader<R> {
    inner: R,
    bytes_read: Arc<AtomicU64>,
}

impl<R: Read> Read for CountingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes_read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
