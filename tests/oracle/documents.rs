//! Random records for expressions: documents of every structure, undocumented members, and described objects in every
//! state.

use idq_tests::OracleApi;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::cells::{among, cell, keyword, object, rare_time, state, text, time};
use crate::records::{generated, id};
use crate::spelling::{number, spelling};

/// Keys of documents, which repeat each other in another case or with a dot.
const KEYS: &[&str] = &[
    "a",
    "a",
    "b",
    "c",
    "A",
    "a.b",
    "emails",
    "value",
    "type",
    "cost center",
    "urn:example:2.0:User",
    "",
    "é",
    "and",
];

/// Texts of documents: words, and dates in every form.
const TEXTS: &[&str] = &[
    "",
    "x",
    "X",
    "xy",
    "work",
    "Work",
    "ΟΔΟΣ",
    "οδος",
    "10",
    "1e2",
    "true",
    "null",
    "now",
    "today",
    "-90d",
    "2026",
    "2026-01",
    "2026-01-31",
    " 2026-01-31 ",
    "2026-01-31T09:30:00Z",
    "2026-01-31t09:30:00z",
    "2026-01-31T10:30:00+01:00",
    "2026-01-31 09:30",
    "2026-01-31 09:30:00",
    "2026-01-31T23:59:59.9999999Z",
    "2026-02-01",
    "2026-02-30",
    "0001-01-01T00:00:00Z",
    "1970-01-01T00:00:00Z",
    "2025-11-03T12:00:00Z",
];

/// Numbers, several spellings of some values.
pub(crate) const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "0.0",
    "0e99",
    "1",
    "1.0",
    "1e0",
    "10",
    "1E+1",
    "100",
    "100.0",
    "1e2",
    "0.1",
    "1e-1",
    "-1",
    "-1.0",
    "-2.5",
    "9007199254740992",
    "9007199254740993",
    "9007199254740993.0",
    "123456789012345678901234567890",
    "123456789012345678901234567890.5",
    "1e400",
    "-1e400",
    "1e-400",
    "1e1000000000000000000000",
];

/// Instants of fields, those that mean never among them.
const INSTANTS: &[&str] = &[
    "0001-01-01T00:00:00Z",
    "1970-01-01T00:00:00Z",
    "1970-01-01T01:00:00+01:00",
    "1970-01-01T00:00:00.000001Z",
    "2026-01-31T09:30:00Z",
    "2025-11-03T12:00:00Z",
];

/// Generates the text of one record.
pub(crate) fn record(api: OracleApi) -> BoxedStrategy<String> {
    let record = match api {
        OracleApi::Provisionr => provisionr(),
        OracleApi::PermissionAssist => permission_assist(),
    };
    let spelled = (record, spelling()).prop_map(|(record, spelling)| spelling.spell(&record));
    prop_oneof![1 => generated(api), 4 => spelled].boxed()
}

/// Generates JSON of a few levels.
fn document() -> BoxedStrategy<Value> {
    let scalar = prop_oneof![
        4 => among(TEXTS),
        3 => numbers(),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
    ];
    scalar
        .prop_recursive(4, 24, 4, |inner| {
            let objects = proptest::collection::vec((select(KEYS), inner.clone()), 0..5);
            let objects = objects.prop_map(|members| {
                let members = members.into_iter();
                members
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect()
            });
            prop_oneof![
                1 => proptest::collection::vec(inner, 0..4).prop_map(Value::from),
                3 => objects.prop_map(Value::Object),
            ]
        })
        .boxed()
}

fn numbers() -> impl Strategy<Value = Value> {
    select(NUMBERS).prop_map(number)
}

fn booleans() -> BoxedStrategy<Option<Value>> {
    cell(any::<bool>().prop_map(Value::from))
}

fn free_form() -> BoxedStrategy<Option<Value>> {
    cell(document())
}

/// Generates a date that is often one of those that mean never.
fn never() -> BoxedStrategy<Option<Value>> {
    prop_oneof![1 => rare_time(), 1 => cell(among(INSTANTS))].boxed()
}

/// Generates a described object; sometimes null, missing, or empty as an object or as PHP's empty array.
fn described(
    members: Vec<(&'static str, BoxedStrategy<Option<Value>>)>,
) -> BoxedStrategy<Option<Value>> {
    let (keys, values): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    let object = values.prop_map(move |values| object(&keys, values));
    prop_oneof![
        12 => object.prop_map(Some),
        1 => Just(Some(Value::Null)),
        1 => Just(None),
        1 => Just(Some(json!({}))),
        1 => Just(Some(json!([]))),
    ]
    .boxed()
}

fn provisionr() -> BoxedStrategy<Value> {
    let timestamps = described(vec![
        ("created_at", time()),
        ("updated_at", time()),
        ("deleted_at", rare_time()),
        ("deprovisioned_at", rare_time()),
        ("last_authenticated_at", never()),
        ("a", free_form()),
    ]);
    let counts = described(vec![
        ("workspace_logs_parent", cell(numbers())),
        ("workspace_logs_record", cell(numbers())),
    ]);
    let integration = described(vec![
        ("id", keyword()),
        ("is_primary", booleans()),
        ("vendor", keyword()),
    ]);
    let user = described(vec![
        ("id", text()),
        ("is_manager", booleans()),
        ("full_name", text()),
        ("email", text()),
        ("org", free_form()),
        ("metadata", free_form()),
        ("Custom", free_form()),
    ]);
    let included = described(vec![
        ("workspace_integration", integration),
        ("directory_user", user),
        ("other", free_form()),
    ]);
    let members = [
        ("id", id()),
        ("state", state()),
        ("vendor_id", text()),
        ("email", text()),
        ("profile", free_form()),
        ("timestamp", timestamps),
        ("count", counts),
        ("included", included),
        ("custom", free_form()),
        ("a.b", free_form()),
        ("A", free_form()),
    ];
    of_members(members)
}

fn permission_assist() -> BoxedStrategy<Value> {
    let members = [
        ("id", id()),
        ("firstName", text()),
        ("lastName", text()),
        ("type", state()),
        ("company", keyword()),
        ("createdDate", time()),
        ("updatedDate", time()),
        ("inactivatedDate", never()),
        ("status", state()),
        ("custom", free_form()),
        ("Department", free_form()),
        ("a.b", free_form()),
    ];
    of_members(members)
}

fn of_members<const COUNT: usize>(
    members: [(&'static str, BoxedStrategy<Option<Value>>); COUNT],
) -> BoxedStrategy<Value> {
    let (keys, values): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    values.prop_map(move |values| object(&keys, values)).boxed()
}
