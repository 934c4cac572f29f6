//! Tests of the values extracted from records, by comparison with a slow oracle on `serde_json` trees.

use std::collections::{BTreeMap, HashMap};

use idq_api::{Api, Kind};
use idq_load::Parser;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{Cell, Generator, PARSERS, api_of, loader, ndjson, records, view};

/// Returns the value that a column of a record should have.
fn expected(api: &Api, field: usize, record: &Value) -> Cell {
    let Some(described) = api.fields.get(field) else {
        return match api.objects.get(field - api.fields.len()) {
            Some(object) => presence(object, record),
            None => {
                let rest = undocumented(api, "", record);
                document(&rest.unwrap_or_else(|| serde_json::json!({})), true)
            }
        };
    };
    let mut place = Some(record);
    for key in described.name.split('.') {
        place = place.and_then(|value| value.get(key));
    }
    match place {
        None => Cell::Missing,
        Some(Value::Null) => Cell::Null,
        Some(value) if described.kind == Kind::Document => document(value, false),
        Some(Value::String(text)) if described.kind == Kind::Timestamp => {
            let instant = chrono::DateTime::parse_from_rfc3339(text).unwrap();
            Cell::Instant(instant.timestamp_micros())
        }
        Some(Value::String(text)) => Cell::Text(text.clone()),
        Some(Value::Bool(boolean)) => Cell::Boolean(*boolean),
        Some(Value::Number(number)) => Cell::Text(number.to_string()),
        Some(other) => panic!("{other}"),
    }
}

/// Returns whether an object that contains fields has a value.
fn presence(object: &str, record: &Value) -> Cell {
    let mut place = Some(record);
    for key in object.split('.') {
        place = place.and_then(|value| value.get(key));
    }
    match place {
        None => Cell::Missing,
        Some(Value::Null) => Cell::Null,
        Some(value) => Cell::Boolean(has_value(value)),
    }
}

/// Returns whether there is a scalar other than null.
fn has_value(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => items.iter().any(has_value),
        Value::Object(members) => members.values().any(has_value),
        _ => true,
    }
}

/// Returns the members of an object that the API does not document, with those of objects inside it.
fn undocumented(api: &Api, object: &str, value: &Value) -> Option<Value> {
    let members = value.as_object()?.iter().filter_map(|(key, value)| {
        let name = format!("{object}{key}");
        if api.field(&name).is_some() {
            None
        } else if api.objects.contains(&name) {
            Some((key.clone(), undocumented(api, &format!("{name}."), value)?))
        } else {
            Some((key.clone(), value.clone()))
        }
    });
    let members: serde_json::Map<String, Value> = members.collect();
    (!members.is_empty()).then_some(Value::Object(members))
}

/// Returns the cell of a document; an object without members is no value of the undocumented members.
fn document(value: &Value, is_undocumented: bool) -> Cell {
    let (mut keys, mut values) = (Vec::new(), Vec::new());
    texts(value, &mut keys, &mut values);
    keys.sort();
    keys.dedup();
    values.retain(|value| !value.is_empty());
    values.sort();
    values.dedup();
    let mut exact = Vec::new();
    if !is_undocumented || value.as_object().is_some_and(|members| !members.is_empty()) {
        row_values(
            value,
            &mut Vec::new(),
            &mut Vec::new(),
            &mut HashMap::new(),
            &mut exact,
        );
    }
    exact.sort();
    Cell::Document(keys, values, exact)
}

/// Lists the values of a document with their paths, kinds, texts and element numbers.
fn row_values(
    value: &Value,
    path: &mut Vec<String>,
    elements: &mut Vec<(usize, u32)>,
    counts: &mut HashMap<Vec<String>, u32>,
    out: &mut Vec<String>,
) {
    let mut add = |kind: &str, text: String| {
        let levels: BTreeMap<usize, u32> = elements.iter().copied().collect();
        let numbers: Vec<String> = (levels.iter())
            .map(|(level, number)| format!("{level}#{number}"))
            .collect();
        out.push(format!("{path:?} {kind} {text:?} {}", numbers.join(" ")));
    };
    match value {
        Value::Null => add("Null", String::new()),
        Value::Bool(boolean) => add("Boolean", boolean.to_string()),
        Value::Number(number) => add("Number", number.to_string()),
        Value::String(text) => add("String", text.clone()),
        Value::Array(items) if items.is_empty() => add("EmptyArray", String::new()),
        Value::Object(members) if members.is_empty() => add("EmptyObject", String::new()),
        Value::Array(items) => {
            for item in items {
                let count = counts.entry(path.clone()).or_default();
                *count += 1;
                elements.push((path.len(), *count));
                row_values(item, path, elements, counts, out);
                elements.pop();
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                path.push(key.clone());
                row_values(member, path, elements, counts, out);
                path.pop();
            }
        }
    }
}

fn texts(value: &Value, keys: &mut Vec<String>, values: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::Bool(boolean) => values.push(boolean.to_string()),
        Value::Number(number) => values.push(number.to_string()),
        Value::String(text) => values.push(idq_columns::casefold(text).into_owned()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, keys, values)),
        Value::Object(members) => {
            for (key, value) in members {
                keys.push(idq_columns::casefold(key).into_owned());
                texts(value, keys, values);
            }
        }
    }
}

fn check(api: &std::sync::Arc<Api>, records: &[Vec<u8>]) {
    for parser in PARSERS {
        let loaded = view(
            &loader(ndjson(records))
                .api(api)
                .parser(parser)
                .load()
                .unwrap(),
        );
        assert_eq!(loaded.records, records);
        for (record, cells) in records.iter().zip(&loaded.cells) {
            let record: Value = serde_json::from_slice(record).unwrap();
            for (field, cell) in cells.iter().enumerate() {
                assert_eq!(
                    *cell,
                    expected(api, field, &record),
                    "{}",
                    api.column_name(field)
                );
            }
        }
    }
}

#[test]
fn generated_records_are_read_as_the_tree_oracle_reads_them() {
    for &generator in Generator::ALL {
        check(api_of(generator), &records(generator, 300));
    }
}

#[test]
fn object_has_a_value_in_a_document_or_an_undocumented_member() {
    let users = [
        r#"{"id":"u"}"#,
        r#"{"id":null,"org":{"a":[]},"metadata":{}}"#,
        r#"{"org":{"a":[{"b":""}]}}"#,
        r#"{"badge":1}"#,
        r#"{"badge":null,"more":[[],{"x":null}]}"#,
        "{}",
        "null",
    ];
    let record = |(index, user): (usize, &&str)| {
        format!(r#"{{"id":"{index}","included":{{"directory_user":{user}}}}}"#).into_bytes()
    };
    let records: Vec<Vec<u8>> = users.iter().enumerate().map(record).collect();
    check(Api::provisionr(), &records);
}

/// Returns the sorted keys and values of a record's profile, and checks that all parsers agree.
fn profile(record: &str) -> (Vec<String>, Vec<String>) {
    let field = Api::provisionr().field("profile").unwrap();
    let of = |parser| {
        let loaded = view(
            &loader(record)
                .api(Api::provisionr())
                .parser(parser)
                .load()
                .unwrap(),
        );
        assert_eq!(loaded.records, [record.as_bytes()]);
        loaded.cells[0][field].clone()
    };
    for parser in PARSERS {
        assert_eq!(of(parser), of(Parser::Reference));
    }
    match of(Parser::Shapes) {
        Cell::Document(keys, values, _) => (keys, values),
        other => panic!("{other:?}"),
    }
}

#[test]
fn numbers_keep_their_spelling() {
    let numbers =
        "[0,-0,1.0,1.50,1e999,-1E-999,123456789012345678901234567890,18446744073709551616,7]";
    let (_, values) = profile(&format!(r#"{{"id":"a","profile":{numbers}}}"#));
    let mut spelled: Vec<String> = numbers
        .trim_matches(['[', ']'])
        .split(',')
        .map(str::to_lowercase)
        .collect();
    spelled.sort();
    assert_eq!(values, spelled);
}

#[test]
fn repeated_key_in_a_document_last_value_counts_as_a_whole() {
    let record = r#"{"id":"no","id":"a","profile":{"x":1},"profile":{"a":{"k":2},"b":[{"c":3,"c":4}],"a":5}}"#;
    let (keys, values) = profile(record);
    assert_eq!(
        (keys, values),
        (
            vec!["a".into(), "b".into(), "c".into()],
            vec!["4".into(), "5".into()]
        )
    );
    let loaded = view(&loader(record).api(Api::provisionr()).load().unwrap());
    assert_eq!(loaded.ids(), "a");
}

#[test]
fn repeated_object_replaces_all_fields_of_the_first() {
    let record = br#"{"id":"a","included":{"directory_user":{"email":"old"}},"included":{"directory_user":{"id":"u"}}}"#;
    let loaded = view(
        &loader(record.to_vec())
            .api(Api::provisionr())
            .load()
            .unwrap(),
    );
    let field = |name| Api::provisionr().field(name).unwrap();
    assert_eq!(
        loaded.cells[0][field("included.directory_user.email")],
        Cell::Missing
    );
    assert_eq!(
        loaded.cells[0][field("included.directory_user.id")],
        Cell::Text("u".into())
    );
}

#[test]
fn escapes_are_decoded_in_columns_and_kept_in_records() {
    for spelling in ["Zo\\u00eb", "Zo\\u00EB", "Zoë", "\\u005ao\u{eb}"] {
        let record = format!(r#"{{"id":"a","email":"{spelling}","\u0073tate":"x\/y"}}"#);
        let loaded = view(
            &loader(record.clone())
                .api(Api::provisionr())
                .load()
                .unwrap(),
        );
        assert_eq!(loaded.cells[0][3], Cell::Text("Zoë".into()));
        assert_eq!(loaded.cells[0][1], Cell::Text("x/y".into()));
        assert_eq!(loaded.records, [record.into_bytes()]);
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        "\\PC{0,12}".prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    let key = prop_oneof!["[a-c]", any::<String>()];
    leaf.prop_recursive(5, 40, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::btree_map(key.clone(), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_profile_is_read_as_the_tree_oracle_reads_it(profile in value(), email in any::<Option<String>>()) {
        let record = serde_json::json!({"id": "a", "email": email, "profile": profile});
        check(Api::provisionr(), &[record.to_string().into_bytes()]);
    }
}
