//! The settings of a server, with safe defaults, and the check of their bounds.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use idq::api::Api;
use idq::{Conformance, MAX_THREADS, OnBadRecord, ReadOptions, TimeZone};

use crate::startup::error::Error;

/// The settings of a server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The sources, and how they are loaded.
    pub load: LoadSettings,
    /// The address to listen on. Port 0 selects a free port.
    pub listen: SocketAddr,
    /// The clients that may read records.
    pub access: Access,
    /// Certificate and key; `None` for HTTP without TLS.
    pub tls: Option<TlsFiles>,
    /// The clients that may connect without TLS.
    pub plain_http: PlainHttp,
    /// The strictness with which requests are bound.
    pub conformance: Conformance,
    /// The time zone of calendar buckets in counts without one of their own, and of days in requests that are read
    /// strictly.
    pub time_zone: TimeZone,
    /// Whether records are served with their free-form profile.
    pub profile: Profile,
    /// Whether the headers of a reverse proxy are trusted.
    pub proxy: Proxy,
    /// The origins of web pages that may read responses (CORS); `*` for all.
    pub cors_origins: Vec<String>,
    /// The bounds on requests and clients.
    pub limits: Limits,
    /// Whether the log contains query strings, which are personal data.
    pub log_queries: LogQueries,
    /// The number of query threads, at most 1,024; 0 for one for each core.
    pub threads: usize,
}

/// The bounds of a timeout: more than zero, as no request would succeed, and short enough that adding it to the present
/// cannot overflow.
const TIMEOUT_BOUNDS: RangeInclusive<Duration> =
    Duration::from_nanos(1)..=Duration::from_secs(366 * 86_400);

impl Settings {
    /// The address by default: the loopback interface, which other machines cannot reach.
    pub const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

    /// Returns settings that expose nothing: a generated token, and the loopback interface only.
    pub fn new(sources: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Self {
            load: LoadSettings::new(sources),
            listen: Self::DEFAULT_ADDRESS,
            access: Access::GeneratedToken,
            tls: None,
            plain_http: PlainHttp::Loopback,
            conformance: Conformance::Api,
            time_zone: TimeZone::UTC,
            profile: Profile::Shown,
            proxy: Proxy::Ignored,
            cors_origins: Vec::new(),
            limits: Limits::default(),
            log_queries: LogQueries::Never,
            threads: 0,
        }
    }

    /// Checks the bounds of all values, and that no record is exposed by accident.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.check_timeouts()?;
        if self.threads > usize::from(MAX_THREADS) {
            return Err(Error::Setting {
                setting: "the number of threads",
                expected: "at most 1024",
                found: self.threads.to_string(),
            });
        }
        self.check_exposure()
    }

    /// Rejects a timeout of zero, with which no request would succeed, and one whose end is not representable.
    fn check_timeouts(&self) -> Result<(), Error> {
        let limits = &self.limits;
        let shortest = *TIMEOUT_BOUNDS.start();
        for (setting, time) in [
            ("the request timeout", limits.request_timeout),
            ("the head timeout", limits.head_timeout),
            ("the write timeout", limits.write_timeout),
            // `None` disables the watch.
            (
                "the watch interval",
                self.load.watch_interval.unwrap_or(shortest),
            ),
            // A grace period of zero is valid: requests in flight are aborted at once.
            ("the grace period", limits.grace_period.max(shortest)),
        ] {
            if !TIMEOUT_BOUNDS.contains(&time) {
                return Err(Error::Setting {
                    setting,
                    expected: "more than zero and at most a year",
                    found: format!("{time:?}"),
                });
            }
        }
        Ok(())
    }

    /// Rejects an address that other machines can reach unless clients need a token of a file, over TLS or a channel
    /// that the settings declare to be protected otherwise.
    fn check_exposure(&self) -> Result<(), Error> {
        let listen = self.listen;
        if listen.ip().is_loopback() {
            return Ok(());
        }
        if !matches!(self.access, Access::TokenFile(_)) {
            return Err(Error::Exposed { listen });
        }
        if self.tls.is_none() && self.plain_http == PlainHttp::Loopback {
            return Err(Error::Plain { listen });
        }
        Ok(())
    }
}

/// The sources of a server, and how they are loaded.
#[derive(Debug, Clone)]
pub struct LoadSettings {
    /// Files, folders and glob patterns. All sources of one API form one snapshot.
    pub sources: Vec<OsString>,
    /// The API of all records; `None` detects it for each source.
    pub api: Option<Arc<Api>>,
    /// Whether only the newest of several records with the same id is served.
    pub dedupe: bool,
    /// Whether a malformed record fails the load or is set aside.
    pub on_bad_record: OnBadRecord,
    /// The reading of what programs write otherwise than the API.
    pub read: ReadOptions,
    /// The interval at which sources are checked for changes; `None` disables the checks.
    pub watch_interval: Option<Duration>,
}

impl LoadSettings {
    /// The time between checks for replaced sources, by default.
    pub const DEFAULT_WATCH_INTERVAL: Duration = Duration::from_secs(2);

    /// Returns settings that load these sources strictly and check them for changes every two seconds.
    pub fn new(sources: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Self {
            sources: sources.into_iter().map(Into::into).collect(),
            api: None,
            dedupe: false,
            on_bad_record: OnBadRecord::Stop,
            read: ReadOptions::default(),
            watch_interval: Some(Self::DEFAULT_WATCH_INTERVAL),
        }
    }
}

/// The clients that may read records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Clients with a token whose hash is in this file.
    TokenFile(PathBuf),
    /// Clients with the token that is generated at the start, on the loopback interface only.
    GeneratedToken,
    /// All clients, on the loopback interface only.
    Open,
}

/// The files of a TLS identity, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate, followed by the intermediate ones of its chain.
    pub certificates: PathBuf,
    /// The private key of the server's certificate.
    pub key: PathBuf,
}

/// The clients that may connect without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainHttp {
    /// Clients on this machine.
    Loopback,
    /// All clients: tokens and records are protected on the network by other means.
    Anywhere,
}

/// Whether records are served with their free-form profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Records are served with their profile, byte for byte.
    Shown,
    /// The profile is removed from records, and filters on it are rejected.
    Hidden,
}

/// Whether `Forwarded` and `X-Forwarded-*` headers are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proxy {
    /// The headers are ignored, as any client can send them.
    Ignored,
    /// All requests pass a reverse proxy that sets the headers.
    Trusted,
}

/// Whether the log contains query strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogQueries {
    /// Query strings are not logged: filter values are personal data.
    Never,
    /// Query strings are logged.
    Always,
}

/// The bounds on requests and clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The maximum length of a request's target, the part between method and version.
    pub max_target_bytes: usize,
    /// The maximum total length of all header names and values of a request.
    pub max_header_bytes: usize,
    /// The maximum time from a query's arrival to its response, the time in the queue included.
    pub request_timeout: Duration,
    /// The maximum time in which a client sends a request's head, or is idle between requests.
    pub head_timeout: Duration,
    /// The maximum time in which a client reads the rest of a response after it has stopped reading.
    pub write_timeout: Duration,
    /// The maximum number of queries that run at the same time; 0 for two for each thread. Further ones are queued, and
    /// clients are served in turn.
    pub max_running_queries: usize,
    /// The maximum number of queued queries of one client. Further ones are rejected with status 429. A client is a
    /// token or, without tokens, an address.
    pub max_waiting_per_client: usize,
    /// The maximum number of simultaneous connections. Further ones are not accepted until others close.
    pub max_connections: usize,
    /// The maximum value of the `per_page` parameter.
    pub max_per_page: u64,
    /// The maximum number of groups in the answer to a count. A count with more is rejected.
    pub max_groups: usize,
    /// The total size of cached responses; 0 disables the cache.
    pub cache_bytes: usize,
    /// The time that requests in flight have to complete once the server stops.
    pub grace_period: Duration,
}

impl Limits {
    /// Limits for some hundred clients of a trusted network on one machine.
    pub const DEFAULT: Self = Self {
        max_target_bytes: 8 << 10,
        max_header_bytes: 16 << 10,
        request_timeout: Duration::from_secs(30),
        head_timeout: Duration::from_secs(15),
        write_timeout: Duration::from_secs(30),
        max_running_queries: 0,
        max_waiting_per_client: 256,
        max_connections: 4_096,
        max_per_page: 1_000,
        max_groups: 10_000,
        cache_bytes: 64 << 20,
        grace_period: Duration::from_secs(10),
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
