//! Times Arrow batches of the matches of an expression, for `benches/python.py`: what the Python module hands to a library.
//!
//! `cargo run --profile dist -p idq-benches --example data_frame -- SOURCE EXPRESSION RUNS [COLUMN …]` prints a JSON object
//! with the number of matches and the seconds of each run: evaluation and batches, without the load.

use std::error::Error;
use std::io::{self, Write};
use std::time::Instant;

use idq::{Engine, Expression, Query};
use idq_export::{ExportFormat, Exporter};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("expected SOURCE EXPRESSION RUNS");
    let (source, expression, runs) = (next()?, next()?, next()?.parse::<usize>()?);
    let columns: Vec<String> = arguments.collect();
    let engine = Engine::open([source.as_str()])?;
    let mut seconds = Vec::with_capacity(runs);
    let mut found = 0;
    for _ in 0..runs {
        let started = Instant::now();
        let query = Query::new().and_where(Expression::parse(&expression)?);
        let rows = engine.matches(&query)?.rows()?;
        let exporter = Exporter::new(engine.snapshot(), ExportFormat::ARROW);
        let exporter = if columns.is_empty() {
            exporter
        } else {
            exporter.with_columns(columns.clone())
        };
        let (_, batches) = exporter.to_batches(&rows)?;
        seconds.push(started.elapsed().as_secs_f64());
        found = 0;
        for batch in &batches {
            found += batch.num_rows();
        }
    }
    let result = serde_json::json!({"found": found, "seconds": seconds});
    writeln!(io::stdout(), "{result}")?;
    Ok(())
}
