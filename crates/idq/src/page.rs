use std::io;

use idq_engine::BoundQuery;
use idq_render::{PageInfo, last_page, write_page};
use idq_snapshot::RowId;

use crate::engine::Engine;
use crate::error::Error;

/// One page of matches.
#[derive(Debug)]
pub struct Page<'m> {
    engine: &'m Engine,
    query: &'m BoundQuery,
    page: idq_engine::Page,
}

impl<'m> Page<'m> {
    pub(crate) fn new(engine: &'m Engine, query: &'m BoundQuery, page: idq_engine::Page) -> Self {
        Self {
            engine,
            query,
            page,
        }
    }

    /// The rows of its records, in order; none past the last page.
    pub fn rows(&self) -> &[RowId] {
        &self.page.rows
    }

    /// How many records match in all.
    pub fn total(&self) -> u64 {
        self.page.total
    }

    /// The page's number, from 1.
    pub fn number(&self) -> u64 {
        self.page.page
    }

    /// Records on a full page.
    pub fn per_page(&self) -> u64 {
        self.page.per_page
    }

    /// The number of the last page; 1 even if nothing matches.
    pub fn last(&self) -> u64 {
        last_page(self.page.total, self.page.per_page)
    }

    /// Its records, exactly as they stand in the dump.
    ///
    /// # Errors
    /// A source's file cannot be read any more, or has changed.
    pub fn records(&self) -> Result<Vec<Vec<u8>>, Error> {
        let snapshot = self.engine.snapshot();
        snapshot.while_unchanged(|| {
            let mut reader = snapshot.reader();
            snapshot.prefetch(self.rows(), &mut reader);
            self.rows()
                .iter()
                .map(|&row| Ok(snapshot.record(row, &mut reader)?.to_vec()))
                .collect()
        })
    }

    /// Writes the page as the API answers it: its envelope on one line, the records verbatim inside.
    ///
    /// # Errors
    /// A source's file cannot be read any more, or `out` fails.
    pub fn write(&self, out: &mut impl io::Write) -> Result<(), Error> {
        let records = self.records()?;
        let info = PageInfo {
            page: self.page.page,
            per_page: self.page.per_page,
            total: self.page.total,
            collection_url: self.collection_url(),
            parameters: self.query.parameters(),
        };
        Ok(write_page(self.query.api().envelope, &info, &records, out)?)
    }

    /// The page as the API answers it.
    ///
    /// # Errors
    /// A source's file cannot be read any more, or has changed.
    pub fn to_json(&self) -> Result<String, Error> {
        let mut json = Vec::new();
        self.write(&mut json)?;
        // Records are validated when they are loaded, and a changed file is refused.
        String::from_utf8(json)
            .map_err(|error| Error::Write(io::Error::new(io::ErrorKind::InvalidData, error)))
    }

    /// The URL that page links are built on: the one that the records' own URLs agree on, else the request's, else
    /// the API's path alone.
    fn collection_url(&self) -> &str {
        let snapshot = self.engine.snapshot().collection_url();
        snapshot
            .or(self.query.url())
            .unwrap_or(&self.query.api().collection_path)
    }
}
