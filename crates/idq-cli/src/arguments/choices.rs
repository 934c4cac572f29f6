//! Options with a fixed set of values.
//!
//! Doc comments of variants are help texts. Variants without one have self-explanatory names.

use clap::ValueEnum;
use idq::{Conformance, OnBadRecord};
use idq_compare::{Cardinality, Situation};

/// The format of a description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListingFormat {
    /// Aligned text, for people
    Text,
    /// JSON, for programs
    Json,
}

/// The format of single records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RecordFormat {
    /// Each record exactly as it is in the dump, on a line of its own
    Json,
    /// One value a line, with its path
    Record,
}

/// The format of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GroupFormat {
    /// Aligned columns that fit the terminal, with percentages and bars
    Table,
    /// One object with the groups and the total
    Json,
    /// One object a line for each group
    Ndjson,
    /// A header, and a line for each group
    Csv,
}

/// The kind of the change of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChangeKind {
    /// Only the new snapshot has the record
    Added,
    /// Only the old snapshot has the record
    Removed,
    /// Both snapshots have the record
    Changed,
}

/// The format of differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChangeOutput {
    /// Paragraphs for people; of `diff`, counts and the first records
    #[value(alias = "table")]
    Text,
    /// One object a line: for each value that differs, and for each added or removed record
    Ndjson,
    /// The same lines without whole records: id, change, field, old, new
    Csv,
    /// For each record one line with a JSON Patch (RFC 6902)
    Patch,
    /// The lines of NDJSON as columns, the values as JSON; a file, so not for a terminal
    #[cfg(feature = "export")]
    Parquet,
}

/// The format of matched records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MatchOutput {
    /// Counts and the first groups, for people
    #[value(alias = "table")]
    Text,
    /// One object a line for each group
    Ndjson,
    /// A line for each linked pair, and for each disputed and unmatched record
    Csv,
}

/// The format of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportOutput {
    /// Paragraphs and tables, with the first findings
    #[value(alias = "text")]
    Table,
    /// One page for browsers, mail and print, with charts and without scripts
    Html,
    /// One object with the whole result
    Json,
    /// A line for each finding
    Csv,
    /// A workbook, with a sheet for each kind of findings
    #[cfg(feature = "export")]
    Xlsx,
}

/// The situation of matched records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SituationChoice {
    /// They belong together
    Linked,
    /// Several candidates have the same value
    Disputed,
    /// No rule finds a record of the other side
    Unmatched,
}

impl From<SituationChoice> for Situation {
    fn from(choice: SituationChoice) -> Self {
        match choice {
            SituationChoice::Linked => Self::Linked,
            SituationChoice::Disputed => Self::Disputed,
            SituationChoice::Unmatched => Self::Unmatched,
        }
    }
}

/// The number of records that may be linked with one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CardinalityChoice {
    /// One of each side; several are disputed
    OneToOne,
    /// Any number of the right with one of the left
    OneToMany,
    /// Any number of the left with one of the right
    ManyToOne,
}

impl From<CardinalityChoice> for Cardinality {
    fn from(choice: CardinalityChoice) -> Self {
        match choice {
            CardinalityChoice::OneToOne => Self::OneToOne,
            CardinalityChoice::OneToMany => Self::OneToMany,
            CardinalityChoice::ManyToOne => Self::ManyToOne,
        }
    }
}

/// The use of bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BarChoice {
    /// On a terminal
    Auto,
    Always,
    Never,
}

/// The shape of a generated dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DumpShape {
    Array,
    Ndjson,
    Pages,
}

/// The style of a generated dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DumpStyle {
    /// As the API's own server writes
    Server,
    /// No white space, slashes not escaped
    Compact,
    /// `": "` and `", "` between tokens, as Python's json writes
    Spaced,
    /// A line for each member, indented by two spaces; in an array or pages
    Indented,
    /// Keys sorted, as Go's maps and Python's `sort_keys` write them
    Sorted,
    /// Keys in another order in each record, at all depths
    Shuffled,
    /// Documents whose keys are data: a key for each group
    DataKeys,
    /// Nulls left out, optional keys in some records only
    Sparse,
    /// Names and texts beyond ASCII, not escaped
    #[value(name = "raw-utf8")]
    RawUtf8,
    /// Metadata of several shapes per vendor: nested lists, long texts, numbers of several kinds
    MixedMetadata,
}

/// A form of dates in records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DateForm {
    /// Numbers of seconds since 1970
    EpochS,
    /// Numbers of milliseconds since 1970
    EpochMs,
    /// `/Date(1720919582928)/`, as older programs of .NET write it
    Dotnet,
}

/// The reading of ids that are numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum IdForm {
    /// They are errors
    Strict,
    /// As texts, by their spelling
    AsText,
}

/// The action at a malformed record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BadRecordAction {
    /// Stop with an error that locates the record
    Stop,
    /// Set the record aside and continue
    Skip,
}

impl From<BadRecordAction> for OnBadRecord {
    fn from(action: BadRecordAction) -> Self {
        match action {
            BadRecordAction::Stop => Self::Stop,
            BadRecordAction::Skip => Self::Skip,
        }
    }
}

/// The records of `--unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UnknownRecords {
    /// Only those in which something that the expression compares has no value
    Only,
}

/// The conformance of a request to the rules of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConformanceChoice {
    Strict,
    Api,
}

impl From<ConformanceChoice> for Conformance {
    fn from(choice: ConformanceChoice) -> Self {
        match choice {
            ConformanceChoice::Strict => Self::Strict,
            ConformanceChoice::Api => Self::Api,
        }
    }
}

/// The use of colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColourChoice {
    Auto,
    Always,
    Never,
}
