//! Loads a dump and times requests about it: the `idq` side of `benches/compare`.
//!
//! `cargo run --profile dist -p idq-benches --example answers -- DUMP [THREADS [all]] < REQUESTS`: query strings, one a line.
//! It prints JSON, one object a line: first the time and memory of the load, then for each request, as soon as it is
//! read, its total, the ids of its page, and the seconds from the request's text to those ids: of the first run (which
//! may fill caches), and the median of many. `rows_seconds` is the median up to the total and the page's rows, before
//! the ids are read from the records in the dump.
//!
//! A request with the parameter `by`, keys between commas, and perhaps `top`, is a count: its groups are printed as by
//! `idq count -o json`, and the seconds are those from binding the parsed keys to the groups.
//!
//! With `all`, every column of the API is loaded, as expressions and counts need; otherwise those of filters and sorts.

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use idq::json::{Cell, Cells, Scalar};
use idq::render::write_groups_json;
use idq::{Columns, CountRequest, Engine, Groups, KeyOptions, Loader, Page, bind_keys};

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
        .ok_or("expected a dump, and perhaps a number of threads and `all`")?;
    // Zero selects one thread for each core.
    let threads = arguments.next().map_or(Ok(0), |threads| threads.parse())?;
    let columns = match arguments.next().as_deref() {
        None => Columns::Queried,
        Some("all") => Columns::All,
        Some(word) => return Err(format!("expected `all` or nothing, found {word}").into()),
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()?;
    pool.install(|| run(Path::new(&dump), columns))
}

fn run(dump: &Path, columns: Columns) -> Result<(), Failure> {
    let mut out = io::stdout();
    let started = Instant::now();
    let (engine, peak) = watched(|| Engine::load(Loader::new(vec![dump.into()]).columns(columns)));
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
        let request = request?;
        match parse_count(&request)? {
            Some((keys, query)) => count(&engine, &keys, &query, &mut out)?,
            None => answer(&engine, &request, &mut out)?,
        }
        out.flush()?;
    }
    Ok(())
}

fn answer(engine: &Engine, request: &str, out: &mut impl Write) -> Result<(), Failure> {
    let mut before_reading = Vec::new();
    let ((total, ids), times) = repeated(|| {
        let started = Instant::now();
        let matches = engine.query(request)?;
        let page = matches.page()?;
        before_reading.push(started.elapsed().as_secs_f64());
        Ok((page.total(), ids(&page)?))
    })?;
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

/// Returns the keys of a count and the query string beside them; `None` for a request without keys.
fn parse_count(request: &str) -> Result<Option<(CountRequest, String)>, Failure> {
    let (mut keys, mut is_count, mut rest) = (CountRequest::new(), false, Vec::new());
    for parameter in request.split('&') {
        if let Some(texts) = parameter.strip_prefix("by=") {
            is_count = true;
            keys.add_by_text(texts)?;
        } else if let Some(values) = parameter.strip_prefix("top=") {
            keys = keys.top(values.parse()?);
        } else {
            rest.push(parameter);
        }
    }
    Ok(is_count.then(|| (keys, rest.join("&"))))
}

fn count(
    engine: &Engine,
    keys: &CountRequest,
    query: &str,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let (groups, times): (Groups, _) = repeated(|| {
        let keys = bind_keys(keys, engine.snapshot().api(), &KeyOptions::default())?;
        keys.check_names(engine.snapshot())?;
        Ok(engine.query(query)?.count_by_keys(&keys)?)
    })?;
    let first = times[0];
    out.write_all(br#"{"groups":"#)?;
    write_groups_json(&groups, out)?;
    writeln!(
        out,
        r#","first":{first},"seconds":{},"memory":{}}}"#,
        median(times),
        status("VmHWM:"),
    )?;
    Ok(())
}

/// Repeats work; returns its last result, and the seconds of each run.
fn repeated<T>(mut work: impl FnMut() -> Result<T, Failure>) -> Result<(T, Vec<f64>), Failure> {
    let (mut times, begun) = (Vec::new(), Instant::now());
    loop {
        let started = Instant::now();
        let result = work()?;
        times.push(started.elapsed().as_secs_f64());
        let enough = times.len() >= MIN_RUNS && begun.elapsed() >= MIN_TIME;
        if enough || times.len() == MAX_RUNS {
            return Ok((result, times));
        }
    }
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
