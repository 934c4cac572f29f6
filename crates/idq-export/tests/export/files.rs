//! Exported files are complete or absent, whichever step fails.

use std::fs;
use std::io::{self, Write};

use idq::{Loader, Source};
use idq_export::{Error, ExportFormat, Exporter};

use idq_testing::{fixture, folder};

use crate::{all, names, open, parquet, snapshot};

/// Writes a dump that several tasks of the pipeline decode.
fn large(folder: &std::path::Path) -> std::path::PathBuf {
    let path = folder.join("dump.ndjson");
    let mut dump = Vec::new();
    for index in 0..40_000 {
        let record = crate::record(index, r#""state":"active","vendor_id":"v""#);
        writeln!(dump, "{record}").unwrap();
    }
    fs::write(&path, dump).unwrap();
    path
}

#[test]
fn export_that_fails_midway_keeps_the_previous_file() {
    let folder = folder();
    let dump = large(folder.path());
    let loader = Loader::new(vec![Source::from(dump.as_path())]).api(idq::api::Api::provisionr());
    let snapshot = loader.load().unwrap();
    // A dump that has changed since its load.
    let mut longer = fs::File::options().append(true).open(&dump).unwrap();
    longer.write_all(b"\n").unwrap();
    let path = folder.path().join("out");
    fs::write(&path, "what was there").unwrap();
    for format in ExportFormat::all() {
        let failed = Exporter::new(&snapshot, format).write_to_path(&all(&snapshot), &path);
        assert!(matches!(failed, Err(Error::Read(_))), "{failed:?}");
        assert_eq!(fs::read(&path).unwrap(), b"what was there");
        let partitioned = Exporter::new(&snapshot, format)
            .with_partitions_by("state")
            .write_to_path(&all(&snapshot), &folder.path().join("parts"));
        assert!(partitioned.is_err());
    }
    assert_eq!(names(folder.path()), ["dump.ndjson", "out"]);
}

/// An output with space for this number of bytes, which fails beyond.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.0 {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "full"));
        }
        self.0 -= bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn output_that_fails_reports_its_own_error() {
    let folder = folder();
    let snapshot = open(large(folder.path()));
    for format in ExportFormat::all() {
        for room in [0, 20, 10_000] {
            let exporter = Exporter::new(&snapshot, format);
            match exporter.write_to(&all(&snapshot), Full(room)) {
                Err(Error::Output(error)) => assert_eq!(error.to_string(), "full"),
                other => panic!("{format:?}, {room}: {other:?}"),
            }
        }
    }
}

#[test]
fn file_that_exists_is_replaced_and_keeps_its_permissions() {
    let folder = folder();
    let path = folder.path().join("out.parquet");
    fs::write(&path, "old").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    }
    let snapshot = open(fixture("provisionr.ndjson"));
    let rows = all(&snapshot);
    let written = Exporter::new(&snapshot, ExportFormat::PARQUET).write_to_path(&rows, &path);
    let written = written.unwrap();
    assert_eq!((written.records, written.files), (60, 1));
    assert_eq!(parquet(&path).num_rows(), 60);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
    assert_eq!(names(folder.path()), ["out.parquet"]);
}

#[cfg(unix)]
#[test]
fn link_is_kept_and_its_target_replaced() {
    let folder = folder();
    let (target, link) = (folder.path().join("target"), folder.path().join("link"));
    fs::write(&target, "old").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let snapshot = snapshot(&[""]);
    Exporter::new(&snapshot, ExportFormat::NDJSON)
        .write_to_path(&all(&snapshot), &link)
        .unwrap();
    assert!(link.is_symlink());
    assert_eq!(fs::read_to_string(&target).unwrap(), "{\"id\":\"r0\"}\n");
}

#[test]
fn files_on_any_number_of_threads_have_the_same_bytes() {
    let snapshot = open(fixture("provisionr.ndjson"));
    let rows = all(&snapshot).repeat(500);
    for format in ExportFormat::all() {
        let written = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let mut bytes = Vec::new();
            let exporter = Exporter::new(&snapshot, format);
            let written = pool
                .unwrap()
                .install(|| exporter.write_to(&rows, &mut bytes));
            assert_eq!(written.unwrap().records, rows.len() as u64);
            bytes
        };
        assert!(written(1) == written(5), "{format:?}");
    }
}

#[test]
fn row_groups_on_any_number_of_threads_have_the_same_bytes() {
    let snapshot = open(fixture("provisionr.ndjson"));
    // Several groups of short rows; longer rows, whose first group is encoded in parts.
    for (copies, columns) in [
        (8_800, &["id", "state"][..]),
        (
            2_600,
            &["id", "email", "links.self", "links.directory_user"],
        ),
    ] {
        let rows = all(&snapshot).repeat(copies);
        let written = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let exporter = Exporter::new(&snapshot, ExportFormat::PARQUET);
            let exporter = exporter.with_columns(columns.iter().copied());
            let mut bytes = Vec::new();
            pool.unwrap()
                .install(|| exporter.write_to(&rows, &mut bytes))
                .unwrap();
            bytes
        };
        assert!(written(1) == written(3), "{columns:?}");
    }
}

#[test]
fn export_without_rows_is_a_file_without_rows() {
    let folder = folder();
    let snapshot = open(fixture("permission-assist.ndjson"));
    let path = folder.path().join("none");
    for format in ExportFormat::all() {
        Exporter::new(&snapshot, format)
            .write_to_path(&[], &path)
            .unwrap();
    }
    assert_eq!(fs::read(&path).unwrap(), b"");
    Exporter::new(&snapshot, ExportFormat::PARQUET)
        .write_to_path(&[], &path)
        .unwrap();
    let batch = parquet(&path);
    assert_eq!((batch.num_rows(), batch.num_columns()), (0, 17));
}

#[test]
fn option_that_the_format_lacks_is_refused() {
    let snapshot = snapshot(&[""]);
    let folder = folder();
    let path = folder.path().join("out");
    let exporter = |format| Exporter::new(&snapshot, format);
    for exporter in [
        exporter(ExportFormat::CSV).with_raw_records(),
        exporter(ExportFormat::NDJSON).with_raw_records(),
        exporter(ExportFormat::NDJSON).with_columns(["id"]),
        exporter(ExportFormat::PARQUET).with_columns(["id", "state", "id"]),
        exporter(ExportFormat::ARROW)
            .with_columns(["id", "record"])
            .with_raw_records(),
    ] {
        let refused = exporter.write_to_path(&all(&snapshot), &path).unwrap_err();
        assert!(refused.is_usage_error(), "{refused}");
    }
    assert_eq!(names(folder.path()), [""; 0]);
}
