//! Searches the profiles of any records for any text: a load of the documents that the search needs gives the same answer
//! as a load of all, by every parser.
//!
//! The first line of an input is the text, and each further line a record.
#![no_main]

use idq::api::Api;
use idq::{
    BindOptions, BoundQuery, Clock, ColumnPart, Columns, Conformance, Engine, Loader, OnBadRecord,
    Parser, Query, ReadValues, RowId, Source, bind,
};
use libfuzzer_sys::fuzz_target;

/// The longest input in bytes.
const MAX_INPUT_BYTES: usize = 8 << 10;

/// The bytes after the last record, without which no shape matches it.
const PADDING: &str = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";

fuzz_target!(|text: &str| {
    let Some((sought, dump)) = text.split_once('\n') else {
        return;
    };
    let Some(query) = search(sought).filter(|_| text.len() <= MAX_INPUT_BYTES) else {
        return;
    };
    // The second copy has known shapes.
    let dump = [dump, "\n", dump, &PADDING.repeat(16)].concat();
    let whole = query.fields().into_iter().map(ColumnPart::from).collect();
    let Some(expected) = answer(&dump, &query, whole, Parser::Reference) else {
        return;
    };
    for parser in [
        Parser::Shapes,
        Parser::PortableShapes,
        Parser::Structural,
        Parser::Tape,
    ] {
        let found = answer(&dump, &query, query.parts(), parser);
        assert_eq!(found.as_ref(), Some(&expected), "{parser:?}");
    }
});

/// Returns the search for a text; `None` if it is refused.
fn search(text: &str) -> Option<BoundQuery> {
    let mut query = Query::new();
    query
        .add_filter_text(&format!("profile_search={text}"))
        .ok()?;
    let options = BindOptions::new(Conformance::Strict, Clock::system());
    bind(&query, Api::provisionr(), &options).ok()
}

/// Returns the matches of a load, and the values that it has counted; `None` if it fails.
fn answer(
    dump: &str,
    query: &BoundQuery,
    columns: Vec<ColumnPart>,
    parser: Parser,
) -> Option<(Vec<RowId>, ReadValues)> {
    let loader = Loader::new(vec![Source::bytes("fuzz", dump.as_bytes())])
        .api(Api::provisionr())
        .columns(Columns::Parts(columns))
        .parser(parser)
        .on_bad_record(OnBadRecord::Skip);
    let engine = Engine::load(loader).ok()?;
    let rows = engine.bound(query.clone()).rows();
    let rows = rows.expect("the columns were loaded");
    Some((rows, engine.snapshot().read_values().clone()))
}
