//! Parsed records, before they become a snapshot.

use idq_snapshot::{
    Chunk, CollectionUrl, LoadedChunk, Reject, SnapshotParts, SourceReport, SourceStore,
    UnknownFields,
};

/// A chunk, and the facts that are merged across chunks when the load ends.
#[derive(Debug, Default)]
pub(crate) struct ParsedChunk {
    /// The columns, and the locations of the records.
    pub(crate) chunk: LoadedChunk,
    /// For each row the hash of its id.
    pub(crate) id_hashes: Vec<u64>,
    /// The URL of the collection, as far as the records' own URLs agree.
    pub(crate) collection_url: CollectionUrl,
    /// The dotted paths of undocumented keys.
    pub(crate) unknown_fields: UnknownFields,
}

impl ParsedChunk {
    /// Returns the number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.chunk.rows()
    }
}

/// Loaded sources, in order.
#[derive(Default)]
pub(crate) struct LoadedSources {
    /// The chunks, in the order of the sources and their records.
    pub(crate) chunks: Vec<ParsedChunk>,
    /// For each source the storage of its bytes, and its report.
    pub(crate) sources: Vec<(SourceStore, SourceReport)>,
    /// The rejects, by source and offset.
    pub(crate) rejects: Vec<Reject>,
}

impl LoadedSources {
    /// Adds the sources that follow.
    pub(crate) fn extend(&mut self, next: Self) {
        self.chunks.extend(next.chunks);
        self.sources.extend(next.sources);
        self.rejects.extend(next.rejects);
    }

    /// Merges the facts of the chunks. Returns the parts of the snapshot, and for each chunk the hashes of its ids.
    pub(crate) fn into_parts(self) -> (SnapshotParts, Vec<Vec<u64>>) {
        let mut parts = SnapshotParts {
            sources: self.sources,
            rejects: self.rejects,
            ..SnapshotParts::default()
        };
        let mut id_hashes = Vec::with_capacity(self.chunks.len());
        for parsed in self.chunks {
            parts.chunks.push(Chunk::loaded(parsed.chunk));
            parts.unknown_fields.extend(parsed.unknown_fields);
            parts.collection_url.merge(parsed.collection_url);
            id_hashes.push(parsed.id_hashes);
        }
        (parts, id_hashes)
    }
}
