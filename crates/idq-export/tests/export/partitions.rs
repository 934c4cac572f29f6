//! Partitioned exports: names of folders, types, refusals.

use std::fs;
use std::path::Path;

use arrow_array::cast::AsArray;
use idq::Snapshot;
use idq_export::{Error, ExportFormat, ExportSummary, Exporter};

use idq_testing::folder;

use crate::{all, names, parquet, snapshot};

fn export(snapshot: &Snapshot, field: &str, path: &Path) -> Result<ExportSummary, Error> {
    Exporter::new(snapshot, ExportFormat::PARQUET)
        .with_partitions_by(field)
        .write_to_path(&all(snapshot), path)
}

#[test]
fn partitioned_export_has_a_folder_for_each_value() {
    let snapshot = snapshot(&[
        r#""state":"active""#,
        r#""state":"a/b=ü %""#,
        r#""state":null"#,
        r#""state":"active""#,
        "",
        r#""state":"..""#,
        r#""state":"""#,
    ]);
    let folder = folder();
    let path = folder.path().join("parts");
    let written = export(&snapshot, "state", &path).unwrap();
    assert_eq!((written.records, written.files), (7, 5));
    assert_eq!(
        names(&path),
        [
            "state=",
            "state=..",
            "state=__HIVE_DEFAULT_PARTITION__",
            "state=a%2Fb%3D%C3%BC%20%25",
            "state=active"
        ]
    );
    let ids = |folder: &str| -> Vec<String> {
        let batch = parquet(&path.join(folder).join("part-0.parquet"));
        // The name of the folder has the value.
        assert!(batch.column_by_name("state").is_none());
        let ids = batch.column_by_name("id").unwrap();
        let ids = ids.as_string::<i32>().iter();
        ids.map(|id| id.unwrap().to_owned()).collect()
    };
    assert_eq!(ids("state=active"), ["r0", "r3"]);
    assert_eq!(ids("state=__HIVE_DEFAULT_PARTITION__"), ["r2", "r4"]);
    assert_eq!(names(folder.path()), ["parts"]);
}

#[test]
fn partitioned_export_in_every_format_has_its_files() {
    let member =
        |primary| format!(r#""included":{{"workspace_integration":{{"is_primary":{primary}}}}}"#);
    let snapshot = snapshot(&[&member("true"), &member("false")]);
    let folder = folder();
    for format in ExportFormat::all() {
        let name = format.description().name;
        let path = folder.path().join(name);
        Exporter::new(&snapshot, format)
            .with_partitions_by("included.workspace_integration.is_primary")
            .write_to_path(&all(&snapshot), &path)
            .unwrap();
        let parts = names(&path);
        assert_eq!(
            parts,
            [
                "included.workspace_integration.is_primary=false",
                "included.workspace_integration.is_primary=true"
            ]
        );
        assert_eq!(names(&path.join(&parts[0])), [format!("part-0.{name}")]);
    }
    let part = "ndjson/included.workspace_integration.is_primary=true/part-0.ndjson";
    let lines = fs::read_to_string(folder.path().join(part)).unwrap();
    // NDJSON records are verbatim, the partition field included.
    assert_eq!(lines, crate::record(0, &member("true")) + "\n");
}

/// Readers treat the files of one folder as one table, so their types must agree.
#[test]
fn partitioned_export_has_the_same_types_in_all_files() {
    let member =
        |state, count| format!(r#""state":"{state}","count":{{"workspace_logs_parent":{count}}}"#);
    let snapshot = snapshot(&[&member("a", "1"), &member("b", "1.5")]);
    let folder = folder();
    let path = folder.path().join("parts");
    export(&snapshot, "state", &path).unwrap();
    let schema = |part: &str| parquet(&path.join(part).join("part-0.parquet")).schema();
    assert_eq!(schema("state=a"), schema("state=b"));
}

#[test]
fn partition_field_of_a_wrong_kind_or_with_too_many_values_is_refused() {
    let states: Vec<String> = (0..100_001)
        .map(|index| format!(r#""state":"s{index}","timestamp":{{}}"#))
        .collect();
    let states: Vec<&str> = states.iter().map(String::as_str).collect();
    let snapshot = snapshot(&states);
    let folder = folder();
    let path = folder.path().join("parts");
    let errors: Vec<String> = ["state", "timestamp.created_at", "profile", "stat"]
        .into_iter()
        .map(|field| {
            let error = export(&snapshot, field, &path).unwrap_err();
            assert!(error.is_usage_error());
            error.to_string()
        })
        .collect();
    assert_eq!(
        errors,
        [
            "cannot partition by state: expected at most 100000 values, found more",
            "cannot partition by timestamp.created_at: expected a text or boolean field, found a date-time",
            "cannot partition by profile: expected a text or boolean field, found a document",
            "expected a field to partition by, found `stat`\n  help: did you mean `state`?",
        ]
    );
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn partition_field_with_thousands_of_values_has_as_many_files() {
    let states: Vec<String> = (0..2500)
        .map(|index| format!(r#""state":"s{index}""#))
        .collect();
    let states: Vec<&str> = states.iter().map(String::as_str).collect();
    let snapshot = snapshot(&states);
    let folder = folder();
    let path = folder.path().join("parts");
    let written = Exporter::new(&snapshot, ExportFormat::NDJSON)
        .with_partitions_by("state")
        .write_to_path(&all(&snapshot), &path)
        .unwrap();
    assert_eq!(
        (written.records, written.files, written.shortened_values),
        (2500, 2500, 0)
    );
    assert_eq!(names(&path).len(), 2500);
}

#[test]
fn value_too_long_for_a_name_is_shortened_and_listed_whole() {
    let values = ["é".repeat(200), "é".repeat(199) + "e", "x".repeat(5000)];
    let members: Vec<String> = values
        .iter()
        .chain([&"short".to_owned()])
        .map(|value| format!(r#""state":"{value}""#))
        .collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let snapshot = snapshot(&members);
    for format in ExportFormat::all() {
        let folder = folder();
        let path = folder.path().join("parts");
        let written = Exporter::new(&snapshot, format)
            .with_partitions_by("state")
            .write_to_path(&all(&snapshot), &path)
            .unwrap();
        assert_eq!(
            (written.records, written.files, written.shortened_values),
            (4, 4, 3)
        );
        let listed = fs::read_to_string(path.join("_shortened_values.json")).unwrap();
        let listed: std::collections::BTreeMap<String, String> =
            serde_json::from_str(&listed).unwrap();
        let mut shortened: Vec<&String> = listed.values().collect();
        shortened.sort();
        let mut expected: Vec<&String> = values.iter().collect();
        expected.sort();
        assert_eq!(shortened, expected);
        for name in listed.keys() {
            assert!(name.len() <= 255 && path.join(name).is_dir(), "{name}");
        }
        assert_eq!(names(&path).len(), 5);
    }
}

#[test]
fn value_that_is_the_name_of_null_is_refused() {
    let snapshot = snapshot(&[r#""state":"__HIVE_DEFAULT_PARTITION__""#]);
    let folder = folder();
    let error = export(&snapshot, "state", &folder.path().join("parts")).unwrap_err();
    assert!(error.is_usage_error(), "{error}");
}

#[test]
fn folder_with_entries_is_refused() {
    let snapshot = snapshot(&[r#""state":"a""#]);
    let folder = folder();
    let path = folder.path().join("parts");
    fs::create_dir(&path).unwrap();
    export(&snapshot, "state", &path).unwrap();
    let again = export(&snapshot, "state", &path).unwrap_err();
    assert!(matches!(again, Error::NotEmpty(_)), "{again}");
    assert_eq!(names(&path), ["state=a"]);
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(export(&snapshot, "state", &file).is_err());
    assert_eq!(names(folder.path()), ["file", "parts"]);
}
