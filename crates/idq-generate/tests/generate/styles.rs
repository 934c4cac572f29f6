//! Dumps of every style: the same bytes for the same options, and the properties that the style promises.

use std::collections::{BTreeMap, BTreeSet};

use idq_generate::{Generator, Options, Shape, Style, record, record_in_style, write};
use serde_json::Value;

use crate::determinism::hash;
use crate::{SHAPES, dump, lines, text};

/// The number of records in which each property of a style occurs.
const ROWS: u64 = 2000;

/// Generates the record of a row.
fn styled(generator: Generator, style: Style, row: u64) -> String {
    let mut bytes = Vec::new();
    record_in_style(generator, style, 5, row, &mut bytes);
    String::from_utf8(bytes).unwrap()
}

/// Generates [`ROWS`] records and parses them.
fn parsed(generator: Generator, style: Style) -> Vec<Value> {
    let records = (0..ROWS).map(|row| styled(generator, style, row));
    records
        .map(|record| serde_json::from_str(&record).unwrap())
        .collect()
}

/// Calls `visit` with the key and the value of each member at any level.
fn members<'v>(value: &'v Value, visit: &mut impl FnMut(&'v str, &'v Value)) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                visit(key, value);
                members(value, visit);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| members(item, visit)),
        _ => {}
    }
}

/// Benchmark figures depend on these bytes.
#[test]
fn dumps_of_a_style_have_fixed_bytes() {
    let mut pinned = String::new();
    for &generator in Generator::ALL {
        for &style in Style::ALL {
            let options = Options::new(generator).rows(700).seed(42).style(style);
            let bytes = dump(options);
            let hash = hash(&bytes);
            pinned.push_str(&format!(
                "{generator:?} {style}: {} bytes, {hash:016x}\n",
                bytes.len()
            ));
        }
    }
    insta::assert_snapshot!(pinned);
}

#[test]
fn dump_of_a_style_on_any_number_of_threads_has_the_same_bytes() {
    for &style in Style::ALL {
        let options = Options::new(Generator::PROVISIONR).rows(1300).style(style);
        let of_threads = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build().unwrap().install(|| dump(options))
        };
        assert!(of_threads(1) == of_threads(3), "{style}");
    }
}

#[test]
fn records_of_a_style_are_the_same_in_every_shape() {
    for &generator in Generator::ALL {
        for &style in Style::ALL {
            let expected: Vec<Value> = (0..70)
                .map(|row| serde_json::from_str(&styled(generator, style, row)).unwrap())
                .collect();
            for shape in SHAPES {
                let options = Options::new(generator).rows(70).seed(5);
                let options = options.shape(shape).style(style);
                if options.check().is_err() {
                    continue;
                }
                let values = lines(&dump(options));
                let found: Vec<Value> = match shape {
                    Shape::Array => values[0].as_array().unwrap().clone(),
                    Shape::Ndjson => values,
                    Shape::Pages => {
                        let records = values.iter().map(|page| {
                            let records = page.get("data").or(page.get("items"));
                            records.unwrap().as_array().unwrap().clone()
                        });
                        records.flatten().collect()
                    }
                };
                assert!(found == expected, "{generator:?} {style} {shape:?}");
            }
        }
    }
}

#[test]
fn style_of_the_server_is_the_default() {
    for &generator in Generator::ALL {
        let mut expected = Vec::new();
        record(generator, 5, 17, &mut expected);
        assert_eq!(styled(generator, Style::Server, 17).as_bytes(), expected);
    }
    assert_eq!(Options::default().style, Style::Server);
}

#[test]
fn style_that_changes_the_spelling_keeps_every_value() {
    for &generator in Generator::ALL {
        let expected = parsed(generator, Style::Server);
        for &style in Style::ALL {
            let is_same = parsed(generator, style) == expected;
            assert_eq!(is_same, style.keeps_content(), "{generator:?} {style}");
        }
    }
}

#[test]
fn spelled_record_has_the_escapes_and_the_white_space_of_its_style() {
    let starts = |style| styled(Generator::PROVISIONR, style, 3)[..11].to_owned();
    assert_eq!(starts(Style::Compact), r#"{"id":"drid"#);
    assert_eq!(starts(Style::Spaced), r#"{"id": "dri"#);
    assert_eq!(starts(Style::Indented), "{\n  \"id\": \"");
    for &generator in Generator::ALL {
        for style in [Style::Compact, Style::Spaced, Style::Indented] {
            let records: String = (0..ROWS).map(|row| styled(generator, style, row)).collect();
            assert!(records.is_ascii() && !records.contains(r"\/") && !records.contains(r"\u0027"));
            assert!(records.contains(r"\u00e"), "{generator:?} {style}");
        }
    }
}

#[test]
fn indented_array_has_its_records_at_the_second_level() {
    let options = Options::new(Generator::PERMISSION_ASSIST).style(Style::Indented);
    let array = String::from_utf8(dump(options.rows(2))).unwrap();
    assert!(
        array.starts_with("[\n  {\n    \"id\": \""),
        "{}",
        &array[..40]
    );
    assert!(array.contains("\n  },\n  {\n    \"id\": \""));
    assert!(array.ends_with("\"\n  }\n]\n"));
    assert_eq!(dump(options.rows(0)), b"[]\n");
}

#[test]
fn indented_records_on_lines_are_refused() {
    let options = Options::default()
        .style(Style::Indented)
        .shape(Shape::Ndjson);
    insta::assert_snapshot!(options.check().unwrap_err(), @"expected the shape array or pages for the style indented, found ndjson: an indented record takes several lines, and ndjson has a record on each");
    let error = write(&options, &mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
}

/// Returns the keys of the outermost object, in the order of the text.
fn outer_keys(record: &str) -> Vec<String> {
    // `serde_json` sorts the keys of a `Value`, and calls a visitor in the order of the text.
    struct Keys(Vec<String>);

    impl<'de> serde::de::Deserialize<'de> for Keys {
        fn deserialize<D: serde::de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Visitor;

            impl<'de> serde::de::Visitor<'de> for Visitor {
                type Value = Keys;

                fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    formatter.write_str("an object")
                }

                fn visit_map<A: serde::de::MapAccess<'de>>(
                    self,
                    mut map: A,
                ) -> Result<Keys, A::Error> {
                    let mut keys = Vec::new();
                    while let Some((key, _)) = map.next_entry::<String, serde::de::IgnoredAny>()? {
                        keys.push(key);
                    }
                    Ok(Keys(keys))
                }
            }

            deserializer.deserialize_map(Visitor)
        }
    }

    serde_json::from_str::<Keys>(record).unwrap().0
}

#[test]
fn keys_are_in_the_order_of_the_style() {
    for &generator in Generator::ALL {
        let mut orders = BTreeSet::new();
        for row in 0..100 {
            assert!(outer_keys(&styled(generator, Style::Sorted, row)).is_sorted());
            orders.insert(outer_keys(&styled(generator, Style::Shuffled, row)));
        }
        assert!(orders.len() > 95, "{generator:?}: {} orders", orders.len());
    }
}

#[test]
fn data_keys_are_groups_of_a_large_directory() {
    for (generator, pointer) in [
        (Generator::PROVISIONR, "/profile/groups"),
        (Generator::PERMISSION_ASSIST, "/groups"),
    ] {
        let records = parsed(generator, Style::DataKeys);
        let groups = records
            .iter()
            .filter_map(|record| record.pointer(pointer)?.as_object());
        let keys: BTreeSet<&String> = groups.flat_map(|groups| groups.keys()).collect();
        assert!(
            keys.len() > 4000,
            "{generator:?}: {} distinct keys",
            keys.len()
        );
    }
}

#[test]
fn sparse_records_have_no_nulls_and_many_sets_of_keys() {
    for &generator in Generator::ALL {
        let mut records_with: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        let mut sets = BTreeSet::new();
        let records = parsed(generator, Style::Sparse);
        for (row, record) in records.iter().enumerate() {
            let mut keys = BTreeSet::new();
            members(record, &mut |key, value| {
                assert!(!value.is_null(), "{key} of {record}");
                records_with.entry(key).or_default().insert(row);
                keys.insert(key);
            });
            sets.insert(keys);
        }
        assert!(sets.len() > 800, "{generator:?}: {} sets", sets.len());
        let shares = |range: std::ops::Range<usize>| {
            let counts = records_with.values().map(BTreeSet::len);
            counts.filter(|count| range.contains(count)).count()
        };
        // Rare, frequent and required keys.
        assert!(shares(1..200) > 20 && shares(1000..1990) > 3 && shares(2000..2001) > 5);
    }
}

#[test]
fn raw_texts_are_beyond_ascii_without_an_escape() {
    for (generator, pointer) in [
        (Generator::PROVISIONR, "/included/directory_user/full_name"),
        (Generator::PERMISSION_ASSIST, "/lastName"),
    ] {
        let mut raw = 0;
        for row in 0..ROWS {
            let record = styled(generator, Style::RawUtf8, row);
            assert!(
                !record.contains(r"\u") && !record.contains(r"\/"),
                "{record}"
            );
            let value: Value = serde_json::from_str(&record).unwrap();
            raw += u64::from(!text(&value, pointer).is_ascii());
        }
        assert!(raw * 4 > ROWS * 3, "{generator:?}: {raw} names");
    }
}

#[test]
fn mixed_metadata_has_several_shapes_per_vendor_long_texts_and_rare_numbers() {
    for (generator, metadata, vendor) in [
        (
            Generator::PROVISIONR,
            "/included/directory_user/metadata",
            "/included/workspace_integration/vendor",
        ),
        (Generator::PERMISSION_ASSIST, "/metadata", "/company"),
    ] {
        let mut shapes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let (mut longest, mut nested) = (0, 0);
        for record in parsed(generator, Style::MixedMetadata) {
            let Some(value) = record.pointer(metadata) else {
                continue;
            };
            let shape = match value {
                Value::Object(object) => object.keys().next().cloned().unwrap_or_default(),
                _ => "a list".to_owned(),
            };
            shapes
                .entry(text(&record, vendor).to_owned())
                .or_default()
                .insert(shape);
            members(value, &mut |_, value| {
                longest = longest.max(value.as_str().map_or(0, str::len));
                let items = value.as_array().into_iter().flatten();
                nested += items.filter(|item| item.is_array()).count();
            });
        }
        assert!(shapes.len() > 4, "{generator:?}: {shapes:?}");
        assert!(
            shapes.values().all(|shapes| shapes.len() >= 3),
            "{shapes:?}"
        );
        assert!(
            longest > 4000 && nested > 100,
            "{generator:?}: {longest} {nested}"
        );
        let records: String = (0..ROWS)
            .map(|row| styled(generator, Style::MixedMetadata, row))
            .collect();
        for number in [
            ":1.5e-7",
            ":6.02E+23",
            ":-0,",
            ":123456789012345678901234567890",
        ] {
            assert!(records.contains(number), "{generator:?} {number}");
        }
    }
}
