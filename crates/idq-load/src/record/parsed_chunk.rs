//! Parsed records, before they become a snapshot.

use idq_snapshot::{
    Chunk, CollectionUrl, LoadedChunk, ReadValues, Reject, SnapshotParts, SourceReport,
    SourceStore, UnknownFields,
};

/// A chunk, and the facts that are merged across chunks when the load ends.
#[derive(Debug, Default)]
pub(crate) struct ParsedChunk {
    /// The columns, and the locations of the records.
    pub(crate) chunk: LoadedChunk,
    /// For each row the hash of its id.
    pub(crate) id_hashes: Vec<u64>,
    /// The URL of the collection, inferred from the records' own URLs.
    pub(crate) collection_url: CollectionUrl,
    /// The dotted paths of undocumented keys.
    pub(crate) unknown_fields: UnknownFields,
    /// The values that were read otherwise than they are spelled.
    pub(crate) read_values: ReadValues,
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
pub(crate) type IdHashes = Vec<Option<Vec<u64>>>;

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
    pub(crate) fn into_parts(self) -> (SnapshotParts, IdHashes) {
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
}
