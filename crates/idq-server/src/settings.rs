use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use idq::api::Api;
use idq::{Conformance, OnBadRecord};

use crate::error::Error;
use crate::threads::MAX_THREADS;

/// What a server is told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What to serve.
    pub dumps: Dumps,
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Who may ask.
    pub access: Access,
    /// The certificate and its key, for TLS.
    pub tls: Option<TlsFiles>,
    /// Where requests may come from without TLS.
    pub plain: PlainHttp,
    /// How requests are read.
    pub reading: Conformance,
    /// Whether records are served with their free-form profile.
    pub profile: Profile,
    /// Whether to believe what a proxy says about the request's host.
    pub proxy: Proxy,
    /// The origins of web pages that may read answers; `*` for all.
    pub origins: Vec<String>,
    /// What a request or a client may cost.
    pub limits: Limits,
    /// Whether the log has requests' query strings, which are personal data.
    pub log_queries: LogQueries,
    /// Threads that answer questions; 0 for one for each core; at most 1,024.
    pub threads: usize,
}

impl Settings {
    /// The settings that are safe without further thought: a generated token, and the loopback interface alone.
    pub fn new(sources: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Self {
            dumps: Dumps::new(sources),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            access: Access::GeneratedToken,
            tls: None,
            plain: PlainHttp::Loopback,
            reading: Conformance::Api,
            profile: Profile::Shown,
            proxy: Proxy::Ignored,
            origins: Vec::new(),
            limits: Limits::default(),
            log_queries: LogQueries::Never,
            threads: 0,
        }
    }
}

/// The bounds of a time that is waited for.
const TIMES: std::ops::RangeInclusive<Duration> =
    Duration::from_nanos(1)..=Duration::from_secs(366 * 86_400);

impl Settings {
    /// Refuses values with which a server could not work.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let limits = &self.limits;
        for (setting, time) in [
            ("the request time", limits.request_time),
            ("the head time", limits.head_time),
            ("the write time", limits.write_time),
            (
                "the time between looks",
                self.dumps.watch.unwrap_or(*TIMES.start()),
            ),
            // Without a grace period, requests in flight are cut off at once.
            ("the grace period", limits.grace.max(*TIMES.start())),
        ] {
            if !TIMES.contains(&time) {
                return Err(Error::Setting {
                    setting,
                    expected: "more than no time and at most a year",
                    found: format!("{time:?}"),
                });
            }
        }
        if self.threads > MAX_THREADS {
            return Err(Error::Setting {
                setting: "the threads",
                expected: "at most 1024",
                found: self.threads.to_string(),
            });
        }
        Ok(())
    }
}

/// What is served, and how it is loaded.
#[derive(Debug, Clone)]
pub struct Dumps {
    /// Files, folders and patterns; those of one API are one snapshot.
    pub sources: Vec<OsString>,
    /// The API whose records these are, if the records do not tell.
    pub api: Option<Arc<Api>>,
    /// Whether, of records with the same id, only the newest counts.
    pub dedupe: bool,
    /// What to do at a record that cannot be read.
    pub on_bad_record: OnBadRecord,
    /// How often to look whether a source has been replaced; `None` for never.
    pub watch: Option<Duration>,
}

impl Dumps {
    /// These sources, loaded strictly, and watched.
    pub fn new(sources: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Self {
            sources: sources.into_iter().map(Into::into).collect(),
            api: None,
            dedupe: false,
            on_bad_record: OnBadRecord::Stop,
            watch: Some(Duration::from_secs(2)),
        }
    }
}

/// Who may ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Whoever has a token whose hash is in this file.
    TokenFile(PathBuf),
    /// Whoever has the token that is made at the start, on the loopback interface alone.
    GeneratedToken,
    /// Everybody, on the loopback interface alone.
    Open,
}

/// Files in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and those that lead to its root.
    pub certificates: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Where requests may come from without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainHttp {
    /// From this machine.
    Loopback,
    /// From anywhere: something else keeps tokens and records from being read on the way.
    Anywhere,
}

/// Whether records are served with their free-form profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// As they stand in the dump.
    Shown,
    /// Without it, and no filter may look at it.
    Hidden,
}

/// Whether to believe `Forwarded` and `X-Forwarded-*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proxy {
    /// They are a client's word like any other, and ignored.
    Ignored,
    /// A proxy of one's own sets them.
    Trusted,
}

/// Whether the log has query strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogQueries {
    /// No: values of filters are personal data.
    Never,
    /// Yes, somebody needs them.
    Always,
}

/// What a request or a client may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's target, the part between method and version.
    pub target: usize,
    /// Bytes of all header names and values of a request.
    pub headers: usize,
    /// How long a request may take, waiting for its turn included.
    pub request_time: Duration,
    /// How long a client may take to send a request's head, or to be idle.
    pub head_time: Duration,
    /// How long a client may take to accept an answer once it has stopped reading.
    pub write_time: Duration,
    /// How many questions are worked on at once; 0 for two for each thread. The others wait, clients in turn.
    pub scans: usize,
    /// The most questions of one client that wait; the client is told to come back later beyond. A client is a token, or
    /// an address where there is none.
    pub waiting: usize,
    /// How many clients are connected at once. The others wait to be accepted.
    pub connections: usize,
    /// The largest `per_page` that may be asked for.
    pub per_page: u64,
    /// Bytes of answers that are kept for whoever asks the same again; 0 keeps none.
    pub cache: usize,
    /// How long requests in flight may take once the server is told to stop.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            target: 8 << 10,
            headers: 16 << 10,
            request_time: Duration::from_secs(30),
            head_time: Duration::from_secs(15),
            write_time: Duration::from_secs(30),
            scans: 0,
            waiting: 256,
            connections: 4_096,
            per_page: 1_000,
            cache: 64 << 20,
            grace: Duration::from_secs(10),
        }
    }
}
