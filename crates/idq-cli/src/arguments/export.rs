use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{RequestArguments, SourceArguments, trimmed};

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    #[command(flatten)]
    pub(crate) request: RequestArguments,
    /// Sort keys, comma-separated; a leading `-` descends: `-s -created_at,email`
    #[arg(short, long, value_name = "SORT", allow_hyphen_values = true)]
    pub(crate) sort: Vec<String>,
    /// What to write; by default what the ending of the file's name says
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(crate) format: Option<ExportFormat>,
    /// The file to write, or with --partition-by the folder; `-` is standard output
    #[arg(short, long, value_name = "PATH")]
    pub(crate) output: PathBuf,
    /// The columns, as dotted names: `id,email,profile.department`; by default every documented field
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = trimmed)]
    pub(crate) columns: Vec<String>,
    /// Add a column `record` with each record as it stands in the dump (Parquet and Arrow)
    #[arg(long)]
    pub(crate) raw: bool,
    /// Write a new folder with a file for each value of this field: `PATH/state=active/part-0.parquet`
    #[arg(long, value_name = "FIELD")]
    pub(crate) partition_by: Option<String>,
    /// Leave CSV cells alone that a spreadsheet would run as a formula
    #[arg(long)]
    pub(crate) raw_csv: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Apache Parquet
    Parquet,
    /// Arrow IPC, also known as Feather; on standard output a stream
    Arrow,
    /// A header and a line for each record
    Csv,
    /// Records verbatim, one a line
    Ndjson,
}
