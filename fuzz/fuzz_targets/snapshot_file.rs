//! Queries edited snapshot files: they cause no panic, and unless their checksums are recomputed, every edit is detected.
#![no_main]

use std::path::Path;
use std::sync::{Arc, OnceLock};

use idq_engine::{BindOptions, Caches, bind};
use idq_grammar::Query;
use idq_load::{Loader, Source};
use idq_pack::{PackOptions, pack};
use idq_snapshot::snapshot_file::reseal;
use idq_snapshot::{RowId, Snapshot, SnapshotFile, verify_file};
use idq_testing::{Generator, Shape, generate_dump};
use libfuzzer_sys::fuzz_target;

const QUERIES: [&[&str]; 2] = [
    &[
        "filter[state]=active&sort=-created_at",
        "filter[email_search]=a&filter[profile_search]=e&sort=vendor_id",
        "filter[trashed]=with&filter[updated_after]=2024&sort=user_full-name,email",
    ],
    &[
        "filter[status]=Active",
        "filter[department_search]=e&filter[id_search]=1&sort=-createdDate",
        "filter[emailAddress_search]=a&sort=office",
    ],
];

fuzz_target!(init: on_one_thread(), |input: &[u8]| {
    let [which, mode, edits @ ..] = input else { return };
    let api = usize::from(which & 1);
    let sound = &files()[api];
    let mut bytes = sound.clone();
    // Each edit has a position, an operation and a value.
    for edit in edits.as_chunks::<5>().0 {
        let [high, middle, low, operation, value] = *edit;
        let position = u32::from_be_bytes([0, high, middle, low]) as usize % bytes.len();
        match operation % 4 {
            0 => bytes[position] = value,
            1 => bytes[position] ^= 1 << (value % 8),
            2 => bytes[position..].iter_mut().take(4).for_each(|byte| *byte = value),
            _ => {
                let from = usize::from(value) * sound.len() / 256;
                let count = 64.min(bytes.len() - position.max(from));
                bytes.copy_within(from..from + count, position);
            }
        }
    }
    if mode & 2 == 2 {
        bytes.truncate(bytes.len() - usize::from(*which) * bytes.len() / 256);
    }
    let is_changed = bytes != *sound;
    let is_resealed = mode & 1 == 1;
    if is_resealed {
        reseal(&mut bytes);
    }
    let buffer = arrow_buffer::Buffer::from_vec(bytes);
    let Ok(file) = SnapshotFile::from_bytes(Path::new("fuzz"), buffer) else {
        return;
    };
    let file = Arc::new(file);
    let verified = verify_file(&file);
    if !is_resealed {
        assert_eq!(verified.is_err(), is_changed);
    }
    if let Ok(snapshot) = Snapshot::from_file(file) {
        run_queries(&snapshot, QUERIES[api]);
    }
});

fn run_queries(snapshot: &Snapshot, queries: &[&str]) {
    let caches = Caches::default();
    let mut reader = snapshot.reader();
    for text in queries {
        let query = Query::parse(text).expect("the query is valid");
        let Ok(bound) = bind(&query, snapshot.api(), &BindOptions::default()) else {
            continue;
        };
        // The second query in an order uses the sorted index.
        for _ in 0..2 {
            if let Ok(page) = bound.page(snapshot, &caches) {
                for row in page.rows {
                    let _ = snapshot.record(row, &mut reader);
                }
            }
        }
        let _ = idq_engine::hints(&bound, snapshot, 0);
    }
    for row in 0..snapshot.all_rows().min(300) as u32 {
        let _ = snapshot.record(RowId(row), &mut reader);
    }
}

/// Returns a file of each API.
fn files() -> &'static [Vec<u8>; 2] {
    static FILES: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
    FILES.get_or_init(|| {
        [Generator::PROVISIONR, Generator::PERMISSION_ASSIST].map(|generator| {
            let dump = generate_dump(generator, 60, Shape::Ndjson);
            let loader = Loader::new(vec![Source::bytes("dump", dump)]).block_size(20_000);
            let snapshot = loader.load().expect("a generated dump loads");
            let path =
                std::env::temp_dir().join(format!("idq-fuzz-{}-{generator:?}", std::process::id()));
            pack(&snapshot, &path, &PackOptions::default()).expect("the snapshot is packed");
            let bytes = std::fs::read(&path).expect("the file was written");
            let _ = std::fs::remove_file(&path);
            bytes
        })
    })
}

fn on_one_thread() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1);
    pool.build_global().expect("the pool is the first one");
    files();
}
