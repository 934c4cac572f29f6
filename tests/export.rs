//! Compares exported files, read by pyarrow, DuckDB and Python, with Python's reading of the dump, value by value.
//!
//! Needs a Python with the packages of `tests/readback/requirements.txt`: the interpreter in `IDQ_READBACK_PYTHON`, which
//! must have them, or else `python3`; without the packages the test reports that it was skipped. `.ci/run` creates one.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use idq::render::FormulaPolicy;
use idq::{Engine, RowId};
use idq_export::{ExportFormat, Exporter};
use idq_testing::{Generator, Shape, generate_dump};
use idq_tests::reading_python;
use serde_json::json;

#[test]
fn exports_of_provisionr_records_are_read_back() {
    let dump = generated(Generator::PROVISIONR);
    read_back(&dump, &[], "state");
    read_back(&dump, &[], "included.workspace_integration.is_primary");
}

#[test]
fn exports_of_permission_assist_records_are_read_back() {
    let dump = generated(Generator::PERMISSION_ASSIST);
    read_back(&dump, &[], "status");
    read_back(&dump, &[], "division");
}

/// Covers escapes, white space, repeated keys, numbers and times at their limits, and undocumented keys.
#[test]
fn exports_of_hostile_records_are_read_back() {
    let lines = [
        r#"{"id":"a","state":"active","vendor_id":"=1+2","email":"\u00fc\"q\"@x","profile":{"n":-5,"k":[1, {"z":"q"}],"m":1},"timestamp":{"created_at":"2026-01-02T03:04:05Z","deleted_at":null},"count":{"workspace_logs_parent":9223372036854775807,"workspace_logs_record":1,"workspace_logs_related":1}}"#,
        r#"{ "id" : "b" , "state" : "a/b =\u00e9%", "vendor_id" : "line\nbreak, \r \t", "profile" : { "n" : 1.50, "m" : "1" } , "timestamp" : { "created_at" : "2016-12-31T23:59:60.1234567Z" } , "count" : { "workspace_logs_parent" : -9223372036854775808, "workspace_logs_record" : 1.5e3, "workspace_logs_related" : 1e999 } , "extra" : true }"#,
        r#"{"id":"c","state":null,"vendor_id":"\ud83d\ude00\u0000","email":null,"profile":"text \/","timestamp":{"created_at":"1969-12-31T23:59:59.9999999+14:00"},"count":{"workspace_logs_parent":0,"workspace_logs_record":-0,"workspace_logs_related":0.1000000000000000055},"extra":false}"#,
        r#"{"id":"d","profile":{"n":1,"n":{"x":[]},"m":null},"profile":{"n":2,"w":1,"w":"\u0041"},"timestamp":{"created_at":"0001-01-01t00:00:00z","created_at":"9999-12-31T23:59:59.999999Z"}}"#,
        r#"{"id":"e","state":"","profile":[],"timestamp":null,"count":null,"included":{"directory_user":null,"workspace_integration":{"is_primary":true}},"extra":null}"#,
    ];
    let columns = [
        "profile.n",
        "profile.k",
        "profile.m",
        "profile.w",
        "profile.none",
        "extra",
        "timestamp",
    ];
    read_back(&(lines.join("\n") + "\n"), &columns, "state");
}

fn generated(generator: Generator) -> String {
    String::from_utf8(generate_dump(generator, 3_000, Shape::Ndjson)).unwrap()
}

/// Exports a dump in every format, with further columns besides the documented ones, and compares them in Python.
fn read_back(dump: &str, more_columns: &[&str], partition: &str) {
    let Some(python) = reading_python() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = folder.join("dump.ndjson");
    fs::write(&path, dump).unwrap();
    let engine = Engine::open([path.as_path()]).unwrap();
    let api = engine.api();
    let rows: Vec<RowId> = (0..u32::try_from(engine.snapshot().rows()).unwrap())
        .map(RowId)
        .collect();
    let documented = api.fields.iter().map(|field| field.name.as_str());
    let columns: Vec<&str> = documented.chain(more_columns.iter().copied()).collect();
    for (format, partitioned, name) in [
        (ExportFormat::PARQUET, false, "all.parquet"),
        (ExportFormat::ARROW, false, "all.arrow"),
        (ExportFormat::CSV, false, "all.csv"),
        (ExportFormat::NDJSON, false, "all.ndjson"),
        (ExportFormat::PARQUET, true, "parts-parquet"),
        (ExportFormat::CSV, true, "parts-csv"),
    ] {
        let mut exporter =
            Exporter::new(engine.snapshot(), format).with_formula_policy(FormulaPolicy::Keep);
        if format.is_typed() {
            exporter = exporter.with_raw_records();
        }
        if format != ExportFormat::NDJSON {
            exporter = exporter.with_columns(columns.clone());
        }
        if partitioned {
            exporter = exporter.with_partitions_by(partition);
        }
        exporter.write_to_path(&rows, &folder.join(name)).unwrap();
    }
    let kinds: BTreeMap<&str, String> = api
        .fields
        .iter()
        .map(|field| (field.name.as_str(), field.kind.to_string()))
        .collect();
    let job = json!({
        "dump": path,
        "folder": folder,
        "columns": columns,
        "kinds": kinds,
        "partition": partition,
    });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("readback/export.py");
    let output = Command::new(python)
        .args(["-B".as_ref(), script.as_os_str()])
        .arg(job.to_string())
        .output()
        .unwrap();
    let (printed, errors) = (output.stdout, String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{errors}");
    let expected = format!("{} records, {} columns\n", rows.len(), columns.len());
    assert_eq!(String::from_utf8_lossy(&printed), expected);
}
