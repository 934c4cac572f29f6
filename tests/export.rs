//! Exported files, read by pyarrow, DuckDB and Python, hold what Python reads in the dump: every value of every record.
//!
//! Needs a Python with the packages of `tests/readback/requirements.txt`: the one that `IDQ_READBACK_PYTHON` names, which
//! must have them, or `python3`, without which the test says that it was skipped. `.ci/run` makes one.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use idq::render::Formulas;
use idq::{Row, Snapshot};
use idq_export::{Exporter, Format};
use idq_generate::{Options, Shape, write};
use idq_tests::reading_python;
use serde_json::json;

#[test]
fn generated_records_of_provisionr() {
    let dump = generated(idq_generate::Generator::Provisionr);
    read_back(&dump, &[], "state");
    read_back(&dump, &[], "included.workspace_integration.is_primary");
}

#[test]
fn generated_records_of_permission_assist() {
    let dump = generated(idq_generate::Generator::PermissionAssist);
    read_back(&dump, &[], "status");
    read_back(&dump, &[], "division");
}

/// Whatever a record may hold: escapes, white space, repeated keys, any number, any date-time, keys of its own.
#[test]
fn hostile_records() {
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

fn generated(api: idq_generate::Generator) -> String {
    let mut dump = Vec::new();
    let options = Options::new(api).rows(3_000).shape(Shape::Ndjson);
    write(&options, &mut dump).unwrap();
    String::from_utf8(dump).unwrap()
}

/// Exports a dump in every way, with these columns beside the documented ones, and lets Python compare.
fn read_back(dump: &str, more_columns: &[&str], partition: &str) {
    let Some(python) = reading_python() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = folder.join("dump.ndjson");
    fs::write(&path, dump).unwrap();
    let snapshot = Snapshot::open([path.as_path()]).unwrap();
    let api = snapshot.api();
    let rows: Vec<Row> = (0..u32::try_from(snapshot.len()).unwrap())
        .map(Row)
        .collect();
    let documented = api.fields.iter().map(|field| field.name.as_str());
    let columns: Vec<&str> = documented.chain(more_columns.iter().copied()).collect();
    for (format, partitioned, name) in [
        (Format::Parquet, false, "all.parquet"),
        (Format::Arrow, false, "all.arrow"),
        (Format::Csv, false, "all.csv"),
        (Format::Ndjson, false, "all.ndjson"),
        (Format::Parquet, true, "parts-parquet"),
        (Format::Csv, true, "parts-csv"),
    ] {
        let has_types = matches!(format, Format::Parquet | Format::Arrow);
        let mut exporter = Exporter::new(&snapshot, format)
            .record(has_types)
            .formulas(Formulas::Raw);
        if format != Format::Ndjson {
            exporter = exporter.columns(columns.clone());
        }
        if partitioned {
            exporter = exporter.partition_by(partition);
        }
        exporter.to_path(&rows, &folder.join(name)).unwrap();
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
    let (said, errors) = (output.stdout, String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{errors}");
    let expected = format!("{} records, {} columns\n", rows.len(), columns.len());
    assert_eq!(String::from_utf8_lossy(&said), expected);
}
