//! A file that is written to while it is open: no answer is given that it could have spoilt, and the process goes on.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use idq_snapshot::{
    ColumnError, LoadError, LoadErrorKind, Snapshot, SnapshotFile, guard_mapped_files, verify_file,
};
use idq_testing::Api;

use crate::{Packed, dump, lines, load};

const ROWS: u64 = 400;

fn packed() -> Packed {
    guard_mapped_files().unwrap();
    Packed::of(&load(&dump(Api::Provisionr, ROWS)))
}

fn cut(path: &Path, length: u64) {
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_len(length)
        .unwrap();
}

/// Writes other bytes into the file, and gives it its old time back.
fn overwrite(path: &Path, bytes: &[u8]) {
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    fs::write(path, bytes).unwrap();
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(modified).unwrap();
    assert_eq!(file.metadata().unwrap().modified().unwrap(), modified);
}

/// The bytes of a file with one changed in the middle, where records and columns are.
fn with_another_byte(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bytes
}

/// Reads everything that questions read.
fn read_all(snapshot: &Snapshot) -> Result<Vec<u8>, LoadError> {
    for field in snapshot.api().queried_fields() {
        column_texts(snapshot, field)?;
        snapshot.ranks(field)?;
    }
    lines(snapshot)
}

/// Reads a column, and every text of it.
fn column_texts(snapshot: &Snapshot, field: usize) -> Result<(), LoadError> {
    match snapshot.columns(&[field]) {
        Ok(columns) => {
            for column in columns.field(field) {
                if let idq_columns::Column::Text(texts) = column {
                    std::hint::black_box(texts.to_strings());
                }
            }
            Ok(())
        }
        Err(ColumnError::Unreadable(error)) => Err(error),
        Err(error) => panic!("{error}"),
    }
}

#[track_caller]
fn assert_changed<T: std::fmt::Debug>(result: Result<T, LoadError>, case: &str) {
    let kind = result.expect_err(case).kind;
    assert!(matches!(*kind, LoadErrorKind::Changed), "{case}: {kind}");
}

/// Ways to write to a file in place.
type Harm = (&'static str, fn(&Path));

fn harms() -> Vec<Harm> {
    vec![
        ("cut to nothing", |path| cut(path, 0)),
        ("cut to a page", |path| cut(path, 4096)),
        ("cut inside a page", |path| {
            cut(path, (fs::metadata(path).unwrap().len() / 2) | 0x123);
        }),
        ("cut by a byte", |path| {
            cut(path, fs::metadata(path).unwrap().len() - 1);
        }),
        ("grown", |path| {
            cut(path, fs::metadata(path).unwrap().len() + 1);
        }),
        ("a byte changed, the old time", |path| {
            overwrite(path, &with_another_byte(&fs::read(path).unwrap()));
        }),
        ("zeros, the old time", |path| {
            overwrite(path, &vec![0; fs::metadata(path).unwrap().len() as usize]);
        }),
        ("noise, the old time", |path| {
            let noise = (0..fs::metadata(path).unwrap().len()).map(|at| (at * 167 % 251) as u8);
            overwrite(path, &noise.collect::<Vec<_>>());
        }),
    ]
}

/// A file that is packed and opened, with its columns read or not.
fn opened(is_read: bool) -> (Packed, Arc<SnapshotFile>, Snapshot) {
    let packed = packed();
    let file = Arc::new(SnapshotFile::open(&packed.path).unwrap());
    let snapshot = Snapshot::from_file(Arc::clone(&file)).unwrap();
    if is_read {
        read_all(&snapshot).unwrap();
    }
    (packed, file, snapshot)
}

#[test]
fn snapshot_file_overwritten_before_a_query_is_refused() {
    for (case, harm) in harms() {
        for is_read_before in [false, true] {
            let (packed, file, snapshot) = opened(is_read_before);
            harm(&packed.path);
            assert_changed(file.while_unchanged(|| read_all(&snapshot)), case);
            assert_changed(lines(&snapshot), case);
            assert_changed(verify_file(&file), case);
        }
    }
}

/// The work itself meets zeros, or bytes of another file.
#[test]
fn snapshot_file_overwritten_during_a_query_is_refused() {
    for (case, harm) in harms() {
        for is_read_before in [false, true] {
            let (packed, file, snapshot) = opened(is_read_before);
            let result = file.while_unchanged(|| {
                harm(&packed.path);
                // The result does not matter: columns may be read before or after the change.
                for field in snapshot.api().queried_fields() {
                    let _ = column_texts(&snapshot, field);
                }
                let _ = read_all(&snapshot);
                Ok::<(), LoadError>(())
            });
            assert_changed(result, case);
        }
    }
}

/// A file that has changed does not become right again when its bytes do, as columns may have been read meanwhile.
#[test]
fn snapshot_file_with_restored_bytes_stays_refused_until_reopened() {
    let packed = packed();
    let sound = packed.bytes();
    let file = Arc::new(SnapshotFile::open(&packed.path).unwrap());
    cut(&packed.path, 0);
    assert_changed(file.check_unchanged(), "cut");
    overwrite(&packed.path, &sound);
    assert_changed(file.check_unchanged(), "restored");
    verify_file(&Arc::new(SnapshotFile::open(&packed.path).unwrap())).unwrap();
}

/// As `idq pack` replaces files, and as links and permissions come and go: the bytes are the same.
#[test]
fn snapshot_file_with_changed_metadata_stays_usable() {
    let packed = packed();
    let file = Arc::new(SnapshotFile::open(&packed.path).unwrap());
    let snapshot = Snapshot::from_file(Arc::clone(&file)).unwrap();
    let expected = dump(Api::Provisionr, ROWS);
    let beside = packed.path.with_extension("other");
    let steps: [(&str, &dyn Fn()); 4] = [
        ("linked", &|| fs::hard_link(&packed.path, &beside).unwrap()),
        ("read only", &|| {
            let mut permissions = fs::metadata(&packed.path).unwrap().permissions();
            permissions.set_readonly(true);
            fs::set_permissions(&packed.path, permissions).unwrap();
        }),
        ("replaced", &|| {
            fs::write(&beside, "another").unwrap_or_default();
            let new = packed.path.with_extension("new");
            fs::write(&new, "another").unwrap();
            fs::rename(&new, &packed.path).unwrap();
        }),
        ("gone", &|| fs::remove_file(&beside).unwrap_or_default()),
    ];
    for (case, step) in steps {
        if case == "replaced" {
            // Its other name still leads to the file, which must not be written to.
            fs::remove_file(&beside).unwrap();
        }
        step();
        let read = file.while_unchanged(|| read_all(&snapshot));
        assert!(read.expect(case) == expected, "{case}");
    }
}

#[cfg(target_os = "linux")]
const SIGBUS: i32 = 7;
#[cfg(not(target_os = "linux"))]
const SIGBUS: i32 = 10;

/// Says to the process that a test starts that it is that one.
const IS_CHILD: &str = "IDQ_TEST_FAULTS";

/// A fault in a map that no guard covers ends the process that has it.
#[test]
fn fault_outside_of_snapshot_files_ends_the_process() {
    use std::os::unix::process::ExitStatusExt;
    if std::env::var_os(IS_CHILD).is_none() {
        let name = "changed::fault_outside_of_snapshot_files_ends_the_process";
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name])
            .env(IS_CHILD, "1")
            .output()
            .unwrap();
        assert_eq!(output.status.signal(), Some(SIGBUS), "{:?}", output.status);
        return;
    }
    let packed = packed();
    let _guarded = SnapshotFile::open(&packed.path).unwrap();
    let file = tempfile::tempfile().unwrap();
    file.set_len(1 << 20).unwrap();
    #[expect(unsafe_code, reason = "a memory map is tested")]
    // SAFETY: nothing else has the file; that it is cut short is what is tested.
    let map = unsafe { memmap2::Mmap::map(&file) }.unwrap();
    file.set_len(0).unwrap();
    std::hint::black_box(map[4096]);
    unreachable!("the process has died");
}

/// Each map has its place in the list of the guard, and gives it back.
#[test]
fn guard_of_many_files_covers_each_of_them() {
    let packed: Vec<Packed> = (0..3).map(|_| packed()).collect();
    for _ in 0..3 {
        let open = |of: usize| Arc::new(SnapshotFile::open(&packed[of % 2].path).unwrap());
        let files: Vec<_> = (0..100).map(open).collect();
        let third = Arc::new(SnapshotFile::open(&packed[2].path).unwrap());
        let sound = fs::read(&packed[2].path).unwrap();
        let read = third.while_unchanged(|| {
            cut(&packed[2].path, 0);
            let _ = verify_file(&third);
            let snapshot = Snapshot::from_file(Arc::clone(&third))?;
            read_all(&snapshot)
        });
        assert_changed(read, "cut");
        fs::write(&packed[2].path, sound).unwrap();
        for file in &files {
            verify_file(file).unwrap();
        }
    }
}
