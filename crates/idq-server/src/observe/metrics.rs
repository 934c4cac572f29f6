//! Metrics, in Prometheus's text exposition format 0.0.4.
//!
//! The crate `prometheus` rather than `prometheus-client`: the latter writes `OpenMetrics` only, in which the names and
//! types of counters differ from those that dashboards of this server use.

use std::time::{Duration, SystemTime};

use prometheus::{
    Gauge, GaugeVec, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec,
    Opts, Registry, TextEncoder,
};

use crate::catalog::Catalog;
use crate::startup::error::Error;

/// The work of answering one request: passed in the response's extensions to the log and the metrics.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct QueryStats {
    /// The number of records that the query was evaluated on; 0 for a cached response.
    pub(crate) scanned: u64,
    /// The number of records that matched.
    pub(crate) matched: u64,
}

/// The outcome of a reload or a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Success,
    Failure,
}

impl Outcome {
    /// Both outcomes, so that both time series exist from the start, with the value 0.
    const ALL: [Self; 2] = [Self::Success, Self::Failure];

    /// Returns the value of the label `result`.
    fn label(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }
}

impl<T, E> From<&Result<T, E>> for Outcome {
    fn from(result: &Result<T, E>) -> Self {
        match result {
            Ok(_) => Self::Success,
            Err(_) => Self::Failure,
        }
    }
}

/// Upper bounds of the histogram's buckets, in seconds. A cached response takes less than the first, the default
/// request timeout is the last.
const DURATION_BUCKETS_SECONDS: [f64; 14] = [
    0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// The route label of requests that match no route. The request's path is not used: a client could create an unbounded
/// number of time series.
pub(crate) const UNMATCHED_ROUTE: &str = "none";

/// All metrics of a server, since its start.
pub(crate) struct Metrics {
    /// A separate registry: several servers in one process (tests, embedding) must not share metrics.
    registry: Registry,
    /// By route and status.
    requests: IntCounterVec,
    /// By route, from admission to the finished body; sending it is not included.
    durations: HistogramVec,
    rows_scanned: IntCounter,
    reloads: IntCounterVec,
    renewals: IntCounterVec,
    /// Open connections, those in the TLS handshake included.
    pub(crate) connections: IntGauge,
    snapshot_records: IntGaugeVec,
    /// Records of the sources that are not served, as they could not be read.
    snapshot_rejected: IntGaugeVec,
    snapshot_age: GaugeVec,
    snapshot_loaded: Gauge,
}

impl Metrics {
    /// Creates and registers all metrics.
    ///
    /// # Errors
    /// A name or a bucket is invalid or occurs twice, which is a mistake in this file.
    pub(crate) fn new() -> Result<Self, Error> {
        Self::register().map_err(|error| Error::System(std::io::Error::other(error)))
    }

    /// Creates and registers all metrics, with the error type of the crate.
    fn register() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let counters = |name, help, label: &[&str]| -> prometheus::Result<IntCounterVec> {
            let counters = IntCounterVec::new(Opts::new(name, help), label)?;
            registry.register(Box::new(counters.clone()))?;
            Ok(counters)
        };
        let requests = counters(
            "idq_http_requests_total",
            "Requests answered.",
            &["route", "status"],
        )?;
        let reloads = counters(
            "idq_reloads_total",
            "Attempts to load the sources again.",
            &["result"],
        )?;
        let renewals = counters(
            "idq_renewals_total",
            "Attempts to read the tokens or the certificate again.",
            &["result"],
        )?;
        for outcome in Outcome::ALL {
            reloads.with_label_values(&[outcome.label()]);
            renewals.with_label_values(&[outcome.label()]);
        }
        let durations = HistogramVec::new(
            HistogramOpts::new(
                "idq_http_request_duration_seconds",
                "Time until the response was ready.",
            )
            .buckets(DURATION_BUCKETS_SECONDS.to_vec()),
            &["route"],
        )?;
        let rows_scanned = IntCounter::new(
            "idq_rows_scanned_total",
            "Records that queries were evaluated on.",
        )?;
        let connections = IntGauge::new("idq_connections", "Open connections.")?;
        let snapshot_records = IntGaugeVec::new(
            Opts::new("idq_snapshot_records", "Records served."),
            &["api"],
        )?;
        let snapshot_rejected = IntGaugeVec::new(
            Opts::new(
                "idq_snapshot_rejected_records",
                "Records not served because they could not be read.",
            ),
            &["api"],
        )?;
        // Ages are gauges that each scrape sets, so that alerts need no arithmetic on time stamps.
        let snapshot_age = GaugeVec::new(
            Opts::new(
                "idq_snapshot_age_seconds",
                "Time since the newest source was written.",
            ),
            &["api"],
        )?;
        let snapshot_loaded = Gauge::new(
            "idq_snapshot_loaded_seconds",
            "Time since the sources were loaded.",
        )?;
        registry.register(Box::new(durations.clone()))?;
        registry.register(Box::new(rows_scanned.clone()))?;
        registry.register(Box::new(connections.clone()))?;
        registry.register(Box::new(snapshot_records.clone()))?;
        registry.register(Box::new(snapshot_rejected.clone()))?;
        registry.register(Box::new(snapshot_age.clone()))?;
        registry.register(Box::new(snapshot_loaded.clone()))?;
        Ok(Self {
            registry,
            requests,
            durations,
            rows_scanned,
            reloads,
            renewals,
            connections,
            snapshot_records,
            snapshot_rejected,
            snapshot_age,
            snapshot_loaded,
        })
    }

    /// Counts an answered request. `route` must be one of the server's routes or [`UNMATCHED_ROUTE`].
    pub(crate) fn count_request(
        &self,
        route: &str,
        status: u16,
        duration: Duration,
        stats: QueryStats,
    ) {
        let requests = self
            .requests
            .with_label_values(&[route, &status.to_string()]);
        requests.inc();
        let durations = self.durations.with_label_values(&[route]);
        durations.observe(duration.as_secs_f64());
        self.rows_scanned.inc_by(stats.scanned);
    }

    /// Counts an attempt to load the sources again.
    pub(crate) fn count_reload(&self, outcome: Outcome) {
        self.reloads.with_label_values(&[outcome.label()]).inc();
    }

    /// Counts an attempt to read the tokens or the certificate again.
    pub(crate) fn count_renewal(&self, outcome: Outcome) {
        self.renewals.with_label_values(&[outcome.label()]).inc();
    }

    /// Returns the number of failed renewals.
    #[cfg(test)]
    pub(crate) fn failed_renewals(&self) -> u64 {
        let failures = [Outcome::Failure.label()];
        self.renewals.with_label_values(&failures).get()
    }

    /// Returns the numbers of successful and of failed reloads.
    #[cfg(test)]
    pub(crate) fn reloads(&self) -> (u64, u64) {
        let [successes, failures] = Outcome::ALL.map(|outcome| {
            let reloads = self.reloads.with_label_values(&[outcome.label()]);
            reloads.get()
        });
        (successes, failures)
    }

    /// Formats all metrics. Those of the catalog are computed here, at each scrape.
    pub(crate) fn to_text(&self, catalog: &Catalog, now: SystemTime) -> String {
        let seconds_since = |time: SystemTime| {
            let age = now.duration_since(time).unwrap_or_default();
            // Milliseconds are as precise as file systems are.
            (age.as_secs_f64() * 1e3).round() / 1e3
        };
        for served in &catalog.snapshots {
            let api = [served.api.name.as_str()];
            let snapshot = served.engine.snapshot();
            for (gauge, records) in [
                (&self.snapshot_records, snapshot.rows()),
                (&self.snapshot_rejected, snapshot.rejected_count()),
            ] {
                let records = i64::try_from(records).unwrap_or(i64::MAX);
                gauge.with_label_values(&api).set(records);
            }
            let written = served.modified_at.unwrap_or(catalog.loaded_at);
            let age = self.snapshot_age.with_label_values(&api);
            age.set(seconds_since(written));
        }
        self.snapshot_loaded.set(seconds_since(catalog.loaded_at));
        // Encoding fails on a metric without a name or samples only, and the registry has none.
        TextEncoder::new()
            .encode_to_string(&self.registry.gather())
            .unwrap_or_default()
    }
}
