use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{ListArguments, RequestArguments, SourceArguments};

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    #[command(flatten)]
    pub(crate) request: RequestArguments,
    #[command(flatten)]
    pub(crate) list: ListArguments,
    /// What to write; by default what the ending of the file's name says
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(crate) format: Option<ExportFormat>,
    /// The file to write, or with --partition-by the folder; `-` is standard output
    #[arg(short, long, value_name = "PATH")]
    pub(crate) output: PathBuf,
    /// Add a column `record` with each record as it stands in the dump (Parquet and Arrow)
    #[arg(long)]
    pub(crate) raw: bool,
    /// Write a new folder with a file for each value of this field: `PATH/state=active/part-0.parquet`
    #[arg(long, value_name = "FIELD")]
    pub(crate) partition_by: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Apache Parquet
    Parquet,
    /// Arrow IPC, also known as Feather; on standard output a stream
    Arrow,
    /// A header and a line for each record
    Csv,
    /// Records one a line: verbatim, but for line breaks inside them
    Ndjson,
}
