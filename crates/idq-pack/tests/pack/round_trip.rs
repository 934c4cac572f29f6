//! Packed records, columns and statistics are those of the snapshot, under any options of packing.

use std::sync::Arc;

use idq_columns::Column;
use idq_engine::statistics;
use idq_load::{Columns, Loader, OnBadRecord, Source};
use idq_pack::{PackError, PackOptions, pack};
use idq_snapshot::{RowId, SnapshotFile, SpillFile, is_snapshot_file, verify};
use idq_testing::{Generator, gzip};
use twox_hash::XxHash3_64;

use crate::{Packed, dump, lines, load, open, other_writer};

#[test]
fn packed_records_are_read_byte_for_byte() {
    for &generator in Generator::ALL {
        let bytes = dump(generator, 700);
        let snapshot = load(&bytes);
        assert!(snapshot.chunks().len() > 3);
        let packed = Packed::of(&snapshot);
        assert!(is_snapshot_file(&packed.path));
        assert!(lines(&open(&packed.path).unwrap()).unwrap() == bytes);
        assert_eq!(verify(&packed.path).unwrap().records, 700);
    }
}

#[test]
fn records_of_any_writer_are_packed_into_27_percent() {
    for (writer, dump) in [
        ("Provisionr", dump(Generator::PROVISIONR, 10_000)),
        (
            "Permission Assist",
            dump(Generator::PERMISSION_ASSIST, 10_000),
        ),
        ("another program", other_writer::dump(10_000)),
    ] {
        let loader = Loader::new(vec![Source::bytes("dump", dump.clone())]);
        let snapshot = loader.load().unwrap();
        let packed = Packed::of(&snapshot);
        let reopened = open(&packed.path).unwrap();
        assert!(lines(&reopened).unwrap() == dump, "{writer}");
        let records = packed.bytes().len() as u64 - reopened.column_memory();
        let most = dump.len() as u64 * 27 / 100;
        assert!(records <= most, "{writer}: {records} of {}", dump.len());
    }
}

#[test]
fn record_hashes_are_those_of_the_records() {
    let dump = dump(Generator::PROVISIONR, 300);
    let packed = Packed::of(&load(&dump));
    let file = SnapshotFile::open(&packed.path).unwrap();
    let snapshot = open(&packed.path).unwrap();
    let batches = 0..snapshot.chunks().len();
    let hashes: Vec<u64> = batches
        .flat_map(|batch| file.record_hashes(batch).unwrap().to_vec())
        .collect();
    let records = dump
        .split(|byte| *byte == b'\n')
        .filter(|record| !record.is_empty());
    let expected: Vec<u64> = records.map(XxHash3_64::oneshot).collect();
    assert_eq!(hashes, expected);
}

#[test]
fn records_read_ahead_in_any_order_equal_single_reads() {
    let dump = dump(Generator::PERMISSION_ASSIST, 900);
    let packed = Packed::of(&load(&dump));
    let snapshot = open(&packed.path).unwrap();
    let records: Vec<&[u8]> = dump.split(|byte| *byte == b'\n').collect();
    let in_order: Vec<RowId> = (0..900).map(RowId).collect();
    let scattered: Vec<RowId> = (0..900).map(|row| RowId(row * 541 % 900)).collect();
    let repeated: Vec<RowId> = [5, 5, 899, 0, 5].map(RowId).to_vec();
    for rows in [in_order, scattered, repeated] {
        let mut reader = snapshot.reader();
        assert_eq!(snapshot.read_ahead(&rows, &mut reader), rows.len());
        for &row in &rows {
            let expected = records[row.0 as usize];
            assert!(
                snapshot.record(row, &mut reader).unwrap() == expected,
                "{row:?}"
            );
        }
        // Reading in another order than that of the window.
        snapshot.read_ahead(&rows, &mut reader);
        for &row in rows.iter().rev().step_by(3) {
            let expected = records[row.0 as usize];
            assert!(
                snapshot.record(row, &mut reader).unwrap() == expected,
                "{row:?}"
            );
        }
    }
}

/// Records of about the maximum bytes of a block, and of far more.
#[test]
fn records_longer_than_a_block_are_read_byte_for_byte() {
    let lengths = [
        10, 65_000, 70_000, 20, 30, 40_000, 40_000, 3_000_000, 5, 65_536,
    ];
    let record = |(row, length): (usize, &usize)| {
        let text: String = (0..*length / 8)
            .map(|at| format!("{:08x}", at * row))
            .collect();
        format!(r#"{{"id":"i{row}","vendor_id":"{text}","state":"s"}}"#)
    };
    let records: Vec<String> = lengths.iter().enumerate().map(record).collect();
    let dump = records.join("\n") + "\n";
    let packed = Packed::of(&load(dump.as_bytes()));
    let reopened = open(&packed.path).unwrap();
    assert!(lines(&reopened).unwrap() == dump.as_bytes());
    verify(&packed.path).unwrap();
}

#[test]
fn unusual_records_are_read_byte_for_byte() {
    let records = [
        "{ \"id\" : \"a\", \"vendor_id\":\"1\",\n\t\"state\": null }",
        r#"{"id":"b","vendor_id":"é\u00e9\"","state":"active","other":[1e400,{"x":{}}],"profile":{"k":"ẞ"}}"#,
        r#"{"vendor_id":"","id":"","profile":[]}"#,
        r#"{"id":"d","vendor_id":"00000000-0000-4000-8000-00000000000a","profile":null,"timestamp":null}"#,
        r#"{"id":"e","vendor_id":"x","timestamp":{"created_at":"0001-01-01T00:00:00.000001Z","updated_at":"9999-12-31T23:59:59Z"}}"#,
    ];
    let text = format!("[{}]", records.join(" , "));
    let snapshot = load(text.as_bytes());
    let packed = Packed::of(&snapshot);
    let expected = records.join("\n") + "\n";
    let reopened = open(&packed.path).unwrap();
    assert_eq!(
        String::from_utf8(lines(&reopened).unwrap()).unwrap(),
        expected
    );
    let unknown: Vec<&str> = reopened.unknown_fields().collect();
    assert_eq!(unknown, ["other"]);
}

#[test]
fn snapshot_file_has_the_metadata_of_its_load() {
    let mut bytes = dump(Generator::PROVISIONR, 300);
    bytes.extend_from_slice(b"{\"id\":5}\n");
    let source = || vec![Source::bytes("people", bytes.clone())];
    let load = |columns| {
        let loader = Loader::new(source()).columns(columns);
        loader.on_bad_record(OnBadRecord::Skip).load().unwrap()
    };
    let snapshot = load(Columns::All);
    let packed = Packed::of(&snapshot);
    let reopened = open(&packed.path).unwrap();
    assert_eq!(reopened.api(), snapshot.api());
    assert_eq!(reopened.sources(), snapshot.sources());
    assert_eq!(reopened.rows(), 300);
    assert_eq!(reopened.rejected_count(), 1);
    assert_eq!(reopened.repeated_ids(), 0);
    assert_eq!(reopened.collection_url(), snapshot.collection_url());
    let file = SnapshotFile::open(&packed.path).unwrap();
    assert_eq!(file.statistics().unwrap(), statistics(&snapshot).unwrap());
}

#[test]
fn records_that_deduplication_dropped_are_left_out() {
    for &generator in Generator::ALL {
        let bytes = dump(generator, 400);
        let twice = [bytes.as_slice(), bytes.as_slice()].concat();
        let loader = Loader::new(vec![Source::bytes("dump", twice)]);
        let snapshot = loader.block_size(40_000).dedupe(true).load().unwrap();
        assert_eq!(snapshot.dropped(), 400);
        let packed = Packed::of(&snapshot);
        let reopened = open(&packed.path).unwrap();
        assert_eq!((reopened.rows(), reopened.dropped()), (400, 400));
        assert!(lines(&reopened).unwrap() == bytes);
        // Its columns are those of a dump without repeated records.
        let file = SnapshotFile::open(&packed.path).unwrap();
        assert_eq!(
            file.statistics().unwrap(),
            statistics(&load(&bytes)).unwrap()
        );
        verify(&packed.path).unwrap();
        let fields: Vec<usize> = (0..reopened.api().column_count()).collect();
        let reopened_columns = reopened.columns(&fields).unwrap();
        let once = load(&bytes);
        let once_columns = once.columns(&fields).unwrap();
        let mut row_of = 0;
        for chunk in reopened_columns.chunks() {
            for row in 0..chunk.rows() {
                let (at, other) = once.locate(RowId(row_of));
                for &field in &fields {
                    let text = |column: &Column, row| match column {
                        Column::Document(column) => {
                            format!("{:?}", column.row_values(row))
                        }
                        Column::Text(column) => format!("{:?}", column.value(row)),
                        Column::Keyword(column) => format!("{:?}", column.value(row)),
                        Column::Timestamp(column) => {
                            format!("{:?}", column.value(row))
                        }
                        Column::Boolean(column) => format!("{:?}", column.value(row)),
                    };
                    let one = chunk.column(field);
                    let two = once_columns.column(at, field);
                    assert_eq!(text(one, row), text(two, other));
                    assert_eq!(one.validity().state(row), two.validity().state(other));
                }
                row_of += 1;
            }
        }
    }
}

#[test]
fn records_packed_at_any_level_are_read_byte_for_byte() {
    let mut records = Vec::new();
    for row in 0..2_500u32 {
        // Long distinct texts, record shapes that occur once, and repeated keys.
        let words: Vec<String> = (0..row % 90).map(|word| (word * row).to_string()).collect();
        let words = words.join(" ");
        let other = match row % 50 {
            0 => format!(r#","k{row}":{{"a":[{row}]}}"#),
            1 => r#","state":"active""#.to_owned(),
            2 => format!(",\n\t\"bio\" : \"{words}\"\r\n"),
            _ => format!(r#","bio":"{words}""#),
        };
        let id = row % 7;
        records.push(format!(
            r#"{{"id":"i{row}","vendor_id":"{row}","state":"s{id}"{other},"email":"{id}@é.example"}}"#
        ));
    }
    let text = records.join(",");
    let loader = Loader::new(vec![Source::bytes("dump", format!("[{text}]"))]);
    let snapshot = loader.block_size(20_000).load().unwrap();
    let expected = records.join("\n") + "\n";
    for level in [1, 2, 19] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.idq");
        let options = PackOptions {
            level,
            ..PackOptions::default()
        };
        pack(&snapshot, &path, &options).unwrap();
        assert_eq!(verify(&path).unwrap().records, 2_500);
        let found = lines(&open(&path).unwrap()).unwrap();
        assert!(found == expected.as_bytes(), "level {level}");
    }
}

#[test]
fn dump_without_records_is_packed_into_a_file_without_records() {
    let loader = Loader::new(vec![Source::bytes("dump", "[]")]);
    let snapshot = loader.api(idq_api::Api::provisionr()).load().unwrap();
    let packed = Packed::of(&snapshot);
    assert_eq!(open(&packed.path).unwrap().rows(), 0);
    assert_eq!(verify(&packed.path).unwrap().records, 0);
}

#[test]
fn pack_on_any_number_of_threads_writes_the_same_bytes() {
    // More chunks than are encoded at a time on any of these numbers of threads.
    let dump = dump(Generator::PROVISIONR, 1_500);
    let packed_by = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        pool.install(|| {
            let loader = Loader::new(vec![Source::bytes("dump", dump.clone())]);
            Packed::of(&loader.block_size(12_000).load().unwrap()).bytes()
        })
    };
    let bytes = packed_by(1);
    assert!(bytes == packed_by(1) && bytes == packed_by(4));
}

#[test]
fn pack_without_a_needed_column_fails_and_keeps_the_old_file() {
    let bytes = dump(Generator::PROVISIONR, 10);
    let loader = Loader::new(vec![Source::bytes("dump", bytes)]);
    let snapshot = loader
        .columns(Columns::Parts(vec![1.into()]))
        .load()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.idq");
    std::fs::write(&path, "old").unwrap();
    let error = pack(&snapshot, &path, &PackOptions::default()).unwrap_err();
    assert!(matches!(error, PackError::Column(_)), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn pack_with_a_spill_file_writes_the_same_bytes() {
    for &generator in Generator::ALL {
        let bytes = dump(generator, 500);
        for source in [bytes.clone(), gzip(&bytes)] {
            let loader = || {
                let loader = Loader::new(vec![Source::bytes("dump", source.clone())]);
                loader.block_size(40_000).dedupe(true)
            };
            let folder = tempfile::tempdir().unwrap();
            let spill = Arc::new(SpillFile::in_folder(folder.path()).unwrap());
            let spilled = loader().spill(Arc::clone(&spill)).load().unwrap();
            assert!(lines(&spilled).unwrap() == bytes);
            assert_eq!(
                statistics(&spilled).unwrap(),
                statistics(&loader().load().unwrap()).unwrap()
            );
            let (one, other) = (Packed::of(&spilled), Packed::of(&loader().load().unwrap()));
            assert!(one.bytes() == other.bytes());
            let path = folder.path().join("people.idq");
            let options = PackOptions {
                spill: Some(&spill),
                memory: Some(u64::MAX),
                ..PackOptions::default()
            };
            pack(&spilled, &path, &options).unwrap();
            assert!(std::fs::read(path).unwrap() == other.bytes());
        }
    }
}

/// Each text occurs in two records, so they form a dictionary; it exceeds the bytes that are hashed in memory, and
/// texts are lowercased for sorting.
#[test]
fn pack_of_a_large_dictionary_with_a_spill_file_writes_the_same_bytes() {
    let record = |row: u64| {
        let text = format!("{:x}", (row / 2 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)).repeat(300);
        format!(
            r#"{{"id":"i{row}","vendor_id":"v","state":"s","email":"{}É@x.example"}}"#,
            text.to_uppercase()
        )
    };
    let bytes = (0..4_000).map(record).collect::<Vec<_>>().join("\n");
    let loader = || Loader::new(vec![Source::bytes("dump", bytes.clone())]).block_size(200_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.idq");
    let spill = Arc::new(SpillFile::in_folder(folder.path()).unwrap());
    let spilled = loader().spill(Arc::clone(&spill)).load().unwrap();
    let options = PackOptions {
        spill: Some(&spill),
        ..PackOptions::default()
    };
    pack(&spilled, &path, &options).unwrap();
    let in_memory = Packed::of(&loader().load().unwrap()).bytes();
    assert!(std::fs::read(&path).unwrap() == in_memory);
    // The file has each text once in the dictionary, and compressed records.
    assert!(
        (in_memory.len() as u64) < 2_000 * 16 * 300 * 3 / 2,
        "{}",
        in_memory.len()
    );
    assert_eq!(verify(&path).unwrap().records, 4_000);
}

/// The metadata are read whenever a file is opened, so they must not contain long texts.
#[test]
fn statistics_of_long_texts_and_many_states_are_bounded() {
    let record = |row: u64| {
        let state = format!("{:x}", (row + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)).repeat(50);
        let state = if row.is_multiple_of(4) {
            "active"
        } else {
            &state
        };
        let email = "x".repeat(10_000);
        format!(r#"{{"id":"i{row}","vendor_id":"v","state":"{state}","email":"{email}"}}"#)
    };
    let bytes = (0..1_000).map(record).collect::<Vec<_>>().join("\n");
    let loader = Loader::new(vec![Source::bytes("dump", bytes)]);
    let snapshot = loader.block_size(200_000).load().unwrap();
    let packed = Packed::of(&snapshot);
    let file = SnapshotFile::open(&packed.path).unwrap();
    let found = file.statistics().unwrap();
    let of = |name: &str| {
        let field = snapshot.api().field(name).unwrap();
        found
            .fields
            .iter()
            .find(|found| found.field == field)
            .unwrap()
    };
    assert_eq!((of("email").distinct, &of("email").range), (Some(1), &None));
    assert!(of("id").range.is_some());
    assert!(found.states.contains(&(Some("active".to_owned()), 250)));
    let described: usize = found
        .states
        .iter()
        .flat_map(|(state, _)| state)
        .map(String::len)
        .sum();
    assert!(described <= 64 << 10, "{described}");
    assert_eq!(statistics(&snapshot).unwrap().states.len(), 751);
}

#[test]
fn load_with_a_full_disk_for_its_spill_file_fails() {
    let loader = Loader::new(vec![Source::bytes("dump", dump(Generator::PROVISIONR, 5))]);
    let folder = tempfile::tempdir().unwrap();
    let spill = SpillFile::in_folder(folder.path()).unwrap();
    spill.fail(std::io::ErrorKind::StorageFull.into());
    let error = loader.spill(Arc::new(spill)).load().unwrap_err();
    assert_eq!(error.to_string(), "the spill file: no storage space");
}
