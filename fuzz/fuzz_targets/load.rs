//! Loads any bytes: they load, or are refused with a position. All parsers and all block sizes agree, values are those of
//! `serde_json`, and the number of scanned bytes is linear in the input, whatever its damage.
#![no_main]

use std::borrow::Cow;
use std::collections::BTreeMap;

use idq_api::Kind;
use idq_columns::Column;
use idq_json::work;
use idq_load::{Columns, Loader, OnBadRecord, Parser, Source};
use idq_snapshot::{ColumnView, LoadError, RowId, Snapshot};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Bytes of the repeated input for which work is measured.
const REPEATED: usize = 128 << 10;

/// The bound on bytes scanned per byte of an input, which counts as at least 1 MiB long.
const MAX_SCANS_PER_BYTE: usize = 24;

/// Loads many copies of an input, whose damage then occurs again and again.
fn check_work(bytes: &[u8]) {
    let text = bytes.repeat(REPEATED / bytes.len().max(1));
    work::take();
    let _ = load(&text, Parser::Shapes, OnBadRecord::Skip, 8 << 20);
    let most = (MAX_SCANS_PER_BYTE * text.len().max(1 << 20)) as u64;
    assert!(work::take() <= most);
}

fuzz_target!(init: on_one_thread(), |bytes: &[u8]| {
    if bytes.len() <= 512 {
        check_work(bytes);
    }
    // Blocks of a few bytes, but never thousands of them.
    let few = |bytes_a_block| bytes_a_block + bytes.len() / 64;
    let whole = load(bytes, Parser::Shapes, OnBadRecord::Stop, 1 << 20);
    for (parser, block) in [
        (Parser::Reference, 1 << 20),
        (Parser::Shapes, few(40)),
        (Parser::Structural, few(20)),
        (Parser::Tape, few(10)),
        (Parser::Reference, few(6)),
    ] {
        let other = load(bytes, parser, OnBadRecord::Stop, block);
        match (&whole, &other) {
            (Ok(one), Ok(other)) => assert_eq!(rows(one), rows(other)),
            (Err(one), Err(other)) => assert_eq!(one.to_string(), other.to_string()),
            (one, other) => panic!("{one:?} {other:?}"),
        }
    }
    if let Ok(snapshot) = &whole {
        check_values(snapshot);
    }
    // The second copy has known shapes, and the padding after it that a match needs.
    let twice = [bytes, b"\n", bytes, &[b'\n'; 256]].concat();
    let expected = load(&twice, Parser::Reference, OnBadRecord::Skip, 1 << 20);
    for parser in [Parser::Shapes, Parser::PortableShapes, Parser::Structural, Parser::Tape] {
        match (&expected, &load(&twice, parser, OnBadRecord::Skip, 1 << 20)) {
            (Ok(one), Ok(other)) => {
                assert_eq!(rows(one), rows(other));
                assert_eq!(one.rejects(), other.rejects());
                assert_eq!(one.read_values(), other.read_values());
                assert!(one.unknown_fields().eq(other.unknown_fields()));
                assert_eq!(one.collection_url(), other.collection_url());
            }
            (Err(one), Err(other)) => assert_eq!(one.to_string(), other.to_string()),
            (one, other) => panic!("{one:?} {other:?}"),
        }
    }
    // Skipping keeps the valid records, and locates the malformed ones.
    let skipped = load(bytes, Parser::Shapes, OnBadRecord::Skip, 1 << 20);
    for (parser, block) in [(Parser::Reference, few(1)), (Parser::Shapes, few(12)), (Parser::Structural, few(3)), (Parser::Reference, few(90))] {
        let other = load(bytes, parser, OnBadRecord::Skip, block);
        match (&skipped, &other) {
            (Ok(one), Ok(other)) => {
                assert_eq!(rows(one), rows(other));
                assert_eq!(one.rejects(), other.rejects());
                assert_eq!(one.read_values(), other.read_values());
                assert!(one.unknown_fields().eq(other.unknown_fields()));
            }
            (Err(one), Err(other)) => assert_eq!(one.to_string(), other.to_string()),
            (one, other) => panic!("{one:?} {other:?}"),
        }
    }
    if let Ok(skipped) = &skipped {
        check_values(skipped);
        for reject in skipped.rejects() {
            assert_eq!(
                skipped.rejected(reject).expect("memory can be read").len() as u64,
                reject.length
            );
        }
        if let Ok(snapshot) = &whole {
            assert_eq!(rows(snapshot), rows(skipped));
            assert!(skipped.rejects().is_empty());
        }
    }
});

/// Uses one thread: passing tiny blocks between threads would take most of the time.
fn on_one_thread() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1);
    let _ = pool.use_current_thread().build_global();
}

fn load(
    bytes: &[u8],
    parser: Parser,
    action: OnBadRecord,
    block: usize,
) -> Result<Snapshot, LoadError> {
    Loader::new(vec![Source::bytes("fuzz", bytes)])
        .columns(Columns::All)
        .parser(parser)
        .on_bad_record(action)
        .block_size(block)
        .load()
}

/// Returns the bytes and the column values of each row.
fn rows(snapshot: &Snapshot) -> Vec<(Vec<u8>, BTreeMap<usize, String>)> {
    let fields = snapshot.loaded_fields();
    let columns = snapshot.columns(&fields);
    let columns = columns.expect("a dump's columns are in memory");
    let mut reader = snapshot.reader();
    let rows = u32::try_from(snapshot.rows()).expect("fuzz inputs are small");
    (0..rows)
        .map(|row| {
            let record = snapshot
                .record(RowId(row), &mut reader)
                .expect("memory can be read")
                .to_vec();
            (record, values(&columns, &fields, RowId(row)))
        })
        .collect()
}

/// Returns the states and values of a row, by field.
fn values(columns: &ColumnView<'_>, fields: &[usize], row: RowId) -> BTreeMap<usize, String> {
    let (chunk, row) = columns.snapshot().locate(row);
    fields
        .iter()
        .map(|&field| {
            let column = columns.column(chunk, field);
            let value = match column {
                Column::Text(column) => column.value(row).map(Cow::into_owned),
                Column::Keyword(column) => column.value(row).map(str::to_owned),
                Column::Timestamp(column) => column.value(row).map(|instant| instant.to_string()),
                Column::Boolean(column) => column.value(row).map(|boolean| boolean.to_string()),
                Column::Document(column) => Some(format!("{:?}", column.searchable_texts(row))),
            };
            (
                field,
                format!("{:?} {value:?}", column.validity().state(row)),
            )
        })
        .collect()
}

/// Compares the texts of every record with those that `serde_json` reads at the same path.
fn check_values(snapshot: &Snapshot) {
    let columns = snapshot.columns(&snapshot.loaded_fields());
    let columns = columns.expect("a dump's columns are in memory");
    let mut reader = snapshot.reader();
    for row in 0..u32::try_from(snapshot.rows()).expect("fuzz inputs are small") {
        let record = snapshot
            .record(RowId(row), &mut reader)
            .expect("memory can be read")
            .to_vec();
        let mut deserializer = serde_json::Deserializer::from_slice(&record);
        deserializer.disable_recursion_limit();
        let value = match <Value as serde::Deserialize>::deserialize(&mut deserializer) {
            Ok(value) => value,
            Err(error) if error.to_string().starts_with("number out of range") => continue,
            Err(error) => panic!("a loaded record is no JSON: {error}"),
        };
        let (chunk, row) = snapshot.locate(RowId(row));
        for (field, described) in snapshot.api().fields.iter().enumerate() {
            if !matches!(described.kind, Kind::Text | Kind::Keyword) {
                continue;
            }
            let there = described
                .name
                .split('.')
                .try_fold(&value, |value, key| value.get(key));
            let text = match columns.column(chunk, field) {
                Column::Text(column) => column.value(row),
                Column::Keyword(column) => column.value(row).map(Cow::Borrowed),
                _ => None,
            };
            assert_eq!(
                text.as_deref(),
                there.and_then(Value::as_str),
                "{}",
                described.name
            );
        }
    }
}
