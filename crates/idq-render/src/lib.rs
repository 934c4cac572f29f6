//! Renders pages and records: an API's envelope, and the text formats JSON, NDJSON, CSV, table and record.
//!
//! The input is the bytes of records, each one JSON value, or rows of a snapshot. In data-flow order:
//!
//! * **Pages.** [`write_page`] wraps the records of one page in the [`Envelope`](idq_api::Envelope) of an API;
//!   [`PageInfo`] holds the numbers and the URL that the envelope states.
//! * **Formats.** [`FORMATS`] is the registry of text formats. A [`TextFormat`] has a description ([`OutputFormat`]:
//!   name, file extensions, columns, terminal encoding) and opens a [`RecordSink`], which encodes one record after
//!   another. The sinks are public as well: [`ArrayWriter`], [`write_ndjson`], [`CsvWriter`] and [`Table`]. JSON and
//!   NDJSON copy the bytes of a record verbatim, and [`PrettyWriter`] indents them; the others format values, those that
//!   a [`ColumnSet`] selects.
//! * **Rows.** [`write_rows`] writes rows of a snapshot in a text format, in parallel. A [`RowEncoder`] takes values
//!   from columns where they hold them exactly, and copies records that lie together.
//! * **Groups.** [`write_groups_json`], [`write_groups_ndjson`], [`write_groups_csv`] and [`GroupTable`] write the
//!   [`Groups`](idq_engine::Groups) of a count. [`GroupGrid`] arranges them in rows and columns, for tables and charts.
//! * **Terminals and spreadsheets.** [`TerminalWriter`] escapes every character that a terminal may interpret as a
//!   command; [`FormulaPolicy`] neutralises cells that a spreadsheet may run as a formula.
//!
//! ```
//! use idq_api::Api;
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
//! write_page(&Api::permission_assist().envelope, &info, &records, &mut out)?;
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

mod error;
mod format;
mod groups;
mod page;
mod pretty;
mod rows;
mod terminal;

pub use error::Error;
pub use format::columns::ColumnSet;
pub use format::csv::{CsvWriter, FORMAT as CSV, append_csv_line, text_cell};
pub use format::excel_csv::ExcelCsv;
pub use format::formula::FormulaPolicy;
pub use format::json::ArrayWriter;
pub use format::ndjson::{FORMAT as NDJSON, write_ndjson};
pub use format::record::FORMAT as RECORD;
pub use format::table::truncate::truncate;
pub use format::table::{CellStyle, Colour, Listing, Table, write_wrapped};
pub use format::{
    ColumnSupport, FORMATS, FormulaRisk, OpenSink, OutputFormat, PageStyle, Part, RecordFraming,
    RecordSink, SinkOptions, TextFormat, format_named, list_alternatives,
};
pub use groups::{
    EntryKind, GridEntry, GroupGrid, GroupTable, thousands, write_bar_list, write_groups_csv,
    write_groups_json, write_groups_ndjson,
};
pub use page::PageInfo;
pub use page::write::write_page;
pub use pretty::PrettyWriter;
pub use rows::{
    OnRows, OpenRows, RowEncoder, RowFrame, TaskDivision, ValueSource, ordered_parallel,
    prefers_columns, rows_per_task, text_columns, write_rows,
};
pub use terminal::{TerminalEncoding, TerminalWriter};
