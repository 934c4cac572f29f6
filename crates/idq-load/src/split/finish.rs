//! The end of the load of a source: its storage, its report, and its rejects with their lines.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use arrow_buffer::Buffer;
use idq_snapshot::{LoadError, LoadErrorKind, Reject, SourceBytes, SourceReport, SourceStore};

use super::{Load, RejectedSpan};
use crate::record::LoadedSources;
use crate::records_path::RecordsPath;
use crate::source::Input;

/// The result of a source.
pub(super) struct SourceResult {
    /// The number of bytes, decompressed.
    pub(super) bytes: u64,
    /// The number of records, rejects included.
    pub(super) records: u64,
    /// The path to the records, if they are wrapped.
    pub(super) records_path: Option<RecordsPath>,
    /// The paths to other arrays of objects, which were left out.
    pub(super) left_out: BTreeSet<String>,
    /// The source's bytes by offset; none if they can be read again.
    pub(super) pieces: Vec<(u64, Buffer)>,
    /// The rejects, ascending.
    pub(super) rejects: Vec<RejectedSpan>,
    /// Whether the last reject stops the load.
    pub(super) is_stopped: bool,
}

impl Load<'_, '_> {
    /// Adds a source to the loaded sources.
    ///
    /// # Errors
    /// The last reject, if it stops the load; more rejects than the load sets aside.
    pub(super) fn finish_source(
        &self,
        loaded: &mut LoadedSources,
        index: usize,
        input: Input,
        result: SourceResult,
    ) -> Result<(), LoadError> {
        let bytes = match input.stored {
            Some(SourceBytes::File(file)) if !self.keeps_files_open => {
                SourceBytes::File(file.closed())
            }
            Some(stored) => stored,
            None => SourceBytes::Memory(result.pieces),
        };
        let store = SourceStore {
            name: input.name.clone(),
            bytes,
        };
        let report = SourceReport {
            name: input.name,
            compression: input.compression,
            encoding: input.encoding,
            bytes: result.bytes,
            records: result.records,
            records_path: result.records_path.map(|path| path.to_string()),
            left_out: result.left_out.into_iter().collect(),
            size: input.file.map(|state| state.length()),
            modified: input.file.and_then(|state| state.modified()),
            packed_from: Vec::new(),
            requests: Vec::new(),
        };
        if !result.is_stopped {
            self.check_reject_count(&report.name, result.rejects.len())?;
            let rejects = result.rejects.len() as u64;
            self.rejects.fetch_add(rejects, Ordering::Relaxed);
        }
        let lines = lines_of_rejects(&store, &result.rejects, result.is_stopped)?;
        let is_stopped = result.is_stopped;
        for (span, line) in result.rejects.into_iter().zip(lines) {
            let reject = Reject {
                source: index,
                record: span.number,
                line,
                offset: span.file_offset.unwrap_or(span.line_offset(is_stopped)),
                text_offset: span.start,
                length: span.record.length as u64,
                kept: span.retained,
                path: span.record.error.path,
                reason: span.record.error.kind,
            };
            if is_stopped {
                return Err(reject.into_error(report.name));
            }
            loaded.rejects.push(reject);
        }
        loaded.sources.push((store, report));
        Ok(())
    }

    /// Fails if the rejects of a source and of the finished sources exceed the maximum number of rejects.
    pub(super) fn check_reject_count(&self, name: &str, rejects: usize) -> Result<(), LoadError> {
        let rejects = self.rejects.load(Ordering::Relaxed) + rejects as u64;
        if rejects > self.settings.max_rejects {
            let kind = LoadErrorKind::TooManyRejects(self.settings.max_rejects);
            return Err(LoadError::new(name, kind));
        }
        Ok(())
    }
}

/// Returns the line of each reject. Lines that were not counted during the parse are counted in the storage.
fn lines_of_rejects(
    store: &SourceStore,
    rejects: &[RejectedSpan],
    is_stopped: bool,
) -> Result<Vec<u64>, LoadError> {
    let uncounted: Vec<u64> = rejects
        .iter()
        .filter(|span| span.line.is_none())
        .map(|span| span.line_offset(is_stopped))
        .collect();
    let mut counted = store.lines_before(&uncounted)?.into_iter();
    let lines = rejects.iter().map(|span| {
        let line = span.line.or_else(|| counted.next().map(|lines| lines + 1));
        line.unwrap_or_default()
    });
    Ok(lines.collect())
}
