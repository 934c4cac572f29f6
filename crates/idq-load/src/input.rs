use std::fs::File;
use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use idq_files::FileState;
use idq_json::scan;
use idq_snapshot::{ARROW_MAGIC, Compression, LoadError, LoadErrorKind, SourceBytes, StoredFile};

use crate::kept_bytes::line_feeds;
use crate::members::Members;
use crate::sniff::{SHORT_LOOK, without_mark};
use crate::source::Source;

/// A source, opened: a stream of decompressed bytes.
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) compression: Compression,
    /// Where the stream's bytes can be read again, if they can.
    pub(crate) stored: Option<SourceBytes>,
    /// The state of a file when it was opened.
    pub(crate) file: Option<FileState>,
    reader: Box<dyn Read + Send>,
    /// What has been read, and not been taken yet.
    ahead: Vec<u8>,
    /// The blanks that were passed before `ahead`.
    passed: Passed,
    taken: Arc<AtomicU64>,
    ended: bool,
}

/// The blanks at the start of a stream that were read and forgotten.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Passed {
    /// Their bytes, a byte-order mark before them included.
    pub(crate) bytes: u64,
    /// Their line feeds.
    pub(crate) lines: u64,
}

/// Bytes of a piece of blanks that is passed; fewer are read like anything else.
const BLANKS: usize = SHORT_LOOK;

type Raw = Box<dyn Read + Send>;

impl Input {
    /// Opens a source; `taken` counts the bytes read from it, before decompression.
    pub(crate) fn open(source: &Source, taken: Arc<AtomicU64>) -> Result<Self, LoadError> {
        let name = source.name();
        let failed = |error| LoadError::io(&name, error);
        let (mut raw, stored) = open(source).map_err(failed)?;
        let mut magic = Vec::new();
        raw.by_ref()
            .take(4)
            .read_to_end(&mut magic)
            .map_err(failed)?;
        let compression = Compression::of(&magic);
        let file = match &stored {
            Some(SourceBytes::File(stored)) => Some(stored.state()),
            _ => None,
        };
        let counted = Counted {
            inner: Cursor::new(magic).chain(raw),
            taken: Arc::clone(&taken),
        };
        let reader: Box<dyn Read + Send> = match compression {
            Compression::None => Box::new(counted),
            compression => Box::new(Members::new(counted, compression)),
        };
        let mut input = Self {
            name,
            compression,
            stored: stored.filter(|_| compression == Compression::None),
            file,
            reader,
            ahead: Vec::new(),
            passed: Passed::default(),
            taken,
            ended: false,
        };
        if input.peek(ARROW_MAGIC.len())?.starts_with(ARROW_MAGIC) {
            let kind = LoadErrorKind::StrayPacked(compression);
            return Err(LoadError::of(&input.name, kind));
        }
        Ok(input)
    }

    /// The next bytes, which stay to be taken: `wanted` of them, or fewer where the source ends.
    pub(crate) fn peek(&mut self, wanted: usize) -> Result<&[u8], LoadError> {
        let mut ahead = std::mem::take(&mut self.ahead);
        let missing = wanted.saturating_sub(ahead.len());
        let read = self.read(&mut ahead, missing);
        self.ahead = ahead;
        read?;
        Ok(&self.ahead)
    }

    /// Appends up to `wanted` bytes to `buffer`; fewer mean that the source has ended.
    pub(crate) fn fill(&mut self, buffer: &mut Vec<u8>, wanted: usize) -> Result<(), LoadError> {
        let ahead = self.ahead.len().min(wanted);
        buffer.extend(self.ahead.drain(..ahead));
        self.read(buffer, wanted - ahead)
    }

    fn read(&mut self, buffer: &mut Vec<u8>, wanted: usize) -> Result<(), LoadError> {
        if self.ended || wanted == 0 {
            return Ok(());
        }
        let read = self.reader.by_ref().take(wanted as u64).read_to_end(buffer);
        match (read, self.compression) {
            (Ok(count), _) => {
                self.ended = count < wanted;
                Ok(())
            }
            (Err(error), Compression::None) => Err(LoadError::io(&self.name, error)),
            // The library names this case by its words alone.
            (Err(error), Compression::Zstd) if error.to_string().contains("too much memory") => {
                Err(LoadError::of(&self.name, LoadErrorKind::LargeWindow))
            }
            (Err(error), compression) => Err(LoadError::of(
                &self.name,
                LoadErrorKind::Corrupt(compression, error),
            )),
        }
    }

    /// Whether the last byte has been taken.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended && self.ahead.is_empty()
    }

    /// Passes blanks at the start, however long they are, without keeping them.
    pub(crate) fn pass_blanks(&mut self) -> Result<(), LoadError> {
        loop {
            let is_start = self.passed.bytes == 0;
            let ahead = self.peek(BLANKS)?;
            let text = if is_start { without_mark(ahead) } else { ahead };
            if ahead.len() < BLANKS || scan::skip_whitespace(text, 0) < text.len() {
                return Ok(());
            }
            let (lines, bytes) = (line_feeds(ahead), ahead.len() as u64);
            self.passed.lines += lines;
            self.passed.bytes += bytes;
            self.ahead.clear();
        }
    }

    /// Returns the blanks that were passed.
    pub(crate) fn passed(&self) -> Passed {
        self.passed
    }

    /// Forgets what was looked at: the source is read by other ways, and counted there.
    pub(crate) fn put_back(&mut self) {
        if self.stored.is_some() {
            let ahead = std::mem::take(&mut self.ahead).len() as u64;
            let passed = std::mem::take(&mut self.passed).bytes;
            self.taken.fetch_sub(ahead + passed, Ordering::Relaxed);
        }
    }
}

/// The bytes of a source as they come, and where they can be read again.
fn open(source: &Source) -> io::Result<(Raw, Option<SourceBytes>)> {
    Ok(match source {
        Source::File(path) => {
            let stored = StoredFile::open(path)?;
            let reader = Box::new(stored.reader()?);
            (reader, Some(SourceBytes::File(stored)))
        }
        Source::Stream(path) => (Box::new(File::open(path)?), None),
        Source::Stdin => (Box::new(io::stdin()), None),
        Source::Bytes { bytes, .. } => {
            let reader = Box::new(Cursor::new(Shared(Arc::clone(bytes))));
            (reader, Some(SourceBytes::Shared(Arc::clone(bytes))))
        }
    })
}

struct Shared(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

struct Counted<R> {
    inner: R,
    taken: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.taken.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
