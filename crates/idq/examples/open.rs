//! Opens a dump, asks it a question in the API's own grammar, and prints a page, a count and the matches.
//!
//! `cargo run -p idq --example open -- people.json 'filter[state]=active&sort=-created_at'`; without arguments, a fixture.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example prints"
)]

use std::error::Error;

use idq::{Engine, Expression, Query, expand};

const FIXTURE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../fixtures/provisionr.ndjson"
);

/// Runs the example on the arguments of the process.
pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next();
    let request = arguments.next();
    run(
        name.as_deref().unwrap_or(FIXTURE),
        request.as_deref().unwrap_or("sort=-created_at&per_page=3"),
    )
}

/// Opens a dump, and asks it a request.
pub(crate) fn run(name: &str, request: &str) -> Result<(), Box<dyn Error>> {
    // Folders, patterns and archives become sources, as for the command; a plain path needs no expansion.
    let expansion = expand(&[name])?;
    for entry in &expansion.ignored {
        eprintln!("passed over: {entry}");
    }
    let engine = Engine::open(expansion.sources)?;

    // The request as a client would have sent it: a query string, or a whole URL.
    let matches = engine.query(request)?;
    let page = matches.page()?;
    println!(
        "page {} of {}: {} matches",
        page.number(),
        page.last(),
        page.total()
    );
    println!("{}", page.to_json()?);

    // The same engine answers expressions, and counts by any field.
    let unused = Expression::parse("not email pr")?;
    let unused = engine.matches(&Query::new().and_where(unused))?;
    println!("{} without an e-mail address", unused.count()?);
    let state = &engine.api().fields[engine.api().state].name;
    for group in engine.matches(&Query::new())?.count_by(&[state])?.iter() {
        let states: Vec<&str> = group.values().filter_map(idq::GroupValue::text).collect();
        println!("{}: {}", states.join(", "), group.count);
    }
    Ok(())
}
