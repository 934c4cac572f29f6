//! Tests that loads with blocks of any size, any number of threads and every parser give the same snapshot.

use idq_load::{OnBadRecord, Parser};

use crate::support::{Generator, PARSERS, Shape, View, array, dump, loader, ndjson, records, view};

/// Returns records whose profiles contain separators.
fn records_with_separators() -> Vec<Vec<u8>> {
    let mut records_with_separators = records(Generator::PROVISIONR, 12);
    for number in 0..24 {
        let text = [
            r#""},{\"id\":\"no record\"},{\"id\":""#,
            r#""}\n{\"id\":\"no record\"}\n""#,
            r#"[{"id":"x"},{"id":"y"}]"#,
            r#"[{"id":"x","state":"active"},{"id":"y","state":"active"},{"id":"z"}]"#,
            r#"{"data":[{"id":"x"},{"id":"y"}],"items":[{"id":"z"}]}"#,
            r#"[[{"id":"x"}],{"profile":[{"id":"w"},{"id":"v"}]}]"#,
            r#""\\\\\"},{\\\"id\\\":""#,
            r#"[],"unknown":[{"id":"x"},{"id":"y"}]"#,
        ][number % 8];
        let record = format!(
            r#"{{"id":"t{number}","profile":{text},"state":"active","vendor_id":"{number}"}}"#
        );
        records_with_separators.insert(number % records_with_separators.len(), record.into_bytes());
    }
    records_with_separators
}

/// Returns dumps of [`records_with_separators`] in every layout, with and without malformed records.
fn dumps() -> Vec<(String, Vec<u8>)> {
    let sound = records_with_separators();
    let mut broken = sound.clone();
    for (index, record) in broken.iter_mut().enumerate() {
        match index % 7 {
            2 => record[1] = b'!',
            3 => drop(record.pop()),
            4 => *record = br#"{"id":"late","state":"#.to_vec(),
            5 => *record = br#"{"id":7,"state":"active"}"#.to_vec(),
            _ => {}
        }
    }
    let mut dumps = Vec::new();
    for (quality, records) in [("sound", &sound), ("broken", &broken)] {
        let page = |records: &[Vec<u8>]| {
            let records = array(records);
            let ends = (
                br#"{"current_page":1,"data":"#,
                br#","per_page":5,"total":36}"#,
            );
            [ends.0, &records[..], ends.1].concat()
        };
        let pages: Vec<Vec<u8>> = records.chunks(5).map(page).collect();
        dumps.extend([
            (format!("{quality} lines"), ndjson(records)),
            (format!("{quality} array"), array(records)),
            (
                format!("{quality} array in lines"),
                [b"[\n", &records.join(&b",\n"[..])[..], b"\n]"].concat(),
            ),
            (format!("{quality} records without space"), records.concat()),
            (format!("{quality} pages in lines"), ndjson(&pages)),
            (format!("{quality} pages without space"), pages.concat()),
            (format!("{quality} array of pages"), array(&pages)),
        ]);
    }
    dumps
}

fn load(bytes: &[u8], block: usize, parser: Parser) -> View {
    let loader = loader(bytes).on_bad_record(OnBadRecord::Skip);
    view(&loader.block_size(block).parser(parser).load().unwrap())
}

#[test]
fn loads_with_any_blocks_threads_and_parsers_are_equal() {
    for threads in [1, 2, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| {
            for (name, bytes) in dumps() {
                let expected = load(&bytes, bytes.len() + 1, Parser::Reference);
                if name.starts_with("sound") {
                    assert_eq!(expected.records, records_with_separators(), "{name}");
                    assert_eq!(expected.rejects, [], "{name}");
                }
                for block in [1, 2, 3, 17, 100, 255, 1_000, 4_096, 20_000, 1 << 40] {
                    for parser in PARSERS {
                        let view = load(&bytes, block, parser);
                        assert_eq!(view, expected, "{name}, {block} bytes, {threads} threads");
                    }
                }
            }
        });
    }
}

/// A load that stops reports the first malformed record, whatever the blocks.
#[test]
fn first_malformed_record_is_the_error_for_any_blocks() {
    for (name, bytes) in dumps() {
        let error = |block, parser| {
            let loader = loader(&bytes[..]).block_size(block).parser(parser);
            loader
                .load()
                .map_or_else(|error| error.to_string(), |_| String::new())
        };
        let expected = error(bytes.len() + 1, Parser::Reference);
        assert_eq!(expected.is_empty(), name.starts_with("sound"), "{name}");
        for block in [1, 5, 64, 1_000, 10_000] {
            assert_eq!(
                error(block, Parser::Shapes),
                expected,
                "{name}, {block} bytes"
            );
        }
    }
}

#[test]
fn generated_dumps_in_any_blocks_load_their_records() {
    for &generator in Generator::ALL {
        for shape in [Shape::Array, Shape::Ndjson, Shape::Pages] {
            let bytes = dump(generator, 300, shape);
            let expected = load(&bytes, 8 << 20, Parser::Reference);
            assert_eq!(expected.records, records(generator, 300));
            for block in [500, 5_000, 50_000] {
                assert_eq!(
                    load(&bytes, block, Parser::Shapes),
                    expected,
                    "{shape:?}, {block}"
                );
            }
        }
    }
}
