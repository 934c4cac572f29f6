//! Pages and records as an API's envelope, a JSON array, NDJSON, CSV or a table.
//!
//! What goes in is the bytes of records, each one JSON value; where they came from and why they were chosen is
//! for others to know. There are two ways out:
//!
//! * **Records as they stand.** [`write_page`] puts the [`Envelope`](idq_api::Envelope) of an API around the
//!   records of one page, of which [`PageInfo`] tells the rest. [`PaginatorPage`] and [`CountedPage`] are the same
//!   envelopes as types, for reading pages back or for records of one's own type. [`ArrayWriter`] is the bare
//!   array, and [`write_ndjson`] one line a record. None of them re-spells anything in a record.
//! * **Chosen places of records.** A [`ColumnSet`] reads the cells; [`CsvWriter`] streams them as CSV and [`Table`]
//!   lays them out for a terminal. Both keep hostile records harmless: [`Formulas`] for spreadsheets, escapes for
//!   terminals.
//!
//! [`Escaped`] is between any of these and a terminal, and lets no character pass that a terminal may obey.
//!
//! ```
//! use idq_api::Envelope;
//! use idq_render::{Colour, ColumnSet, PageInfo, Table, write_page};
//!
//! let records = [r#"{"id":7,"name":"Zo\u00eb"}"#, r#"{"id":8,"name":null}"#];
//! let info = PageInfo {
//!     page: 1,
//!     per_page: 50,
//!     total: 2,
//!     collection_url: "https://example.com/api/identities",
//!     parameters: &[],
//! };
//! let mut out = Vec::new();
//! write_page(Envelope::Counted, &info, &records, &mut out)?;
//! assert_eq!(
//!     String::from_utf8(out)?,
//!     r#"{"items":[{"id":7,"name":"Zo\u00eb"},{"id":8,"name":null}],"#.to_owned()
//!         + r#""totalCount":2,"page":1,"pageSize":50,"totalPages":1}"#,
//! );
//!
//! let mut table = Table::new(ColumnSet::new(["id", "name"]), Some(80), Colour::Plain);
//! for record in records {
//!     table.push(record.as_bytes())?;
//! }
//! let mut out = Vec::new();
//! table.write(&mut out)?;
//! assert_eq!(String::from_utf8(out)?, "id  name\n──  ────\n7   Zoë\n8   null\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod array;
mod columns;
mod csv;
mod envelope;
mod error;
mod escaped;
mod formula;
mod ndjson;
mod page;
mod table;
mod window;

pub use array::ArrayWriter;
pub use columns::ColumnSet;
pub use csv::CsvWriter;
pub use envelope::{CountedPage, PageLink, PaginatorPage, write_page};
pub use error::Error;
pub use escaped::{Escaped, Spelling};
pub use formula::Formulas;
pub use ndjson::write_ndjson;
pub use page::{PageInfo, last_page};
pub use table::{Colour, Table};
