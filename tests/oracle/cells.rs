//! Values of hand-made records that reveal common mistakes of an evaluator.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// Texts that contain one another, fold alike, or are neighbours in an order.
pub(crate) const TEXTS: &[&str] = &[
    "",
    " ",
    "a",
    "A",
    "ab",
    "abc",
    "ABC",
    "abcdefgh",
    "abcdefghi",
    "abcdefghI",
    "a\u{0}",
    "b",
    "Zoë",
    "ZOË",
    "Zoe\u{308}",
    "ΟΔΟΣ",
    "οδος",
    "οδοσ",
    "ος",
    "İstanbul",
    "i\u{307}stanbul",
    "istanbul",
    "Straße",
    "STRASSE",
    "straẞe",
    "ǅ",
    "K\u{212a}",
    "💡",
    "👩‍💻 dev",
    "日本",
    "100%",
    "100_",
    "100\\",
    "a,b",
    ",",
    "a\"b",
    "a/b",
    "tab\there",
    "line\nbreak",
    "<o'hara> & \"co\" +1",
    "active",
    "Active",
    "null",
    "true",
    "\u{ffff}",
    "\u{10ffff}",
];

/// Instants, some of them equal, in every spelling that dumps have.
pub(crate) const TIMES: &[&str] = &[
    "2026-01-31T09:30:00Z",
    "2026-01-31T11:30:00+02:00",
    "2026-01-30T23:59:59.999999Z",
    "2026-01-31T00:00:00Z",
    "2026-01-31T00:00:00.000000001Z",
    "2026-01-31T23:59:59.9Z",
    "2026-01-31T23:59:59.999999999Z",
    "2026-02-01T00:00:00Z",
    "2026-01-31T23:30:00-08:00",
    "2026-01-31T09:30:00.000001Z",
    "2026-01-31T09:30:00.000002999Z",
    "2026-01-31T09:30:00.5Z",
    "2026-01-31T09:30:00.500Z",
    "2026-01-31T09:30:59.123456Z",
    "2025-12-31T23:59:60Z",
    "2024-02-29T12:00:00Z",
    "1969-12-31T23:59:59.5Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.9999999Z",
    "1601-01-01T00:00:00Z",
    "1900-01-01T00:00:00Z",
];

const STATES: &[&str] = &[
    "active",
    "Active",
    "staged",
    "deactivated",
    "orphan",
    "",
    "aktiv/é",
];

const IDS: &[&str] = &["wksin_1", "wksin_2", "wksin_10", "WKSIN_1", "ΟΔΟΣ", ""];

/// Generates a value, null, or `None` for a missing field.
pub(crate) fn cell(values: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Option<Value>> {
    prop_oneof![
        6 => values.prop_map(Some),
        1 => Just(Some(Value::Null)),
        1 => Just(None),
    ]
    .boxed()
}

pub(crate) fn among(values: &'static [&'static str]) -> impl Strategy<Value = Value> {
    select(values).prop_map(|text| json!(text))
}

pub(crate) fn text() -> BoxedStrategy<Option<Value>> {
    cell(among(TEXTS))
}

pub(crate) fn state() -> BoxedStrategy<Option<Value>> {
    cell(among(STATES))
}

pub(crate) fn keyword() -> BoxedStrategy<Option<Value>> {
    cell(among(IDS))
}

pub(crate) fn time() -> BoxedStrategy<Option<Value>> {
    cell(among(TIMES))
}

/// Generates a number, in one of several spellings of equal values.
pub(crate) fn number() -> BoxedStrategy<Option<Value>> {
    let integer = select(&[0_i64, -1, 7, 10, 100, i64::MIN]).prop_map(Value::from);
    let decimal = select(&[0.0_f64, -0.0, 7.0, 10.0, 100.0, 0.5, -1.5]).prop_map(Value::from);
    cell(prop_oneof![integer, decimal])
}

/// Generates true or false.
pub(crate) fn boolean() -> BoxedStrategy<Option<Value>> {
    cell(any::<bool>().prop_map(Value::from))
}

/// Generates an e-mail address, in any case, or a text without a domain.
pub(crate) fn email() -> BoxedStrategy<Option<Value>> {
    const ADDRESSES: &[&str] = &[
        "ann@a.example",
        "Ann@A.example",
        "bob@b@a.example",
        "bob@",
        "@a.example",
        "carl@ΟΔΟΣ.example",
    ];
    prop_oneof![1 => text(), 2 => cell(among(ADDRESSES))].boxed()
}

/// Generates a timestamp that is usually absent.
pub(crate) fn rare_time() -> BoxedStrategy<Option<Value>> {
    prop_oneof![2 => Just(Some(Value::Null)), 1 => Just(None), 2 => time()].boxed()
}

/// Generates the JSON of a profile.
pub(crate) fn profile() -> BoxedStrategy<Option<Value>> {
    let scalar = prop_oneof![
        5 => among(TEXTS),
        1 => among(TIMES),
        1 => among(&["2026-01-31", "2024-02-29", "2026-01-31 09:30"]),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => select(&[0_i64, -1, 100, 38_469_374, i64::MIN]).prop_map(Value::from),
        1 => select(&[1.5_f64, -0.25, 16.625]).prop_map(Value::from),
    ];
    let key = prop_oneof![
        select(TEXTS).prop_map(str::to_owned),
        select(&["costCenter", "name", "manager"]).prop_map(str::to_owned),
    ];
    let nested = scalar.prop_recursive(3, 12, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((key.clone(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    prop_oneof![1 => cell(nested), 2 => cell(person())].boxed()
}

/// Generates a profile whose keys recur, with few distinct values of every type.
fn person() -> impl Strategy<Value = Value> {
    let scalar = || {
        select(vec![
            json!("7"),
            json!(7),
            json!(7.0),
            json!(true),
            json!(null),
            json!([]),
            json!({}),
            json!({"name": "a"}),
            json!({"name": null}),
            json!("ann@a.example"),
            json!("Bob@A.example"),
            json!("2026-01-31"),
            json!("2026-01-31T23:30:00-08:00"),
        ])
    };
    let member = || {
        cell(
            prop_oneof![3 => scalar(), 2 => proptest::collection::vec(scalar(), 0..4).prop_map(Value::from)],
        )
    };
    let members = vec![member(), member(), member()];
    members.prop_map(|values| object(&["costCenter", "name", "manager"], values))
}

/// Generates an object of the present members; sometimes null or missing as a whole.
pub(crate) fn parent(
    members: Vec<(&'static str, BoxedStrategy<Option<Value>>)>,
) -> BoxedStrategy<Option<Value>> {
    let (keys, values): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    let object = values.prop_map(move |values| object(&keys, values));
    prop_oneof![
        8 => object.prop_map(Some),
        1 => Just(Some(Value::Null)),
        1 => Just(None),
    ]
    .boxed()
}

/// Generates an object of the present members.
pub(crate) fn object(keys: &[&'static str], values: Vec<Option<Value>>) -> Value {
    let members = keys.iter().zip(values);
    members
        .filter_map(|(&key, value)| Some((key.to_owned(), value?)))
        .collect()
}
