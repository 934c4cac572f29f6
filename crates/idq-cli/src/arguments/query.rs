//! Options of the commands that read sources and print: `query`, `count`, `get`, `info`.

use clap::Args;
use idq::render::TextFormat;

use super::choices::ListingFormat;
use super::common::{ListArguments, RequestArguments, SourceArguments};
use super::values::query_format;

/// The arguments of `query`. The page options are texts, because the conformance to the API determines their syntax.
#[derive(Debug, Args)]
pub(crate) struct QueryArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    #[command(flatten)]
    pub(crate) request: RequestArguments,
    #[command(flatten)]
    pub(crate) list: ListArguments,
    /// The page to print, counted from 1
    #[arg(short, long, value_name = "PAGE", allow_hyphen_values = true)]
    pub(crate) page: Option<String>,
    /// The number of records on a page, if the pages of the API have no fixed size
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
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
}

/// The arguments of `count`.
#[derive(Debug, Args)]
pub(crate) struct CountArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    #[command(flatten)]
    pub(crate) request: RequestArguments,
}

/// The arguments of `get`.
#[derive(Debug, Args)]
pub(crate) struct GetArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    /// The id of the identity
    #[arg(long, required_unless_present = "expressions", conflicts_with_all = ["expressions", "query", "filter"])]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) request: RequestArguments,
}

/// The arguments of `info`.
#[derive(Debug, Args)]
pub(crate) struct InfoArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    /// The output format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ListingFormat::Text)]
    pub(crate) output: ListingFormat,
}
