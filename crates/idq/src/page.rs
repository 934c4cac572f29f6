//! One page of matches.

#[cfg(feature = "render")]
use std::io;

use idq_api::last_page;
use idq_engine::BoundQuery;
#[cfg(feature = "render")]
use idq_render::{PageInfo, write_page};
use idq_snapshot::RowId;

use crate::engine::Engine;
use crate::error::Error;
use crate::record::Record;

/// One page of matches.
#[derive(Debug)]
pub struct Page<'s> {
    engine: &'s Engine,
    #[cfg_attr(
        not(feature = "render"),
        expect(dead_code, reason = "the envelope alone has it")
    )]
    query: BoundQuery,
    page: idq_engine::Page,
}

impl<'s> Page<'s> {
    pub(crate) fn new(engine: &'s Engine, query: BoundQuery, page: idq_engine::Page) -> Self {
        Self {
            engine,
            query,
            page,
        }
    }

    /// Returns the rows of the page in order; none past the last page.
    pub fn rows(&self) -> &[RowId] {
        &self.page.rows
    }

    /// Returns the number of all matches.
    pub fn total(&self) -> u64 {
        self.page.total
    }

    /// Returns the number of the page, from 1.
    pub fn number(&self) -> u64 {
        self.page.page
    }

    /// Returns the number of records on a full page.
    pub fn per_page(&self) -> u64 {
        self.page.per_page
    }

    /// Returns the number of the last page; 1 without matches.
    pub fn last(&self) -> u64 {
        last_page(self.page.total, self.page.per_page)
    }

    /// Returns the records, verbatim.
    ///
    /// # Errors
    /// A source's file cannot be read any more, or has changed.
    pub fn records(&self) -> Result<Vec<Record>, Error> {
        self.engine.records(self.rows())
    }

    /// Writes the page in the API's envelope, on one line, with the records verbatim.
    ///
    /// # Errors
    /// A source's file cannot be read any more, or `out` fails.
    #[cfg(feature = "render")]
    pub fn write(&self, out: &mut impl io::Write) -> Result<(), Error> {
        self.write_records(&self.records()?, self.query.parameters(), out)
    }

    /// Writes the page as [`write`](Self::write) does, with other records in place of its own, such as masked ones, and
    /// with these parameters of the request in its URLs.
    ///
    /// # Errors
    /// `out` fails.
    #[cfg(feature = "render")]
    pub fn write_records(
        &self,
        records: &[impl AsRef<[u8]>],
        parameters: &[(String, String)],
        out: &mut impl io::Write,
    ) -> Result<(), Error> {
        let info = PageInfo {
            page: self.page.page,
            per_page: self.page.per_page,
            total: self.page.total,
            collection_url: self.collection_url(),
            parameters,
        };
        Ok(write_page(&self.query.api().envelope, &info, records, out)?)
    }

    /// Returns the page in the API's envelope.
    ///
    /// # Errors
    /// A source's file cannot be read any more, or has changed.
    #[cfg(feature = "render")]
    pub fn to_json(&self) -> Result<String, Error> {
        let mut json = Vec::new();
        self.write(&mut json)?;
        // Records are validated when they are loaded, and a changed file is refused.
        String::from_utf8(json)
            .map_err(|error| Error::Write(io::Error::new(io::ErrorKind::InvalidData, error)))
    }

    /// Returns the base of page URLs: the URL that the records' URLs imply, else that of the request, else the API's
    /// path.
    #[cfg(feature = "render")]
    fn collection_url(&self) -> &str {
        let snapshot = self.engine.snapshot().collection_url();
        snapshot
            .or(self.query.url())
            .unwrap_or(&self.query.api().collection_path)
    }
}
