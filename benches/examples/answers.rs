//! Loads a dump and answers requests about it with figures: what `benches/compare` asks `idq` by.
//!
//! `cargo run --release -p idq-benches --example answers -- DUMP [THREADS] < REQUESTS`: query strings, one a line. It
//! prints JSON, one object a line: first what the load took, then for each request, as soon as it is read, its total,
//! the ids of its page, and the seconds from the request's text to those ids: the first time (which may make what is
//! kept for later), and the median of many. `rows_seconds` is the median up to the total and the page's rows, before
//! their records are read from the dump, out of which the ids come.

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use idq::json::{Cell, Cells, Scalar};
use idq::{Columns, Loader, Page, Snapshot};

/// A question is asked again and again for this long, but not less or more often than this.
const LONG_ENOUGH: Duration = Duration::from_millis(400);
const FEWEST: usize = 9;
const MOST: usize = 25;

/// Whatever went wrong, on whichever thread.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let dump = arguments
        .next()
        .ok_or("expected a dump, and perhaps a number of threads")?;
    // Zero is rayon's word for one thread for each core.
    let threads = arguments.next().map_or(Ok(0), |threads| threads.parse())?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()?;
    pool.install(|| run(Path::new(&dump)))
}

fn run(dump: &Path) -> Result<(), Failure> {
    let mut out = io::stdout();
    let started = Instant::now();
    let (snapshot, peak) =
        watched(|| Snapshot::load(Loader::new(vec![dump.into()]).columns(Columns::Queried)));
    let (snapshot, seconds) = (snapshot?, started.elapsed().as_secs_f64());
    let loaded = snapshot.loaded();
    let bytes: u64 = loaded.sources().iter().map(|source| source.bytes).sum();
    writeln!(
        out,
        r#"{{"records":{},"load_seconds":{seconds},"bytes":{bytes},"column_memory":{},"anonymous_peak":{peak},"memory":{}}}"#,
        snapshot.len(),
        loaded.column_memory(),
        status("VmHWM:"),
    )?;
    for request in io::stdin().lock().lines() {
        answer(&snapshot, &request?, &mut out)?;
        out.flush()?;
    }
    Ok(())
}

fn answer(snapshot: &Snapshot, request: &str, out: &mut impl Write) -> Result<(), Failure> {
    let (mut times, mut before_reading) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    let (total, ids) = loop {
        let started = Instant::now();
        let matches = snapshot.query(request)?;
        let page = matches.page()?;
        before_reading.push(started.elapsed().as_secs_f64());
        let found = (page.total(), ids(&page)?);
        times.push(started.elapsed().as_secs_f64());
        let enough = times.len() >= FEWEST && begun.elapsed() >= LONG_ENOUGH;
        if enough || times.len() == MOST {
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

/// The ids of a page's records, in quotes: an id of either API is letters, digits, `_` and `-`, and needs no escapes.
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

/// Runs this, and says how many bytes of memory that no file backs the process had at most meanwhile.
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

/// A line of this process's own status, in bytes; zero where the system has none.
fn status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok());
    kilobytes.unwrap_or(0u64) * 1024
}
