//! Options of `report`.

use std::path::PathBuf;

use clap::Args;

use super::choices::{ConformanceChoice, ReportOutput};
use super::common::{RequestArguments, SourceArguments};
use super::csv::CsvArguments;
use super::mask::MaskArguments;

/// The arguments of `report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    /// List the reports with their definitions
    #[arg(long)]
    pub(crate) list: bool,
    /// Run the report that this file defines, in TOML, in place of a NAME
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// The number of days of the report, in place of its own
    #[arg(long, value_name = "N")]
    pub(crate) days: Option<u32>,
    /// The output format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ReportOutput::Table)]
    pub(crate) output: ReportOutput,
    /// The number of findings of each section that are listed; by default 20 in a table, and 1,000 on a page. JSON and CSV
    /// have all
    #[arg(long, value_name = "N")]
    pub(crate) show: Option<u64>,
    #[command(flatten)]
    pub(crate) csv: CsvArguments,
    #[command(flatten)]
    pub(crate) mask: MaskArguments,
    /// The time that ages refer to; by default now
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) now: Option<String>,
    /// The time zone of days and years, and of dates in records that have none; by default UTC
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub(crate) timezone: Option<String>,
}

impl ReportArguments {
    /// Returns a request for all records.
    pub(crate) fn request(&self) -> RequestArguments {
        RequestArguments {
            query: None,
            filter: Vec::new(),
            expressions: Vec::new(),
            unknown: None,
            conformance: ConformanceChoice::Strict,
            now: self.now.clone(),
            timezone: self.timezone.clone(),
        }
    }
}
