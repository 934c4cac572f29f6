//! Snapshot files among the sources, which are opened instead of parsed.

use std::collections::BTreeMap;
use std::sync::Arc;

use idq_snapshot::{
    Compression, LoadError, LoadErrorKind, SnapshotFile, SourceBytes, SourceReport, SourceStore,
    TextEncoding, is_snapshot_file,
};

use crate::record::{LoadedSources, SourceChunk};
use crate::settings::Settings;
use crate::source::Source;

/// The snapshot files among the sources, by position.
pub(crate) type SnapshotFiles = BTreeMap<usize, Arc<SnapshotFile>>;

/// Opens the snapshot files among the sources, which reads their footers.
pub(crate) fn open_snapshot_files(settings: &Settings<'_>) -> Result<SnapshotFiles, LoadError> {
    let mut files = SnapshotFiles::new();
    for (index, source) in settings.sources.iter().enumerate() {
        if let Source::File(path) = source
            && is_snapshot_file(path)
        {
            files.insert(
                index,
                Arc::new(SnapshotFile::open_with(path, &settings.apis)?),
            );
        }
    }
    Ok(files)
}

/// Fails if a snapshot file has records of another API than the load. Its columns are those of its API, so its records
/// cannot be read as records of another API, unlike those of a dump.
pub(crate) fn check_apis_of_files(
    files: &SnapshotFiles,
    settings: &Settings<'_>,
    api: &idq_api::Api,
) -> Result<(), LoadError> {
    for (&index, file) in files {
        if **file.api() != *api {
            return Err(match settings.api {
                Some(_) => {
                    let kind = LoadErrorKind::OtherApi(file.api().name.clone());
                    LoadError::new(&settings.sources[index].name(), kind)
                }
                None => settings.mixed_apis_error(index, file.api(), api),
            });
        }
    }
    Ok(())
}

/// Returns a snapshot file as a loaded source among others.
pub(crate) fn load_snapshot_file(
    index: usize,
    source: &Source,
    file: &Arc<SnapshotFile>,
) -> Result<LoadedSources, LoadError> {
    let summary = file.load_summary()?;
    let mut bytes = 0;
    for batch in 0..file.rows().len() {
        bytes += file.record_bytes(batch)?;
    }
    let report = SourceReport {
        name: source.name(),
        compression: Compression::None,
        encoding: TextEncoding::Utf8,
        // The length of a dump with one record a line.
        bytes: bytes + file.records(),
        records: file.records(),
        records_path: None,
        left_out: Vec::new(),
        size: Some(file.length()),
        modified: file.modified(),
        packed_from: summary.sources,
        requests: summary.requests,
    };
    let store = SourceStore {
        name: source.name(),
        bytes: SourceBytes::Packed(Arc::clone(file)),
    };
    let chunks = file.chunks(index as u32).into_iter();
    let mut loaded = LoadedSources {
        chunks: chunks.map(SourceChunk::Packed).collect(),
        sources: vec![(store, report)],
        rejected_before: summary.rejected,
        collection_url: summary.collection_url,
        read_values: summary.read_values,
        ..LoadedSources::default()
    };
    loaded.unknown_fields.extend(summary.unknown_fields);
    Ok(loaded)
}
