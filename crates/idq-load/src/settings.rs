//! The settings of a load, and the sizes of blocks.
//!
//! A block becomes a chunk of the snapshot, so its size is a compromise: queries evaluate large chunks faster, and
//! small blocks balance better between threads.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use idq_api::{Api, ApiRegistry};
use idq_snapshot::{Cancel, LoadError, LoadErrorKind, MAX_RECORD, SpillFile};

use crate::options::{Columns, OnBadRecord, Parser, Progress, ReadOptions};
use crate::source::{Detection, Source, reject_bytes_per_source};

/// The length of a block of a stream: long enough for a chunk, short enough to keep every core busy.
const STREAM_BLOCK_BYTES: usize = 8 << 20;

/// The maximum length of a block. Its columns must stay far below 2 GiB, and its offsets below 4 GiB, even if it begins
/// in a long record.
const MAX_BLOCK_BYTES: usize = 256 << 20;

/// The length of the first block, from which the separator is learned before blocks are parsed speculatively.
pub(crate) const FIRST_BLOCK_BYTES: usize = 256 << 10;

/// The minimum and maximum length of a block of a source of known length: queries evaluate large chunks faster, and
/// more blocks keep more cores busy.
const BLOCK_BYTES: RangeInclusive<u64> = 2 << 20..=24 << 20;

/// The number of blocks that a source of known length is split into, within [`BLOCK_BYTES`]: enough for many cores. It
/// must not depend on the number of threads, so that neither the chunks nor their memory do.
const BLOCKS_PER_SOURCE: u64 = 64;

/// The default maximum number of rejects. Each takes some hundred bytes of memory.
const DEFAULT_MAX_REJECTS: u64 = 1_000_000;

/// The callback for progress.
pub(crate) type OnProgress<'a> = dyn Fn(Progress) + Sync + 'a;

/// The settings of a load.
pub(crate) struct Settings<'a> {
    /// The sources, in load order.
    pub(crate) sources: Vec<Source>,
    /// The API that the caller has set.
    pub(crate) api: Option<Arc<Api>>,
    /// The API of sources in which none is detected.
    pub(crate) fallback_api: Option<Arc<Api>>,
    /// The APIs that can be detected.
    pub(crate) apis: ApiRegistry,
    /// The position of the source in which the API was detected.
    pub(crate) api_source: usize,
    /// The fields that become columns.
    pub(crate) columns: Columns,
    /// The treatment of malformed records.
    pub(crate) on_bad_record: OnBadRecord,
    /// Whether all but the newest record of each id are dropped.
    pub(crate) dedupe: bool,
    /// The parser that reads a record first.
    pub(crate) parser: Parser,
    /// The length of blocks, if the caller has set it.
    pub(crate) block_bytes: Option<usize>,
    /// The callback for progress, if there is one.
    pub(crate) progress: Option<&'a OnProgress<'a>>,
    /// The flag that stops the load.
    pub(crate) cancel: Cancel,
    /// The file for columns and bytes; `None` to keep them in memory.
    pub(crate) spill: Option<Arc<SpillFile>>,
    /// The maximum length of a record in bytes.
    pub(crate) max_record_bytes: usize,
    /// The reading of what programs write otherwise than the API.
    pub(crate) read: ReadOptions,
    /// The maximum number of rejects, beyond which the load fails.
    pub(crate) max_rejects: u64,
    /// The number of bytes that were read from the sources so far, before decompression.
    pub(crate) bytes_read: Arc<AtomicU64>,
}

impl Settings<'_> {
    /// Creates the default settings for some sources.
    pub(crate) fn new(sources: Vec<Source>) -> Self {
        Self {
            sources,
            api: None,
            fallback_api: None,
            apis: ApiRegistry::default(),
            api_source: 0,
            columns: Columns::default(),
            on_bad_record: OnBadRecord::default(),
            dedupe: false,
            parser: Parser::default(),
            block_bytes: None,
            progress: None,
            cancel: Cancel::new(),
            spill: None,
            max_record_bytes: MAX_RECORD,
            read: ReadOptions::default(),
            max_rejects: DEFAULT_MAX_REJECTS,
            bytes_read: Arc::default(),
        }
    }

    /// Returns the detection of the API and of the path to the records.
    pub(crate) fn detection(&self) -> Detection<'_> {
        Detection {
            apis: &self.apis,
            on_bad_record: self.on_bad_record,
            api: self.api.as_ref(),
            records_path: self.read.records_path.as_ref(),
        }
    }

    /// Fails if the load is cancelled.
    pub(crate) fn check_cancelled(&self, source: &str) -> Result<(), LoadError> {
        if self.cancel.is_cancelled() {
            return Err(LoadError::new(source, LoadErrorKind::Cancelled));
        }
        Ok(())
    }

    /// Sets the length of blocks.
    pub(crate) fn set_block_bytes(&mut self, bytes: usize) {
        self.block_bytes = Some(bytes.clamp(1, MAX_BLOCK_BYTES));
    }

    /// Returns the length of blocks of a stream.
    pub(crate) fn block_bytes(&self) -> usize {
        self.block_bytes.unwrap_or(STREAM_BLOCK_BYTES)
    }

    /// Returns the length of blocks of a source of known length.
    pub(crate) fn block_bytes_of_source(&self, length: u64) -> usize {
        let bytes = (length / BLOCKS_PER_SOURCE).clamp(*BLOCK_BYTES.start(), *BLOCK_BYTES.end());
        self.block_bytes.unwrap_or(bytes as usize)
    }

    /// Returns the number of bytes of rejects that each source may retain if it cannot be read again.
    pub(crate) fn reject_bytes(&self) -> usize {
        reject_bytes_per_source(self.sources.len())
    }

    /// Returns the error of a source whose records are of another API than those of the source in which the API was
    /// detected.
    pub(crate) fn mixed_apis_error(&self, index: usize, found: &Api, first: &Api) -> LoadError {
        let first_file = self.sources.get(self.api_source).map(Source::name);
        let kind = LoadErrorKind::MixedApis {
            found: found.title.clone(),
            first_file: first_file.unwrap_or_default(),
            first: first.title.clone(),
        };
        LoadError::new(&self.sources[index].name(), kind)
    }
}
