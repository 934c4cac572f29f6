//! Files appear whole or not at all.

use std::fs;
use std::io::{self, Write};

use idq::{Loader, Snapshot, Source};
use idq_export::{Error, Exporter, Format};

use crate::{all, fixture, folder, names, parquet, snapshot};

const FORMATS: [Format; 4] = [Format::Parquet, Format::Arrow, Format::Csv, Format::Ndjson];

/// Enough records for several pieces of a file, and the file.
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
fn a_failure_in_the_middle_leaves_what_was_there() {
    let folder = folder();
    let dump = large(folder.path());
    let loader = Loader::new(vec![Source::from(dump.as_path())]).api(idq::api::Api::provisionr());
    let snapshot = Snapshot::load(loader).unwrap();
    // Records that cannot be read any more.
    let mut longer = fs::File::options().append(true).open(&dump).unwrap();
    longer.write_all(b"\n").unwrap();
    let path = folder.path().join("out");
    fs::write(&path, "what was there").unwrap();
    for format in FORMATS {
        let failed = Exporter::new(&snapshot, format).to_path(&all(&snapshot), &path);
        assert!(matches!(failed, Err(Error::Read(_))), "{failed:?}");
        assert_eq!(fs::read(&path).unwrap(), b"what was there");
        let partitioned = Exporter::new(&snapshot, format)
            .partition_by("state")
            .to_path(&all(&snapshot), &folder.path().join("parts"));
        assert!(partitioned.is_err());
    }
    assert_eq!(names(folder.path()), ["dump.ndjson", "out"]);
}

/// Takes so many bytes, then fails.
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
fn an_output_that_fails_says_so_itself() {
    let folder = folder();
    let snapshot = Snapshot::open([large(folder.path()).as_path()]).unwrap();
    for format in FORMATS {
        for room in [0, 20, 10_000] {
            let exporter = Exporter::new(&snapshot, format);
            match exporter.to_writer(&all(&snapshot), Full(room)) {
                Err(Error::Output(error)) => assert_eq!(error.to_string(), "full"),
                other => panic!("{format:?}, {room}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_file_is_replaced_and_lends_its_permissions() {
    let folder = folder();
    let path = folder.path().join("out.parquet");
    fs::write(&path, "old").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    }
    let snapshot = Snapshot::open([fixture("provisionr.ndjson")]).unwrap();
    let rows = all(&snapshot);
    let written = Exporter::new(&snapshot, Format::Parquet).to_path(&rows, &path);
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
fn a_link_is_kept_and_what_it_points_to_replaced() {
    let folder = folder();
    let (target, link) = (folder.path().join("target"), folder.path().join("link"));
    fs::write(&target, "old").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let snapshot = snapshot(&[""]);
    Exporter::new(&snapshot, Format::Ndjson)
        .to_path(&all(&snapshot), &link)
        .unwrap();
    assert!(link.is_symlink());
    assert_eq!(fs::read_to_string(&target).unwrap(), "{\"id\":\"r0\"}\n");
}

#[test]
fn the_bytes_do_not_depend_on_threads() {
    let snapshot = Snapshot::open([fixture("provisionr.ndjson")]).unwrap();
    let rows = all(&snapshot).repeat(500);
    for format in FORMATS {
        let written = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let mut bytes = Vec::new();
            let exporter = Exporter::new(&snapshot, format);
            let written = pool
                .unwrap()
                .install(|| exporter.to_writer(&rows, &mut bytes));
            assert_eq!(written.unwrap().records, rows.len() as u64);
            bytes
        };
        assert!(written(1) == written(5), "{format:?}");
    }
}

#[test]
fn no_rows_are_a_file_without_rows() {
    let folder = folder();
    let snapshot = Snapshot::open([fixture("permission-assist.ndjson")]).unwrap();
    let path = folder.path().join("none");
    for format in FORMATS {
        Exporter::new(&snapshot, format)
            .to_path(&[], &path)
            .unwrap();
    }
    assert_eq!(fs::read(&path).unwrap(), b"");
    Exporter::new(&snapshot, Format::Parquet)
        .to_path(&[], &path)
        .unwrap();
    let batch = parquet(&path);
    assert_eq!((batch.num_rows(), batch.num_columns()), (0, 17));
}

#[test]
fn what_does_not_suit_the_format_is_refused() {
    let snapshot = snapshot(&[""]);
    let folder = folder();
    let path = folder.path().join("out");
    let exporter = |format| Exporter::new(&snapshot, format);
    for exporter in [
        exporter(Format::Csv).record(true),
        exporter(Format::Ndjson).record(true),
        exporter(Format::Ndjson).columns(["id"]),
        exporter(Format::Parquet).columns(["id", "state", "id"]),
        exporter(Format::Arrow)
            .columns(["id", "record"])
            .record(true),
    ] {
        let refused = exporter.to_path(&all(&snapshot), &path).unwrap_err();
        assert!(refused.is_wrong_request(), "{refused}");
    }
    assert_eq!(names(folder.path()), [""; 0]);
}
