//! Compares the structural reader with the reference parser: the same records are loaded, with the same values, and the
//! same ones are rejected. Unlike `load` it does nothing else, so that it tries many more inputs.
#![no_main]

use std::borrow::Cow;

use idq_columns::Column;
use idq_load::{Columns, Loader, OnBadRecord, Parser, Source};
use idq_snapshot::{RowId, Snapshot};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: on_one_thread(), |bytes: &[u8]| {
    for columns in [Columns::All, Columns::Parts(Vec::new())] {
        let expected = load(bytes, columns.clone(), Parser::Reference, 1 << 20);
        for block in [1 << 20, 24 + bytes.len() / 16] {
            let found = load(bytes, columns.clone(), Parser::Structural, block);
            match (&expected, &found) {
                (Some(expected), Some(found)) => {
                    assert_eq!(expected.rejects(), found.rejects());
                    assert_eq!(rows(expected), rows(found));
                    assert!(expected.unknown_fields().eq(found.unknown_fields()));
                    assert_eq!(expected.collection_url(), found.collection_url());
                }
                (expected, found) => assert_eq!(expected.is_some(), found.is_some()),
            }
        }
    }
});

/// Uses one thread: passing tiny blocks between threads would take most of the time.
fn on_one_thread() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1);
    let _ = pool.use_current_thread().build_global();
}

/// Loads a dump, skipping malformed records; `None` if it cannot be loaded.
fn load(bytes: &[u8], columns: Columns, parser: Parser, block: usize) -> Option<Snapshot> {
    Loader::new(vec![Source::bytes("fuzz", bytes)])
        .api_if_unknown(idq_api::Api::provisionr())
        .columns(columns)
        .parser(parser)
        .on_bad_record(OnBadRecord::Skip)
        .block_size(block)
        .load()
        .ok()
}

/// Returns the bytes and the column values of each row.
fn rows(snapshot: &Snapshot) -> Vec<(Vec<u8>, String)> {
    let fields = snapshot.loaded_fields();
    let columns = snapshot.columns(&fields);
    let columns = columns.expect("a dump's columns are in memory");
    let mut reader = snapshot.reader();
    let rows = u32::try_from(snapshot.rows()).expect("fuzz inputs are small");
    let row = |row| {
        let record = snapshot.record(RowId(row), &mut reader);
        let record = record.expect("memory can be read").to_vec();
        let (chunk, row) = columns.snapshot().locate(RowId(row));
        let values = fields.iter().map(|&field| {
            let column = columns.column(chunk, field);
            let value = match column {
                Column::Text(column) => column.value(row).map(Cow::into_owned),
                Column::Keyword(column) => column.value(row).map(str::to_owned),
                Column::Timestamp(column) => column.value(row).map(|instant| instant.to_string()),
                Column::Boolean(column) => column.value(row).map(|boolean| boolean.to_string()),
                Column::Document(column) => Some(column.row_values(row).join("\n")),
            };
            format!("{:?} {value:?}", column.validity().state(row))
        });
        (record, values.collect::<Vec<_>>().join("\n"))
    };
    (0..rows).map(row).collect()
}
