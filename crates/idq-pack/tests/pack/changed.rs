//! Snapshot files that are overwritten in place while they are open: queries fail, and the process continues.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use idq_snapshot::{
    ColumnError, LoadError, LoadErrorKind, Snapshot, SnapshotFile, guard_mapped_files, verify_file,
};
use idq_testing::Generator;

use crate::{Packed, dump, lines, load};

const ROWS: u64 = 400;

fn packed() -> Packed {
    guard_mapped_files().unwrap();
    Packed::of(&load(&dump(Generator::PROVISIONR, ROWS)))
}

fn cut(path: &Path, length: u64) {
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_len(length)
        .unwrap();
}

/// Overwrites a file in place, and restores its modification time.
fn overwrite(path: &Path, bytes: &[u8]) {
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    fs::write(path, bytes).unwrap();
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(modified).unwrap();
    assert_eq!(file.metadata().unwrap().modified().unwrap(), modified);
}

/// Returns the bytes of a file with one changed in the middle, which has records and columns.
fn with_another_byte(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bytes
}

/// Reads everything that queries read.
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

/// A way to overwrite a file in place, and its name.
type FileChange = (&'static str, fn(&Path));

fn file_changes() -> Vec<FileChange> {
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

/// Packs and opens a file, and reads its columns if `is_read`.
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
    for (case, change_file) in file_changes() {
        for is_read_before in [false, true] {
            let (packed, file, snapshot) = opened(is_read_before);
            change_file(&packed.path);
            assert_changed(file.while_unchanged(|| read_all(&snapshot)), case);
            assert_changed(lines(&snapshot), case);
            assert_changed(verify_file(&file), case);
        }
    }
}

/// The query itself reads zeros, or bytes of another file.
#[test]
fn snapshot_file_overwritten_during_a_query_is_refused() {
    for (case, change_file) in file_changes() {
        for is_read_before in [false, true] {
            let (packed, file, snapshot) = opened(is_read_before);
            let result = file.while_unchanged(|| {
                change_file(&packed.path);
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

/// Columns may have been read while the file was changed, so restoring its bytes does not suffice.
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

/// A rename by `idq pack`, links and permissions change the state of a file, but not its bytes.
#[test]
fn snapshot_file_with_changed_metadata_stays_usable() {
    let packed = packed();
    let file = Arc::new(SnapshotFile::open(&packed.path).unwrap());
    let snapshot = Snapshot::from_file(Arc::clone(&file)).unwrap();
    let expected = dump(Generator::PROVISIONR, ROWS);
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
            // The link is a name of the same file, which must not be overwritten.
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

/// The environment variable of the child process that the test starts.
const IS_CHILD: &str = "IDQ_TEST_FAULTS";

/// The child process reads a truncated map that the guard does not cover.
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
    // SAFETY: no other process has the file, and the test truncates it on purpose.
    let map = unsafe { memmap2::Mmap::map(&file) }.unwrap();
    file.set_len(0).unwrap();
    std::hint::black_box(map[4096]);
    unreachable!("the fault ends the process");
}

/// Each map takes an entry in the list of the guard, and frees it.
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
