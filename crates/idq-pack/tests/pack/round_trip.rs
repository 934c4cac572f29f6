use std::sync::Arc;

use arrow_buffer::Buffer;
use idq_columns::Column;
use idq_engine::statistics;
use idq_generate::Generator;
use idq_load::{Columns, Loader, OnBadRecord, Row, Source, Spill};
use idq_pack::{PackError, PackOptions, PackedFile, SpillFile, is_packed, open, pack, verify};

use crate::{Packed, dump, lines, load};

#[test]
fn records_come_back_byte_for_byte() {
    for api in [Generator::Provisionr, Generator::PermissionAssist] {
        let bytes = dump(api, 700);
        let snapshot = load(&bytes);
        assert!(snapshot.chunks().len() > 3);
        let packed = Packed::of(&snapshot);
        assert!(is_packed(&packed.path));
        assert!(lines(&open(&packed.path).unwrap()).unwrap() == bytes);
        assert_eq!(verify(&packed.path).unwrap().records, 700);
    }
}

#[test]
fn odd_records_come_back_as_they_stood() {
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
fn what_was_known_of_the_load_is_known_of_the_file() {
    let mut bytes = dump(Generator::Provisionr, 300);
    bytes.extend_from_slice(b"{\"id\":5}\n");
    let source = || vec![Source::bytes("people", bytes.clone())];
    let load = |columns| {
        let loader = Loader::new(source()).columns(columns);
        loader.on_bad_record(OnBadRecord::Skip).load().unwrap()
    };
    let snapshot = load(Columns::Queried);
    let packed = Packed::of(&snapshot);
    let reopened = open(&packed.path).unwrap();
    assert_eq!(reopened.api(), snapshot.api());
    assert_eq!(reopened.sources(), snapshot.sources());
    assert_eq!(reopened.rows(), 300);
    assert_eq!(reopened.rejected_count(), 1);
    assert_eq!(reopened.repeated_ids(), 0);
    assert_eq!(reopened.collection_url(), snapshot.collection_url());
    let file = PackedFile::open(&packed.path).unwrap();
    assert_eq!(file.statistics().unwrap(), statistics(&snapshot));
}

#[test]
fn records_that_deduplication_dropped_are_left_out() {
    for api in [Generator::Provisionr, Generator::PermissionAssist] {
        let bytes = dump(api, 400);
        let twice = [bytes.as_slice(), bytes.as_slice()].concat();
        let loader = Loader::new(vec![Source::bytes("dump", twice)]);
        let snapshot = loader.block_size(40_000).dedupe(true).load().unwrap();
        assert_eq!(snapshot.dropped(), 400);
        let packed = Packed::of(&snapshot);
        let reopened = open(&packed.path).unwrap();
        assert_eq!((reopened.rows(), reopened.dropped()), (400, 400));
        assert!(lines(&reopened).unwrap() == bytes);
        // Its columns are those of a dump in which nothing was repeated.
        let file = PackedFile::open(&packed.path).unwrap();
        assert_eq!(file.statistics().unwrap(), statistics(&load(&bytes)));
        verify(&packed.path).unwrap();
        let fields = reopened.api().queried_fields();
        reopened.require(&fields).unwrap();
        let once = load(&bytes);
        let mut row_of = 0;
        for chunk in reopened.chunks() {
            for row in 0..chunk.rows() {
                let (at, other) = once.locate(Row(row_of));
                for &field in &fields {
                    let text = |column: &Column, row| match column {
                        Column::Document(column) => {
                            format!("{:?}", column.texts_of(row))
                        }
                        Column::Text(column) => format!("{:?}", column.value(row)),
                        Column::Keyword(column) => format!("{:?}", column.value(row)),
                        Column::Timestamp(column) => {
                            format!("{:?}", column.value(row))
                        }
                        Column::Boolean(column) => format!("{:?}", column.value(row)),
                    };
                    let one = chunk.column(field).unwrap();
                    let two = once.chunks()[at].column(field).unwrap();
                    assert_eq!(text(one, row), text(two, other));
                    assert_eq!(one.presence().of(row), two.presence().of(other));
                }
                row_of += 1;
            }
        }
    }
}

#[test]
fn records_of_all_sorts_come_back_at_every_level() {
    let mut records = Vec::new();
    for row in 0..2_500u32 {
        // Long texts that are like nothing else, shapes that no other record has, and keys twice.
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
fn an_empty_dump_makes_an_empty_file() {
    let loader = Loader::new(vec![Source::bytes("dump", "[]")]);
    let snapshot = loader.api(idq_api::Api::provisionr()).load().unwrap();
    let packed = Packed::of(&snapshot);
    assert_eq!(open(&packed.path).unwrap().rows(), 0);
    assert_eq!(verify(&packed.path).unwrap().records, 0);
}

#[test]
fn the_same_dump_makes_the_same_bytes_with_any_number_of_threads() {
    // Of so many blocks that every number of threads takes them in several turns.
    let dump = dump(Generator::Provisionr, 1_500);
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
fn a_field_that_was_not_loaded_is_named_and_the_old_file_stays() {
    let bytes = dump(Generator::Provisionr, 10);
    let loader = Loader::new(vec![Source::bytes("dump", bytes)]);
    let snapshot = loader.columns(Columns::Fields(vec![1])).load().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.idq");
    std::fs::write(&path, "old").unwrap();
    let error = pack(&snapshot, &path, &PackOptions::default()).unwrap_err();
    assert!(matches!(error, PackError::Evaluate(_)), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_for_what_memory_does_not_hold_makes_no_difference() {
    for api in [Generator::Provisionr, Generator::PermissionAssist] {
        let bytes = dump(api, 500);
        let gzip = {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            std::io::Write::write_all(&mut encoder, &bytes).unwrap();
            encoder.finish().unwrap()
        };
        for source in [bytes.clone(), gzip] {
            let loader = || {
                let loader = Loader::new(vec![Source::bytes("dump", source.clone())]);
                loader.block_size(40_000).dedupe(true)
            };
            let folder = tempfile::tempdir().unwrap();
            let spill = Arc::new(SpillFile::in_folder(folder.path()).unwrap());
            let spilled = loader().spill(Arc::clone(&spill) as _).load().unwrap();
            assert!(lines(&spilled).unwrap() == bytes);
            assert_eq!(statistics(&spilled), statistics(&loader().load().unwrap()));
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

/// Texts that two records share each are a dictionary of more bytes than are hashed in memory, sorted as they are lowercased.
#[test]
fn a_large_dictionary_is_the_same_from_memory_and_from_a_file() {
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
    let spilled = loader().spill(Arc::clone(&spill) as _).load().unwrap();
    let options = PackOptions {
        spill: Some(&spill),
        ..PackOptions::default()
    };
    pack(&spilled, &path, &options).unwrap();
    let in_memory = Packed::of(&loader().load().unwrap()).bytes();
    assert!(std::fs::read(&path).unwrap() == in_memory);
    // Each text once, and beside it the record without it.
    assert!(
        (in_memory.len() as u64) < 2_000 * 16 * 300 * 3 / 2,
        "{}",
        in_memory.len()
    );
    assert_eq!(verify(&path).unwrap().records, 4_000);
}

/// The metadata are read when a file is opened, so that long texts have no place there.
#[test]
fn statistics_of_long_texts_and_many_states_do_not_make_the_metadata_large() {
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
    let file = PackedFile::open(&packed.path).unwrap();
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
    assert_eq!(statistics(&snapshot).states.len(), 751);
}

/// A disk that is full.
#[derive(Debug)]
struct Full;

impl Spill for Full {
    fn column(&self, column: Column) -> Column {
        column
    }

    fn bytes(&self, bytes: Vec<u8>) -> Buffer {
        Buffer::from_vec(bytes)
    }

    fn failure(&self) -> Option<std::io::Error> {
        Some(std::io::ErrorKind::StorageFull.into())
    }
}

#[test]
fn a_full_disk_for_what_memory_does_not_hold_is_an_error() {
    let loader = Loader::new(vec![Source::bytes("dump", dump(Generator::Provisionr, 5))]);
    let error = loader.spill(Arc::new(Full)).load().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the file for what memory does not hold: no storage space"
    );
}
