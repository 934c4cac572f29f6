//! What Prometheus asks for, in its text format.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use idq::api::Api;

use crate::identities::Work;
use crate::served::Served;

/// Every status that is answered; any other is counted as 0.
const STATUSES: [u16; 14] = [
    200, 304, 400, 401, 403, 404, 405, 414, 422, 429, 431, 500, 503, 0,
];

/// Upper ends of the histogram's buckets, in microseconds.
const BUCKETS: [u64; 14] = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    5_000_000, 30_000_000,
];

/// The name of requests that lead nowhere: their paths may be anything.
pub(crate) const NOWHERE: &str = "none";

/// Counts of everything since the start.
pub(crate) struct Metrics {
    routes: Vec<RouteMetrics>,
    scanned: AtomicU64,
    reloads: AtomicU64,
    failed_reloads: AtomicU64,
    renewals: AtomicU64,
    failed_renewals: AtomicU64,
    pub(crate) connections: AtomicU64,
}

#[derive(Default)]
struct RouteMetrics {
    route: String,
    statuses: [AtomicU64; STATUSES.len()],
    buckets: [AtomicU64; BUCKETS.len()],
    microseconds: AtomicU64,
    count: AtomicU64,
}

impl Metrics {
    /// For the routes of these APIs and those that every server has.
    pub(crate) fn new(apis: &[Arc<Api>]) -> Self {
        let own = ["/", "/healthz", "/metrics", "/openapi.json", NOWHERE];
        let of_apis = apis.iter().flat_map(|api| {
            let path = &api.collection_path;
            [path.to_owned(), format!("{path}/{{id}}")]
        });
        let route = |route| RouteMetrics {
            route,
            ..RouteMetrics::default()
        };
        Self {
            routes: of_apis.chain(own.map(str::to_owned)).map(route).collect(),
            scanned: AtomicU64::new(0),
            reloads: AtomicU64::new(0),
            failed_reloads: AtomicU64::new(0),
            renewals: AtomicU64::new(0),
            failed_renewals: AtomicU64::new(0),
            connections: AtomicU64::new(0),
        }
    }

    /// Counts a request that has been answered.
    pub(crate) fn request(&self, route: &str, status: u16, took: Duration, work: Work) {
        let named = self.routes.iter().find(|each| each.route == route);
        let Some(route) = named.or(self.routes.last()) else {
            return;
        };
        let index = STATUSES.iter().position(|&known| known == status);
        add(&route.statuses[index.unwrap_or(STATUSES.len() - 1)], 1);
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(bucket) = BUCKETS.iter().position(|&end| microseconds <= end) {
            add(&route.buckets[bucket], 1);
        }
        add(&route.microseconds, microseconds);
        add(&route.count, 1);
        add(&self.scanned, work.scanned);
    }

    pub(crate) fn reload(&self, succeeded: bool) {
        add(
            if succeeded {
                &self.reloads
            } else {
                &self.failed_reloads
            },
            1,
        );
    }

    /// Counts a renewal of tokens or of the certificate.
    pub(crate) fn renewal(&self, succeeded: bool) {
        let count = if succeeded {
            &self.renewals
        } else {
            &self.failed_renewals
        };
        add(count, 1);
    }

    /// The number of renewals that failed.
    #[cfg(test)]
    pub(crate) fn failed_renewals(&self) -> u64 {
        get(&self.failed_renewals)
    }

    /// The number of reloads that succeeded, and of those that failed.
    #[cfg(test)]
    pub(crate) fn reloads(&self) -> (u64, u64) {
        (get(&self.reloads), get(&self.failed_reloads))
    }

    /// The text that Prometheus reads.
    pub(crate) fn text(&self, served: &Served, now: SystemTime) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.requests(&mut text);
        let _ = self.others(&mut text);
        let _ = snapshots(&mut text, served, now);
        text
    }

    fn requests(&self, text: &mut String) -> std::fmt::Result {
        head(
            text,
            "idq_http_requests_total",
            "counter",
            "Requests answered.",
        )?;
        for route in &self.routes {
            for (status, count) in STATUSES.iter().zip(&route.statuses) {
                let (count, route) = (get(count), &route.route);
                if count > 0 {
                    writeln!(
                        text,
                        "idq_http_requests_total{{route=\"{route}\",status=\"{status}\"}} {count}"
                    )?;
                }
            }
        }
        let name = "idq_http_request_duration_seconds";
        head(text, name, "histogram", "Time until the answer was ready.")?;
        for route in self.routes.iter().filter(|route| get(&route.count) > 0) {
            let mut below = 0;
            let path = &route.route;
            for (end, count) in BUCKETS.iter().zip(&route.buckets) {
                below += get(count);
                let end = *end as f64 / 1e6;
                writeln!(
                    text,
                    "{name}_bucket{{route=\"{path}\",le=\"{end}\"}} {below}"
                )?;
            }
            let count = get(&route.count).max(below);
            let seconds = get(&route.microseconds) as f64 / 1e6;
            writeln!(
                text,
                "{name}_bucket{{route=\"{path}\",le=\"+Inf\"}} {count}"
            )?;
            writeln!(text, "{name}_sum{{route=\"{path}\"}} {seconds}")?;
            writeln!(text, "{name}_count{{route=\"{path}\"}} {count}")?;
        }
        Ok(())
    }

    fn others(&self, text: &mut String) -> std::fmt::Result {
        let name = "idq_rows_scanned_total";
        head(
            text,
            name,
            "counter",
            "Records that questions were asked of.",
        )?;
        writeln!(text, "{name} {}", get(&self.scanned))?;
        let name = "idq_reloads_total";
        head(text, name, "counter", "Attempts to load the sources anew.")?;
        writeln!(text, "{name}{{result=\"success\"}} {}", get(&self.reloads))?;
        writeln!(
            text,
            "{name}{{result=\"failure\"}} {}",
            get(&self.failed_reloads)
        )?;
        let name = "idq_renewals_total";
        let about = "Attempts to read tokens, or the certificate, anew.";
        head(text, name, "counter", about)?;
        writeln!(text, "{name}{{result=\"success\"}} {}", get(&self.renewals))?;
        writeln!(
            text,
            "{name}{{result=\"failure\"}} {}",
            get(&self.failed_renewals)
        )?;
        let name = "idq_connections";
        head(text, name, "gauge", "Clients that are connected.")?;
        writeln!(text, "{name} {}", get(&self.connections))
    }
}

fn snapshots(text: &mut String, served: &Served, now: SystemTime) -> std::fmt::Result {
    let age = |since: SystemTime| now.duration_since(since).unwrap_or_default().as_secs_f64();
    let name = "idq_snapshot_records";
    head(text, name, "gauge", "Records that are served.")?;
    for mount in &served.mounts {
        let (api, records) = (&mount.api.name, mount.snapshot.len());
        writeln!(text, "{name}{{api=\"{api}\"}} {records}")?;
    }
    let name = "idq_snapshot_age_seconds";
    head(
        text,
        name,
        "gauge",
        "Time since the newest source was written.",
    )?;
    for mount in &served.mounts {
        let (api, age) = (&mount.api.name, age(mount.written.unwrap_or(served.loaded)));
        writeln!(text, "{name}{{api=\"{api}\"}} {age:.3}")?;
    }
    let name = "idq_snapshot_loaded_seconds";
    head(text, name, "gauge", "Time since the sources were loaded.")?;
    writeln!(text, "{name} {:.3}", age(served.loaded))
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) -> std::fmt::Result {
    writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}")
}

fn add(count: &AtomicU64, more: u64) {
    count.fetch_add(more, Ordering::Relaxed);
}

fn get(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}
