//! Options of the commands that read sources and print: `query`, `count`, `get`, `info`.

use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use idq::TimeZone;
use idq::render::TextFormat;

use super::choices::{BarChoice, GroupFormat, ListingFormat, RecordFormat};
use super::common::{ListArguments, RequestArguments, SourceArguments};
use super::completion::complete_key;
use super::mask::MaskArguments;
use super::values::{query_format, time_zone};
use crate::exit::UsageError;

/// The arguments of `query`. The page options are texts, because the conformance to the API determines their syntax.
#[derive(Debug, Args)]
pub(crate) struct QueryArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    #[command(flatten)]
    pub(crate) request: RequestArguments,
    #[command(flatten)]
    pub(crate) list: ListArguments,
    #[command(flatten)]
    pub(crate) mask: MaskArguments,
    /// The page to print, counted from 1
    #[arg(short, long, value_name = "PAGE", allow_hyphen_values = true, conflicts_with_all = ["limit", "sample"])]
    pub(crate) page: Option<String>,
    /// The number of records on a page, if the pages of the API have no fixed size
    #[arg(long, value_name = "N", allow_hyphen_values = true, conflicts_with_all = ["limit", "sample"])]
    pub(crate) per_page: Option<String>,
    /// Print all matching records instead of a page
    #[arg(long, conflicts_with_all = ["page", "per_page"])]
    pub(crate) all: bool,
    /// The output format; by default a table on a terminal, and JSON elsewhere
    #[arg(short, long, value_name = "FORMAT", value_parser = query_format())]
    pub(crate) output: Option<&'static TextFormat>,
    /// Print JSON as an array of records, without the envelope of the API (as --all does)
    #[arg(long)]
    pub(crate) bare: bool,
    #[command(flatten)]
    pub(crate) pretty: PrettyArgument,
    /// Print every column of a table at its full width, however wide the terminal is
    #[arg(long)]
    pub(crate) wide: bool,
}

impl QueryArguments {
    /// Returns whether matches are printed without pages: all of them, or a part.
    pub(crate) fn prints_all(&self) -> bool {
        self.all || self.list.is_partial()
    }
}

/// The option for the layout of JSON.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct PrettyArgument {
    /// Print JSON with a line for each member, and otherwise unchanged
    #[arg(long)]
    pretty: bool,
}

/// The white space of printed JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonLayout {
    AsWritten,
    Indented,
}

impl PrettyArgument {
    /// Returns the layout of JSON.
    pub(crate) fn layout(self) -> JsonLayout {
        if self.pretty {
            JsonLayout::Indented
        } else {
            JsonLayout::AsWritten
        }
    }

    /// Refuses the option for a format other than JSON.
    pub(crate) fn check(self, format: &str) -> Result<(), UsageError> {
        if self.pretty && format != "json" {
            let message = format!("--pretty does not apply to {format}: add -o json");
            return Err(UsageError(message));
        }
        Ok(())
    }
}

/// The arguments of `count`.
#[derive(Debug, Args)]
pub(crate) struct CountArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    #[command(flatten)]
    pub(crate) request: RequestArguments,
    #[command(flatten)]
    pub(crate) groups: GroupArguments,
}

/// The heading of options for groups in help.
const GROUPS: &str = "Groups";

/// The groups of a count, and their output.
#[derive(Debug, Args)]
pub(crate) struct GroupArguments {
    /// Count by the values of a field, or by a bucket of them; several keys are comma-separated or repeated
    ///
    /// The buckets of dates are year, quarter, month, week, day, weekday, hour and age(30d,90d,365d); those of texts
    /// are domain (of an e-mail address), prefix(N) and fold (without case); presence (value, null, missing or empty)
    /// suits every field: `--by state,timestamp.created_at:month`. `idq help counts` is the reference
    #[arg(long, value_name = "FIELD[:BUCKET]", help_heading = GROUPS, add = ArgValueCompleter::new(complete_key))]
    pub(crate) by: Vec<String>,
    /// Keep the N most frequent values of the first key, and count the others together
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), requires = "by", help_heading = GROUPS)]
    pub(crate) top: Option<u64>,
    /// Keep only the groups whose count satisfies a comparison: `--having '>1'`
    #[arg(long, value_name = "COMPARISON", requires = "by", help_heading = GROUPS)]
    pub(crate) having: Option<String>,
    /// The output format of groups; by default a table on a terminal, and JSON elsewhere
    #[arg(short, long, value_name = "FORMAT", value_enum, requires = "by", help_heading = GROUPS)]
    pub(crate) output: Option<GroupFormat>,
    /// When a table of one key has bars
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = BarChoice::Auto, requires = "by", help_heading = GROUPS)]
    pub(crate) bars: BarChoice,
    /// Also draw the groups of one or two keys as a bar chart, in an .svg or .png file
    ///
    /// Dates are columns in their order, other values are bars. An .svg file has its texts as text; a .png file is 2560
    /// × 1440 pixels
    #[cfg(feature = "chart")]
    #[arg(long, value_name = "FILE", requires = "by", help_heading = GROUPS)]
    pub(crate) chart: Option<std::path::PathBuf>,
    /// Do not neutralise CSV cells that a spreadsheet would run as a formula
    #[arg(long, requires = "by", help_heading = GROUPS)]
    pub(crate) raw_csv: bool,
}

/// The arguments of `get`.
#[derive(Debug, Args)]
pub(crate) struct GetArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    /// The id of the identity
    #[arg(long, required_unless_present_any = ["expressions", "query", "filter"], conflicts_with_all = ["expressions", "query", "filter"])]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) request: RequestArguments,
    /// The output format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = RecordFormat::Json)]
    pub(crate) output: RecordFormat,
    #[command(flatten)]
    pub(crate) pretty: PrettyArgument,
}

/// The arguments of `info`.
#[derive(Debug, Args)]
pub(crate) struct InfoArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    /// The output format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ListingFormat::Text)]
    pub(crate) output: ListingFormat,
    /// List the paths of profiles and other documents too, with the kinds of their values
    #[arg(long)]
    pub(crate) paths: bool,
    /// Print every column at its full width, however wide the terminal is
    #[arg(long)]
    pub(crate) wide: bool,
    /// The time zone of dates in records that have none; by default UTC
    #[arg(long, value_name = "ZONE", value_parser = time_zone, allow_hyphen_values = true)]
    pub(crate) timezone: Option<TimeZone>,
}
