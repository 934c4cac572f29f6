//! Tests that every parser reads the same values from records of known shapes.

use idq_load::{OnBadRecord, Parser};
use rayon::ThreadPoolBuilder;

use crate::support::{Cell, PARSERS, View, loader, view};

/// Returns records with padding after them, which the shape reader needs to match the last one.
fn with_padding(records: &[&str]) -> Vec<u8> {
    let mut dump = records.join("\n").into_bytes();
    dump.extend([b'\n'; 256]);
    dump
}

/// Loads records, and checks that all parsers agree.
fn load_by_every_parser(records: &[&str]) -> Result<View, String> {
    let load = |parser| {
        let loaded = loader(with_padding(records))
            .api(idq_api::Api::provisionr())
            .parser(parser)
            .load();
        loaded
            .map(|snapshot| view(&snapshot))
            .map_err(|error| error.to_string())
    };
    let expected = load(Parser::Reference);
    for parser in PARSERS {
        match (&load(parser), &expected) {
            (Ok(one), Ok(other)) => assert_eq!(one.cells, other.cells, "{parser:?}"),
            (one, other) => assert_eq!(one.as_ref().err(), other.as_ref().err(), "{parser:?}"),
        }
    }
    expected
}

#[test]
fn object_in_a_text_field_after_a_record_with_a_repeated_key_is_rejected() {
    let error = load_by_every_parser(&[
        r#"{"id":"1","email":{"x":1},"state":"active","email":"a@b"}"#,
        r#"{"id":"2","state":"active"}"#,
        r#"{"id":"3","email":{"x":1},"state":"active"}"#,
    ]);
    assert!(
        error.is_err_and(|error| error.contains("record 3") && error.contains("found an object"))
    );
}

#[test]
fn document_with_a_null_inside_is_present() {
    let records = [r#"{"id":"1","state":"a","profile":[null]}"#; 3];
    let field = idq_api::Api::provisionr().field("profile").unwrap();
    for row in load_by_every_parser(&records).unwrap().cells {
        assert!(
            matches!(&row[field], Cell::Document(keys, values, _) if keys.len() + values.len() == 0)
        );
    }
}

#[test]
fn timestamps_with_escapes_are_read_by_every_parser() {
    let record = r#"{"id":"1","firstName":"A","createdDate":"2026-01-31T09:30:00\u002B02:00"}"#;
    for parser in PARSERS {
        let dump = with_padding(&[record; 3]);
        let loaded = view(
            &loader(dump)
                .api(idq_api::Api::permission_assist())
                .parser(parser)
                .load()
                .unwrap(),
        );
        let field = idq_api::Api::permission_assist()
            .field("createdDate")
            .unwrap();
        assert!(
            loaded
                .cells
                .iter()
                .all(|row| row[field] == Cell::Instant(1_769_844_600_000_000))
        );
    }
}

#[test]
fn page_with_the_keys_of_a_known_record_is_a_page() {
    let in_page = r#"{"data":[{"id":"none","state":"a"}],"id":"1","state":"a"}"#;
    let page = format!(r#"{{"current_page":1,"data":[{in_page},{in_page}]}}"#);
    let same_keys = r#"{"data":[{"id":"2","state":"a"}],"id":"none","state":"a"}"#;
    let view = load_by_every_parser(&[&page, same_keys, same_keys, &page]).unwrap();
    assert_eq!(view.ids(), "1 1 2 2 1 1");
}

#[test]
fn records_with_a_key_for_records_of_pages_are_records() {
    let after_id = r#"{"state":"a","id":"1","data":[{"id":"none"}]}"#;
    let no_objects = r#"{"state":"a","data":["none"],"id":"2"}"#;
    let no_array = r#"{"data":{"id":"none"},"state":"a","id":"3"}"#;
    let records = [after_id, after_id, no_objects, no_array, no_array, after_id];
    let view = load_by_every_parser(&records).unwrap();
    assert_eq!(view.ids(), "1 1 2 3 3 1");
}

#[test]
fn keys_beyond_the_maximum_of_document_paths_are_searchable_with_their_parents() {
    let many: Vec<String> = (0..5_000)
        .map(|number| format!(r#""key{number}":1"#))
        .collect();
    let first = format!(
        r#"{{"id":"1","state":"a","profile":{{"address":{{"city":"x"}},{}}}}}"#,
        many.join(",")
    );
    let second = r#"{"id":"2","state":"a","profile":{"address":{"newkey":"Y"},"other":{"deep":{"er":[1,{}]}}}}"#;
    let loaded = load_by_every_parser(&[&first, second, second, second]).map(|view| view.cells);
    assert_eq!(loaded.unwrap().len(), 4);
    for parser in PARSERS {
        let dump = with_padding(&[&first, second, second]);
        let snapshot = loader(dump)
            .api(idq_api::Api::provisionr())
            .parser(parser)
            .load()
            .unwrap();
        let field = idq_api::Api::provisionr().field("profile").unwrap();
        let columns = snapshot.columns(&[field]).unwrap();
        let idq_columns::Column::Document(column) = columns.column(0, field) else {
            panic!("a document");
        };
        for pattern in ["address", "newkey", "other", "deep", "er", "y"] {
            let patterns = idq_columns::Patterns::new([pattern]);
            let rows = idq_columns::kernels::document_contains(column, &patterns);
            assert!(rows.value(1) && rows.value(2), "{pattern} {parser:?}");
        }
    }
}

#[test]
fn long_key_with_many_keys_below_it_is_stored_once() {
    let many: Vec<String> = (0..2_200)
        .map(|number| format!(r#""k{number}":1"#))
        .collect();
    let record = format!(
        r#"{{"id":"1","state":"a","profile":{{"{}":{{{}}}}}}}"#,
        "x".repeat(1 << 20),
        many.join(",")
    );
    let snapshot = loader(with_padding(&[&record]))
        .api(idq_api::Api::provisionr())
        .load()
        .unwrap();
    assert!(snapshot.column_memory() < 8 << 20);
}

#[test]
fn wrong_speculation_that_stops_a_block_loses_no_records() {
    // The separator of the records occurs in their profiles.
    let record = |number: usize| {
        format!(
            r#"{{"id":"r{number}","state":"a","profile":{{"groups":[{{"id":"g1"}},{{"id":"g2"}},{{"id":"g3"}}]}}}}"#
        )
    };
    let records: Vec<String> = (0..2_000).map(record).collect();
    let dump = format!("[{}]", records.join(","));
    let pool = ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    for block in (100..3_000).step_by(61) {
        for action in [OnBadRecord::Stop, OnBadRecord::Skip] {
            let loaded = pool.install(|| {
                let loader = loader(dump.clone())
                    .api(idq_api::Api::provisionr())
                    .block_size(block);
                view(&loader.on_bad_record(action).load().unwrap())
            });
            let same = loaded
                .records
                .iter()
                .zip(&records)
                .all(|(one, other)| one == other.as_bytes());
            assert!(
                loaded.records.len() == records.len() && same,
                "{block} {action:?}"
            );
        }
    }
}

#[test]
fn file_read_in_pieces_and_its_bytes_in_memory_load_equally() {
    // Some records are longer than a piece, and some are malformed.
    let mut records: Vec<String> = Vec::new();
    for number in 0..3_000 {
        let long = if number % 500 == 7 {
            700_000
        } else {
            number % 900
        };
        let text = "x".repeat(long);
        records.push(format!(
            r#"{{"id":"r{number}","state":"a","email":"{text}\\u00e9"}}"#
        ));
        if number % 700 == 650 {
            records.push(r#"{"id":"bad","state":5}"#.to_owned());
        }
    }
    let folder = idq_testing::folder();
    for (name, dump) in [
        ("lines", records.join("\n")),
        ("array", format!("[{}]", records.join(","))),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, &dump).unwrap();
        for block in [64 << 10, 900_000, 3 << 20] {
            let load = |source: idq_load::Source| {
                let loader = idq_load::Loader::new(vec![source])
                    .api(idq_api::Api::provisionr())
                    .block_size(block);
                loader.on_bad_record(OnBadRecord::Skip).load().unwrap()
            };
            let (file, memory) = (
                load(path.as_path().into()),
                load(idq_load::Source::bytes("dump", &dump[..])),
            );
            let (one, other) = (view(&file), view(&memory));
            assert_eq!(file.rows(), 3_000);
            assert_eq!(file.rejects().len(), 4);
            assert!(
                one.records == other.records && one.cells == other.cells,
                "{name} {block}"
            );
            assert_eq!(file.rejects(), memory.rejects());
        }
    }
}
