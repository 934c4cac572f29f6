//! Tests of the storage of records and rejects: their bytes are read back verbatim.

use std::fs;
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use idq_json::MAX_DEPTH;
use idq_load::{Columns, Loader, OnBadRecord, Progress, Source, expand};
use idq_snapshot::{LoadErrorKind, MAX_RECORD, RowId};

use crate::support::{Generator, gzip, loader, ndjson, records, view};

#[test]
fn file_changed_after_the_load_is_refused() {
    let folder = idq_testing::folder();
    let path = folder.path().join("dump.ndjson");
    fs::write(&path, ndjson(&records(Generator::PROVISIONR, 3))).unwrap();
    let snapshot = Loader::new(vec![path.as_path().into()]).load().unwrap();
    let before = snapshot
        .record(RowId(1), &mut snapshot.reader())
        .unwrap()
        .to_vec();
    assert_eq!(before, records(Generator::PROVISIONR, 3)[1]);
    fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(10)
        .unwrap();
    let mut reader = snapshot.reader();
    let error = snapshot.record(RowId(1), &mut reader).unwrap_err();
    assert!(matches!(*error.kind, LoadErrorKind::Changed), "{error}");
}

#[test]
fn records_of_a_file_in_any_order_are_read_ahead_unless_it_changes() {
    let folder = idq_testing::folder();
    let path = folder.path().join("dump.ndjson");
    // Records far from each other and close ones, of which some are left out.
    let records: Vec<Vec<u8>> = (0..400)
        .map(|number| {
            let spaces = if number % 7 == 0 { 20_000 } else { number };
            let spaces = " ".repeat(spaces);
            format!("{{\"id\":\"{number}\",{spaces}\"state\":\"a\"}}").into_bytes()
        })
        .collect();
    fs::write(&path, ndjson(&records)).unwrap();
    let snapshot = Loader::new(vec![path.as_path().into()]).load().unwrap();
    let rows: Vec<RowId> = (0..300).map(|row| RowId(row * 331 % 400)).collect();
    let mut reader = snapshot.reader();
    let mut read = 0;
    while read < rows.len() {
        let window = snapshot.read_ahead(&rows[read..], &mut reader);
        for &row in &rows[read..read + window] {
            let record = snapshot.record(row, &mut reader).unwrap();
            assert!(record == records[row.0 as usize], "{row:?}");
        }
        read += window;
    }
    // Records that were read ahead are still right; later reads are refused.
    let window = snapshot.read_ahead(&rows, &mut reader);
    assert_eq!(window, rows.len());
    fs::write(
        &path,
        vec![b' '; fs::metadata(&path).unwrap().len() as usize + 1],
    )
    .unwrap();
    let record = snapshot.record(rows[0], &mut reader).unwrap();
    assert!(record == records[rows[0].0 as usize]);
    assert_eq!(snapshot.read_ahead(&rows, &mut reader), rows.len());
    let error = snapshot.record(rows[0], &mut reader).unwrap_err();
    assert!(matches!(*error.kind, LoadErrorKind::Changed), "{error}");
}

#[cfg(unix)]
#[test]
fn file_overwritten_with_length_and_time_restored_is_refused() {
    let folder = idq_testing::folder();
    let path = folder.path().join("dump.ndjson");
    let dump = ndjson(&records(Generator::PROVISIONR, 3));
    fs::write(&path, &dump).unwrap();
    let snapshot = Loader::new(vec![path.as_path().into()]).load().unwrap();
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    let mut other = dump.clone();
    other.reverse();
    fs::write(&path, other).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(before).unwrap();
    let mut reader = snapshot.reader();
    let error = snapshot.record(RowId(1), &mut reader).unwrap_err();
    assert!(matches!(*error.kind, LoadErrorKind::Changed), "{error}");
}

#[test]
fn stream_of_records_blanks_and_bad_bytes_returns_records_and_rejects() {
    let records = records(Generator::PROVISIONR, 60);
    let mut dump = b"\xEF\xBB\xBF".to_vec();
    dump.resize(300 << 10, b' ');
    dump.push(b'\n');
    for record in &records {
        dump.extend(record);
        dump.extend(b"\n!! no record\n");
        dump.resize(dump.len() + (20 << 10), b'\n');
    }
    let load = |bytes: Vec<u8>| {
        let loader = loader(bytes).on_bad_record(OnBadRecord::Skip);
        loader.columns(Columns::All).load().unwrap()
    };
    let (plain, stream) = (load(dump.clone()), load(gzip(&dump)));
    assert_eq!(view(&plain), view(&stream));
    assert_eq!(stream.rows(), 60);
    let found: Vec<&[u8]> = records.iter().map(Vec::as_slice).collect();
    let mut reader = stream.reader();
    for (row, expected) in (0..60).zip(found) {
        assert_eq!(stream.record(RowId(row), &mut reader).unwrap(), expected);
    }
    assert_eq!(plain.rejects(), stream.rejects());
    assert_eq!(stream.rejects().len(), 60);
    for reject in stream.rejects() {
        assert_eq!(stream.rejected(reject).unwrap(), b"!! no record");
    }
}

#[test]
fn rejects_of_a_stream_beyond_the_retained_bytes_are_cut() {
    let bad = "no record at all, ".repeat(60);
    let record = records(Generator::PROVISIONR, 1).remove(0);
    let lines = [bad.as_bytes(), b"\n", &record, b"\n"].concat();
    let loader = loader(gzip(&lines.repeat(20_000))).on_bad_record(OnBadRecord::Skip);
    let snapshot = loader.load().unwrap();
    assert_eq!(snapshot.rows(), 20_000);
    let kept: u64 = snapshot.rejects().iter().map(|reject| reject.kept).sum();
    let length: u64 = snapshot.rejects().iter().map(|reject| reject.length).sum();
    assert_eq!(length, 20_000 * (bad.len() as u64 - 1));
    // Blocks that are mostly records are retained as a whole, so the maximum may be exceeded a little.
    assert!((16 << 20..20 << 20).contains(&kept), "{kept}");
    for reject in snapshot.rejects() {
        let bytes = snapshot.rejected(reject).unwrap();
        assert_eq!(bytes.len() as u64, reject.kept);
        assert!(bad.as_bytes().starts_with(&bytes));
    }
    for row in [0, 10_000, 19_999] {
        assert_eq!(
            snapshot.record(RowId(row), &mut snapshot.reader()).unwrap(),
            record
        );
    }
}

/// The first lines of a reject of many lines are retained.
#[test]
fn consecutive_rejects_of_a_stream_retain_their_first_bytes() {
    let bad = b"no record at all\n".repeat(3 << 20);
    let dump = [&bad[..], &records(Generator::PROVISIONR, 1)[0]].concat();
    let loader = loader(gzip(&dump)).on_bad_record(OnBadRecord::Skip);
    let snapshot = loader.api(idq_api::Api::provisionr()).load().unwrap();
    assert_eq!(snapshot.rows(), 1);
    assert_eq!(snapshot.rejects().len(), 1_000);
    let last = &snapshot.rejects()[999];
    assert_eq!(last.offset + last.length, bad.len() as u64 - 1);
    let bytes = snapshot.rejected(last).unwrap();
    assert!(bytes.len() as u64 == last.kept && last.kept < last.length);
    assert!(bad.starts_with(&bytes));
}

#[test]
fn sources_of_two_apis_are_refused_before_any_is_loaded() {
    let large = |record: &[u8]| {
        let mut dump = [b"[", record].concat();
        dump.resize(70 << 20, b' ');
        dump.push(b']');
        dump
    };
    let provisionr = large(&records(Generator::PROVISIONR, 1)[0]);
    let permission_assist = records(Generator::PERMISSION_ASSIST, 1).remove(0);
    let loaded = AtomicU64::new(0);
    let report = |progress: Progress| {
        loaded.fetch_max(progress.records, Ordering::Relaxed);
    };
    let sources = vec![
        Source::bytes("one", provisionr),
        Source::bytes("other", permission_assist),
    ];
    let error = Loader::new(sources).progress(&report).load().unwrap_err();
    assert!(
        matches!(*error.kind, LoadErrorKind::MixedApis { .. }),
        "{error}"
    );
    assert_eq!(error.file, "other");
    assert_eq!(loaded.load(Ordering::Relaxed), 0);
}

#[test]
fn progress_counts_records_with_their_bytes() {
    let dump = ndjson(&records(Generator::PROVISIONR, 2_000));
    let (bytes, block) = (dump.len() as u64, 16 << 10);
    let reports = Mutex::new(Vec::new());
    let report = |progress: Progress| reports.lock().unwrap().push(progress);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let loader = loader(dump).block_size(block).progress(&report);
    let loaded = pool.unwrap().install(|| loader.load()).unwrap();
    let reports = reports.into_inner().unwrap();
    assert!(reports.len() > 20);
    assert_eq!(reports.last().unwrap().records, loaded.rows());
    for report in reports {
        // Records differ in length, and one may end in the next block.
        let expected = report.bytes as f64 / bytes as f64 * 2_000.0;
        let tolerance = 2_000.0 * 4.0 * block as f64 / bytes as f64 + 10.0;
        let records = report.records as f64;
        assert!((records - expected).abs() < tolerance, "{report:?}");
    }
}

#[test]
fn window_that_takes_too_much_memory_is_explained() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(28).unwrap();
    encoder.write_all(&[b' '; 1000]).unwrap();
    let error = loader(encoder.finish().unwrap()).load().unwrap_err();
    assert!(matches!(*error.kind, LoadErrorKind::LargeWindow), "{error}");
}

#[test]
fn file_replaced_after_the_load_keeps_its_old_records() {
    let folder = idq_testing::folder();
    let path = folder.path().join("dump.ndjson");
    let record = records(Generator::PROVISIONR, 1).remove(0);
    fs::write(&path, &record).unwrap();
    let snapshot = Loader::new(vec![path.as_path().into()]).load().unwrap();
    fs::remove_file(&path).unwrap();
    fs::write(&path, "something else").unwrap();
    assert_eq!(
        snapshot.record(RowId(0), &mut snapshot.reader()).unwrap(),
        record
    );
}

#[test]
fn files_beyond_the_maximum_of_open_files_are_one_snapshot() {
    let folder = idq_testing::folder();
    let records = records(Generator::PROVISIONR, 100);
    for (index, record) in records.iter().enumerate() {
        fs::write(folder.path().join(format!("{index:03}.json")), record).unwrap();
    }
    let sources = expand(&[folder.path()]).unwrap().sources;
    assert_eq!(sources.len(), 100);
    let snapshot = Loader::new(sources).load().unwrap();
    assert_eq!(snapshot.chunks().len(), 1, "small sources share a chunk");
    let mut reader = snapshot.reader();
    for (row, record) in (0..100).zip(&records).rev() {
        assert_eq!(snapshot.record(RowId(row), &mut reader).unwrap(), record);
        assert_eq!(snapshot.source_of(RowId(row)), Some(row as usize));
    }
}

#[test]
fn nesting_beyond_the_limit_is_rejected_in_every_layout() {
    for field in ["profile", "unknown", "state"] {
        let record = |depth: usize| {
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            format!(r#"{{"id":"a","{field}":{open}{close}}}"#)
        };
        // The record is the first level.
        let at_limit = loader(record(MAX_DEPTH - 1))
            .api(idq_api::Api::provisionr())
            .load();
        // An array is a wrong type for the state, but is not too deep.
        assert_eq!(at_limit.is_ok(), field != "state");
        let error = loader(record(MAX_DEPTH))
            .api(idq_api::Api::provisionr())
            .load()
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("more than 1000 levels of nesting"),
            "{error}"
        );
    }
}

#[test]
fn record_longer_than_the_limit_is_rejected() {
    let record = |length: usize| {
        let frame = br#"{"id":"a","vendor_id":""}"#.len();
        format!(
            r#"{{"id":"a","vendor_id":"{}"}}"#,
            "x".repeat(length - frame)
        )
    };
    let columns = Columns::Parts(Vec::new());
    let load = |length: usize| {
        let dump = format!("[{},\n{{\"id\":\"b\"}}]", record(length));
        Loader::new(vec![Source::bytes("dump", dump)])
            .api(idq_api::Api::provisionr())
            .columns(columns.clone())
            .load()
    };
    let snapshot = load(MAX_RECORD).unwrap();
    assert_eq!(snapshot.rows(), 2);
    assert_eq!(
        snapshot
            .record(RowId(0), &mut snapshot.reader())
            .unwrap()
            .len(),
        MAX_RECORD
    );
    let error = load(MAX_RECORD + 1).unwrap_err();
    insta::assert_snapshot!(error, @"dump: record 1, line 1, byte 1: a record of more than 64 MiB");
}

#[test]
fn lines_of_rejects_count_decompressed_bytes() {
    let mut lines = records(Generator::PROVISIONR, 20);
    lines.insert(17, br#"{"id":"x","state":5}"#.to_vec());
    let dump = ndjson(&lines);
    let offset = dump
        .windows(9)
        .position(|window| window == b"\"state\":5")
        .unwrap()
        + 8;
    let error = loader(gzip(&dump)).load().unwrap_err();
    assert_eq!(
        (error.record, error.line, error.offset),
        (Some(18), Some(18), Some(offset as u64))
    );
    assert_eq!(error.path.as_deref(), Some("state"));
}

#[test]
fn columns_and_records_of_any_selection_agree() {
    let dump = ndjson(&records(Generator::PROVISIONR, 30));
    let all = view(&loader(dump.clone()).load().unwrap());
    for (columns, built) in [(Columns::Parts(vec![1.into()]), 1..2), (Columns::Ids, 0..1)] {
        let few = Loader::new(vec![Source::bytes("dump", dump.clone())]).columns(columns);
        let few = view(&few.load().unwrap());
        assert_eq!(few.records, all.records);
        assert_eq!(few.cells[7][built.clone()], all.cells[7][built]);
    }
}

/// Small files share chunks, but a small archive may contain a large dump.
#[test]
fn small_archives_of_large_dumps_are_read_in_blocks() {
    let folder = idq_testing::folder();
    let some = records(Generator::PROVISIONR, 300);
    for (name, dump) in [
        ("1.gz", gzip(&ndjson(&some[..10]))),
        ("2.gz", gzip(&ndjson(&some).repeat(3))),
        ("3.gz", gzip(&ndjson(&some[10..20]))),
    ] {
        fs::write(folder.path().join(name), dump).unwrap();
    }
    let sources = expand(&[folder.path()]).unwrap().sources;
    let snapshot = Loader::new(sources).block_size(300 << 10).load().unwrap();
    let counts: Vec<u64> = snapshot.sources().iter().map(|one| one.records).collect();
    assert_eq!(counts, [10, 900, 10]);
    assert!(snapshot.chunks().len() > 4);
    let expected = [&some[..10], &some, &some, &some, &some[10..20]].concat();
    assert_eq!(view(&snapshot).records, expected);
}
