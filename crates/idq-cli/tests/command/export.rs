//! `idq export`: files, options, refusals.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::idq::Ran;
use crate::{Idq, fixtures, folder, idq, read_fixture};

/// Runs an export to a path in a folder.
fn export(folder: &TempDir, line: &str, name: &str) -> Ran {
    Idq::new(line.split_whitespace())
        .args(["-o".as_ref(), folder.path().join(name).as_os_str()])
        .run()
}

/// Returns the sorted names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn export_of_text_formats_has_the_bytes_of_query() {
    let folder = folder();
    for (format, more) in [
        ("ndjson", ""),
        ("csv", ""),
        ("csv", "--raw-csv"),
        ("csv", "--columns id,state,profile.department"),
    ] {
        let request = "provisionr.ndjson -f state=active -f state=orphan -s -created_at,email";
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

/// A page of the request is ignored, but its filters apply.
#[test]
fn export_writes_every_match_in_the_order_of_query() {
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
fn export_prints_a_summary() {
    let folder = folder();
    let messages: String = [
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
        ran.messages()
    })
    .collect();
    let messages = messages.replace(&*folder.path().to_string_lossy(), "[folder]");
    insta::assert_snapshot!(messages, @"
    54 records matched (6 deleted left out: add -f trashed=with); written to [folder]/out.parquet; loaded 60 records (107.03 kB) from 1 source in [time]; [time] in all
    60 records matched; written to 3 files in [folder]/parts; loaded 60 records (32.65 kB) from 1 source in [time]; [time] in all
    hint: no record has `actve` for filter[state]; others have `active`
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
fn export_of_typed_formats_has_their_magic_bytes() {
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
    // The stream format, for readers that cannot seek.
    let stream = idq("export provisionr.ndjson --format arrow -o -");
    assert_eq!(stream.stdout[..4], [0xFF; 4]);
}

#[test]
fn export_with_rejects_writes_them() {
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
fn export_with_wrong_options_is_refused_before_the_load() {
    let folder = folder();
    fs::create_dir(folder.path().join("full")).unwrap();
    fs::write(folder.path().join("full/file"), "").unwrap();
    let messages: String = [
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
    let messages = messages.replace(&*folder.path().to_string_lossy(), "[folder]");
    insta::assert_snapshot!(messages, @"
    error: expected a format: add --format parquet, arrow, xlsx, csv or ndjson
    exit status 2
    error: --columns does not apply to ndjson, which writes whole records: add --format parquet, arrow, xlsx or csv
    exit status 2
    error: --raw does not apply to csv, which has no column for records: add --format parquet, arrow or xlsx
    exit status 2
    error: expected columns of different names, found `id` twice
    exit status 2
    error: --columns: no record has a field `emial`
      help: did you mean `email`?
      `idq fields` lists the fields, `idq info FILE --paths` the paths in free-form objects, such as profile.department
    exit status 2
    error: expected the name of a filter, found `stat`
      -f: stat=active
          ^^^^
      help: did you mean `filter[state]`? `idq fields --api provisionr` lists the filters

    expected a sort key, found `emial`
      -s: emial
          ^^^^^
      help: did you mean `email`? `idq fields --api provisionr` lists the sort keys
    exit status 2
    error: cannot partition by profile: expected a text or boolean field, found a document
    exit status 2
    error: expected a field to partition by, found `stat`
      help: did you mean `state`?
    exit status 2
    error: cannot write [folder]/full: expected a new or empty folder, found a folder with entries
    exit status 3
    error: cannot write [folder]/full: is a directory
    exit status 3
    error: cannot write [folder]/no/such/out.csv: No such file or directory (os error 2)
    exit status 3
    error: damaged.ndjson: record 2, line 2, byte 1901, field state: expected a string, found the number 5
    exit status 3
    ");
    assert_eq!(names(folder.path()), ["full"]);
    let messages: String = [
        "export provisionr.ndjson --partition-by state --format csv -o -",
        "export provisionr.ndjson -o provisionr.ndjson",
        "export provisionr.ndjson --format csv -o out --on-bad-record skip --rejects out",
    ]
    .into_iter()
    .map(|line| idq(line).failure())
    .collect();
    insta::assert_snapshot!(messages, @"
    error: --partition-by writes a folder: name one with -o
    exit status 2
    error: -o: provisionr.ndjson is one of the sources: name another file
    exit status 2
    error: -o and --rejects name the same file
    exit status 2
    ");
    assert!(!fixtures().join("out").exists());
    assert!(read_fixture("provisionr.ndjson").starts_with(b"{\"id\""));
}

#[test]
fn export_to_a_name_of_another_format_is_refused() {
    let folder = folder();
    let messages: String = [
        ("--format parquet", "people.csv"),
        ("--format csv", "people.FEATHER"),
        ("--format ndjson --partition-by state", "parts.parquet"),
        ("--format arrow", "people.idq"),
        ("", "people.idq"),
        ("", "people.json"),
        ("--raw-csv", "people.parquet"),
        ("--raw-csv --format ndjson", "people"),
    ]
    .into_iter()
    .map(|(line, name)| {
        export(&folder, &format!("export provisionr.ndjson {line}"), name).failure()
    })
    .collect();
    let messages = messages.replace(&*folder.path().to_string_lossy(), "[folder]");
    insta::assert_snapshot!(messages, @"
    error: -o [folder]/people.csv: the file extension is that of csv, but --format is parquet: change one of them
    exit status 2
    error: -o [folder]/people.FEATHER: the file extension is that of arrow, but --format is csv: change one of them
    exit status 2
    error: -o [folder]/parts.parquet: the file extension is that of parquet, but --format is ndjson: change one of them
    exit status 2
    error: -o [folder]/people.idq: expected a file of records, found the name of a snapshot file, which `idq pack` writes
    exit status 2
    error: -o [folder]/people.idq: expected a file of records, found the name of a snapshot file, which `idq pack` writes
    exit status 2
    error: -o [folder]/people.json: expected the extension of an export, found that of JSON, whose envelope belongs to one page: write an .ndjson file, with a record on each line, or redirect `idq query … --all -o json > FILE`, one array
    exit status 2
    error: --raw-csv does not apply to parquet: add --format csv
    exit status 2
    error: --raw-csv does not apply to ndjson: add --format csv
    exit status 2
    ");
    insta::assert_snapshot!(idq("query provisionr.json --raw-csv").failure(), @"
    error: --raw-csv does not apply to json: add -o csv
    exit status 2
    ");
    assert_eq!(names(folder.path()), [""; 0]);
    for (line, name) in [
        ("--format csv --raw-csv", "people.csv"),
        ("--format ndjson", "people.json"),
        ("--format csv", "people.txt"),
    ] {
        let ran = export(&folder, &format!("export provisionr.ndjson {line}"), name);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
    }
}

/// URLs from the log of a client select pages, which must not be an error.
#[test]
fn export_with_a_page_prints_a_hint() {
    let messages: String = [
        "export provisionr.ndjson --format ndjson -o - -q page=2",
        "export provisionr.ndjson --format ndjson -o - -q state=active&page=2&per_page=3",
        "export provisionr.ndjson --format ndjson -o - -q page=900 --quiet",
        "query provisionr.ndjson --all -q per_page=3&page=900",
        "query provisionr.ndjson --all",
        "query provisionr.ndjson -q page=900",
    ]
    .into_iter()
    .map(|line| {
        let line = line.replace("state=", "filter[state]=");
        let ran = idq(&line);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        format!("idq {line}\n{}", ran.messages())
    })
    .collect();
    insta::assert_snapshot!(messages, @"
    idq export provisionr.ndjson --format ndjson -o - -q page=2
    hint: page of the request is ignored, because every match was requested
    54 records matched (6 deleted left out: add -f trashed=with); all printed; loaded 60 records (107.03 kB) from 1 source in [time]; [time] in all
    idq export provisionr.ndjson --format ndjson -o - -q filter[state]=active&page=2&per_page=3
    hint: page and per_page of the request are ignored, because every match was requested
    44 records matched (2 deleted left out: add -f trashed=with); all printed; loaded 60 records (107.03 kB) from 1 source in [time]; [time] in all
    idq export provisionr.ndjson --format ndjson -o - -q page=900 --quiet
    idq query provisionr.ndjson --all -q per_page=3&page=900
    hint: page and per_page of the request are ignored, because every match was requested
    54 records matched (6 deleted left out: add -f trashed=with); all printed; loaded 60 records (107.03 kB) from 1 source in [time]
    idq query provisionr.ndjson --all
    54 records matched (6 deleted left out: add -f trashed=with); all printed; loaded 60 records (107.03 kB) from 1 source in [time]
    idq query provisionr.ndjson -q page=900
    hint: page 900 is past the last page, 4
    54 records matched (6 deleted left out: add -f trashed=with); page 900 of 4; loaded 60 records (107.03 kB) from 1 source in [time]
    ");
}

#[test]
fn partition_field_that_is_unknown_has_the_nearest_name() {
    let folder = folder();
    let messages: String = [
        "full_name",
        "department",
        "created_at",
        "workspace_integration",
    ]
    .into_iter()
    .map(|field| {
        let line = format!("export provisionr.ndjson --format csv --partition-by {field}");
        export(&folder, &line, "parts").failure()
    })
    .collect();
    insta::assert_snapshot!(messages, @"
    error: expected a field to partition by, found `full_name`
      help: did you mean `included.directory_user.full_name`?
    exit status 2
    error: expected a field to partition by, found `department`
      help: the text and boolean fields are id, state, vendor_id, email, included.workspace_integration.id, included.workspace_integration.is_primary, included.workspace_integration.vendor, included.workspace_integration.handle, included.workspace_integration.domain, included.directory_user.id, included.directory_user.state, included.directory_user.manager_id, included.directory_user.is_manager, included.directory_user.full_name, included.directory_user.email, included.directory_user.username, links.self, links.workspace_integration, links.directory_user
    exit status 2
    error: expected a field to partition by, found `created_at`
      help: the text and boolean fields are id, state, vendor_id, email, included.workspace_integration.id, included.workspace_integration.is_primary, included.workspace_integration.vendor, included.workspace_integration.handle, included.workspace_integration.domain, included.directory_user.id, included.directory_user.state, included.directory_user.manager_id, included.directory_user.is_manager, included.directory_user.full_name, included.directory_user.email, included.directory_user.username, links.self, links.workspace_integration, links.directory_user
    exit status 2
    error: expected a field to partition by, found `workspace_integration`
      help: did you mean `links.workspace_integration`?
    exit status 2
    ");
}

#[cfg(target_os = "linux")]
#[test]
fn export_to_a_device_writes_to_it() {
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
