//! Records of a familiar shape, as the loader meets them: whatever reads them, the answer is the same.

use idq_api::Api;
use idq_load::{OnBadRecord, Parser};
use rayon::ThreadPoolBuilder;

use crate::support::{Cell, PARSERS, View, loader, view};

/// Room behind the last record, which is else left to the other readers.
fn with_room(records: &[&str]) -> Vec<u8> {
    let mut dump = records.join("\n").into_bytes();
    dump.extend([b'\n'; 256]);
    dump
}

/// What these records come to, the same by every parser.
fn loaded(records: &[&str]) -> Result<View, String> {
    let load = |parser| {
        let loaded = loader(with_room(records))
            .api(Api::provisionr())
            .parser(parser)
            .load();
        loaded
            .map(|snapshot| view(&snapshot))
            .map_err(|error| error.to_string())
    };
    let expected = load(Parser::Exact);
    for parser in PARSERS {
        match (&load(parser), &expected) {
            (Ok(one), Ok(other)) => assert_eq!(one.cells, other.cells, "{parser:?}"),
            (one, other) => assert_eq!(one.as_ref().err(), other.as_ref().err(), "{parser:?}"),
        }
    }
    expected
}

#[test]
fn an_object_where_a_text_belongs_is_refused_though_a_repeated_key_once_replaced_it() {
    let error = loaded(&[
        r#"{"id":"1","email":{"x":1},"state":"active","email":"a@b"}"#,
        r#"{"id":"2","state":"active"}"#,
        r#"{"id":"3","email":{"x":1},"state":"active"}"#,
    ]);
    assert!(
        error.is_err_and(|error| error.contains("record 3") && error.contains("found an object"))
    );
}

#[test]
fn a_document_with_a_null_in_it_is_there() {
    let records = [r#"{"id":"1","state":"a","profile":[null]}"#; 3];
    let field = Api::provisionr().field("profile").unwrap();
    for row in loaded(&records).unwrap().cells {
        assert_eq!(row[field], Cell::Document(Vec::new(), Vec::new()));
    }
}

#[test]
fn date_times_with_escapes_are_familiar_too() {
    let record = r#"{"id":"1","firstName":"A","createdDate":"2026-01-31T09:30:00\u002B02:00"}"#;
    for parser in PARSERS {
        let dump = with_room(&[record; 3]);
        let loaded = view(
            &loader(dump)
                .api(Api::permission_assist())
                .parser(parser)
                .load()
                .unwrap(),
        );
        let field = Api::permission_assist().field("createdDate").unwrap();
        assert!(
            loaded
                .cells
                .iter()
                .all(|row| row[field] == Cell::Instant(1_769_844_600_000_000))
        );
    }
}

#[test]
fn keys_beyond_all_places_are_found_with_those_around_them() {
    let many: Vec<String> = (0..5_000)
        .map(|number| format!(r#""key{number}":1"#))
        .collect();
    let first = format!(
        r#"{{"id":"1","state":"a","profile":{{"address":{{"city":"x"}},{}}}}}"#,
        many.join(",")
    );
    let second = r#"{"id":"2","state":"a","profile":{"address":{"newkey":"Y"},"other":{"deep":{"er":[1,{}]}}}}"#;
    let loaded = loaded(&[&first, second, second, second]).map(|view| view.cells);
    assert_eq!(loaded.unwrap().len(), 4);
    for parser in PARSERS {
        let dump = with_room(&[&first, second, second]);
        let snapshot = loader(dump)
            .api(Api::provisionr())
            .parser(parser)
            .load()
            .unwrap();
        let field = Api::provisionr().field("profile").unwrap();
        let Some(idq_columns::Column::Document(column)) = snapshot.chunks()[0].column(field) else {
            panic!("a document");
        };
        for needle in ["address", "newkey", "other", "deep", "er", "y"] {
            let needles = idq_columns::Needles::new([needle]);
            let rows = idq_columns::kernels::document_contains(column, &needles);
            assert!(rows.value(1) && rows.value(2), "{needle} {parser:?}");
        }
    }
}

#[test]
fn a_long_key_around_many_takes_no_more_room_than_it_has() {
    let many: Vec<String> = (0..2_200)
        .map(|number| format!(r#""k{number}":1"#))
        .collect();
    let record = format!(
        r#"{{"id":"1","state":"a","profile":{{"{}":{{{}}}}}}}"#,
        "x".repeat(1 << 20),
        many.join(",")
    );
    let snapshot = loader(with_room(&[&record]))
        .api(Api::provisionr())
        .load()
        .unwrap();
    assert!(snapshot.column_memory() < 8 << 20);
}

#[test]
fn a_wrong_guess_that_stops_one_thread_loses_no_other_threads_blocks() {
    // What separates records also stands inside their profiles.
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
                    .api(Api::provisionr())
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
fn a_file_that_is_read_in_pieces_comes_to_what_its_bytes_in_memory_come_to() {
    // Records far longer than most, near the ends of pieces and beyond them; bad ones in between.
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
    let folder = tempfile::tempdir().unwrap();
    for (name, dump) in [
        ("lines", records.join("\n")),
        ("array", format!("[{}]", records.join(","))),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, &dump).unwrap();
        for block in [64 << 10, 900_000, 3 << 20] {
            let load = |source: idq_load::Source| {
                let loader = idq_load::Loader::new(vec![source])
                    .api(Api::provisionr())
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
