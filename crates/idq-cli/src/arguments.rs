#[cfg(feature = "export")]
pub(crate) mod export;
#[cfg(feature = "serve")]
pub(crate) mod serve;

use std::convert::Infallible;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use bytesize::ByteSize;
use clap::builder::{PossibleValuesParser, RangedI64ValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use idq::api::{Api, ApiRegistry};
use idq::render::Formulas;

/// Asks exported identity dumps the API's own questions.
///
/// Reads dumps of Provisionr's directory identities and of Permission Assist's identities: JSON arrays,
/// newline-delimited records, saved API pages, plain or compressed with gzip or zstd, told apart by content.
#[derive(Debug, Parser)]
#[command(name = "idq", bin_name = "idq", version, max_term_width = 100, after_help = format!("Exit status: {EXIT_STATUS}"))]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What the exit status means, for help and manual.
pub(crate) const EXIT_STATUS: &str = "0 done (also when nothing matches), 1 `get` found nothing, 2 the request or the \
command line is wrong, 3 data could not be read or written.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the page that the API would have answered, or every match
    Query(QueryArguments),
    /// Print how many records match
    Count(CountArguments),
    /// Write every match to files that other programs read: Parquet, Arrow, CSV, NDJSON
    #[cfg(feature = "export")]
    Export(export::ExportArguments),
    /// Print the record with an id, as it stands in the dump
    Get(GetArguments),
    /// Describe dumps: API, records, bytes, what each field holds, records by state
    Info(InfoArguments),
    /// Write dumps into one snapshot file, which every command opens in an instant
    Pack(PackArguments),
    /// Print the records of a snapshot file exactly as they stood in the dumps
    Unpack(UnpackArguments),
    /// Check every checksum, column and record of snapshot files
    Verify(VerifyArguments),
    /// List every filter, sort key and field of an API
    Fields(FieldsArguments),
    /// Write a realistic synthetic dump, the same bytes for the same seed
    Generate(GenerateArguments),
    /// Answer the APIs' requests over HTTP, from dumps
    #[cfg(feature = "serve")]
    Serve(Box<serve::ServeArguments>),
    /// Print a shell's completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page of idq, or of one of its commands
    Man {
        /// The command
        command: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct QueryArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    #[command(flatten)]
    pub(crate) request: RequestArguments,
    #[command(flatten)]
    pub(crate) list: ListArguments,
    /// The page to print, from 1
    #[arg(short, long, value_name = "PAGE", allow_hyphen_values = true)]
    pub(crate) page: Option<String>,
    /// Records on a page, where the API's pages have no fixed size
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(crate) per_page: Option<String>,
    /// Print every match instead of a page
    #[arg(long, conflicts_with_all = ["page", "per_page"])]
    pub(crate) all: bool,
    /// What to print: by default a table on a terminal, and JSON elsewhere
    #[arg(short, long, value_name = "FORMAT", value_enum)]
    pub(crate) output: Option<Format>,
    /// Print JSON as a bare array of records, without the API's envelope (as --all does)
    #[arg(long)]
    pub(crate) bare: bool,
}

/// In what order, and in which columns.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Sort keys, comma-separated; a leading `-` descends: `-s -created_at,email`
    #[arg(short, long, value_name = "SORT", allow_hyphen_values = true)]
    pub(crate) sort: Vec<String>,
    /// The columns, where the format has some, as dotted names: `id,email,profile.department`
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = trimmed)]
    pub(crate) columns: Vec<String>,
    /// Leave CSV cells alone that a spreadsheet would run as a formula
    #[arg(long)]
    pub(crate) raw_csv: bool,
}

impl ListArguments {
    /// What becomes of CSV cells that a spreadsheet would run as a formula.
    pub(crate) fn formulas(&self) -> Formulas {
        if self.raw_csv {
            Formulas::Raw
        } else {
            Formulas::Neutralised
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The API's envelope, records verbatim; with --all or --bare an array
    Json,
    /// Records one a line: verbatim, but for line breaks inside them
    Ndjson,
    /// A header and a row for each record
    Csv,
    /// Columns that fit the terminal
    Table,
}

#[derive(Debug, Args)]
pub(crate) struct CountArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    #[command(flatten)]
    pub(crate) request: RequestArguments,
}

#[derive(Debug, Args)]
pub(crate) struct GetArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    /// The identity's id
    #[arg(long)]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct InfoArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    /// What to print
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Listing::Text)]
    pub(crate) output: Listing,
}

#[derive(Debug, Args)]
pub(crate) struct PackArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    /// The snapshot file to write; what stands there is replaced as a whole, or not at all
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// How much to compress what neither columns nor other records tell of a record, from 1 (only where that is much) to 19;
    /// mostly a few percent of the file
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..=19))]
    pub(crate) level: i32,
    /// How much memory to use at most, from 137MB on: `500MB`, `2GiB`; by default a quarter of the machine's
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) memory: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct UnpackArguments {
    /// The snapshot file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The file to write; standard output if none is named
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Print nothing but errors on standard error
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The snapshot files
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Threads to work with, at most 1,024; by default one for each core
    #[arg(long, value_name = "N", value_parser = threads())]
    pub(crate) threads: Option<u16>,
    /// Print nothing but errors
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct FieldsArguments {
    /// The API; both if none is named
    #[arg(long, value_name = "NAME", value_parser = api_names())]
    pub(crate) api: Option<String>,
    /// What to print
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Listing::Text)]
    pub(crate) output: Listing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Listing {
    /// For people
    Text,
    /// For programs
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct GenerateArguments {
    /// The API whose dump to write
    #[arg(long, value_name = "NAME", value_parser = api_names())]
    pub(crate) api: String,
    /// How many records
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) rows: u64,
    /// Which dump: the same seed gives the same bytes
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(crate) seed: u64,
    /// One array, a record a line, or saved API pages, one a line
    #[arg(long, value_enum, default_value_t = DumpShape::Array)]
    pub(crate) shape: DumpShape,
    /// The file to write; standard output if none is named
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Threads to work with, at most 1,024; by default one for each core
    #[arg(long, value_name = "N", value_parser = threads())]
    pub(crate) threads: Option<u16>,
    /// Print nothing but errors on standard error
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DumpShape {
    Array,
    Ndjson,
    Pages,
}

/// What to load, and how.
#[derive(Debug, Args)]
pub(crate) struct SourceArguments {
    /// Files, folders (of dumps, or of snapshot files), glob patterns, or `-` for standard input
    #[arg(value_name = "SOURCE", required = true)]
    pub(crate) sources: Vec<OsString>,
    /// The API whose records these are, if the records do not tell
    #[arg(long, value_name = "NAME", value_parser = api_names(), help_heading = COMMON)]
    pub(crate) api: Option<String>,
    /// What to do at a record that cannot be read
    #[arg(long, value_name = "ACTION", value_enum, default_value_t = BadRecord::Stop, help_heading = COMMON)]
    pub(crate) on_bad_record: BadRecord,
    /// With `--on-bad-record skip`: write the skipped records to this file, as NDJSON; of a snapshot file there are none,
    /// as they were skipped when it was packed
    #[arg(long, value_name = "FILE", help_heading = COMMON)]
    pub(crate) rejects: Option<PathBuf>,
    /// Of records with the same id, keep only the one with the newest update time
    #[arg(long, help_heading = COMMON)]
    pub(crate) dedupe: bool,
    /// Threads to work with, at most 1,024; by default one for each core
    #[arg(long, value_name = "N", value_parser = threads(), help_heading = COMMON)]
    pub(crate) threads: Option<u16>,
    /// Print nothing but errors on standard error
    #[arg(long, help_heading = COMMON)]
    pub(crate) quiet: bool,
    /// When to use colour; the variable `NO_COLOR` is respected
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = When::Auto, help_heading = COMMON)]
    pub(crate) color: When,
}

const COMMON: &str = "Common options";

/// What to ask.
#[derive(Debug, Args)]
pub(crate) struct RequestArguments {
    /// The request: a query string, or a whole URL as a client logged it
    #[arg(short, long = "query", value_name = "QUERY_OR_URL")]
    pub(crate) query: Option<String>,
    /// A filter, whose value is taken literally, commas included: `-f state=active`; several of one name are
    /// alternatives
    #[arg(short, long = "filter", value_name = "NAME=VALUE")]
    pub(crate) filter: Vec<String>,
    /// How to read the request: refuse whatever could be a mistake, or forgive what the API forgives
    #[arg(long, value_enum, default_value_t = Reading::Strict, help_heading = COMMON)]
    pub(crate) conformance: Reading,
    /// The time that `now`, `today` and ages such as `-90d` count from
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = COMMON)]
    pub(crate) now: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BadRecord {
    /// Stop with an error that says where
    Stop,
    /// Set it aside and go on
    Skip,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reading {
    Strict,
    Api,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    Auto,
    Always,
    Never,
}

/// The most threads that a command works with. Each has a stack and a share of the work in memory; more than a core can
/// run help nothing.
const MOST_THREADS: i64 = 1024;

/// Reads the number of threads to work with.
pub(crate) fn threads() -> RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1..=MOST_THREADS)
}

/// A number of bytes.
fn size(text: &str) -> Result<u64, &'static str> {
    let size: Result<ByteSize, _> = text.parse();
    let size = size.map_err(|_| "expected a number and a unit, such as 500MB or 2GiB")?;
    Ok(size.0)
}

/// A name in a list, which people write with spaces after the commas.
fn trimmed(name: &str) -> Result<String, Infallible> {
    Ok(name.trim().to_owned())
}

pub(crate) fn api_names() -> PossibleValuesParser {
    PossibleValuesParser::new(ApiRegistry::built_in().iter().map(|api| api.name.as_str()))
}

/// The API of a name that the parser has accepted.
pub(crate) fn api_named(name: &str) -> Option<&'static Arc<Api>> {
    ApiRegistry::built_in().by_name(name)
}
