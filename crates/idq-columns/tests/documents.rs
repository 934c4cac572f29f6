//! Documents by path: values, presence and array elements, in every encoding.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use arrow_buffer::BooleanBuffer;
use idq_columns::{
    DocumentBuilder, DocumentColumn, ElementNumber, Elements, PathId, RowSet, ValueKind, ValueState,
};

/// A JSON value for a test, with its members in order.
#[derive(Debug, Clone)]
enum Value {
    Scalar(ValueKind, String),
    Object(Vec<(&'static str, Value)>),
    Array(Vec<Value>),
}

fn text(text: &str) -> Value {
    Value::Scalar(ValueKind::String, text.to_owned())
}

fn number(spelling: &str) -> Value {
    Value::Scalar(ValueKind::Number, spelling.to_owned())
}

fn null() -> Value {
    Value::Scalar(ValueKind::Null, String::new())
}

fn object<const COUNT: usize>(members: [(&'static str, Value); COUNT]) -> Value {
    Value::Object(members.into())
}

fn add(
    builder: &mut DocumentBuilder,
    path: PathId,
    value: &Value,
    elements: &mut Vec<ElementNumber>,
) {
    match value {
        Value::Scalar(kind, text) => builder.add(path, *kind, text, elements),
        Value::Object(members) if members.is_empty() => {
            builder.add(path, ValueKind::EmptyObject, "", elements);
        }
        Value::Object(members) => {
            for (key, member) in members {
                let path = builder.enter(path, key);
                add(builder, path, member, elements);
            }
        }
        Value::Array(items) if items.is_empty() => {
            builder.add(path, ValueKind::EmptyArray, "", elements);
        }
        Value::Array(items) => {
            for item in items {
                elements.push(builder.number_element(path));
                add(builder, path, item, elements);
                elements.pop();
            }
        }
    }
}

fn column(documents: &[Value]) -> DocumentColumn {
    let mut builder = DocumentBuilder::new();
    for document in documents {
        add(
            &mut builder,
            DocumentBuilder::ROOT,
            document,
            &mut Vec::new(),
        );
        builder.end_row(ValueState::Present);
    }
    builder.finish()
}

fn indices(rows: &RowSet) -> Vec<usize> {
    rows.set_indices().collect()
}

/// Returns the column after a round trip through its Arrow arrays.
fn reread(column: &DocumentColumn) -> DocumentColumn {
    let nulls = column.validity().validity_bitmap().cloned();
    let nulls = nulls.map(arrow_buffer::NullBuffer::new);
    DocumentColumn::from_paths(&column.to_paths(), column.len(), nulls, None).unwrap()
}

#[test]
fn values_of_a_path_keep_their_spelling_and_kind_in_every_encoding() {
    // A text that recurs, one that is distinct, one value in all, and kinds that share a text.
    let mixed = |row: usize| match row % 4 {
        0 => text("True"),
        1 => Value::Scalar(ValueKind::Boolean, "true".to_owned()),
        2 => number("1E2"),
        _ => null(),
    };
    let documents: Vec<Value> = (0..500)
        .map(|row| {
            let mut members = vec![
                ("state", text(["Active", "staged", "ÄUSSERST"][row % 3])),
                ("id", text(&format!("Id-{row}"))),
                ("mixed", mixed(row)),
            ];
            if row == 77 {
                members.push(("Once", text("Only")));
            }
            Value::Object(members)
        })
        .collect();
    let column = column(&documents);
    let odd: RowSet = (0..500).map(|row| row % 2 == 1).collect();
    for (column, rows) in [
        (&column, (0..500).collect::<Vec<usize>>()),
        (&reread(&column), (0..500).collect()),
        (
            &column.retain(&odd),
            (0..500).filter(|row| row % 2 == 1).collect(),
        ),
        (
            &reread(&column.retain(&odd)),
            (0..500).filter(|row| row % 2 == 1).collect(),
        ),
    ] {
        let mut found: BTreeMap<(usize, String), (ValueKind, String, String)> = BTreeMap::new();
        for path in column.paths() {
            let texts: Vec<_> = path.texts().collect();
            for (row, text) in path.occurrences() {
                let utf8 = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
                let value = texts[text];
                let value = (value.kind, utf8(value.original), utf8(value.folded));
                found.insert((row, path.keys().join(".")), value);
            }
        }
        let mut expected = BTreeMap::new();
        for (position, &row) in rows.iter().enumerate() {
            let Value::Object(members) = &documents[row] else {
                unreachable!();
            };
            for (key, value) in members {
                let Value::Scalar(kind, text) = value else {
                    unreachable!();
                };
                let value = (*kind, text.clone(), text.to_lowercase());
                expected.insert((position, (*key).to_owned()), value);
            }
        }
        assert_eq!(found, expected);
    }
}

#[test]
fn presence_of_a_path_tells_value_empty_null_and_missing() {
    let manager = |value| object([("manager", value)]);
    let column = column(&[
        manager(object([("id", text("7"))])),
        manager(object([("id", null())])),
        manager(object([])),
        manager(Value::Array(vec![])),
        manager(null()),
        object([("other", text("x"))]),
        manager(text("")),
        manager(Value::Array(vec![null(), number("0")])),
    ]);
    for column in [&column, &reread(&column)] {
        let presence = column.presence(&["manager"]);
        assert_eq!(indices(&presence.value), [0, 6, 7]);
        assert_eq!(indices(&presence.non_empty), [0, 7]);
        assert_eq!(indices(&presence.null), [4]);
        assert_eq!(indices(&presence.empty), [1, 2, 3]);
        let presence = column.presence(&["manager", "id"]);
        assert_eq!(indices(&presence.value), [0]);
        assert_eq!(indices(&presence.null), [1]);
        let presence = column.presence(&["nothing"]);
        assert_eq!(
            presence.value.count_set_bits() + presence.empty.count_set_bits(),
            0
        );
    }
}

#[test]
fn elements_keep_the_values_of_one_array_element_together() {
    let email = |kind, value| object([("type", text(kind)), ("value", text(value))]);
    let column = column(&[
        object([(
            "emails",
            Value::Array(vec![email("work", "a@x"), email("home", "b@y")]),
        )]),
        object([(
            "emails",
            Value::Array(vec![email("work", "b@y"), email("home", "a@x")]),
        )]),
        // No array: the object is the one element.
        object([("emails", email("work", "a@x"))]),
        object([("emails", Value::Array(vec![]))]),
        object([(
            "emails",
            Value::Array(vec![
                object([(
                    "tags",
                    Value::Array(vec![
                        object([("k", text("p")), ("v", number("1"))]),
                        object([("k", text("q")), ("v", number("2"))]),
                    ]),
                )]),
                object([(
                    "tags",
                    Value::Array(vec![object([("k", text("p")), ("v", number("2"))])]),
                )]),
            ]),
        )]),
    ]);
    let keep_all = BooleanBuffer::new_set(5);
    for column in [&column, &reread(&column), &column.retain(&keep_all)] {
        let elements = Elements::of_rows(column, &["emails"]);
        assert_eq!(elements.len(), 7);
        let is = |key: &str, wanted: &str| {
            elements.select(&[key], |path| {
                path.texts_where(|value| value.original == wanted.as_bytes())
            })
        };
        let both = &is("type", "work") & &is("value", "a@x");
        assert_eq!(indices(&elements.owners(&both)), [0, 2]);
        let inner = elements.below(&["tags"]);
        assert_eq!(inner.len(), 3);
        let is = |key: &str, wanted: &str| {
            inner.select(&[key], |path| {
                path.texts_where(|value| value.original == wanted.as_bytes())
            })
        };
        let both = inner.owners(&(&is("k", "p") & &is("v", "2")));
        assert_eq!(indices(&elements.owners(&both)), [4]);
        assert_eq!(indices(&inner.owners(&(&is("k", "q") & &is("v", "1")))), []);
    }
}

#[test]
fn null_and_an_empty_array_have_no_element() {
    let emails = |value: Value| object([("emails", value)]);
    let column = column(&[
        emails(null()),
        emails(Value::Array(vec![])),
        emails(Value::Array(vec![null(), Value::Array(vec![])])),
        emails(object([])),
        emails(Value::Array(vec![null(), text("x")])),
        emails(object([("type", null())])),
    ]);
    let keep_all = BooleanBuffer::new_set(6);
    for column in [&column, &reread(&column), &column.retain(&keep_all)] {
        let elements = Elements::of_rows(column, &["emails"]);
        let all = RowSet::new_set(elements.len());
        assert_eq!(indices(&elements.owners(&all)), [3, 4, 5]);
        assert_eq!(elements.len(), 3);
    }
}

#[test]
fn paths_that_make_no_sense_are_refused() {
    let column = column(&[object([("a", Value::Array(vec![text("x"), text("y")]))])]);
    let paths = column.to_paths();
    assert!(DocumentColumn::from_paths(&paths, 1, None, None).is_ok());
    // Too few rows, and no root.
    assert!(DocumentColumn::from_paths(&paths, 0, None, None).is_err());
    assert!(DocumentColumn::from_paths(&paths.slice(0, 0), 1, None, None).is_err());
}
