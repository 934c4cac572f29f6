//! Every match of a query, as a file.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::idq::Ran;
use crate::{Idq, fixture, fixtures, folder, idq};

/// Runs an export to a path in a folder.
fn export(folder: &TempDir, line: &str, name: &str) -> Ran {
    Idq::new(line.split_whitespace())
        .args(["-o".as_ref(), folder.path().join(name).as_os_str()])
        .run()
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn ndjson_and_csv_are_what_query_prints() {
    let folder = folder();
    for (format, more) in [
        ("ndjson", ""),
        ("csv", ""),
        ("csv", "--raw-csv"),
        ("csv", "--columns id,state,profile.department"),
    ] {
        let request = "provisionr.ndjson -f state=active,orphan -s -created_at,email";
        let ran = export(
            &folder,
            &format!("export {request} {more}"),
            &format!("out.{format}"),
        );
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let query = idq(&format!("query {request} --all -o {format} {more}"));
        let written = fs::read(folder.path().join(format!("out.{format}"))).unwrap();
        assert!(written == query.stdout, "{format} {more}");
        let printed = idq(&format!("export {request} {more} --format {format} -o -"));
        assert!(printed.stdout == query.stdout, "{format} {more}");
    }
}

/// The page of the request does not count; what it leaves out does.
#[test]
fn every_match_is_exported_as_query_would_have_it() {
    for (request, lines) in [
        ("", 54),
        ("-f trashed=with", 60),
        ("-q filter[state]=active&page=2&per_page=3", 44),
        ("-f state=nobody", 0),
    ] {
        let words = format!("export provisionr.ndjson {request} --format ndjson -o -");
        let ran = idq(&words);
        assert_eq!(ran.text().lines().count(), lines, "{request}");
    }
    let twice = "provisionr.ndjson provisionr.ndjson.gz --dedupe";
    let ran = idq(&format!("export {twice} --format ndjson -o -"));
    assert_eq!(ran.text().lines().count(), 54);
}

#[test]
fn it_says_what_it_did() {
    let folder = folder();
    let said: String = [
        ("export provisionr.ndjson", "out.parquet"),
        ("export provisionr.ndjson --raw --quiet", "out.arrow"),
        (
            "export permission-assist.json --format csv --partition-by status",
            "parts",
        ),
        ("export provisionr.ndjson -f state=actve", "none.feather"),
    ]
    .into_iter()
    .map(|(line, name)| {
        let ran = export(&folder, line, name);
        assert_eq!(ran.text(), "");
        ran.said()
    })
    .collect();
    let said = said.replace(&*folder.path().to_string_lossy(), "[folder]");
    insta::assert_snapshot!(said, @"
    54 records matched; written to [folder]/out.parquet; loaded 60 records (107.03 kB) from 1 source in [time]; [time] in all
    60 records matched; written to 3 files in [folder]/parts; loaded 60 records (32.65 kB) from 1 source in [time]; [time] in all
    hint: no record has `actve` for filter[state]; there is `active`
    0 records matched; written to [folder]/none.feather; loaded 60 records (107.03 kB) from 1 source in [time]; [time] in all
    ");
    assert_eq!(
        names(folder.path()),
        ["none.feather", "out.arrow", "out.parquet", "parts"]
    );
    let parts = folder.path().join("parts");
    assert_eq!(
        names(&parts),
        ["status=Active", "status=Disabled", "status=Removed"]
    );
    assert_eq!(names(&parts.join("status=Removed")), ["part-0.csv"]);
}

#[test]
fn parquet_and_arrow_start_as_they_do() {
    let folder = folder();
    let magic = |name: &str| fs::read(folder.path().join(name)).unwrap()[..4].to_vec();
    export(&folder, "export provisionr.ndjson", "out.parquet");
    export(&folder, "export provisionr.ndjson", "out.arrow");
    assert_eq!(
        (magic("out.parquet"), magic("out.arrow")),
        (b"PAR1".to_vec(), b"ARRO".to_vec())
    );
    let parquet = idq("export provisionr.ndjson --format parquet -o -");
    assert!(parquet.stdout == fs::read(folder.path().join("out.parquet")).unwrap());
    // A stream, for readers that cannot seek.
    let stream = idq("export provisionr.ndjson --format arrow -o -");
    assert_eq!(stream.stdout[..4], [0xFF; 4]);
}

#[test]
fn rejects_are_set_aside() {
    let folder = folder();
    let rejects = folder.path().join("rejects.ndjson");
    let ran = Idq::new([
        "export",
        "damaged.ndjson",
        "--on-bad-record",
        "skip",
        "--rejects",
    ])
    .args([&rejects])
    .args(["--format", "ndjson", "-o", "-"])
    .succeeds();
    assert_eq!(ran.text().lines().count(), 2);
    assert_eq!(fs::read_to_string(&rejects).unwrap().lines().count(), 1);
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_written() {
    let folder = folder();
    fs::create_dir(folder.path().join("full")).unwrap();
    fs::write(folder.path().join("full/file"), "").unwrap();
    let said: String = [
        ("export provisionr.ndjson", "out"),
        ("export provisionr.ndjson --columns id", "out.ndjson"),
        ("export provisionr.ndjson --raw", "out.csv"),
        ("export provisionr.ndjson --columns id,id", "out.parquet"),
        ("export provisionr.ndjson --columns emial", "out.parquet"),
        (
            "export provisionr.ndjson -f stat=active -s emial",
            "out.parquet",
        ),
        (
            "export provisionr.ndjson --partition-by profile",
            "out.parquet",
        ),
        (
            "export provisionr.ndjson --partition-by stat",
            "out.parquet",
        ),
        (
            "export provisionr.ndjson --partition-by state --format csv",
            "full",
        ),
        ("export provisionr.ndjson --format csv", "full"),
        ("export provisionr.ndjson", "no/such/out.csv"),
        ("export damaged.ndjson", "out.csv"),
    ]
    .into_iter()
    .map(|(line, name)| export(&folder, line, name).failure())
    .collect();
    let said = said.replace(&*folder.path().to_string_lossy(), "[folder]");
    insta::assert_snapshot!(said, @"
    error: expected a format: add --format parquet, arrow, csv or ndjson
    exit status 2
    error: --columns: ndjson has whole records as they are
    exit status 2
    error: --raw adds a column to parquet or arrow: choose one of them
    exit status 2
    error: expected columns of different names, found `id` twice
    exit status 2
    error: --columns: no record has a field `emial`
      help: did you mean `email`?
      `idq fields` lists the fields; keys of free-form objects go behind a dot: profile.department
    exit status 2
    error: expected the name of a filter, found `stat`
      -f: stat=active
          ^^^^
      help: did you mean `filter[state]`? the filters are id_search, workspace_integration_id, directory_user_id, vendor_id, vendor_id_search, email, email_search, state, profile_search, created_before, created_after, deleted_before, deleted_after, provisioned_before, provisioned_after, profile_changed_before, profile_changed_after, last_authenticated_before, last_authenticated_after, deprovisioned_before, deprovisioned_after, trashed, deprovisioned_pending_deactivation, id, updated_before, updated_after

    expected a sort key, found `emial`
      -s: emial
          ^^^^^
      help: did you mean `email`? the sort keys are workspace_integration_id, source_id, directory_user_id, user_id, vendor_id, user_full-name, user_email, email, state, created_at, updated_at, deleted_at, provisioned_at, profile_changed_at, last_authenticated_at, deprovisioned_at
    exit status 2
    error: cannot partition by profile: expected a text, keyword or boolean field, found a document
    exit status 2
    error: expected a field to partition by, found `stat`
      help: did you mean `state`?
    exit status 2
    error: cannot write [folder]/full: expected a new or an empty folder, found something in it
    exit status 3
    error: cannot write [folder]/full: is a directory
    exit status 3
    error: cannot write [folder]/no/such/out.csv: No such file or directory (os error 2)
    exit status 3
    error: damaged.ndjson: record 2, line 2, byte 1901, field state: expected a string, found the number 5
    exit status 3
    ");
    assert_eq!(names(folder.path()), ["full"]);
    let said: String = [
        "export provisionr.ndjson --partition-by state --format csv -o -",
        "export provisionr.ndjson --format csv -o provisionr.ndjson",
        "export provisionr.ndjson --format csv -o out --on-bad-record skip --rejects out",
    ]
    .into_iter()
    .map(|line| idq(line).failure())
    .collect();
    insta::assert_snapshot!(said, @"
    error: --partition-by writes a folder: name one with -o
    exit status 2
    error: -o: provisionr.ndjson is one of the sources: name another file
    exit status 2
    error: -o: expected another file than that of --rejects
    exit status 2
    ");
    assert!(!fixtures().join("out").exists());
    assert!(fixture("provisionr.ndjson").starts_with(b"{\"id\""));
}

#[cfg(target_os = "linux")]
#[test]
fn devices_are_written_to_as_they_are() {
    for format in ["parquet", "arrow", "csv", "ndjson"] {
        let ran = idq(&format!(
            "export provisionr.ndjson --format {format} -o /dev/null"
        ));
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let full = idq(&format!(
            "export provisionr.ndjson --format {format} -o /dev/full"
        ));
        insta::allow_duplicates! {
            insta::assert_snapshot!(full.failure(), @"
            error: cannot write /dev/full: No space left on device (os error 28)
            exit status 3
            ");
        }
    }
    let metadata = fs::metadata("/dev/full").unwrap();
    assert!(!metadata.is_file());
}
