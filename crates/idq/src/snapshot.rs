use idq_api::Api;
use idq_engine::{BindOptions, BoundQuery, Statistics, bind};
use idq_grammar::Query;
use idq_load::{Loader, RecordReader, Row, Source};

use crate::error::Error;
use crate::matches::Matches;

/// Loaded dumps, ready for questions.
#[derive(Debug)]
pub struct Snapshot {
    loaded: idq_load::Snapshot,
}

impl Snapshot {
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
    /// # Errors
    /// As for [`Loader::load`].
    pub fn load(loader: Loader<'_>) -> Result<Self, Error> {
        Ok(Self {
            loaded: loader.load()?,
        })
    }

    /// The API whose records these are.
    pub fn api(&self) -> &'static Api {
        self.loaded.api()
    }

    /// How many records there are.
    pub fn len(&self) -> u64 {
        self.loaded.rows()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What was loaded: sources, rejects, repeated ids, columns.
    pub fn loaded(&self) -> &idq_load::Snapshot {
        &self.loaded
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
        self.matches_with(query, BindOptions::default())
    }

    /// The matches of a query, read as the options say.
    ///
    /// # Errors
    /// Everything that is wrong with the query, at once.
    pub fn matches_with(&self, query: &Query, options: BindOptions) -> Result<Matches<'_>, Error> {
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
        let mut reader = self.reader();
        let rows = idq_engine::find(&self.loaded, id)?;
        rows.into_iter()
            .map(|row| Ok(self.record(row, &mut reader)?.to_vec()))
            .collect()
    }

    /// A reader of records' own bytes; one reader for many records is faster than one for each.
    pub fn reader(&self) -> RecordReader<'_> {
        self.loaded.reader()
    }

    /// One record's own bytes, exactly as they stand in the dump.
    ///
    /// # Errors
    /// The source's file cannot be read any more, or has changed.
    pub fn record<'r>(
        &self,
        row: Row,
        reader: &'r mut RecordReader<'_>,
    ) -> Result<&'r [u8], Error> {
        Ok(self.loaded.record(row, reader)?)
    }

    /// What the loaded fields hold.
    pub fn statistics(&self) -> Statistics {
        idq_engine::statistics(&self.loaded)
    }
}
