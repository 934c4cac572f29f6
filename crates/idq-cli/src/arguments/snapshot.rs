//! Options of the commands for snapshot files: `pack`, `unpack`, `verify`.

use std::path::PathBuf;

use clap::Args;

use super::common::{RequestArguments, SampleArguments, SourceArguments};
use super::mask::MaskArguments;
use super::values::{byte_size, threads, threads_help};

/// The arguments of `pack`.
#[derive(Debug, Args)]
pub(crate) struct PackArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    /// The records to pack; by default all of them, deleted ones included
    #[command(flatten)]
    pub(crate) request: RequestArguments,
    #[command(flatten)]
    pub(crate) sample: SampleArguments,
    /// The snapshot file to write. An existing file is replaced completely or not at all
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// The zstd level of the records, from 1 to 19; a higher level is slower and saves a few percent of the file
    #[arg(long, value_name = "N", default_value_t = idq::DEFAULT_LEVEL, value_parser = clap::value_parser!(i32).range(1..=19))]
    pub(crate) level: i32,
    /// The maximum memory, at least 128MiB, more for many records: `500MB`, `2GiB`; by default a quarter of the
    /// machine's
    #[arg(long, value_name = "SIZE", value_parser = byte_size)]
    pub(crate) memory: Option<u64>,
    #[command(flatten)]
    pub(crate) mask: MaskArguments,
}

/// The arguments of `unpack`.
#[derive(Debug, Args)]
pub(crate) struct UnpackArguments {
    /// The snapshot file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The file to write; by default standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Print only errors on standard error
    #[arg(long)]
    pub(crate) quiet: bool,
}

/// The arguments of `verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The snapshot files
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[arg(long, value_name = "N", value_parser = threads(), help = threads_help("Worker threads"))]
    pub(crate) threads: Option<u16>,
    /// Print only errors
    #[arg(long)]
    pub(crate) quiet: bool,
}
