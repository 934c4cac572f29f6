//! Loading of small sources, whose records share chunks.
//!
//! APIs are often saved page by page, in thousands of files, and a chunk for each file would cost more than its
//! records.

use std::collections::BTreeSet;
use std::ops::Range;

use idq_snapshot::{LoadError, SourceRun};

use super::{Load, RejectedSpan, SourceResult};
use crate::framing::{BlockInput, BlockParser, FramingState};
use crate::record::{ChunkBuilder, LoadedSources, ParsedChunk, Schema};
use crate::records_path::RecordsPath;
use crate::settings::FIRST_BLOCK_BYTES;
use crate::source::{FilePosition, ParsedBytes, RetainedBytes, locate_rejects};

/// The chunk of consecutive small sources.
pub(super) struct SmallSources {
    /// The rows of all sources so far.
    chunk: ChunkBuilder,
    /// For each source with records its first row.
    runs: Vec<SourceRun>,
    /// The number of bytes that were parsed.
    bytes: usize,
}

/// The records of one small source.
struct SmallSource {
    /// The number of records, rejects included.
    records: u64,
    /// The row of the first valid record in the chunk.
    first_row: usize,
    /// The rejects, ascending.
    rejects: Vec<RejectedSpan>,
    /// Whether the last reject stops the load.
    is_stopped: bool,
    /// The paths to other arrays of objects, which were left out.
    left_out: BTreeSet<String>,
}

impl SmallSources {
    /// Creates an empty chunk.
    fn new(schema: &Schema) -> Self {
        Self {
            chunk: ChunkBuilder::new(schema),
            runs: Vec::new(),
            bytes: 0,
        }
    }

    /// Parses all bytes of a source.
    fn add(
        &mut self,
        source: u32,
        bytes: &[u8],
        records_path: Option<RecordsPath>,
        parser: &mut BlockParser<'_>,
    ) -> SmallSource {
        self.bytes += bytes.len();
        let first_row = self.chunk.rows();
        let state = FramingState::start(records_path);
        let outcome = parser.parse(BlockInput::whole_source(bytes, state), &mut self.chunk);
        if self.chunk.rows() > first_row {
            self.runs.push(SourceRun {
                first_row: first_row as u32,
                source,
                base: 0,
            });
        }
        let rejects = outcome.rejects.into_iter();
        SmallSource {
            records: outcome.records,
            first_row,
            rejects: rejects
                .map(|record| RejectedSpan::new(record, 0, 0))
                .collect(),
            is_stopped: outcome.is_stopped,
            left_out: outcome.left_out,
        }
    }

    /// Finishes the chunk; `None` if it has no rows.
    fn finish(self) -> Option<ParsedChunk> {
        let mut chunk = self.chunk.finish();
        chunk.chunk.runs = self.runs;
        (chunk.rows() > 0).then_some(chunk)
    }
}

impl Load<'_, '_> {
    /// Loads a group of consecutive small sources into one chunk.
    pub(super) fn load_small_sources(
        &self,
        group: Range<usize>,
    ) -> Result<LoadedSources, LoadError> {
        let max_bytes = self.settings.block_bytes().max(FIRST_BLOCK_BYTES);
        let mut small_sources = SmallSources::new(self.schema);
        let mut worker = self.take_worker();
        let mut loaded = LoadedSources::default();
        for index in group {
            let mut input = self.open(index)?;
            self.settings.check_cancelled(&input.name)?;
            // A small file may have grown, or be large when it is decompressed. One byte more than the maximum shows
            // that it is too long.
            let length = input.peek(max_bytes + 1)?.len();
            if small_sources.bytes + length > max_bytes {
                let full = std::mem::replace(&mut small_sources, SmallSources::new(self.schema));
                loaded.chunks.extend(full.finish().map(Into::into));
            }
            if length > max_bytes {
                loaded.extend(self.load_source(index, input)?);
                continue;
            }
            let mut bytes = Vec::new();
            input.take_bytes(&mut bytes, max_bytes + 1)?;
            let records_path = self.inspect(index, &mut input, &bytes)?;
            let mut source = small_sources.add(
                index as u32,
                &bytes,
                records_path.clone(),
                &mut worker.parser,
            );
            self.report_progress(source.records);
            let length = bytes.len() as u64;
            let position = FilePosition::start(input.encoding);
            let mut retained = RetainedBytes::new(self.settings.reject_bytes(), position);
            if input.stored.is_some() {
                locate_rejects(0, &bytes, &mut source.rejects, source.is_stopped, position);
            } else {
                let block = ParsedBytes {
                    offset: 0,
                    bytes,
                    records: small_sources.chunk.ranges_from(source.first_row),
                };
                let spill = self.schema.spill.as_ref();
                retained.add(block, &mut source.rejects, source.is_stopped, spill);
            }
            let result = SourceResult {
                bytes: length,
                records: source.records,
                records_path,
                left_out: source.left_out,
                pieces: retained.pieces,
                rejects: source.rejects,
                is_stopped: source.is_stopped,
            };
            self.finish_source(&mut loaded, index, input, result)?;
        }
        loaded.chunks.extend(small_sources.finish().map(Into::into));
        self.return_worker(worker);
        Ok(loaded)
    }
}

/// Groups consecutive small sources into groups of at most `max_bytes`. A larger source, or one without a size, is a
/// group by itself.
pub(super) fn group_small_sources(sizes: &[Option<u64>], max_bytes: u64) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    let mut bytes = u64::MAX;
    for (index, size) in sizes.iter().enumerate() {
        let size = size.unwrap_or(u64::MAX);
        bytes = bytes.saturating_add(size);
        match groups.last_mut() {
            Some(group) if bytes <= max_bytes => group.end = index + 1,
            _ => {
                groups.push(index..index + 1);
                bytes = size;
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_small_sources_are_grouped_and_large_ones_are_not() {
        let sizes = [
            Some(1),
            Some(2),
            Some(9),
            Some(1),
            None,
            Some(3),
            Some(3),
            Some(5),
            Some(10),
            Some(0),
        ];
        let groups = group_small_sources(&sizes, 6);
        assert_eq!(groups, [0..2, 2..3, 3..4, 4..5, 5..7, 7..8, 8..9, 9..10]);
        assert!(group_small_sources(&[], 6).is_empty());
    }
}
