use idq_engine::statistics;
use idq_generate::Api;
use idq_load::{Columns, Loader, OnBadRecord, Source};
use idq_pack::{PackError, PackOptions, is_packed, open, pack, verify};

use crate::{Packed, dump, lines, load};

#[test]
fn records_come_back_byte_for_byte() {
    for api in [Api::Provisionr, Api::PermissionAssist] {
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
    let mut bytes = dump(Api::Provisionr, 300);
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
    let file = idq_pack::PackedFile::open(&packed.path).unwrap();
    assert_eq!(file.statistics().unwrap(), statistics(&snapshot));
}

#[test]
fn records_that_deduplication_dropped_are_left_out() {
    for api in [Api::Provisionr, Api::PermissionAssist] {
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
        let file = idq_pack::PackedFile::open(&packed.path).unwrap();
        assert_eq!(file.statistics().unwrap(), statistics(&load(&bytes)));
        verify(&packed.path).unwrap();
        let fields = reopened.api().queried_fields();
        reopened.require(&fields).unwrap();
        let once = load(&bytes);
        let mut row_of = 0;
        for chunk in reopened.chunks() {
            for row in 0..chunk.rows() {
                let (at, other) = once.locate(idq_load::Row(row_of));
                for &field in &fields {
                    let text = |column: &idq_columns::Column, row| match column {
                        idq_columns::Column::Document(column) => {
                            format!("{:?}", column.texts_of(row))
                        }
                        idq_columns::Column::Text(column) => format!("{:?}", column.value(row)),
                        idq_columns::Column::Keyword(column) => format!("{:?}", column.value(row)),
                        idq_columns::Column::Timestamp(column) => {
                            format!("{:?}", column.value(row))
                        }
                        idq_columns::Column::Boolean(column) => format!("{:?}", column.value(row)),
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
fn an_empty_dump_makes_an_empty_file() {
    let loader = Loader::new(vec![Source::bytes("dump", "[]")]);
    let snapshot = loader.api(&idq_api::PROVISIONR).load().unwrap();
    let packed = Packed::of(&snapshot);
    assert_eq!(open(&packed.path).unwrap().rows(), 0);
    assert_eq!(verify(&packed.path).unwrap().records, 0);
}

#[test]
fn the_same_snapshot_makes_the_same_bytes() {
    let snapshot = load(&dump(Api::Provisionr, 300));
    assert!(Packed::of(&snapshot).bytes() == Packed::of(&snapshot).bytes());
}

#[test]
fn a_field_that_was_not_loaded_is_named_and_the_old_file_stays() {
    let bytes = dump(Api::Provisionr, 10);
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
