//! The options of a load, and its progress.

use idq_grammar::date::RecordDates;
use idq_snapshot::ColumnPart;

use crate::records_path::RecordsPath;

/// The treatment of malformed records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnBadRecord {
    /// The load fails with an error that locates the record.
    #[default]
    Stop,
    /// The record is set aside as a [`Reject`](idq_snapshot::Reject), and the load continues.
    Skip,
}

/// The columns that a load builds. Fields without a column are validated as well.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Columns {
    /// Every column of the API, undocumented members included: any question can be answered.
    #[default]
    All,
    /// The id, and the fields that filters and sorts of the API use, which takes less time and memory. Expressions and
    /// counts then fail for other fields.
    Queried,
    /// The id: records can be found by it.
    Ids,
    /// These columns, or parts of them. Columns have the numbers of
    /// [`Api::column_count`](idq_api::Api::column_count). A load that drops duplicates has the id and the update time as
    /// well, one beside snapshot files the id, and one that takes numbers for ids or dates the fields that may hold them.
    Parts(Vec<ColumnPart>),
}

/// The reading of what programs write otherwise than the API: where the records are, and how their values are spelled.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadOptions {
    /// The path to the records of all sources; `None` to find it by the first object of each. The records of an API's
    /// pages, and those that are not wrapped, have no path.
    pub records_path: Option<RecordsPath>,
    /// The forms of dates besides RFC 3339, and the time zone of dates that have none.
    pub dates: RecordDates,
    /// Whether ids, of a record and of other things, may be numbers, which are then texts by their spelling.
    pub numeric_ids: bool,
}

/// The parser that reads a record first. It changes the speed of a load, never its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Parser {
    /// Record shapes; the structural index for records of other shapes, `simd-json` for deeply nested ones, and the
    /// reference parser for the rest.
    #[default]
    Shapes,
    /// As `Shapes`, with instructions that every processor has.
    PortableShapes,
    /// The structural index; `simd-json` for deeply nested records, and the reference parser for the rest.
    Structural,
    /// `simd-json`, and the reference parser for the rest.
    Tape,
    /// The reference parser alone.
    Reference,
}

/// The progress of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The number of bytes that were read from the sources so far, before decompression.
    pub bytes: u64,
    /// The number of bytes of all sources; `None` if one of them is a stream.
    pub total: Option<u64>,
    /// The number of records so far.
    pub records: u64,
}
