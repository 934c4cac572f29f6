//! The command line. Doc comments of this module are the help texts: `-h` prints the first paragraph, `--help` all.

mod choices;
mod common;
mod compare;
mod completion;
mod csv;
mod examples;
#[cfg(feature = "export")]
pub(crate) mod export;
#[cfg(feature = "fetch")]
pub(crate) mod fetch;
mod mask;
mod matching;
mod query;
mod report;
#[cfg(any(feature = "fetch", feature = "serve"))]
mod seconds;
#[cfg(feature = "serve")]
pub(crate) mod serve;
mod snapshot;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::engine::ArgValueCandidates;

use values::{api_names, threads, threads_help};

#[cfg(feature = "serve")]
pub(crate) use choices::ConformanceChoice;
pub(crate) use choices::{
    BadRecordAction, BarChoice, ChangeOutput, ColourChoice, DumpShape, DumpStyle, GroupFormat,
    ListingFormat, MatchOutput, RecordFormat, ReportOutput, UnknownRecords,
};
pub(crate) use common::{ListArguments, RequestArguments, RequestContext, SourceArguments};
pub(crate) use compare::{ChangeArguments, DiffArguments, HistoryArguments, PathArguments};
pub(crate) use mask::MaskArguments;
pub(crate) use matching::MatchArguments;
pub(crate) use query::{
    CountArguments, GetArguments, GroupArguments, InfoArguments, JsonLayout, QueryArguments,
};
pub(crate) use report::ReportArguments;
pub(crate) use snapshot::{PackArguments, UnpackArguments, VerifyArguments};
pub(crate) use values::{api_named, formula_policy, time_zone};

/// Query exported identity dumps in the grammar of the API they came from.
///
/// Reads dumps of Provisionr's directory identities and of Permission Assist's identities: JSON arrays,
/// newline-delimited records, saved API pages and records in other objects, in UTF-8 or UTF-16, plain, compressed with
/// gzip or zstd, or in zip and tar archives. The form of a dump is detected from its content.
#[derive(Debug, Parser)]
#[command(name = "idq", bin_name = "idq", version, max_term_width = 100, disable_help_subcommand = true, after_help = format!("{}\n\nExit status: {EXIT_STATUS}", examples::IDQ))]
pub(crate) struct Arguments {
    /// Print directly to the terminal; by default long output goes through `$IDQ_PAGER`, `$PAGER` or less
    #[arg(long, global = true)]
    pub(crate) no_pager: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The meaning of the exit statuses, for help and manual pages.
pub(crate) const EXIT_STATUS: &str = "0 success (even if no record matches), 1 `get` or `history` found no record or `diff` found a difference, 2 the request or \
the command line is wrong, 3 data could not be read or written.";

/// The commands, in the order in which help lists them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fetch all records of an API over HTTP, page by page, into a dump
    ///
    /// The records are written verbatim, one a line. A file that is named with -o appears when it is complete; a run that
    /// ends before is continued by the same command.
    #[cfg(feature = "fetch")]
    #[command(after_help = fetch::EXAMPLES)]
    Fetch(Box<fetch::FetchArguments>),
    /// Print the page that the API would return, or all matching records
    #[command(after_help = examples::QUERY)]
    Query(QueryArguments),
    /// Print the number of matching records, or their numbers by the values of fields
    #[command(after_help = examples::COUNT)]
    Count(CountArguments),
    /// Compare two or more snapshots in time: the records that were added, removed and changed, value by value
    ///
    /// Each snapshot is a file, a folder or a pattern, of dumps or of snapshot files. A record is compared if its old or
    /// its new version satisfies the request, deleted records included. The exit status is 1 if something differs.
    #[command(after_help = examples::DIFF, mut_arg("sources", |argument| argument.value_name("SNAPSHOT").help("Two or more snapshots, the oldest first").num_args(2..)))]
    Diff(DiffArguments),
    /// Print the versions of one identity in several snapshots, each compared with the one before it
    ///
    /// The exit status is 1 if no snapshot has the identity.
    #[command(after_help = examples::HISTORY, mut_arg("sources", |argument| argument.value_name("SNAPSHOT").help("Snapshots, the oldest first")))]
    History(HistoryArguments),
    /// Find the records of two systems that belong to one identity, by rules: linked, disputed and unmatched ones
    ///
    /// LEFT and RIGHT are files, folders or patterns, of dumps or of snapshot files, of one API or of two. Every record
    /// counts, deleted ones included, unless a filter says otherwise. A record without a value, or with an empty one,
    /// matches nothing. Several candidates are disputed: all are printed, and none is guessed.
    #[command(after_help = examples::MATCH, mut_arg("sources", |argument| argument.value_names(["LEFT", "RIGHT"]).help("The two systems").num_args(2)))]
    Match(Box<MatchArguments>),
    /// Answer a question of an access review or an audit: what was looked at, what was left out and why, and the findings
    ///
    /// A report has a definition with its source, and prints the expressions that ran. Deleted records are left out, as the
    /// API leaves them out. `idq report --list` lists the reports; `--report FILE.toml` runs one of your own.
    #[command(after_help = examples::REPORT, mut_arg("sources", |argument| argument.value_names(["NAME", "SOURCE"]).help("The name of the report, and the sources; without a name after --report").required(false).required_unless_present("list").num_args(1..)))]
    Report(Box<ReportArguments>),
    /// Write all matching records to files for other programs: Parquet, Arrow, CSV, NDJSON
    #[cfg(feature = "export")]
    #[command(after_help = examples::EXPORT)]
    Export(export::ExportArguments),
    /// Print the records with an id, or that match a request, exactly as they are in the dump
    #[command(after_help = examples::GET)]
    Get(GetArguments),
    /// Describe dumps: API, records, bytes, the values of each field, records by state
    #[command(after_help = examples::INFO)]
    Info(InfoArguments),
    /// Write dumps into one snapshot file, which every command opens in milliseconds
    #[command(after_help = examples::PACK)]
    Pack(PackArguments),
    /// Print the records of a snapshot file, exactly as they were in the dumps
    #[command(after_help = examples::UNPACK)]
    Unpack(UnpackArguments),
    /// Check every checksum, column and record of snapshot files
    #[command(after_help = examples::VERIFY)]
    Verify(VerifyArguments),
    /// List the filters, sort keys and fields of an API
    #[command(after_help = examples::FIELDS)]
    Fields(FieldsArguments),
    /// Write a realistic synthetic dump; the same seed gives the same bytes
    #[command(after_help = examples::GENERATE)]
    Generate(GenerateArguments),
    /// Serve the APIs over HTTP, from dumps or snapshot files
    #[cfg(feature = "serve")]
    #[command(after_help = examples::SERVE)]
    Serve(Box<serve::ServeArguments>),
    /// Print the tour of idq with your own file: a command for each kind of question
    #[command(after_help = examples::EXAMPLES)]
    Examples(ExamplesArguments),
    /// Print the completion script of a shell, which completes names and values as well as options
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the help of a command, or the reference of `expressions`, `dates` or `counts`
    #[command(after_help = examples::HELP)]
    Help {
        /// A command, `expressions`, `dates` or `counts`
        #[arg(add = ArgValueCandidates::new(completion::help_topics))]
        topic: Option<String>,
    },
    /// Show the manual page of idq or of one of its commands
    #[command(after_help = examples::MAN)]
    Man {
        /// The command
        #[arg(add = ArgValueCandidates::new(completion::commands))]
        command: Option<String>,
        /// Print the source of the page (roff), for installation
        #[arg(long)]
        raw: bool,
    },
}

/// The arguments of `examples`.
#[derive(Debug, Args)]
pub(crate) struct ExamplesArguments {
    /// A dump or a snapshot file, whose values appear in the examples
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

/// The arguments of `fields`.
#[derive(Debug, Args)]
pub(crate) struct FieldsArguments {
    /// A dump or a snapshot file, whose API is listed
    #[arg(value_name = "FILE", conflicts_with = "api")]
    pub(crate) file: Option<PathBuf>,
    /// The API; by default that of FILE, and all of them without one
    #[arg(long, value_name = "NAME", value_parser = api_names())]
    pub(crate) api: Option<String>,
    /// The output format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ListingFormat::Text)]
    pub(crate) output: ListingFormat,
    /// Print every column at its full width, however wide the terminal is
    #[arg(long)]
    pub(crate) wide: bool,
}

/// The arguments of `generate`.
#[derive(Debug, Args)]
pub(crate) struct GenerateArguments {
    /// The API of the dump
    #[arg(long, value_name = "NAME", value_parser = api_names())]
    pub(crate) api: String,
    /// The number of records
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) rows: u64,
    /// The seed of the random numbers: the same seed gives the same bytes
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(crate) seed: u64,
    /// The shape of the dump: one array, one record a line, or saved API pages, one a line
    #[arg(long, value_enum, default_value_t = DumpShape::Array)]
    pub(crate) shape: DumpShape,
    /// The spelling and the content of the records; up to `shuffled`, all styles have the same identities
    #[arg(long, value_name = "STYLE", value_enum, default_value_t = DumpStyle::Server)]
    pub(crate) style: DumpStyle,
    /// The file to write; by default standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[arg(long, value_name = "N", value_parser = threads(), help = threads_help("Worker threads"))]
    pub(crate) threads: Option<u16>,
    /// Print only errors on standard error
    #[arg(long)]
    pub(crate) quiet: bool,
}
