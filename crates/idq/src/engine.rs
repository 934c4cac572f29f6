use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use idq_api::Api;
use idq_engine::{BindOptions, BoundQuery, Caches, bind};
use idq_grammar::Query;
use idq_load::{Loader, Source, Unpacked};
use idq_pack::{PackOptions, PackedFile};
use idq_snapshot::{LoadError, LoadErrorKind, Snapshot, Statistics, is_packed};

use crate::error::Error;
use crate::matches::Matches;

/// Bytes of lines between two writes, each of which checks the snapshot file.
const LINES_BYTES: usize = 256 << 10;

/// A snapshot and the caches of its queries: the main type of this crate.
///
/// `Send + Sync`: any number of threads evaluate queries at the same time.
#[derive(Debug)]
pub struct Engine {
    snapshot: Snapshot,
    caches: Caches,
    file: Option<Arc<PackedFile>>,
}

impl Engine {
    /// Makes an engine for a snapshot, with empty caches.
    pub fn new(snapshot: Snapshot) -> Self {
        Self {
            snapshot,
            caches: Caches::default(),
            file: None,
        }
    }

    /// Loads these sources, in this order, with the default settings of a [`Loader`].
    ///
    /// A path is that of a file; [`expand`](crate::expand) turns folders and patterns into sources.
    ///
    /// # Errors
    /// A source that cannot be read, the first bad record, or sources of two APIs.
    pub fn open<S: Into<Source>>(sources: impl IntoIterator<Item = S>) -> Result<Self, Error> {
        Self::load(Loader::new(sources.into_iter().map(Into::into).collect()))
    }

    /// Loads with the settings of this loader.
    ///
    /// A snapshot file that is the only source is opened, which takes no time; among others its records are read like
    /// those of any dump.
    ///
    /// # Errors
    /// As for [`Loader::load`].
    pub fn load(loader: Loader<'_>) -> Result<Self, Error> {
        if let Some(path) = single_packed(&loader) {
            let file = Arc::new(PackedFile::open(path)?);
            let loaded = Arc::clone(&file).snapshot()?;
            if let Some(named) = loader.named_api()
                && named != loaded.api()
            {
                let kind = LoadErrorKind::OtherApi(loaded.api().name.clone());
                return Err(LoadError::of(&path.display().to_string(), kind).into());
            }
            // Records that dropping would concern have to be looked at again.
            if !loader.dedupes() || loaded.repeated_ids() == 0 {
                return Ok(Self {
                    file: Some(file),
                    ..Self::new(loaded)
                });
            }
        }
        Ok(Self::new(loader.unpack_sources(unpacked)?.load()?))
    }

    /// The API of what a loader would load: see [`Loader::detect`]. Answers with the loader, which has then read what it
    /// had to.
    ///
    /// # Errors
    /// A source that cannot be read.
    pub fn detect(loader: Loader<'_>) -> Result<(Loader<'_>, Option<Arc<Api>>), Error> {
        if let Some(path) = single_packed(&loader) {
            let snapshot = Arc::new(PackedFile::open(path)?).snapshot()?;
            return Ok((loader, Some(Arc::clone(snapshot.api()))));
        }
        let mut loader = loader.unpack_sources(unpacked)?;
        let api = loader.detect()?;
        Ok((loader, api))
    }

    /// Writes a snapshot file, which replaces another one as a whole or not at all, and answers with its length. Every
    /// field that a filter or a sort looks at must have been loaded, as [`Columns::Queried`](crate::Columns::Queried)
    /// does.
    ///
    /// # Errors
    /// A field that was not loaded, a record that cannot be read any more, a file that cannot be written.
    pub fn pack(&self, path: impl AsRef<Path>, options: &PackOptions<'_>) -> Result<u64, Error> {
        Ok(idq_pack::pack(&self.snapshot, path.as_ref(), options)?)
    }

    /// The snapshot file, if it was opened from one.
    pub fn packed(&self) -> Option<&PackedFile> {
        self.file.as_deref()
    }

    /// The API whose records these are.
    pub fn api(&self) -> &Arc<Api> {
        self.snapshot.api()
    }

    /// Returns the snapshot: sources, rejects, repeated ids, columns, records.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    pub(crate) fn caches(&self) -> &Caches {
        &self.caches
    }

    /// The matches of a request's text, read strictly: a query string, or a whole URL.
    ///
    /// # Errors
    /// Everything that is wrong with the request, at once.
    pub fn query(&self, text: &str) -> Result<Matches<'_>, Error> {
        self.matches(&Query::parse(text)?)
    }

    /// The matches of a query, read strictly.
    ///
    /// # Errors
    /// Everything that is wrong with the query, at once.
    pub fn matches(&self, query: &Query) -> Result<Matches<'_>, Error> {
        self.matches_with(query, &BindOptions::default())
    }

    /// The matches of a query, read as the options say.
    ///
    /// # Errors
    /// Everything that is wrong with the query, at once.
    pub fn matches_with(&self, query: &Query, options: &BindOptions) -> Result<Matches<'_>, Error> {
        Ok(self.bound(bind(query, self.api(), options)?))
    }

    /// The matches of a query that has been bound already.
    pub fn bound(&self, query: BoundQuery) -> Matches<'_> {
        Matches::new(self, query)
    }

    /// The records with this id, exactly as they stand in the dump, in load order.
    ///
    /// Mostly there is one; pages that were saved while the directory changed can repeat an identity.
    ///
    /// # Errors
    /// A source's file cannot be read any more, or has changed.
    pub fn get(&self, id: &str) -> Result<Vec<Vec<u8>>, Error> {
        self.snapshot.while_unchanged(|| {
            let mut reader = self.snapshot.reader();
            let rows = idq_engine::find(&self.snapshot, id)?;
            rows.into_iter()
                .map(|row| Ok(self.snapshot.record(row, &mut reader)?.to_vec()))
                .collect()
        })
    }

    /// Writes every visible record in load order, verbatim, each with a line break behind it, and returns the number of
    /// bytes.
    ///
    /// # Errors
    /// The source's file cannot be read any more, or `out` fails.
    pub fn write_records(&self, out: &mut impl io::Write) -> Result<u64, Error> {
        let mut reader = self.snapshot.reader();
        let mut bytes = 0;
        let mut lines = Vec::new();
        for (index, chunk) in self.snapshot.chunks().iter().enumerate() {
            let mut rows = Vec::with_capacity(chunk.visible_count());
            chunk.for_each_visible(|row| rows.push(self.snapshot.row_id(index, row)));
            self.snapshot
                .for_each_record(&rows, &mut reader, |record| {
                    lines.extend_from_slice(record);
                    lines.push(b'\n');
                    if lines.len() >= LINES_BYTES {
                        bytes += self.write_lines(&mut lines, out)?;
                    }
                    Ok::<(), Error>(())
                })?;
        }
        bytes += self.write_lines(&mut lines, out)?;
        out.flush()?;
        Ok(bytes)
    }

    /// Counts the deleted records of each state; `None` where the API has no deleted records.
    ///
    /// # Errors
    /// The state or the time of deletion was not loaded, or the snapshot file is damaged.
    pub fn deleted_states(&self) -> Result<Option<BTreeMap<Option<String>, u64>>, Error> {
        Ok(idq_engine::deleted_state_counts(&self.snapshot)?)
    }

    /// Writes lines whose records were in the file as it was opened, and leaves none.
    fn write_lines(&self, lines: &mut Vec<u8>, out: &mut impl io::Write) -> Result<u64, Error> {
        self.snapshot.check_unchanged()?;
        out.write_all(lines)?;
        let bytes = lines.len() as u64;
        lines.clear();
        Ok(bytes)
    }

    /// What the loaded fields hold; of a snapshot file, what they held when it was packed.
    ///
    /// # Errors
    /// The snapshot file is damaged.
    pub fn statistics(&self) -> Result<Statistics, Error> {
        match &self.file {
            Some(file) => Ok(file.statistics()?),
            None => Ok(idq_engine::statistics(&self.snapshot)?),
        }
    }
}

/// The path of the only source, if it is a snapshot file.
fn single_packed<'l>(loader: &'l Loader<'_>) -> Option<&'l Path> {
    match loader.sources() {
        [Source::File(path)] if is_packed(path) => Some(path),
        _ => None,
    }
}

/// Of a snapshot file, what a loader can read, its records one a line, and what it was made from.
fn unpacked(source: &Source) -> Result<Option<Unpacked>, Error> {
    match source {
        Source::File(path) if is_packed(path) => {
            let snapshot = Engine::open([path.as_path()])?;
            let mut lines = Vec::new();
            snapshot.write_records(&mut lines)?;
            Ok(Some(Unpacked {
                records: Source::bytes(source.name(), lines),
                packed_from: snapshot.snapshot().sources().to_vec(),
                rejected: snapshot.snapshot().rejected_count(),
            }))
        }
        _ => Ok(None),
    }
}
