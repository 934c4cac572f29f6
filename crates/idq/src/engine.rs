//! The engine: a snapshot with the caches of its queries.

use std::collections::BTreeMap;
use std::io;
#[cfg(feature = "pack")]
use std::path::Path;
use std::sync::Arc;

use idq_api::Api;
use idq_columns::RowSet;
use idq_engine::{BindErrors, BindOptions, BoundQuery, Caches, PathStatistics, bind};
use idq_grammar::Query;
use idq_load::{Loader, Source};
#[cfg(feature = "pack")]
use idq_pack::PackOptions;
use idq_snapshot::{RowId, Snapshot, Statistics};

use crate::error::Error;
use crate::matches::Matches;
use crate::record::Record;

/// The bytes of lines between two writes, each of which checks that no snapshot file has changed.
const LINES_BYTES: usize = 256 << 10;

/// A snapshot and the caches of its queries: the main type of this crate.
///
/// `Send + Sync`: any number of threads evaluate queries at the same time.
#[derive(Debug)]
pub struct Engine {
    snapshot: Snapshot,
    caches: Caches,
}

impl Engine {
    /// Creates an engine for a snapshot, with empty caches.
    pub fn new(snapshot: Snapshot) -> Self {
        Self {
            snapshot,
            caches: Caches::default(),
        }
    }

    /// Loads sources, in this order, with the default settings of a [`Loader`].
    ///
    /// A path must be that of a file; [`expand`](crate::expand) turns folders and patterns into sources.
    ///
    /// # Errors
    /// A source that cannot be read, the first bad record, or sources of two APIs.
    pub fn open<S: Into<Source>>(sources: impl IntoIterator<Item = S>) -> Result<Self, Error> {
        Self::load(Loader::new(sources.into_iter().map(Into::into).collect()))
    }

    /// Loads with the settings of a loader.
    ///
    /// # Errors
    /// As for [`Loader::load`].
    pub fn load(loader: Loader<'_>) -> Result<Self, Error> {
        Ok(Self::new(loader.load()?))
    }

    /// Writes a snapshot file by an atomic rename, and returns its length. Every column must be loaded, as by default:
    /// see [`Columns::All`](crate::Columns::All).
    ///
    /// # Errors
    /// A field was not loaded, a record cannot be read any more, or the file cannot be written.
    #[cfg(feature = "pack")]
    pub fn pack(&self, path: impl AsRef<Path>, options: &PackOptions<'_>) -> Result<u64, Error> {
        Ok(idq_pack::pack(&self.snapshot, path.as_ref(), options)?)
    }

    /// Returns the API of the records.
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

    /// Returns the matches of a request, which is a query string or a whole URL, in the strict reading.
    ///
    /// # Errors
    /// Every mistake in the request, at once.
    pub fn query(&self, text: &str) -> Result<Matches<'_>, Error> {
        self.matches(&Query::parse(text)?)
    }

    /// Returns the matches of a query in the strict reading.
    ///
    /// # Errors
    /// Every mistake in the query, at once.
    pub fn matches(&self, query: &Query) -> Result<Matches<'_>, Error> {
        self.matches_with(query, &BindOptions::default())
    }

    /// Returns the matches of a query with these options.
    ///
    /// # Errors
    /// Every mistake in the query, at once; a path of an expression that no record has.
    pub fn matches_with(&self, query: &Query, options: &BindOptions) -> Result<Matches<'_>, Error> {
        Ok(self.bound(self.bind(query, options)?))
    }

    /// Binds a query to the API of the records, and checks the paths of its expressions: [`bound`](Self::bound) evaluates
    /// the result, which does not borrow the engine.
    ///
    /// # Errors
    /// Every mistake in the query, at once; a path of an expression that no record has.
    pub fn bind(&self, query: &Query, options: &BindOptions) -> Result<BoundQuery, BindErrors> {
        let bound = bind(query, self.api(), options)?;
        bound.check_names(&self.snapshot)?;
        Ok(bound)
    }

    /// Returns the matches of a bound query. The paths of its expressions are not checked:
    /// [`BoundQuery::check_names`] does it.
    pub fn bound(&self, query: BoundQuery) -> Matches<'_> {
        Matches::new(self, query)
    }

    /// Hides all records but the matches of a query, whatever its page.
    ///
    /// # Errors
    /// A field of the query has no column, some ids are repeated and have none, or a snapshot file is damaged or has
    /// changed since it was opened. No record is then hidden.
    pub fn retain(&mut self, query: &BoundQuery) -> Result<(), Error> {
        let kept = self
            .snapshot
            .while_unchanged(|| query.row_sets(&self.snapshot, &self.caches))?;
        self.retain_sets(kept)
    }

    /// Hides all records but those of some rows, which must ascend, and none of which is hidden already.
    ///
    /// # Errors
    /// Some ids are repeated and have no column, or a snapshot file is damaged or has changed since it was opened. No
    /// record is then hidden.
    pub fn retain_rows(&mut self, rows: &[RowId]) -> Result<(), Error> {
        self.retain_sets(self.snapshot.sets_of_rows(rows))
    }

    /// Hides all records but those of a set of rows for each chunk.
    fn retain_sets(&mut self, kept: Vec<RowSet>) -> Result<(), Error> {
        let repeated = self
            .snapshot
            .while_unchanged(|| idq_engine::repeated_ids(&self.snapshot, &kept))?;
        self.snapshot.retain_rows(kept);
        self.snapshot.set_repeated_ids(repeated);
        // They hold hidden rows.
        self.caches = Caches::default();
        Ok(())
    }

    /// Returns the records with this id in load order, verbatim. There are several where pages were saved while the
    /// directory changed.
    ///
    /// # Errors
    /// The ids have no column; a source's file cannot be read any more, or has changed.
    pub fn get(&self, id: &str) -> Result<Vec<Record>, Error> {
        self.snapshot.while_unchanged(|| {
            let rows = idq_engine::find(&self.snapshot, id)?;
            self.records(&rows)
        })
    }

    /// Returns the records of these rows, in their order, verbatim.
    ///
    /// # Errors
    /// A source's file cannot be read any more, or has changed.
    pub fn records(&self, rows: &[RowId]) -> Result<Vec<Record>, Error> {
        let snapshot = &self.snapshot;
        snapshot.while_unchanged(|| {
            let mut reader = snapshot.reader();
            snapshot.prefetch(rows, &mut reader);
            let records = rows.iter().map(|&row| {
                let bytes = snapshot.record(row, &mut reader)?.to_vec();
                Ok(Record::new(bytes))
            });
            records.collect()
        })
    }

    /// Writes every visible record in load order, verbatim, each followed by a line feed, and returns the number of
    /// bytes.
    ///
    /// # Errors
    /// The source's file cannot be read any more, or `out` fails.
    pub fn write_records(&self, out: &mut impl io::Write) -> Result<u64, Error> {
        self.write_records_with_progress(out, |_| {})
    }

    /// Writes every visible record as [`write_records`](Self::write_records) does, and calls `progress` with the
    /// number of records after each write.
    ///
    /// # Errors
    /// As for [`write_records`](Self::write_records).
    pub fn write_records_with_progress(
        &self,
        out: &mut impl io::Write,
        mut progress: impl FnMut(u64),
    ) -> Result<u64, Error> {
        let mut records = 0;
        let mut reader = self.snapshot.reader();
        let mut bytes = 0;
        let mut lines = Vec::new();
        for chunk in 0..self.snapshot.chunks().len() {
            let rows = self.snapshot.visible_rows_of(chunk);
            self.snapshot
                .for_each_record(&rows, &mut reader, |record| {
                    lines.extend_from_slice(record);
                    lines.push(b'\n');
                    records += 1;
                    if lines.len() >= LINES_BYTES {
                        bytes += self.write_lines(&mut lines, out)?;
                        progress(records);
                    }
                    Ok::<(), Error>(())
                })?;
        }
        bytes += self.write_lines(&mut lines, out)?;
        progress(records);
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

    /// Describes the paths of the documents of a column, in the order of their keys, and returns the number of all of
    /// them: see [`PathStatistics`]. The column of undocumented members is
    /// [`Api::undocumented_column`].
    ///
    /// # Errors
    /// The column was not loaded, or a snapshot file is damaged or has changed since it was opened.
    pub fn document_paths(&self, column: usize) -> Result<(Vec<PathStatistics>, usize), Error> {
        let snapshot = &self.snapshot;
        snapshot.while_unchanged(|| Ok(idq_engine::document_paths(snapshot, column)?))
    }

    /// Writes and clears the lines, unless a snapshot file has changed.
    fn write_lines(&self, lines: &mut Vec<u8>, out: &mut impl io::Write) -> Result<u64, Error> {
        self.snapshot.check_unchanged()?;
        out.write_all(lines)?;
        let bytes = lines.len() as u64;
        lines.clear();
        Ok(bytes)
    }

    /// Returns the statistics of the fields with columns. Those of a snapshot file were computed when it was packed.
    ///
    /// # Errors
    /// A snapshot file is damaged.
    pub fn statistics(&self) -> Result<Statistics, Error> {
        match self.snapshot.file() {
            // Deduplication may have dropped records of the file since.
            Some(file) if file.records() == self.snapshot.rows() => Ok(file.statistics()?),
            _ => Ok(idq_engine::statistics(&self.snapshot)?),
        }
    }
}
