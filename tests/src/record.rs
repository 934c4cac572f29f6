//! Access to the values of a parsed record by path.

use serde_json::Value;

/// Returns the value at a path of keys; `None` if a key is missing or a parent is not an object.
pub(crate) fn at<'r>(record: &'r Value, path: &str) -> Option<&'r Value> {
    path.split('.')
        .try_fold(record, |value, key| value.as_object()?.get(key))
}

/// Returns the text at a path; `None` for null and missing.
pub(crate) fn text<'r>(record: &'r Value, path: &str) -> Option<&'r str> {
    at(record, path)?.as_str()
}

/// Returns every key and every non-null scalar at or below a path, as text.
pub(crate) fn texts(record: &Value, path: &str) -> Vec<String> {
    let mut texts = Vec::new();
    if let Some(value) = at(record, path) {
        collect(value, &mut texts);
    }
    texts
}

fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => texts.push(value.to_string()),
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(members) => {
            for (key, member) in members {
                texts.push(key.clone());
                collect(member, texts);
            }
        }
    }
}
