use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{BadRecord, Reading, api_names, threads};

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Files, folders or glob patterns; the dumps of one API are one snapshot, and both APIs can be served at once
    #[arg(value_name = "SOURCE", required_unless_present = "new_token")]
    pub(crate) sources: Vec<OsString>,
    /// The address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// How to read requests: forgive what the APIs forgive, or refuse whatever could be a mistake
    #[arg(long, value_enum, default_value_t = Reading::Api)]
    pub(crate) conformance: Reading,
    /// Serve records without their profile, and refuse to search it
    #[arg(long)]
    pub(crate) hide_profile: bool,
    #[command(flatten)]
    pub(crate) access: AccessArguments,
    #[command(flatten)]
    pub(crate) load: LoadArguments,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
    /// What the log looks like
    #[arg(long, value_enum, default_value_t = LogFormat::Text, help_heading = LOG)]
    pub(crate) log: LogFormat,
    /// Log requests' query strings, which hold personal data
    #[arg(long, help_heading = LOG)]
    pub(crate) log_queries: bool,
    /// Log nothing but errors
    #[arg(long, help_heading = LOG)]
    pub(crate) quiet: bool,
}

const ACCESS: &str = "Access";
const LOAD: &str = "Loading";
const LIMITS: &str = "Limits";
const LOG: &str = "Log";

#[derive(Debug, Args)]
pub(crate) struct AccessArguments {
    /// A file with the SHA-256 of an accepted token on each line; without one, a token is made and printed once, and
    /// only this machine may ask
    #[arg(long, value_name = "FILE", conflicts_with = "no_auth", help_heading = ACCESS)]
    pub(crate) token_file: Option<PathBuf>,
    /// Let everybody on this machine ask, without a token
    #[arg(long, help_heading = ACCESS)]
    pub(crate) no_auth: bool,
    /// Print a new token and its line for a token file, and do nothing else
    #[arg(long, help_heading = ACCESS)]
    pub(crate) new_token: bool,
    /// The certificate for TLS, and those that lead to its root, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_key", help_heading = ACCESS)]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The certificate's private key, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert", help_heading = ACCESS)]
    pub(crate) tls_key: Option<PathBuf>,
    /// Let other machines ask without TLS: something else keeps tokens and records from being read on the way
    #[arg(long, help_heading = ACCESS)]
    pub(crate) allow_plain_http: bool,
    /// Believe `Forwarded` and `X-Forwarded-*`: a proxy of one's own sets them
    #[arg(long, help_heading = ACCESS)]
    pub(crate) trust_proxy: bool,
    /// An origin whose web pages may read answers, or `*`
    #[arg(long, value_name = "ORIGIN", help_heading = ACCESS)]
    pub(crate) cors: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct LoadArguments {
    /// The API whose records these are, if the records do not tell
    #[arg(long, value_name = "NAME", value_parser = api_names(), help_heading = LOAD)]
    pub(crate) api: Option<String>,
    /// What to do at a record that cannot be read
    #[arg(long, value_name = "ACTION", value_enum, default_value_t = BadRecord::Stop, help_heading = LOAD)]
    pub(crate) on_bad_record: BadRecord,
    /// Of records with the same id, keep only the one with the newest update time
    #[arg(long, help_heading = LOAD)]
    pub(crate) dedupe: bool,
    /// Seconds between looks at whether a source has been replaced; 0 never looks (SIGHUP always loads anew)
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds, help_heading = LOAD)]
    pub(crate) watch: Duration,
    /// Threads that answer, at most 1,024; by default one for each core
    #[arg(long, value_name = "N", value_parser = threads(), help_heading = LOAD)]
    pub(crate) threads: Option<u16>,
}

#[derive(Debug, Args)]
pub(crate) struct LimitArguments {
    /// Seconds that a request may take, waiting for its turn included; then its scan is cancelled
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = some_seconds, help_heading = LIMITS)]
    pub(crate) timeout: Duration,
    /// Seconds that a client may take to send a request's head, or be idle
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = some_seconds, help_heading = LIMITS)]
    pub(crate) head_timeout: Duration,
    /// Seconds that a client which has stopped reading may take to accept the rest of an answer
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = some_seconds, help_heading = LIMITS)]
    pub(crate) write_timeout: Duration,
    /// Seconds that requests in flight may take once the server is told to stop
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds, help_heading = LIMITS)]
    pub(crate) grace: Duration,
    /// Requests worked on at once, the others waiting, clients in turn; by default two for each thread
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), help_heading = LIMITS)]
    pub(crate) max_scans: Option<u16>,
    /// Requests of one client (a token, or an address) that wait; the client gets 429 beyond
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..), help_heading = LIMITS)]
    pub(crate) max_waiting: u16,
    /// Clients connected at once
    #[arg(long, value_name = "N", default_value_t = 4_096, value_parser = clap::value_parser!(u32).range(1..), help_heading = LIMITS)]
    pub(crate) max_connections: u32,
    /// The largest `per_page` that may be asked for
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..), help_heading = LIMITS)]
    pub(crate) max_per_page: u64,
    /// MiB of answers that are kept for whoever asks the same again; 0 keeps none
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = clap::value_parser!(u32).range(..=1 << 20), help_heading = LIMITS)]
    pub(crate) cache: u32,
    /// Bytes of a request's target: path and query
    #[arg(long, value_name = "BYTES", default_value_t = 8 << 10, value_parser = clap::value_parser!(u32).range(256..=60_000), help_heading = LIMITS)]
    pub(crate) max_target: u32,
    /// Bytes of a request's headers
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 10, value_parser = clap::value_parser!(u32).range(256..=1 << 20), help_heading = LIMITS)]
    pub(crate) max_headers: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// A line for people
    Text,
    /// A JSON object a line
    Json,
}

/// The most seconds: a year is for ever.
const MOST_SECONDS: f64 = 366.0 * 86_400.0;

/// The least seconds of what is waited for: no answer takes less.
const LEAST_SECONDS: f64 = 0.001;

fn seconds(text: &str) -> Result<Duration, String> {
    match text.trim().parse::<f64>() {
        Ok(0.0) => Ok(Duration::ZERO),
        Ok(seconds) if (LEAST_SECONDS..=MOST_SECONDS).contains(&seconds) => {
            Ok(Duration::from_secs_f64(seconds))
        }
        _ => Err(
            "expected 0, or a number of seconds from 0.001 to 31622400 (366 days), such as 30 or 0.5"
                .to_owned(),
        ),
    }
}

/// Seconds without which nothing could be answered.
fn some_seconds(text: &str) -> Result<Duration, String> {
    let expected = || {
        "expected a number of seconds from 0.001 to 31622400 (366 days), such as 30 or 0.5: there is no \
         value for no limit, a day is 86400"
            .to_owned()
    };
    let time = seconds(text).map_err(|_| expected())?;
    if time.is_zero() {
        return Err(expected());
    }
    Ok(time)
}
