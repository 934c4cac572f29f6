//! Options of the commands that compare snapshots: `diff` and `history`.

use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use idq_compare::RecordChange;

use super::choices::{ChangeKind, ChangeOutput};
use super::common::{RequestArguments, SourceArguments};
use super::completion::complete_field;
use super::csv::CsvArguments;
use super::mask::MaskArguments;
use super::values::column_name;

/// The arguments of `diff`.
#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    #[command(flatten)]
    pub(crate) request: RequestArguments,
    /// Pair records by this field instead of their ids; `FIELD:fold` ignores case
    ///
    /// A record without a value of the field is compared with nothing.
    #[arg(long, value_name = "FIELD[:fold]", add = ArgValueCompleter::new(complete_field))]
    pub(crate) by: Option<String>,
    #[command(flatten)]
    pub(crate) paths: PathArguments,
    /// Print only the number of records in which each field differs
    #[arg(long, conflicts_with = "context")]
    pub(crate) by_field: bool,
    #[command(flatten)]
    pub(crate) output: ChangeArguments,
    /// Print only records with these kinds of change; all are counted
    #[arg(long, value_name = "KINDS", value_enum, value_delimiter = ',')]
    pub(crate) change: Vec<ChangeKind>,
    /// The number of records that text shows
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) show: u64,
    #[command(flatten)]
    pub(crate) mask: MaskArguments,
}

impl DiffArguments {
    /// Returns whether differences of a kind are printed.
    pub(crate) fn prints(&self, change: &RecordChange<'_>) -> bool {
        let kind = match change {
            RecordChange::Added(_) => ChangeKind::Added,
            RecordChange::Removed(_) => ChangeKind::Removed,
            RecordChange::Changed { .. } => ChangeKind::Changed,
        };
        self.change.is_empty() || self.change.contains(&kind)
    }
}

/// The arguments of `history`.
#[derive(Debug, Args)]
pub(crate) struct HistoryArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    /// The id of the identity
    #[arg(long)]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) paths: PathArguments,
    #[command(flatten)]
    pub(crate) output: ChangeArguments,
}

/// The format of differences.
#[derive(Debug, Args)]
pub(crate) struct ChangeArguments {
    /// The output format; by default text on a terminal, and NDJSON elsewhere
    #[arg(short, long, value_name = "FORMAT", value_enum)]
    pub(crate) output: Option<ChangeOutput>,
    /// Print these values with each difference, from the newest version of the record; a key with a dot is in quotes
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = column_name, add = ArgValueCompleter::new(complete_field))]
    pub(crate) context: Vec<String>,
    #[command(flatten)]
    pub(crate) csv: CsvArguments,
}

/// The paths that are compared.
#[derive(Debug, Args)]
pub(crate) struct PathArguments {
    /// Leave out these fields and paths, and everything below them
    #[arg(long, value_name = "PATHS", value_delimiter = ',', value_parser = column_name, add = ArgValueCompleter::new(complete_field))]
    pub(crate) ignore: Vec<String>,
    /// Compare only these fields and paths, and everything below them
    #[arg(long, value_name = "PATHS", value_delimiter = ',', value_parser = column_name, add = ArgValueCompleter::new(complete_field))]
    pub(crate) only: Vec<String>,
    /// Compare also what changes by itself: update times, counters and links, which are left out by default
    #[arg(long)]
    pub(crate) volatile: bool,
    /// Compare the lists at these paths without their order; an element counts as often as it occurs
    #[arg(long, value_name = "PATHS", value_delimiter = ',', value_parser = column_name, add = ArgValueCompleter::new(complete_field))]
    pub(crate) as_set: Vec<String>,
}
