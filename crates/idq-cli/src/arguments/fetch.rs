//! Options of `fetch`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use idq_fetch::{NextPageRule, RetryPolicy};

use super::seconds::{Seconds, positive_seconds, seconds};
use super::values::api_names;

/// The examples in the help of `fetch`.
pub(crate) const EXAMPLES: &str = "\
Examples:
  idq fetch 'https://example.provisionr.io/api/v1/directory/identities?filter[trashed]=with' \\
      --token-file token -o people.ndjson
  idq fetch https://identity.example.com/api/identities --token-file token \\
      | idq count - -f status=Active";

/// The arguments of `fetch`.
#[derive(Debug, Args)]
pub(crate) struct FetchArguments {
    /// The URL of the API's list, with filters if wanted: `https://…/api/v1/directory/identities?filter[state]=active`
    #[arg(value_name = "URL")]
    pub(crate) url: String,
    /// The dump to write, in NDJSON. It appears when it is complete; until then its records are in FILE.partial, from
    /// which the same command goes on. By default, or with `-`, the records are written to standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Begin anew instead of going on from FILE.partial
    #[arg(long, requires = "output")]
    pub(crate) restart: bool,
    /// The API, if it cannot be detected by the first page
    #[arg(long, value_name = "NAME", value_parser = api_names())]
    pub(crate) api: Option<String>,
    /// How to request the next page: by the URL that the page has, or by its number
    #[arg(long, value_name = "RULE", value_enum, default_value_t = NextPageChoice::Link)]
    pub(crate) next: NextPageChoice,
    #[command(flatten)]
    pub(crate) access: FetchAccess,
    #[command(flatten)]
    pub(crate) failures: FetchFailures,
    /// Print only errors on standard error
    #[arg(long)]
    pub(crate) quiet: bool,
}

// The headings of options in help.
const ACCESS: &str = "Access";
const FAILURES: &str = "Failures";

/// The options for access to the API.
#[derive(Debug, Args)]
pub(crate) struct FetchAccess {
    /// A file with the token of the API on one line; `-` is standard input. By default the environment variable
    /// `IDQ_TOKEN`, if there is one. The token is sent as `Authorization: Bearer …` and printed nowhere
    #[arg(long, value_name = "FILE", help_heading = ACCESS)]
    pub(crate) token_file: Option<PathBuf>,
    /// A further header of each request, without secrets, because arguments are in the list of processes
    #[arg(long, value_name = "NAME: VALUE", help_heading = ACCESS)]
    pub(crate) header: Vec<String>,
    /// Allow http:// to another machine, where something else encrypts the connection
    #[arg(long, help_heading = ACCESS)]
    pub(crate) allow_plain_http: bool,
}

/// The options for requests that fail.
#[derive(Debug, Args)]
pub(crate) struct FetchFailures {
    /// How often a request is repeated if the connection breaks or the server is overloaded (status 429, 5xx)
    #[arg(long, value_name = "N", default_value_t = RetryPolicy::DEFAULT.retries, help_heading = FAILURES)]
    pub(crate) retries: u32,
    /// The longest wait before a request is repeated. A server that demands a longer one with `Retry-After` ends the
    /// command
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(RetryPolicy::DEFAULT.max_wait), value_parser = seconds, help_heading = FAILURES)]
    pub(crate) max_wait: Seconds,
    /// Seconds for the whole answer to one request
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(idq_fetch::DEFAULT_TIMEOUT), value_parser = positive_seconds, help_heading = FAILURES)]
    pub(crate) timeout: Seconds,
}

/// How to request the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum NextPageChoice {
    /// By the URL of the next page, if the page has one, else by its number
    Link,
    /// By its number. A server behind a proxy may write URLs that lead elsewhere
    Number,
}

impl From<NextPageChoice> for NextPageRule {
    fn from(choice: NextPageChoice) -> Self {
        match choice {
            NextPageChoice::Link => Self::Link,
            NextPageChoice::Number => Self::Number,
        }
    }
}
