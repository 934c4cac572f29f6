//! The names of attributes in records, among which near ones are suggested for an unknown name.

use std::collections::BTreeSet;

use anyhow::Result;
use idq::{AttributePath, Snapshot};
use serde_json::Value;

/// The maximum number of records whose names are collected. Names that only later records have are rare, and are not
/// suggested.
const MAX_NAMING_RECORDS: usize = 1_000;

/// The maximum number of collected names, each of which is compared with the unknown one.
const MAX_NAMES: usize = 5_000;

/// Returns the names of the attributes of the first records, as an expression spells them, without those that the API
/// documents.
pub(super) fn names_in_records(snapshot: &Snapshot) -> Result<BTreeSet<String>> {
    let (mut names, mut keys) = (BTreeSet::new(), Vec::new());
    let mut reader = snapshot.reader();
    for row in snapshot.visible_rows().take(MAX_NAMING_RECORDS) {
        let record = snapshot.record(row, &mut reader)?;
        // A record that is nested too deeply, or with a number that is too large, adds no names.
        if let Ok(record) = serde_json::from_slice::<Value>(record) {
            collect(&record, &mut keys, &mut names);
        }
    }
    let api = snapshot.api();
    let documented = api.fields.iter().map(|field| &field.name);
    for name in documented.chain(&api.objects) {
        names.remove(name);
    }
    Ok(names)
}

/// Collects the names below a value whose keys are `keys`; elements of an array have the name of the array.
fn collect(value: &Value, keys: &mut Vec<String>, names: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, keys, names)),
        Value::Object(members) => {
            for (key, value) in members {
                keys.push(key.clone());
                if names.len() < MAX_NAMES {
                    names.insert(AttributePath::new(keys.iter().cloned()).to_string());
                }
                collect(value, keys, names);
                keys.pop();
            }
        }
        _ => {}
    }
}
