//! Values from columns, from snapshot files and from records: the same bytes in every file.

use std::path::Path;

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use idq::api::Api;
use idq::render::{
    ArrayWriter, ColumnSet, CsvWriter, FormulaPolicy, SinkOptions, format_named, write_ndjson,
    write_rows,
};
use idq::{Columns, Engine, Loader, PackOptions, RowId, Snapshot, Source};
use idq_export::{ExportFormat, Exporter};
use idq_testing::{Generator, Shape, folder, generate_dump, generate_records, to_array, to_ndjson};

use crate::all;

/// Columns that columns of a load hold, those that only a record has, and mixtures.
const CHOICES: [&[&str]; 6] = [
    &[],
    &["vendor_id"],
    &["email", "state", "id", "included.directory_user.full_name"],
    &["timestamp.created_at", "timestamp.deleted_at", "vendor_id"],
    &[
        "count.workspace_logs_parent",
        "included.workspace_integration.is_primary",
        "email",
    ],
    &["email", "profile", "nickname", "included.directory_user"],
];

/// As [`CHOICES`], for the other API.
const PERMISSION_ASSIST_CHOICES: [&[&str]; 4] = [
    &[],
    &["emailAddress"],
    &["lastName", "title", "status", "supervisorName", "office"],
    &["createdDate", "inactivatedDate", "kind", "extra"],
];

/// Records with odd spellings, absent values and repeated keys.
const ODD_RECORDS: [&str; 14] = [
    r#"{"id":"a","email":"Zo\u00eb@x","state":"a,b","timestamp":{"created_at":"2024-01-02t03:04:05.1234567z"}}"#,
    r#"{ "id" : "b" , "email" : null , "timestamp" : {"created_at":"2024-01-02T03:04:05+02:00","deleted_at":null}}"#,
    r#"{"id":"c","email":"say \"hi\"\n","state":"=1+2","count":{"workspace_logs_parent":-0}}"#,
    r#"{"id":"d","email":"","state":"\u003d1","count":{"workspace_logs_parent":1.50}}"#,
    r#"{"id":"e","email":"first","email":"last","included":{"directory_user":{"id":"u"}},"included":null}"#,
    r#"{"id":"f","included":{"directory_user":null,"workspace_integration":{"is_primary":true}}}"#,
    r#"{"id":"g","included":{"directory_user":{"full_name":"\ud83d\ude00 -x"}},"vendor_id":"0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"}"#,
    r#"{"id":"h","profile":{"a":[1, 2]},"nickname":7,"vendor_id":"00000000-0000-0000-0000-000000000000"}"#,
    r#"{"id":"i","profile":"text","nickname":{"x": null},"count":{"workspace_logs_parent":12345678901234567890}}"#,
    r#"{"id":"j","state":"-","vendor_id":"+5","email":"\t","count":{"workspace_logs_parent":1e2}}"#,
    r#"{"id":"k","timestamp":{"created_at":"2016-12-31T23:59:60Z"},"count":null}"#,
    r#"{"id":"l","timestamp":{"created_at":"0001-01-01T00:00:00Z"},"count":{"workspace_logs_parent":null}}"#,
    r#"{"id":"m","\u0065mail":"escaped key","stat\u0065":"\u0061ctive"}"#,
    r#"{"id":"a","email":"repeated id","timestamp":{"updated_at":"2025-01-01T00:00:00Z"}}"#,
];

/// Loads these columns of sources, in many chunks.
fn load(sources: Vec<Source>, api: &'static str, columns: Columns) -> Engine {
    let api = if api == "provisionr" {
        Api::provisionr()
    } else {
        Api::permission_assist()
    };
    let loader = Loader::new(sources).api(api).columns(columns);
    Engine::load(loader.block_size(64 << 10)).unwrap()
}

/// Returns the choices of columns of an API.
fn choices(api: &str) -> Vec<&'static [&'static str]> {
    match api {
        "provisionr" => CHOICES.to_vec(),
        _ => PERMISSION_ASSIST_CHOICES.to_vec(),
    }
}

/// Exports rows to memory, with these columns unless there are none or the format has none.
fn export(snapshot: &Snapshot, rows: &[RowId], format: ExportFormat, columns: &[&str]) -> Vec<u8> {
    let mut exporter = Exporter::new(snapshot, format);
    if format.description().has_columns() && !columns.is_empty() {
        exporter = exporter.with_columns(columns.to_vec());
    }
    let mut bytes = Vec::new();
    exporter.write_to(rows, &mut bytes).unwrap();
    bytes
}

/// Returns rows in load order, in descending order, a scattered part of them, and two rows, for which the records of a
/// snapshot file are read instead of its columns.
fn orders(rows: &[RowId]) -> [Vec<RowId>; 4] {
    let scattered = rows.iter().copied().filter(|row| row.0 % 7 < 3);
    let mut scattered: Vec<RowId> = scattered.collect();
    scattered.sort_by_key(|row| row.0.wrapping_mul(2_654_435_761));
    let few = rows[..rows.len().min(2)].to_vec();
    [
        rows.to_vec(),
        rows.iter().rev().copied().collect(),
        scattered,
        few,
    ]
}

/// Checks that a snapshot with columns exports the bytes that one without columns reads from records.
fn check_same(with_columns: &Snapshot, of_records: &Snapshot, rows: [&[RowId]; 2], api: &str) {
    // Every load has the ids, and one that is deduplicated the dates; without a chunk, no column is missing.
    let is_empty = of_records.rows() == 0;
    assert!(is_empty || of_records.loaded_fields().len() <= 2);
    let [rows, other_rows] = rows;
    for (order, (rows, other_rows)) in orders(rows).iter().zip(orders(other_rows)).enumerate() {
        assert!(array(with_columns, rows) == array_exactly(of_records, &other_rows));
        for columns in choices(api) {
            let exact = encode_exactly(of_records, &other_rows, columns);
            for (format, exact) in [ExportFormat::CSV, ExportFormat::NDJSON].iter().zip(exact) {
                let exported = export(of_records, &other_rows, *format, columns);
                assert!(
                    exported == exact,
                    "{api}, {format:?}, {columns:?}, order {order}"
                );
            }
        }
        for format in ExportFormat::all() {
            for columns in choices(api) {
                let exported = export(with_columns, rows, format, columns);
                let expected = export(of_records, &other_rows, format, columns);
                let name = format.description().name;
                assert!(
                    exported == expected,
                    "{api}, {name}, {columns:?}, order {order}"
                );
            }
        }
    }
}

/// Encodes the records of rows one by one with the writers of the text formats, which validate each record.
fn encode_exactly(snapshot: &Snapshot, rows: &[RowId], columns: &[&str]) -> [Vec<u8>; 2] {
    let names = match columns {
        [] => idq::render::CSV.description.default_columns(snapshot.api()),
        columns => columns.to_vec(),
    };
    let mut csv =
        CsvWriter::new(Vec::new(), ColumnSet::new(names), FormulaPolicy::default()).unwrap();
    let mut lines = Vec::new();
    let mut reader = snapshot.reader();
    for &row in rows {
        let record = snapshot.record(row, &mut reader).unwrap();
        csv.write(record).unwrap();
        write_ndjson(record, &mut lines).unwrap();
    }
    [csv.finish().unwrap(), lines]
}

/// Writes the records of rows as an array.
fn array(snapshot: &Snapshot, rows: &[RowId]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_array(snapshot, rows, &mut bytes).unwrap();
    bytes
}

/// Writes the records of rows as an array to `out`.
fn write_array(
    snapshot: &Snapshot,
    rows: &[RowId],
    out: &mut Vec<u8>,
) -> Result<(), idq::render::Error> {
    let json = format_named("json").unwrap();
    let options = SinkOptions::default();
    write_rows(snapshot, json, &options, rows, &|_| {}, out)
}

/// Writes the records of rows as an array, one by one.
fn array_exactly(snapshot: &Snapshot, rows: &[RowId]) -> Vec<u8> {
    let mut array = ArrayWriter::new(Vec::new());
    let mut reader = snapshot.reader();
    for &row in rows {
        array
            .write(snapshot.record(row, &mut reader).unwrap())
            .unwrap();
    }
    [&array.finish().unwrap()[..], b"\n"].concat()
}

/// Packs the records of sources.
fn pack(sources: Vec<Source>, api: &'static str, path: &Path) {
    let engine = load(sources, api, Columns::All);
    engine.pack(path, &PackOptions::default()).unwrap();
}

/// Returns dumps of an API: generated in two arrangements, and odd ones.
fn dumps(api: &str) -> Vec<(&'static str, Vec<u8>)> {
    let generator = match api {
        "provisionr" => Generator::PROVISIONR,
        _ => Generator::PERMISSION_ASSIST,
    };
    let records = generate_records(generator, 700);
    let mut dumps = vec![
        ("lines", generate_dump(generator, 700, Shape::Ndjson)),
        ("array", to_array(&records)),
        ("none", b"[]".to_vec()),
    ];
    if api == "provisionr" {
        dumps.push(("odd", ODD_RECORDS.join("\r\n").into_bytes()));
        dumps.push(("indented", indent(&to_ndjson(&records[..50]))));
    }
    dumps
}

/// Returns the records of a dump with line breaks between their tokens.
fn indent(dump: &[u8]) -> Vec<u8> {
    let records = serde_json::Deserializer::from_slice(dump).into_iter::<serde_json::Value>();
    let records = records.map(|record| serde_json::to_vec_pretty(&record.unwrap()).unwrap());
    records.collect::<Vec<_>>().join(&b'\n')
}

#[test]
fn export_from_columns_has_the_bytes_of_one_from_records() {
    for api in ["provisionr", "permission-assist"] {
        for (name, dump) in dumps(api) {
            let source = || vec![Source::bytes(name, dump.clone())];
            let columns = load(source(), api, Columns::All);
            let records = load(source(), api, Columns::Parts(Vec::new()));
            let rows = all(columns.snapshot());
            check_same(columns.snapshot(), records.snapshot(), [&rows, &rows], api);
        }
    }
}

#[test]
fn export_from_files_has_the_bytes_of_one_from_records() {
    let folder = folder();
    for api in ["provisionr", "permission-assist"] {
        for (name, dump) in dumps(api) {
            let path = folder.path().join(name);
            std::fs::write(&path, &dump).unwrap();
            let source = || vec![Source::from(path.as_path())];
            let packed = folder.path().join(format!("{api}-{name}.idq"));
            pack(source(), api, &packed);
            let records = load(source(), api, Columns::Parts(Vec::new()));
            let rows = all(records.snapshot());
            let packed = load(vec![Source::from(packed.as_path())], api, Columns::All);
            check_same(packed.snapshot(), records.snapshot(), [&rows, &rows], api);
            let loaded = load(source(), api, Columns::All);
            check_same(loaded.snapshot(), records.snapshot(), [&rows, &rows], api);
        }
    }
}

/// More rows than a window and than a task of the pool have.
#[test]
fn array_of_many_records_in_any_order_is_that_of_single_reads() {
    let folder = folder();
    let path = folder.path().join("many.ndjson");
    let records = (0..300_000).map(|number| format!("{{\"id\":\"{number}\",\"state\":\"a\"}}\n"));
    std::fs::write(&path, records.collect::<String>()).unwrap();
    let packed = folder.path().join("many.idq");
    pack(vec![Source::from(path.as_path())], "provisionr", &packed);
    for source in [path, packed] {
        let engine = load(vec![Source::from(source)], "provisionr", Columns::Ids);
        let rows = all(engine.snapshot());
        let scattered: Vec<RowId> = (0..300_000)
            .map(|row| RowId(row * 7_919 % 300_000))
            .collect();
        for rows in [rows, scattered] {
            let (found, expected) = (
                array(engine.snapshot(), &rows),
                array_exactly(engine.snapshot(), &rows),
            );
            assert!(found == expected);
        }
    }
}

#[test]
fn array_of_a_file_that_has_changed_is_not_started() {
    let folder = folder();
    let path = folder.path().join("dump.ndjson");
    std::fs::write(
        &path,
        to_ndjson(&generate_records(Generator::PROVISIONR, 9)),
    )
    .unwrap();
    let engine = load(
        vec![Source::from(path.as_path())],
        "provisionr",
        Columns::Ids,
    );
    std::fs::write(&path, "another dump").unwrap();
    for rows in orders(&all(engine.snapshot())) {
        let mut bytes = Vec::new();
        let error = write_array(engine.snapshot(), &rows, &mut bytes).unwrap_err();
        assert!(error.to_string().contains("has changed"), "{error}");
        assert!(bytes.is_empty());
    }
}

#[test]
fn export_of_deduplicated_or_selected_records_has_the_bytes_of_one_from_records() {
    let folder = folder();
    let dump = ODD_RECORDS.join("\n").into_bytes();
    let loader = || Loader::new(vec![Source::bytes("odd", dump.clone())]).api(Api::provisionr());
    let visible = |engine: &Engine| {
        engine
            .query("filter[trashed]=with")
            .unwrap()
            .rows()
            .unwrap()
    };

    let mut columns = Engine::load(loader().dedupe(true)).unwrap();
    let records = loader().dedupe(true).columns(Columns::Parts(Vec::new()));
    let records = Engine::load(records).unwrap();
    let rows = visible(&columns);
    assert_eq!(rows.len(), ODD_RECORDS.len() - 1);
    let all_records = [columns.snapshot(), records.snapshot()];
    check_same(all_records[0], all_records[1], [&rows, &rows], "provisionr");

    // A snapshot file of a part of the records has other row ids.
    let bound = idq::Query::parse("filter[trashed]=with&where=email pr").unwrap();
    let bound = idq::bind(&bound, columns.api(), &idq::BindOptions::default()).unwrap();
    columns.retain(&bound).unwrap();
    let rows = visible(&columns);
    assert!((1..ODD_RECORDS.len() - 1).contains(&rows.len()));
    let path = folder.path().join("subset.idq");
    columns.pack(&path, &PackOptions::default()).unwrap();
    let subset = load(
        vec![Source::from(path.as_path())],
        "provisionr",
        Columns::All,
    );
    for columns in CHOICES {
        for format in [ExportFormat::CSV, ExportFormat::NDJSON] {
            let exported = export(subset.snapshot(), &all(subset.snapshot()), format, columns);
            let expected = export(records.snapshot(), &rows, format, columns);
            assert!(exported == expected, "{format:?}, {columns:?}");
        }
    }
}

#[test]
fn export_of_a_dump_and_a_snapshot_file_has_the_values_of_both_dumps() {
    let folder = folder();
    for api in ["provisionr", "permission-assist"] {
        let dumps = dumps(api);
        let source = |index: usize| Source::bytes(dumps[index].0, dumps[index].1.clone());
        let path = folder.path().join(format!("{api}.idq"));
        pack(vec![source(0)], api, &path);
        let mixed = || vec![Source::from(path.as_path()), source(1)];
        let mixed = load(mixed(), api, Columns::All);
        let both = load(vec![source(0), source(1)], api, Columns::Parts(Vec::new()));
        let rows = all(both.snapshot());
        for rows in orders(&rows) {
            for columns in choices(api) {
                for format in [ExportFormat::CSV, ExportFormat::NDJSON] {
                    let exported = export(mixed.snapshot(), &rows, format, columns);
                    let expected = export(both.snapshot(), &rows, format, columns);
                    assert!(exported == expected, "{api}, {format:?}, {columns:?}");
                }
                // Typed files name their sources, which differ here.
                let [exported, expected] = [&mixed, &both].map(|engine| {
                    batches(&export(
                        engine.snapshot(),
                        &rows,
                        ExportFormat::ARROW,
                        columns,
                    ))
                });
                assert!(exported == expected, "{api}, {columns:?}");
            }
        }
    }
}

/// Reads the columns of a stream of Arrow.
fn batches(stream: &[u8]) -> Vec<Vec<arrow_array::ArrayRef>> {
    let batches = StreamReader::try_new(stream, None)
        .unwrap()
        .map(Result::unwrap);
    batches
        .map(|batch: RecordBatch| batch.columns().to_vec())
        .collect()
}
