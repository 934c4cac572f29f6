use std::ops::Range;

use crate::block::BlockParser;
use crate::commit::BadPlace;
use crate::frames::State;
use crate::parsed::ParsedChunk;
use crate::row::ChunkBuilder;
use crate::schema::Schema;
use idq_snapshot::SourceRun;

/// A run of neighbouring small sources whose records share a chunk.
///
/// Saved pages come one a file, thousands of them: a chunk for each would cost more than its records.
pub(crate) struct SmallSources {
    chunk: ChunkBuilder,
    runs: Vec<SourceRun>,
    bytes: usize,
}

/// What one small source held.
pub(crate) struct SmallSource {
    pub(crate) records: u64,
    /// The stretches of the good records.
    pub(crate) ranges: Vec<Range<usize>>,
    pub(crate) bad: Vec<BadPlace>,
    pub(crate) stopped: bool,
}

impl SmallSources {
    pub(crate) fn new(schema: &Schema) -> Self {
        Self {
            chunk: ChunkBuilder::new(schema),
            runs: Vec::new(),
            bytes: 0,
        }
    }

    /// How many bytes the sources had.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds the whole of a source.
    pub(crate) fn add(
        &mut self,
        source: u32,
        bytes: &[u8],
        parser: &mut BlockParser<'_>,
    ) -> SmallSource {
        self.bytes += bytes.len();
        let first_row = self.chunk.rows() as u32;
        let outcome = parser.parse(bytes, State::default(), true, None, &mut self.chunk);
        if self.chunk.rows() as u32 > first_row {
            self.runs.push(SourceRun {
                first_row,
                source,
                base: 0,
            });
        }
        let bad = outcome.bad.into_iter();
        SmallSource {
            records: outcome.records,
            ranges: self
                .chunk
                .chunk
                .chunk
                .ranges()
                .skip(first_row as usize)
                .collect(),
            bad: bad.map(|bad| BadPlace::new(bad, 0, 0)).collect(),
            stopped: outcome.stopped,
        }
    }

    pub(crate) fn finish(self) -> Option<ParsedChunk> {
        let mut chunk = self.chunk.finish();
        chunk.chunk.runs = self.runs;
        (chunk.rows() > 0).then_some(chunk)
    }
}

/// Groups neighbouring small sources: each group has at most `limit` bytes, and a large source stands alone.
pub(crate) fn group(sizes: &[Option<u64>], limit: u64) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    let mut bytes = u64::MAX;
    for (index, size) in sizes.iter().enumerate() {
        let size = size.unwrap_or(u64::MAX);
        bytes = bytes.saturating_add(size);
        match groups.last_mut() {
            Some(group) if bytes <= limit => group.end = index + 1,
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
    fn small_neighbours_are_grouped_and_large_sources_stand_alone() {
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
        let groups = group(&sizes, 6);
        assert_eq!(groups, [0..2, 2..3, 3..4, 4..5, 5..7, 7..8, 8..9, 9..10]);
        assert!(group(&[], 6).is_empty());
    }
}
