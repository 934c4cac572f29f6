//! Loads a dump and times requests about it: the `idq` side of `benches/compare`.
//!
//! `cargo run --release -p idq-benches --example answers -- DUMP [THREADS] < REQUESTS`: query strings, one a line. It
//! prints JSON, one object a line: first the time and memory of the load, then for each request, as soon as it is read,
//! its total, the ids of its page, and the seconds from the request's text to those ids: of the first run (which may
//! fill caches), and the median of many. `rows_seconds` is the median up to the total and the page's rows, before the
//! ids are read from the records in the dump.

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use idq::json::{Cell, Cells, Scalar};
use idq::{Columns, Engine, Loader, Page};

/// The minimum time for which a request is repeated, within the minimum and maximum numbers of runs.
const MIN_TIME: Duration = Duration::from_millis(400);
const MIN_RUNS: usize = 9;
const MAX_RUNS: usize = 25;

/// Any error, from any thread.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let dump = arguments
        .next()
        .ok_or("expected a dump, and perhaps a number of threads")?;
    // Zero selects one thread for each core.
    let threads = arguments.next().map_or(Ok(0), |threads| threads.parse())?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()?;
    pool.install(|| run(Path::new(&dump)))
}

fn run(dump: &Path) -> Result<(), Failure> {
    let mut out = io::stdout();
    let started = Instant::now();
    let (engine, peak) =
        watched(|| Engine::load(Loader::new(vec![dump.into()]).columns(Columns::Queried)));
    let (engine, seconds) = (engine?, started.elapsed().as_secs_f64());
    let loaded = engine.snapshot();
    let bytes: u64 = loaded.sources().iter().map(|source| source.bytes).sum();
    writeln!(
        out,
        r#"{{"records":{},"load_seconds":{seconds},"bytes":{bytes},"column_memory":{},"anonymous_peak":{peak},"memory":{}}}"#,
        engine.snapshot().rows(),
        loaded.column_memory(),
        status("VmHWM:"),
    )?;
    for request in io::stdin().lock().lines() {
        answer(&engine, &request?, &mut out)?;
        out.flush()?;
    }
    Ok(())
}

fn answer(engine: &Engine, request: &str, out: &mut impl Write) -> Result<(), Failure> {
    let (mut times, mut before_reading) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    let (total, ids) = loop {
        let started = Instant::now();
        let matches = engine.query(request)?;
        let page = matches.page()?;
        before_reading.push(started.elapsed().as_secs_f64());
        let found = (page.total(), ids(&page)?);
        times.push(started.elapsed().as_secs_f64());
        let enough = times.len() >= MIN_RUNS && begun.elapsed() >= MIN_TIME;
        if enough || times.len() == MAX_RUNS {
            break found;
        }
    };
    let first = times[0];
    writeln!(
        out,
        r#"{{"total":{total},"ids":[{}],"first":{first},"seconds":{},"rows_seconds":{},"memory":{}}}"#,
        ids.join(","),
        median(times),
        median(before_reading),
        status("VmHWM:"),
    )?;
    Ok(())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Returns the ids of a page's records, in quotes. Ids of both APIs consist of letters, digits, `_` and `-`, and need no
/// escapes.
fn ids(page: &Page<'_>) -> Result<Vec<String>, Failure> {
    let id = Cells::new(["id"]);
    let mut ids = Vec::with_capacity(page.rows().len());
    for record in page.records()? {
        if let Some(Cell::Scalar(Scalar::String(text))) = id.read(&record)?.into_iter().next() {
            ids.push(format!(r#""{}""#, text.decode()));
        }
    }
    Ok(ids)
}

/// Runs `work`; returns its result and the peak of the process's anonymous memory during it, in bytes.
fn watched<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut peak = 0;
            while !done.load(Ordering::Relaxed) {
                peak = peak.max(status("RssAnon:"));
                std::thread::sleep(Duration::from_millis(2));
            }
            peak.max(status("RssAnon:"))
        });
        let result = work();
        done.store(true, Ordering::Relaxed);
        (result, watch.join().unwrap_or(0))
    })
}

/// Returns a line of this process's status file in bytes; zero on systems without one.
fn status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok());
    kilobytes.unwrap_or(0u64) * 1024
}
