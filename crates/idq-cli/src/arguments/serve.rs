//! Options of `serve`, grouped as in its help: access, loading, limits, log.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use idq::TimeZone;
use idq_server::{Limits, LoadSettings, Settings};

use super::common::ReadArguments;
use super::seconds::{Seconds, positive_seconds, seconds};
use super::values::{api_names, threads, threads_help, time_zone};
use super::{BadRecordAction, ConformanceChoice};

/// The arguments of `serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Files, folders, zip and tar archives, or glob patterns. The dumps of one API form one snapshot; several APIs can be served at once
    #[arg(value_name = "SOURCE", required_unless_present = "new_token")]
    pub(crate) sources: Vec<OsString>,
    /// The address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value_t = Settings::DEFAULT_ADDRESS)]
    pub(crate) listen: SocketAddr,
    /// How to interpret requests: accept everything that the APIs accept, or refuse everything that could be a mistake
    #[arg(long, value_enum, default_value_t = ConformanceChoice::Api)]
    pub(crate) conformance: ConformanceChoice,
    /// The time zone of calendar buckets in counts: an IANA name such as Europe/Berlin, or an offset such as +02:00.
    /// With `--conformance strict`, also that of days, months and years in requests
    #[arg(long, value_name = "ZONE", default_value_t = TimeZone::UTC, value_parser = time_zone, allow_hyphen_values = true)]
    pub(crate) timezone: TimeZone,
    /// Serve records without their profile, and refuse requests that search it or count by it
    #[arg(long)]
    pub(crate) hide_profile: bool,
    #[command(flatten)]
    pub(crate) access: AccessArguments,
    #[command(flatten)]
    pub(crate) load: LoadArguments,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
    /// The format of the log
    #[arg(long, value_enum, default_value_t = LogFormat::Text, help_heading = LOG)]
    pub(crate) log: LogFormat,
    /// Log the query strings of requests, which contain personal data
    #[arg(long, help_heading = LOG)]
    pub(crate) log_queries: bool,
    /// Log only errors
    #[arg(long, help_heading = LOG)]
    pub(crate) quiet: bool,
}

// The headings of options in help.
const ACCESS: &str = "Access";
const LOAD: &str = "Loading";
const LIMITS: &str = "Limits";
const LOG: &str = "Log";

/// The options for the authentication of clients and the encryption of connections.
#[derive(Debug, Args)]
pub(crate) struct AccessArguments {
    /// A file with the SHA-256 of an accepted token on each line. Without it, a token is generated and printed once,
    /// and only clients on this machine are accepted
    #[arg(long, value_name = "FILE", conflicts_with = "no_auth", help_heading = ACCESS)]
    pub(crate) token_file: Option<PathBuf>,
    /// Accept clients on this machine without a token
    #[arg(long, help_heading = ACCESS)]
    pub(crate) no_auth: bool,
    /// Print a new token and its line for a token file, and exit
    #[arg(long, help_heading = ACCESS)]
    pub(crate) new_token: bool,
    /// The certificate chain for TLS, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_key", help_heading = ACCESS)]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The private key of the certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert", help_heading = ACCESS)]
    pub(crate) tls_key: Option<PathBuf>,
    /// Accept clients on other machines without TLS, where something else encrypts the connection
    #[arg(long, help_heading = ACCESS)]
    pub(crate) allow_plain_http: bool,
    /// Trust the headers `Forwarded` and `X-Forwarded-*`, which a reverse proxy sets
    #[arg(long, help_heading = ACCESS)]
    pub(crate) trust_proxy: bool,
    /// An origin whose web pages may read responses, or `*`
    #[arg(long, value_name = "ORIGIN", help_heading = ACCESS)]
    pub(crate) cors: Vec<String>,
}

/// The options of loads and reloads.
#[derive(Debug, Args)]
pub(crate) struct LoadArguments {
    /// The API of the records, if it cannot be detected
    #[arg(long, value_name = "NAME", value_parser = api_names(), help_heading = LOAD)]
    pub(crate) api: Option<String>,
    /// Whether a malformed record stops the load or is skipped
    #[arg(long, value_name = "ACTION", value_enum, default_value_t = BadRecordAction::Stop, help_heading = LOAD)]
    pub(crate) on_bad_record: BadRecordAction,
    /// Keep only the record with the newest update time among those with the same id
    #[arg(long, help_heading = LOAD)]
    pub(crate) dedupe: bool,
    #[command(flatten)]
    pub(crate) read: ReadArguments,
    /// Seconds between checks for replaced sources; 0 disables the checks (SIGHUP always reloads)
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(LoadSettings::DEFAULT_WATCH_INTERVAL), value_parser = seconds, help_heading = LOAD)]
    pub(crate) watch: Seconds,
    #[arg(long, value_name = "N", value_parser = threads(), help = threads_help("Threads that process requests"), help_heading = LOAD)]
    pub(crate) threads: Option<u16>,
}

/// The limits that protect the server from slow, many or greedy clients.
#[derive(Debug, Args)]
pub(crate) struct LimitArguments {
    /// Seconds after which a request is cancelled, including its time in the queue
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(Limits::DEFAULT.request_timeout), value_parser = positive_seconds, help_heading = LIMITS)]
    pub(crate) timeout: Seconds,
    /// Seconds after which a connection is closed that is idle or has not sent the head of a request
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(Limits::DEFAULT.head_timeout), value_parser = positive_seconds, help_heading = LIMITS)]
    pub(crate) head_timeout: Seconds,
    /// Seconds after which a connection is closed whose client has stopped reading a response
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(Limits::DEFAULT.write_timeout), value_parser = positive_seconds, help_heading = LIMITS)]
    pub(crate) write_timeout: Seconds,
    /// Seconds for requests in flight when the server is stopped
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(Limits::DEFAULT.grace_period), value_parser = seconds, help_heading = LIMITS)]
    pub(crate) grace: Seconds,
    /// Queries evaluated at once; others are queued, and clients take turns. By default two for each thread
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), help_heading = LIMITS)]
    pub(crate) max_scans: Option<u16>,
    /// Queued requests of one client (a token or an address); further ones get status 429
    #[arg(long, value_name = "N", default_value_t = Limits::DEFAULT.max_waiting_per_client as u16, value_parser = clap::value_parser!(u16).range(1..), help_heading = LIMITS)]
    pub(crate) max_waiting: u16,
    /// Simultaneous connections
    #[arg(long, value_name = "N", default_value_t = Limits::DEFAULT.max_connections as u32, value_parser = clap::value_parser!(u32).range(1..), help_heading = LIMITS)]
    pub(crate) max_connections: u32,
    /// The maximum `per_page` of a request
    #[arg(long, value_name = "N", default_value_t = Limits::DEFAULT.max_per_page, value_parser = clap::value_parser!(u64).range(1..), help_heading = LIMITS)]
    pub(crate) max_per_page: u64,
    /// The maximum number of groups in the answer to a count
    #[arg(long, value_name = "N", default_value_t = Limits::DEFAULT.max_groups as u32, value_parser = clap::value_parser!(u32).range(1..), help_heading = LIMITS)]
    pub(crate) max_groups: u32,
    /// MiB of responses that are cached for repeated requests; 0 disables the cache
    #[arg(long, value_name = "MIB", default_value_t = (Limits::DEFAULT.cache_bytes >> 20) as u32, value_parser = clap::value_parser!(u32).range(..=1 << 20), help_heading = LIMITS)]
    pub(crate) cache: u32,
    /// The maximum bytes of a request's target: path and query
    #[arg(long, value_name = "BYTES", default_value_t = Limits::DEFAULT.max_target_bytes as u32, value_parser = clap::value_parser!(u32).range(256..=60_000), help_heading = LIMITS)]
    pub(crate) max_target: u32,
    /// The maximum bytes of a request's headers
    #[arg(long, value_name = "BYTES", default_value_t = Limits::DEFAULT.max_header_bytes as u32, value_parser = clap::value_parser!(u32).range(256..=1 << 20), help_heading = LIMITS)]
    pub(crate) max_headers: u32,
}

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Text, for people
    Text,
    /// One JSON object a line
    Json,
}
