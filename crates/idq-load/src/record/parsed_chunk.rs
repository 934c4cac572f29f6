//! Parsed records, before they become a snapshot.

use idq_api::Api;
use idq_snapshot::{
    Chunk, CollectionUrl, CutRecord, LoadedChunk, ReadValues, Reject, SnapshotParts, SourceReport,
    SourceRun, SourceStore, UnknownFields,
};

use super::cut_text::CutValues;
use crate::id_hash::IdHash;

/// A chunk, and the facts that are merged across chunks when the load ends.
#[derive(Debug, Default)]
pub(crate) struct ParsedChunk {
    /// The columns, and the locations of the records.
    pub(crate) chunk: LoadedChunk,
    /// For each row the hash of its id.
    pub(crate) id_hashes: Vec<IdHash>,
    /// The URL of the collection, inferred from the records' own URLs.
    pub(crate) collection_url: CollectionUrl,
    /// The dotted paths of undocumented keys.
    pub(crate) unknown_fields: UnknownFields,
    /// The values that were read otherwise than they are spelled.
    pub(crate) read_values: ReadValues,
    /// The values that look like texts in place of objects.
    pub(crate) cut_values: CutValues,
}

impl ParsedChunk {
    /// Returns the number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.chunk.rows()
    }
}

/// A chunk of a loaded source.
#[derive(Debug)]
pub(crate) enum SourceChunk {
    /// Parsed from a dump.
    Parsed(ParsedChunk),
    /// A batch of a snapshot file.
    Packed(Chunk),
}

impl SourceChunk {
    /// Returns the chunk of a dump.
    fn parsed(&self) -> Option<&ParsedChunk> {
        match self {
            Self::Parsed(parsed) => Some(parsed),
            Self::Packed(_) => None,
        }
    }
}

impl From<ParsedChunk> for SourceChunk {
    fn from(chunk: ParsedChunk) -> Self {
        Self::Parsed(chunk)
    }
}

/// Loaded sources, in order.
#[derive(Default)]
pub(crate) struct LoadedSources {
    /// The chunks, in the order of the sources and their records.
    pub(crate) chunks: Vec<SourceChunk>,
    /// For each source the storage of its bytes, and its report.
    pub(crate) sources: Vec<(SourceStore, SourceReport)>,
    /// The rejects, by source and offset.
    pub(crate) rejects: Vec<Reject>,
    /// The number of records that had been set aside when the snapshot files were packed.
    pub(crate) rejected_before: u64,
    /// The URL of the collection according to the snapshot files. Chunks of dumps have separate ones.
    pub(crate) collection_url: CollectionUrl,
    /// The undocumented keys of the snapshot files. Chunks of dumps have separate ones.
    pub(crate) unknown_fields: UnknownFields,
    /// The values of the snapshot files that were read otherwise than they are spelled. Chunks of dumps have separate
    /// ones.
    pub(crate) read_values: ReadValues,
}

/// For each chunk the hashes of its ids; `None` for a chunk of a snapshot file.
pub(crate) type IdHashes = Vec<Option<Vec<IdHash>>>;

impl LoadedSources {
    /// Adds the sources that follow.
    pub(crate) fn extend(&mut self, next: Self) {
        self.chunks.extend(next.chunks);
        self.sources.extend(next.sources);
        self.rejects.extend(next.rejects);
        self.rejected_before += next.rejected_before;
        self.collection_url.merge(next.collection_url);
        self.unknown_fields.extend(next.unknown_fields);
        self.read_values.merge(&next.read_values);
    }

    /// Merges the facts of the chunks. Returns the parts of the snapshot, and the hashes of the ids.
    pub(crate) fn into_parts(mut self, api: &Api) -> (SnapshotParts, IdHashes) {
        if self.read_values.first_cut.is_none() {
            self.read_values.first_cut = self.first_cut();
        }
        let mut parts = SnapshotParts {
            sources: self.sources,
            rejects: self.rejects,
            rejected_before: self.rejected_before,
            collection_url: self.collection_url,
            unknown_fields: self.unknown_fields,
            read_values: self.read_values,
            ..SnapshotParts::default()
        };
        let mut id_hashes = Vec::with_capacity(self.chunks.len());
        for chunk in self.chunks {
            match chunk {
                SourceChunk::Parsed(parsed) => {
                    parts.chunks.push(Chunk::loaded(parsed.chunk));
                    parts.unknown_fields.extend(parsed.unknown_fields);
                    parts.read_values.merge(&parsed.read_values);
                    for (&field, values) in &parsed.cut_values.fields {
                        let name = api.fields[field].name.clone();
                        *parts.read_values.cut_values.entry(name).or_default() += values;
                    }
                    parts.collection_url.merge(parsed.collection_url);
                    id_hashes.push(Some(parsed.id_hashes));
                }
                SourceChunk::Packed(chunk) => {
                    parts.chunks.push(chunk);
                    id_hashes.push(None);
                }
            }
        }
        (parts, id_hashes)
    }

    /// Returns the position of the first record of the dumps with a text in place of an object.
    fn first_cut(&self) -> Option<CutRecord> {
        let mut chunks = self
            .chunks
            .iter()
            .filter_map(SourceChunk::parsed)
            .enumerate();
        let (before, chunk, row) = chunks.find_map(|(before, parsed)| {
            Some((before, &parsed.chunk, parsed.cut_values.first_row?))
        })?;
        let run = chunk.runs.iter().rfind(|run| run.first_row <= row)?;
        let chunks = self
            .chunks
            .iter()
            .filter_map(SourceChunk::parsed)
            .take(before);
        let accepted: usize = chunks
            .map(|parsed| rows_of_source(&parsed.chunk, run.source))
            .sum();
        // A source has another run in the same chunk where its offsets exceed 32 bits.
        let is_earlier = |pair: &&[SourceRun]| {
            pair[0].source == run.source && pair[1].first_row <= run.first_row
        };
        let earlier = chunk.runs.windows(2).filter(is_earlier);
        let accepted_in_chunk: u32 = earlier
            .map(|pair| pair[1].first_row - pair[0].first_row)
            .sum();
        let offset = run.base + u64::from(chunk.offsets[row as usize]);
        let is_before =
            |reject: &&Reject| reject.source == run.source as usize && reject.text_offset < offset;
        let rejected = self.rejects.iter().filter(is_before).count();
        Some(CutRecord {
            source: self.sources.get(run.source as usize)?.1.name.clone(),
            record: (accepted + rejected) as u64
                + u64::from(accepted_in_chunk + row - run.first_row)
                + 1,
        })
    }
}

/// Returns the number of rows of a chunk that are from a source.
fn rows_of_source(chunk: &LoadedChunk, source: u32) -> usize {
    let ends = chunk.runs.iter().skip(1).map(|run| run.first_row as usize);
    let runs = chunk.runs.iter().zip(ends.chain([chunk.rows()]));
    runs.filter(|(run, _)| run.source == source)
        .map(|(run, end)| end - run.first_row as usize)
        .sum()
}
