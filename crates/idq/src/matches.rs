//! The matches of a query.

use idq_columns::RowSet;
use idq_engine::{Account, BoundKeys, BoundQuery, Groups, Hint, KeyOptions, bind_keys};
use idq_grammar::CountRequest;
use idq_snapshot::{Cancel, ColumnError, LoadError, RowId};

use crate::engine::Engine;
use crate::error::Error;
use crate::page::Page;
use crate::record::Record;

/// The matches of a query, evaluated lazily: each method evaluates what it returns.
#[derive(Debug)]
pub struct Matches<'s> {
    engine: &'s Engine,
    query: BoundQuery,
}

impl<'s> Matches<'s> {
    pub(crate) fn new(engine: &'s Engine, query: BoundQuery) -> Self {
        Self { engine, query }
    }

    /// Returns the bound query.
    pub fn query(&self) -> &BoundQuery {
        &self.query
    }

    /// Returns the matches with a flag that any thread can set to stop their evaluation. Methods then fail with
    /// [`Error::Cancelled`].
    ///
    /// ```
    /// # let people = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/provisionr.ndjson");
    /// let engine = idq::Engine::open([people])?;
    /// let cancel = idq::Cancel::new();
    /// let matches = engine.query("filter[profile_search]=engineering")?.cancelled_by(cancel.clone());
    /// cancel.cancel(); // usually from another thread
    /// assert!(matches!(matches.count(), Err(idq::Error::Cancelled)));
    /// # Ok::<(), idq::Error>(())
    /// ```
    #[must_use]
    pub fn cancelled_by(self, cancel: Cancel) -> Self {
        Self {
            query: self.query.cancelled_by(cancel),
            ..self
        }
    }

    /// Returns the number of matches.
    ///
    /// # Errors
    /// A field of the query has no column, the query was cancelled, or a snapshot file is damaged or has changed since
    /// it was opened.
    pub fn count(&self) -> Result<u64, Error> {
        self.finished(|| {
            self.query
                .count(self.engine.snapshot(), self.engine.caches())
        })
    }

    /// Counts the matches by the values of fields: each key is `FIELD` or `FIELD:BUCKET`. Calendar buckets are those of
    /// UTC, and ages are counted from now; [`count_by_keys`](Self::count_by_keys) takes other options.
    ///
    /// ```
    /// # let people = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/provisionr.ndjson");
    /// let engine = idq::Engine::open([people])?;
    /// let groups = engine.query("filter[trashed]=with")?.count_by(&["state", "timestamp.created_at:year"])?;
    /// assert_eq!(groups.total(), 60);
    /// for group in groups.iter() {
    ///     let keys: Vec<String> = group.values().map(|value| format!("{value:?}")).collect();
    ///     println!("{}: {}", keys.join(", "), group.count);
    /// }
    /// let batch = groups.to_arrow()?; // for Polars, DataFusion, DuckDB
    /// assert_eq!(batch.num_rows(), groups.len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Every mistake in the keys, at once; and as for [`count_by_keys`](Self::count_by_keys).
    pub fn count_by<K: AsRef<str>>(&self, keys: &[K]) -> Result<Groups, Error> {
        let mut request = CountRequest::new();
        for key in keys {
            request.add_by_text(key.as_ref())?;
        }
        let keys = bind_keys(&request, self.query.api(), &KeyOptions::default())?;
        keys.check_names(self.engine.snapshot())?;
        self.count_by_keys(&keys)
    }

    /// Counts the matches by bound keys.
    ///
    /// # Errors
    /// A field of the query or of the keys has no column, the query was cancelled, or a snapshot file is damaged or has
    /// changed since it was opened.
    pub fn count_by_keys(&self, keys: &BoundKeys) -> Result<Groups, Error> {
        self.finished(|| {
            let (snapshot, caches) = (self.engine.snapshot(), self.engine.caches());
            self.query.count_by(keys, snapshot, caches)
        })
    }

    /// Returns the page of the query.
    ///
    /// # Errors
    /// A field of the query has no column, the query was cancelled, or a snapshot file is damaged or has changed since
    /// it was opened.
    pub fn page(&self) -> Result<Page<'s>, Error> {
        let page = self.finished(|| {
            self.query
                .page(self.engine.snapshot(), self.engine.caches())
        })?;
        Ok(Page::new(self.engine, self.query.clone(), page))
    }

    /// Returns the rows of all matches as a set for each chunk.
    ///
    /// # Errors
    /// A field of the query has no column, the query was cancelled, or a snapshot file is damaged or has changed since
    /// it was opened.
    pub fn row_sets(&self) -> Result<Vec<RowSet>, Error> {
        self.finished(|| {
            let (snapshot, caches) = (self.engine.snapshot(), self.engine.caches());
            self.query.row_sets(snapshot, caches)
        })
    }

    /// Returns the rows of all matches in order, independent of the page.
    ///
    /// # Errors
    /// A field of the query has no column, the query was cancelled, or a snapshot file is damaged or has changed since
    /// it was opened.
    pub fn rows(&self) -> Result<Vec<RowId>, Error> {
        self.finished(|| self.query.all(self.engine.snapshot(), self.engine.caches()))
    }

    /// Does work, and returns its result unless the query was cancelled or a snapshot file has changed.
    fn finished<T>(&self, work: impl FnOnce() -> Result<T, ColumnError>) -> Result<T, Error> {
        let answer = self.engine.snapshot().while_unchanged(work)?;
        if self.query.is_cancelled() {
            return Err(Error::Cancelled);
        }
        Ok(answer)
    }

    /// Returns the records of all matches in order, verbatim, independent of the page.
    ///
    /// # Errors
    /// A field that the query needs has not been loaded; an item fails where its source's file cannot be read any more
    /// or has changed.
    pub fn records(&self) -> Result<impl Iterator<Item = Result<Record, Error>> + use<'s>, Error> {
        let snapshot = self.engine.snapshot();
        let mut reader = snapshot.reader();
        let rows = self.rows()?;
        let mut read_ahead = 0;
        let records = (0..rows.len()).map(move |position| {
            if position == read_ahead {
                let rest = &rows[position..];
                read_ahead += snapshot.read_ahead(rest, &mut reader);
            }
            let bytes = snapshot.record(rows[position], &mut reader)?.to_vec();
            Ok(Record::new(bytes))
        });
        // A last item is an error if a file has changed: the records after its last check may be wrong.
        let last = std::iter::once_with(move || snapshot.check_unchanged().err());
        Ok(records.chain(last.flatten().map(|error| Err(error.into()))))
    }

    /// Returns the number of deleted records that would match without the default filter; `None` if the request has
    /// that filter, or the API has no deleted records.
    ///
    /// # Errors
    /// A field of the query has no column, the query was cancelled, or a snapshot file is damaged or has changed since
    /// it was opened.
    pub fn deleted_left_out(&self) -> Result<Option<u64>, Error> {
        self.finished(|| {
            let (snapshot, caches) = (self.engine.snapshot(), self.engine.caches());
            idq_engine::deleted_left_out(&self.query, snapshot, caches)
        })
    }

    /// Returns the account of the expressions of the query: the number of records that they select and do not select,
    /// and those whose attributes have no value; `None` without an expression.
    ///
    /// ```
    /// # let people = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/provisionr.ndjson");
    /// use idq::{Expression, Query};
    ///
    /// let engine = idq::Engine::open([people])?;
    /// let sales = Expression::field("profile.department").equals("sales");
    /// let matches = engine.matches(&Query::new().and_where(sales))?;
    /// let account = matches.account()?.expect("the query has an expression");
    /// assert_eq!(account.matched, matches.count()?);
    /// # Ok::<(), idq::Error>(())
    /// ```
    ///
    /// # Errors
    /// A field of the query has no column, the query was cancelled, or a snapshot file is damaged or has changed since
    /// it was opened.
    pub fn account(&self) -> Result<Option<Account>, Error> {
        self.finished(|| {
            let (snapshot, caches) = (self.engine.snapshot(), self.engine.caches());
            idq_engine::account(&self.query, snapshot, caches)
        })
    }

    /// Returns hints on the keys of a count, for a person: a path that no record has, say.
    pub fn key_hints(&self, keys: &BoundKeys) -> Vec<Hint> {
        let snapshot = self.engine.snapshot();
        let hints = || Ok::<_, LoadError>(idq_engine::key_hints(keys, snapshot));
        // Hints of a changed file are dropped.
        snapshot.while_unchanged(hints).unwrap_or_default()
    }

    /// Returns possible reasons of a surprising answer, for a person; `total` is the number of matches.
    pub fn hints(&self, total: u64) -> Vec<Hint> {
        let hints = || {
            Ok::<_, LoadError>(idq_engine::hints(
                &self.query,
                self.engine.snapshot(),
                total,
            ))
        };
        // Hints of a changed file are dropped.
        self.engine
            .snapshot()
            .while_unchanged(hints)
            .unwrap_or_default()
    }
}
