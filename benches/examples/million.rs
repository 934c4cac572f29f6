//! Loads a generated dump of each API and asks it every filter and every sort key; prints what it took as Markdown.
//!
//! `cargo run --release -p idq-benches --example million -- [ROWS] [FOLDER]`: 1,000,000 records by default, in dumps
//! that are made in the folder (the system's temporary one by default) and deleted again; a dump that is there already
//! is taken as it is, and left. It fails if a question cannot be answered, or if a value that was taken from a record
//! does not find that record.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use idq::api::{Api, ApiRegistry, FilterRule, Kind, ValueSyntax};
use idq::json::{Cell, Cells};
use idq::{Columns, Loader, Query, Row, Snapshot, SortTerm};
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
        let path = folder.join(format!("idq-million-{}.ndjson", api.name));
        let is_there = path.exists();
        if !is_there {
            generate(api, rows, &path)?;
        }
        let asked = ask(api, &path, &mut out);
        if !is_there {
            std::fs::remove_file(&path)?;
        }
        asked?;
    }
    Ok(())
}

fn ask(api: &Api, path: &Path, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let snapshot = Snapshot::load(Loader::new(vec![path.into()]).columns(Columns::Queried))?;
    let took = started.elapsed().as_secs_f64();
    let bytes = snapshot.loaded().sources()[0].bytes as f64;
    let (gigabytes, speed) = (bytes / 1e9, bytes / took / 1e9);
    let columns = snapshot.loaded().column_memory() as f64 / bytes * 100.0;
    let rows = snapshot.len();
    writeln!(
        out,
        "### {}: {rows} records, {gigabytes:.2} GB\n",
        api.title
    )?;
    writeln!(
        out,
        "Loaded in {took:.2} s ({speed:.2} GB/s); the columns take {columns:.0}% of the dump's bytes.\n"
    )?;
    memory(&snapshot, out)?;
    writeln!(
        out,
        "| question | matches | first time, ms | kept, ms |\n|---|---:|---:|---:|"
    )?;
    for rule in &api.filters {
        for (value, witness) in values(&snapshot, rule)? {
            let query = with_trashed(api, rule).filter(&rule.name, vec![value.clone()]);
            let total = answer(
                &snapshot,
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
            answer(&snapshot, &Query::new().sort(term), &name, out)?;
        }
    }
    for request in deep(api) {
        answer(&snapshot, &Query::parse(request)?, request, out)?;
    }
    writeln!(out)?;
    Ok(())
}

fn generate(api: &Api, rows: u64, path: &Path) -> io::Result<()> {
    let generator = api.generator.as_deref().unwrap_or(&api.name);
    let generator = Generator::by_name(generator).map_err(io::Error::other)?;
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

/// A query that looks at deleted records too, unless the filter is the one that decides that.
fn with_trashed(api: &Api, rule: &FilterRule) -> Query {
    match api.trashed_filter().map(|position| &api.filters[position]) {
        Some(trashed) if trashed != rule => Query::new().filter(&trashed.name, "with"),
        _ => Query::new(),
    }
}

/// A value to ask about, and the row that it was taken from.
type Asked = (String, Option<Row>);

/// Values to ask a filter about; those that were taken from a record come with its row.
fn values(snapshot: &Snapshot, rule: &FilterRule) -> Result<Vec<Asked>, Box<dyn Error>> {
    let fixed = |values: &[&str]| {
        values
            .iter()
            .map(|value| ((*value).to_owned(), None))
            .collect()
    };
    let kind = snapshot.api().fields[rule.field].kind;
    Ok(match rule.match_kind.value_syntax() {
        ValueSyntax::Trashed => fixed(&["without", "with", "only"]),
        ValueSyntax::Flag => fixed(&["true", "false"]),
        ValueSyntax::SearchTexts if kind == Kind::Document => {
            fixed(&["engineering", "no record has this"])
        }
        ValueSyntax::Texts | ValueSyntax::SearchTexts | ValueSyntax::Date => {
            let (value, row) = sample(snapshot, rule.field)?;
            vec![(value, Some(row))]
        }
    })
}

/// The text of a field in some record in the middle that has one.
fn sample(snapshot: &Snapshot, field: usize) -> Result<(String, Row), Box<dyn Error>> {
    let cells = Cells::new([&*snapshot.api().fields[field].name]);
    let mut reader = snapshot.reader();
    let rows = u32::try_from(snapshot.len())?;
    for row in (rows / 2..rows).map(Row) {
        let record = snapshot.record(row, &mut reader)?;
        if let Some(Cell::Text(text)) = cells.read(record)?.into_iter().next()
            && !text.is_empty()
        {
            return Ok((text.into_owned(), row));
        }
    }
    Err(format!("no record has {}", snapshot.api().fields[field].name).into())
}

/// Pages far behind the first, and filters together with sorts.
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

/// How many bytes a record takes in each column.
fn memory(snapshot: &Snapshot, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "| column | bytes a record |\n|---|---:|")?;
    for (field, described) in snapshot.api().fields.iter().enumerate() {
        let chunks = snapshot.loaded().chunks().iter();
        let bytes: usize = chunks
            .filter_map(|chunk| chunk.column(field))
            .map(idq::columns::Column::memory)
            .sum();
        if bytes > 0 {
            let each = bytes as f64 / snapshot.len() as f64;
            writeln!(out, "| `{}` | {each:.1} |", described.name)?;
        }
    }
    writeln!(out)
}

/// How often a question is asked after the first times, which make what is kept.
const TIMES: usize = 21;

/// Asks for the first page and the total; prints what the first time took, and the median of later ones.
fn answer(
    snapshot: &Snapshot,
    query: &Query,
    name: &str,
    out: &mut impl Write,
) -> Result<u64, Box<dyn Error>> {
    let matches = snapshot.matches(query)?;
    let timed = || {
        let started = Instant::now();
        let page = matches.page()?;
        Ok::<_, idq::Error>((started.elapsed().as_secs_f64() * 1e3, page.total()))
    };
    let (first, total) = timed()?;
    timed()?;
    let mut kept = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        kept.push(timed()?.0);
    }
    kept.sort_by(f64::total_cmp);
    let median = kept[TIMES / 2];
    writeln!(out, "| `{name}` | {total} | {first:.2} | {median:.3} |")?;
    Ok(total)
}
