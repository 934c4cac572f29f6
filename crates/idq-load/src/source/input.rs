//! An opened source: a stream of decompressed UTF-8 with unlimited look-ahead.
//!
//! Look-ahead lets compression and API be detected before any byte is taken from a stream that cannot be read again. A
//! source that can be read again is rewound instead, and read by the workers.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use idq_files::FileState;
use idq_json::{scan, strip_byte_order_mark};
use idq_snapshot::snapshot_file::format::MAGIC;
use idq_snapshot::{
    Compression, FORMAT_BYTES, ForeignFormat, LoadError, LoadErrorKind, SourceBytes, StoredFile,
    TextEncoding,
};

use super::Source;
use super::archive::format_of_zip;
use super::decompress::Decompressor;
use super::detect_api::PRELOAD_DETECTION_BYTES;
use super::retained_bytes::FilePosition;
use super::transcode::Transcoder;
use crate::options::OnBadRecord;

/// An opened source.
pub(crate) struct Input {
    /// The name in messages.
    pub(crate) name: String,
    /// The compression, detected by the first bytes.
    pub(crate) compression: Compression,
    /// The encoding of the decompressed text, detected by its first bytes.
    pub(crate) encoding: TextEncoding,
    /// The storage from which the stream's bytes can be read again; `None` for a stream, and for a source that
    /// is decompressed or transcoded.
    pub(crate) stored: Option<SourceBytes>,
    /// The state of a file when it was opened.
    pub(crate) file: Option<FileState>,
    /// The rest of the stream, decompressed, in UTF-8.
    reader: Box<dyn Read + Send>,
    /// The bytes that were read but not taken.
    look_ahead: Vec<u8>,
    /// The number of bytes of white space, a leading byte-order mark included, that were dropped before the look-ahead.
    skipped_bytes: u64,
    /// The position of the look-ahead.
    position: FilePosition,
    /// The number of bytes that were read from all sources, before decompression.
    bytes_read: Arc<AtomicU64>,
    /// Whether the reader has returned its last byte.
    is_at_end: bool,
}

/// The length of the pieces in which white space is skipped. Shorter white space is left to the parser. It is the
/// length that API detection reads, so that skipping does not read more.
const WHITESPACE_PIECE_BYTES: usize = PRELOAD_DETECTION_BYTES;

/// The number of leading bytes of a source that determine its compression.
const COMPRESSION_MAGIC_BYTES: u64 = 4;

/// The number of first bytes of a text that determine its encoding.
const ENCODING_BYTES: usize = 4;

/// The bytes of a source before decompression.
type RawReader = Box<dyn Read + Send>;

impl Input {
    /// Opens a dump. The number of bytes that are read from it, before decompression, is added to `bytes_read`.
    ///
    /// # Errors
    /// The source cannot be read, is a snapshot file that cannot be mapped, or has another format. Text of another
    /// format is left to the parser if malformed records are skipped, so that a line of it costs no record.
    pub(crate) fn open(
        source: &Source,
        bytes_read: Arc<AtomicU64>,
        on_bad_record: OnBadRecord,
    ) -> Result<Self, LoadError> {
        let mut input = Self::open_any(source, bytes_read)?;
        match input.foreign_format(source)? {
            Some(format) if format.is_binary() || on_bad_record == OnBadRecord::Stop => {
                Err(LoadError::new(&input.name, LoadErrorKind::Foreign(format)))
            }
            _ => Ok(input),
        }
    }

    /// Opens a source of any format.
    pub(super) fn open_any(source: &Source, bytes_read: Arc<AtomicU64>) -> Result<Self, LoadError> {
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
            encoding: TextEncoding::Utf8,
            stored: stored.filter(|_| compression == Compression::None),
            file,
            reader,
            look_ahead: Vec::new(),
            skipped_bytes: 0,
            position: FilePosition::default(),
            bytes_read,
            is_at_end: false,
        };
        if input.peek(MAGIC.len())?.starts_with(MAGIC) {
            let kind = LoadErrorKind::StrayPacked(compression);
            return Err(LoadError::new(&input.name, kind));
        }
        input.transcode()?;
        Ok(input)
    }

    /// Detects the encoding, and converts the rest of the stream to UTF-8 if it has another one.
    fn transcode(&mut self) -> Result<(), LoadError> {
        self.encoding = TextEncoding::detect(self.peek(ENCODING_BYTES)?);
        self.position = FilePosition::start(self.encoding);
        if self.encoding != TextEncoding::Utf8 {
            let start = Cursor::new(std::mem::take(&mut self.look_ahead));
            let rest = std::mem::replace(&mut self.reader, Box::new(io::empty()));
            self.reader = Box::new(Transcoder::new(start.chain(rest), self.encoding));
            self.is_at_end = false;
            self.stored = None;
        }
        Ok(())
    }

    /// Returns the format of the source, which was opened as this input, if it is known and not a dump.
    pub(super) fn foreign_format(
        &mut self,
        source: &Source,
    ) -> Result<Option<ForeignFormat>, LoadError> {
        let start = self.peek(FORMAT_BYTES)?;
        let format = ForeignFormat::detect(strip_byte_order_mark(start));
        Ok(match (format, source) {
            (Some(ForeignFormat::Zip), Source::File(path)) => Some(format_of_zip(path)),
            _ => format,
        })
    }

    /// Returns the rest of the stream, decompressed, in UTF-8.
    #[cfg(feature = "archives")]
    pub(super) fn into_reader(self) -> impl Read {
        Cursor::new(self.look_ahead).chain(self.reader)
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
            let is_start = self.skipped_bytes == 0;
            let piece = self.peek(WHITESPACE_PIECE_BYTES)?;
            let text = if is_start {
                strip_byte_order_mark(piece)
            } else {
                piece
            };
            if piece.len() < WHITESPACE_PIECE_BYTES || scan::skip_whitespace(text, 0) < text.len() {
                return Ok(());
            }
            let piece = std::mem::take(&mut self.look_ahead);
            self.position.advance(&piece);
            self.skipped_bytes += piece.len() as u64;
        }
    }

    /// Returns the number of bytes of white space that were skipped.
    pub(crate) fn skipped_bytes(&self) -> u64 {
        self.skipped_bytes
    }

    /// Returns the position after the white space that was skipped.
    pub(crate) fn position(&self) -> FilePosition {
        self.position
    }

    /// Discards look-ahead and skipped white space, and their share of the bytes read, if the source can be read again,
    /// because its storage is then read from the start.
    pub(crate) fn rewind_if_stored(&mut self) {
        if self.stored.is_some() {
            let look_ahead = std::mem::take(&mut self.look_ahead).len() as u64;
            let skipped = std::mem::take(&mut self.skipped_bytes);
            self.position = FilePosition::start(self.encoding);
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
