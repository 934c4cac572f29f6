//! Options of `match`.

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use super::choices::{CardinalityChoice, ConformanceChoice, MatchOutput, SituationChoice};
use super::common::{RequestArguments, SourceArguments};
use super::completion::{complete_field, complete_filter};
use super::csv::CsvArguments;
use super::mask::MaskArguments;
use super::values::{api_names, column_name};

/// The arguments of `match`.
#[derive(Debug, Args)]
pub(crate) struct MatchArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    /// A rule: a field or path of LEFT, `=` (as spelled) or `~` (without case), and one of RIGHT. The first rule that finds
    /// candidates for a record decides it
    ///
    /// A field may have foldings: `:trim` (without white space at both ends), `:nfc` (Unicode's composed form), `:fold`
    /// (without case), `:plus` (an e-mail address without its +tag), `:local` (the part before the @).
    #[arg(long, value_name = "RULE", required = true)]
    pub(crate) on: Vec<String>,
    /// How many records may be linked with one; others are disputed
    #[arg(long, value_name = "HOW", value_enum, default_value_t = CardinalityChoice::OneToOne)]
    pub(crate) cardinality: CardinalityChoice,
    /// Match only these records of LEFT: a filter, as of `query`
    #[arg(long, value_name = "NAME=VALUE", add = ArgValueCompleter::new(complete_filter))]
    pub(crate) left_filter: Vec<String>,
    /// Match only these records of RIGHT: a filter, as of `query`
    #[arg(long, value_name = "NAME=VALUE", add = ArgValueCompleter::new(complete_filter))]
    pub(crate) right_filter: Vec<String>,
    /// Match only the records of LEFT that satisfy an expression
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) left_where: Vec<String>,
    /// Match only the records of RIGHT that satisfy an expression
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) right_where: Vec<String>,
    /// Print only groups in which some pair of records satisfies an expression over both sides: `-w 'left.state eq "active"
    /// and right.status eq "Disabled"'`. Several must all hold
    #[arg(short = 'w', long = "where", value_name = "EXPRESSION")]
    pub(crate) expressions: Vec<String>,
    /// Print only groups in these situations; all are counted
    #[arg(long, value_name = "SITUATIONS", value_enum, value_delimiter = ',')]
    pub(crate) situation: Vec<SituationChoice>,
    /// Print only the number of pairs that each rule and folding has linked
    #[arg(long, conflicts_with_all = ["columns", "situation", "expressions"])]
    pub(crate) by_rule: bool,
    /// Print these values beside the ids: `left.status,right.state`; a key with a dot is in quotes
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = column_name, add = ArgValueCompleter::new(complete_field))]
    pub(crate) columns: Vec<String>,
    /// The output format; by default text on a terminal, and NDJSON elsewhere
    #[arg(short, long, value_name = "FORMAT", value_enum)]
    pub(crate) output: Option<MatchOutput>,
    /// The number of groups that text shows
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) show: u64,
    #[command(flatten)]
    pub(crate) csv: CsvArguments,
    #[command(flatten)]
    pub(crate) mask: MaskArguments,
    /// The API of LEFT, if it cannot be detected
    #[arg(long, value_name = "NAME", value_parser = api_names(), conflicts_with = "api")]
    pub(crate) left_api: Option<String>,
    /// The API of RIGHT, if it cannot be detected
    #[arg(long, value_name = "NAME", value_parser = api_names(), conflicts_with = "api")]
    pub(crate) right_api: Option<String>,
    /// The time that `now`, `today` and ages such as `-90d` refer to
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) now: Option<String>,
    /// The time zone of days, months and years in filters and expressions, and of dates in records that have none; by
    /// default UTC
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub(crate) timezone: Option<String>,
}

impl MatchArguments {
    /// Returns the request that selects the records of the left (0) or of the right (1) side.
    pub(crate) fn request(&self, side: usize) -> RequestArguments {
        let (filter, expressions) = match side {
            0 => (&self.left_filter, &self.left_where),
            _ => (&self.right_filter, &self.right_where),
        };
        RequestArguments {
            query: None,
            filter: filter.clone(),
            expressions: expressions.clone(),
            unknown: None,
            conformance: ConformanceChoice::Strict,
            now: self.now.clone(),
            timezone: self.timezone.clone(),
        }
    }
}
