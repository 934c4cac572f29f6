//! Options of `export`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::TypedValueParser;
use clap_complete::engine::ArgValueCompleter;
use idq_export::ExportFormat;

use super::completion::complete_field;
use super::values::format_names;
use super::{ListArguments, MaskArguments, RequestArguments, SourceArguments};

/// The arguments of `export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    #[command(flatten)]
    pub(crate) request: RequestArguments,
    #[command(flatten)]
    pub(crate) list: ListArguments,
    #[command(flatten)]
    pub(crate) mask: MaskArguments,
    /// The output format; by default that of the file extension
    #[arg(long, value_name = "FORMAT", value_parser = export_format())]
    pub(crate) format: Option<ExportFormat>,
    /// The file to write, or with --partition-by the folder; `-` is standard output
    #[arg(short, long, value_name = "PATH")]
    pub(crate) output: PathBuf,
    /// Add a column `record` with each record exactly as it is in the dump (Parquet, Arrow and workbooks)
    #[arg(long)]
    pub(crate) raw: bool,
    /// Write a new folder with a file for each value of this field: `PATH/state=active/part-0.parquet`
    #[arg(long, value_name = "FIELD", add = ArgValueCompleter::new(complete_field))]
    pub(crate) partition_by: Option<String>,
}

/// Returns a parser of the formats of `export`.
fn export_format() -> impl TypedValueParser<Value = ExportFormat> {
    let names = format_names(ExportFormat::all().map(ExportFormat::description));
    names.try_map(|name| ExportFormat::named(&name).ok_or("expected the name of a format"))
}
