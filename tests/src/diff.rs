//! The differences between two lists of records, found by comparing everything with everything.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A value that differs: its keys and positions from the record on, the old and the new value.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueDifference {
    /// Keys, and positions of elements as numbers.
    pub path: Vec<Value>,
    /// The old value, if there is one.
    pub old: Option<Value>,
    /// The new value, if there is one.
    pub new: Option<Value>,
}

/// A pair of records with equal keys, by their positions; one of them may be missing.
pub type Pair = (Option<usize>, Option<usize>);

/// Pairs records by their keys: in the order of the old records, followed by those that are only new. Of records with one
/// key, equal ones are paired first, and the others in their order. Records without a key have no pair.
pub fn pairs(
    old: &[Value],
    new: &[Value],
    key: impl Fn(&Value) -> Option<String>,
    are_equal: impl Fn(&Value, &Value) -> bool,
) -> Vec<Pair> {
    let mut groups: BTreeMap<String, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (position, record) in old.iter().enumerate() {
        if let Some(key) = key(record) {
            groups.entry(key).or_default().0.push(position);
        }
    }
    for (position, record) in new.iter().enumerate() {
        if let Some(key) = key(record) {
            groups.entry(key).or_default().1.push(position);
        }
    }
    let mut pairs = Vec::new();
    for (mut olds, mut news) in groups.into_values() {
        // Two single records are a pair, equal or not.
        olds.retain(|&position| {
            let same = news
                .iter()
                .position(|&other| are_equal(&old[position], &new[other]));
            if let Some(same) = same {
                pairs.push((Some(position), Some(news.remove(same))));
            }
            same.is_none()
        });
        for rank in 0..olds.len().max(news.len()) {
            pairs.push((olds.get(rank).copied(), news.get(rank).copied()));
        }
    }
    pairs.sort_by_key(|&(old, new)| (old.unwrap_or(usize::MAX), new.unwrap_or(usize::MAX)));
    pairs
}

/// Paths of a comparison, each a list of keys: those that are left out, and those to which it is limited, if there are any.
/// A path holds for everything below it, and for all elements of the arrays on the way.
#[derive(Debug, Clone, Default)]
pub struct Paths {
    /// The paths that are left out.
    pub ignored: Vec<Vec<String>>,
    /// The paths that are compared alone.
    pub only: Vec<Vec<String>>,
}

impl Paths {
    fn is_ignored(&self, keys: &[String]) -> bool {
        self.ignored.iter().any(|path| keys.starts_with(path))
    }

    /// Returns whether a value is compared as a whole.
    fn is_compared(&self, keys: &[String]) -> bool {
        self.only.is_empty() || self.only.iter().any(|path| keys.starts_with(path))
    }

    /// Returns whether something within a value may be compared.
    fn leads_on(&self, keys: &[String]) -> bool {
        self.only.iter().any(|path| path.starts_with(keys))
    }
}

/// Returns the values that differ between two values.
pub fn value_differences(old: &Value, new: &Value, paths: &Paths) -> Vec<ValueDifference> {
    let mut differences = Vec::new();
    compare(
        &mut Vec::new(),
        Some(old),
        Some(new),
        paths,
        &mut differences,
    );
    differences
}

fn compare(
    path: &mut Vec<Value>,
    old: Option<&Value>,
    new: Option<&Value>,
    paths: &Paths,
    differences: &mut Vec<ValueDifference>,
) {
    let keys = path.iter().filter_map(Value::as_str).map(str::to_owned);
    let keys: Vec<String> = keys.collect();
    let is_compared = paths.is_compared(&keys);
    if paths.is_ignored(&keys) || !(is_compared || paths.leads_on(&keys)) {
        return;
    }
    let have_one_kind = match (old, new) {
        (Some(old), Some(new)) => {
            old.is_object() && new.is_object() || old.is_array() && new.is_array()
        }
        _ => false,
    };
    if is_compared && !have_one_kind {
        let are_equal = match (old, new) {
            (Some(Value::Number(old)), Some(Value::Number(new))) => old.as_f64() == new.as_f64(),
            _ => old == new,
        };
        if !are_equal {
            differences.push(ValueDifference {
                path: path.clone(),
                old: old.cloned(),
                new: new.cloned(),
            });
        }
        return;
    }
    let members = |value: Option<&Value>| {
        value
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default()
    };
    let (old_members, new_members) = (members(old), members(new));
    let only_new = new_members
        .keys()
        .filter(|key| !old_members.contains_key(*key));
    for key in old_members.keys().chain(only_new) {
        path.push(key.as_str().into());
        compare(
            path,
            old_members.get(key),
            new_members.get(key),
            paths,
            differences,
        );
        path.pop();
    }
    let elements =
        |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let (old, new) = (elements(old), elements(new));
    for index in 0..old.len().max(new.len()) {
        path.push(index.into());
        compare(path, old.get(index), new.get(index), paths, differences);
        path.pop();
    }
}

/// Applies a JSON Patch (RFC 6902) with the operations `add`, `replace` and `remove`.
///
/// # Panics
/// An operation that the document does not allow.
pub fn apply_patch(document: &mut Value, patch: &[Value]) {
    for operation in patch {
        let pointer = operation["path"].as_str().expect("a path");
        let kind = operation["op"].as_str().expect("an operation");
        if pointer.is_empty() {
            *document = operation.get("value").cloned().unwrap_or(Value::Null);
            continue;
        }
        let (parent, last) = pointer.rsplit_once('/').expect("a pointer");
        let last = last.replace("~1", "/").replace("~0", "~");
        let parent = document.pointer_mut(parent).expect("the parent of a value");
        let value = operation.get("value").cloned();
        match parent {
            Value::Object(members) => apply_to_object(members, kind, &last, value),
            Value::Array(elements) => apply_to_array(elements, kind, &last, value),
            other => panic!("no container at {pointer}: {other}"),
        }
    }
}

fn apply_to_object(members: &mut Map<String, Value>, kind: &str, key: &str, value: Option<Value>) {
    assert_eq!(members.contains_key(key), kind != "add", "{kind} {key}");
    match value {
        Some(value) => members.insert(key.to_owned(), value),
        None => members.remove(key),
    };
}

fn apply_to_array(elements: &mut Vec<Value>, kind: &str, index: &str, value: Option<Value>) {
    let index = match index {
        "-" => elements.len(),
        index => index.parse().expect("the position of an element"),
    };
    match kind {
        "add" => elements.insert(index, value.expect("a value")),
        "replace" => elements[index] = value.expect("a value"),
        _ => drop(elements.remove(index)),
    }
}
