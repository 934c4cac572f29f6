//! Times every filter and every sort key of each API on a million records, and prints the times as Markdown.
//!
//! `cargo run --profile dist -p idq-benches --example every_query -- [ROWS] [FOLDER]`: 1,000,000 records by default, in
//! dumps that are generated into the folder (the system's temporary one by default) and deleted again. An existing dump
//! is used unchanged, and kept. Fails if a query fails, or if a filter with a value of some record does not find that record.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use idq::api::{Api, ApiRegistry, FilterRule, Kind, ValueSyntax};
use idq::json::{Cell, Cells, Scalar};
use idq::{Columns, Engine, Loader, Query, RowId, SortTerm};
use idq_generate::{Generator, Options, Shape, write};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rows = arguments
        .next()
        .map_or(Ok(1_000_000), |rows| rows.parse())?;
    let folder = arguments
        .next()
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let mut out = io::stdout().lock();
    for api in ApiRegistry::built_in() {
        let path = folder.join(format!("idq-every-query-{}.ndjson", api.name));
        let exists = path.exists();
        if !exists {
            generate(api, rows, &path)?;
        }
        let result = run_queries(api, &path, &mut out);
        if !exists {
            std::fs::remove_file(&path)?;
        }
        result?;
    }
    Ok(())
}

fn run_queries(api: &Api, path: &Path, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let engine = Engine::load(Loader::new(vec![path.into()]).columns(Columns::Queried))?;
    let took = started.elapsed().as_secs_f64();
    let bytes = engine.snapshot().sources()[0].bytes as f64;
    let (gigabytes, speed) = (bytes / 1e9, bytes / took / 1e9);
    let columns = engine.snapshot().column_memory() as f64 / bytes * 100.0;
    let rows = engine.snapshot().rows();
    writeln!(
        out,
        "### {}: {rows} records, {gigabytes:.2} GB\n",
        api.title
    )?;
    writeln!(
        out,
        "Loaded in {took:.2} s ({speed:.2} GB/s); the columns take {columns:.0}% of the dump's bytes.\n"
    )?;
    memory(&engine, out)?;
    writeln!(
        out,
        "| query | matches | first run, ms | cached, ms |\n|---|---:|---:|---:|"
    )?;
    for rule in &api.filters {
        for (value, witness) in values(&engine, rule)? {
            let query = with_trashed(api, rule).filter(&rule.name, vec![value.clone()]);
            let total = time_query(
                &engine,
                &query,
                &format!("filter[{}]={value}", rule.name),
                out,
            )?;
            if witness.is_some() && total == 0 {
                return Err(format!(
                    "filter[{}]={value} does not find the record it was taken from",
                    rule.name
                )
                .into());
            }
        }
    }
    for rule in &api.sorts {
        for term in [
            SortTerm::ascending(&rule.name),
            SortTerm::descending(&rule.name),
        ] {
            let name = format!("sort={term}");
            time_query(&engine, &Query::new().sort(term), &name, out)?;
        }
    }
    for request in deep(api) {
        time_query(&engine, &Query::parse(request)?, request, out)?;
    }
    writeln!(out)?;
    Ok(())
}

fn generate(api: &Api, rows: u64, path: &Path) -> io::Result<()> {
    let generator = Generator::from_name(api.generator.as_deref().unwrap_or(&api.name))
        .ok_or_else(|| io::Error::other(format!("no generator for {}", api.name)))?;
    let mut out = BufWriter::new(File::create(path)?);
    write(
        &Options::new(generator)
            .rows(rows)
            .seed(1)
            .shape(Shape::Ndjson),
        &mut out,
    )?;
    out.flush()
}

/// Returns a query over deleted records too, unless the filter itself selects them.
fn with_trashed(api: &Api, rule: &FilterRule) -> Query {
    match api.trashed_filter().map(|position| &api.filters[position]) {
        Some(trashed) if trashed != rule => Query::new().filter(&trashed.name, "with"),
        _ => Query::new(),
    }
}

/// A value of a filter, and the row that it was taken from.
type FilterValue = (String, Option<RowId>);

/// Returns values for a filter: predefined ones, or those of some record.
fn values(engine: &Engine, rule: &FilterRule) -> Result<Vec<FilterValue>, Box<dyn Error>> {
    let fixed = |values: &[&str]| {
        values
            .iter()
            .map(|value| ((*value).to_owned(), None))
            .collect()
    };
    let kind = engine.api().fields[rule.field].kind;
    Ok(match rule.match_kind.value_syntax() {
        ValueSyntax::Trashed => fixed(&["without", "with", "only"]),
        ValueSyntax::Flag => fixed(&["true", "false"]),
        ValueSyntax::SearchTexts if kind == Kind::Document => {
            fixed(&["engineering", "no record has this"])
        }
        ValueSyntax::Texts | ValueSyntax::SearchTexts | ValueSyntax::Date => {
            let (value, row) = sample(engine, rule.field)?;
            vec![(value, Some(row))]
        }
    })
}

/// Returns the text of a field in the first record of the second half that has one.
fn sample(engine: &Engine, field: usize) -> Result<(String, RowId), Box<dyn Error>> {
    let cells = Cells::new([&*engine.api().fields[field].name]);
    let mut reader = engine.snapshot().reader();
    let rows = u32::try_from(engine.snapshot().rows())?;
    for row in (rows / 2..rows).map(RowId) {
        let record = engine.snapshot().record(row, &mut reader)?;
        if let Some(Cell::Scalar(Scalar::String(text))) = cells.read(record)?.into_iter().next()
            && !text.raw().is_empty()
        {
            return Ok((text.decode().into_owned(), row));
        }
    }
    Err(format!("no record has {}", engine.api().fields[field].name).into())
}

/// Returns requests for pages far from the first, and for filters with sorts.
fn deep(api: &Api) -> &'static [&'static str] {
    match api.name.as_str() {
        "provisionr" => &[
            "",
            "page=20000",
            "sort=state,-last_authenticated_at&page=20000",
            "sort=user_full-name,-created_at&page=20000",
            "filter[state]=suspended&sort=email",
            "filter[email_search]=north&filter[state]=active&sort=-created_at&page=1000",
        ],
        "permission-assist" => &[
            "page=10000",
            "sort=department,-updatedDate&page=10000",
            "filter[status]=Removed&sort=-updatedDate",
        ],
        // Another API has no such requests yet.
        _ => &[],
    }
}

/// Writes the bytes per record of each column.
fn memory(engine: &Engine, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "| column | bytes a record |\n|---|---:|")?;
    for (field, described) in engine.api().fields.iter().enumerate() {
        if let Ok(columns) = engine.snapshot().columns(&[field]) {
            let columns = columns.field(field).iter();
            let bytes: usize = columns.map(|column| column.memory()).sum();
            let each = bytes as f64 / engine.snapshot().rows() as f64;
            writeln!(out, "| `{}` | {each:.1} |", described.name)?;
        }
    }
    writeln!(out)
}

/// Timed runs of a query after the first two, which fill the caches.
const CACHED_RUNS: usize = 21;

/// Evaluates the first page and the total; writes the time of the first run, and the median of those with full caches.
fn time_query(
    engine: &Engine,
    query: &Query,
    name: &str,
    out: &mut impl Write,
) -> Result<u64, Box<dyn Error>> {
    let matches = engine.matches(query)?;
    let timed = || {
        let started = Instant::now();
        let page = matches.page()?;
        Ok::<_, idq::Error>((started.elapsed().as_secs_f64() * 1e3, page.total()))
    };
    let (first, total) = timed()?;
    timed()?;
    let mut cached = Vec::with_capacity(CACHED_RUNS);
    for _ in 0..CACHED_RUNS {
        cached.push(timed()?.0);
    }
    cached.sort_by(f64::total_cmp);
    let median = cached[CACHED_RUNS / 2];
    writeln!(out, "| `{name}` | {total} | {first:.2} | {median:.3} |")?;
    Ok(total)
}
