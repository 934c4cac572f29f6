//! Parsed records that keep the spelling of numbers.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number in its spelling.
    Number(String),
    /// A decoded text.
    Text(String),
    /// An array.
    Array(Vec<Json>),
    /// An object; of a repeated key, the last value.
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// Parses a text of JSON.
    ///
    /// # Panics
    /// The text is no JSON.
    pub fn parse(text: &str) -> Self {
        let text = text.trim_start();
        match text.as_bytes().first() {
            Some(b'{') => {
                let members: BTreeMap<String, Box<RawValue>> = parse(text);
                let members = members.into_iter();
                Self::Object(
                    members
                        .map(|(key, value)| (key, Self::parse(value.get())))
                        .collect(),
                )
            }
            Some(b'[') => {
                let items: Vec<Box<RawValue>> = parse(text);
                Self::Array(items.iter().map(|item| Self::parse(item.get())).collect())
            }
            Some(b'"') => Self::Text(parse(text)),
            Some(b't' | b'f') => Self::Boolean(parse(text)),
            Some(b'n') => Self::Null,
            _ => Self::Number(text.trim_end().to_owned()),
        }
    }

    /// Returns the value with texts instead of numbers, for the rules that read no number.
    pub fn without_numbers(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Boolean(value) => (*value).into(),
            Self::Number(text) | Self::Text(text) => text.as_str().into(),
            Self::Array(items) => items.iter().map(Self::without_numbers).collect(),
            Self::Object(members) => {
                let members = members.iter();
                members
                    .map(|(key, value)| (key.clone(), value.without_numbers()))
                    .collect()
            }
        }
    }

    /// Returns whether there is a value: null is none, and neither is an object or array without a value in it.
    pub(super) fn has_value(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Boolean(_) | Self::Number(_) | Self::Text(_) => true,
            Self::Array(items) => items.iter().any(Self::has_value),
            Self::Object(members) => members.values().any(Self::has_value),
        }
    }

    /// Returns whether there is a value that is not the empty text, or an object or array with one in it.
    pub(super) fn is_present(&self) -> bool {
        match self {
            Self::Array(items) => items.iter().any(Self::is_present),
            Self::Object(members) => members.values().any(Self::is_present),
            Self::Text(text) => !text.is_empty(),
            other => other.has_value(),
        }
    }

    /// Returns the values at a path of keys, each through every array on the way, but not through one at the end.
    pub fn at<'j>(&'j self, keys: &[String]) -> Vec<&'j Self> {
        let Some((first, rest)) = keys.split_first() else {
            return vec![self];
        };
        match self {
            Self::Array(items) => items.iter().flat_map(|item| item.at(keys)).collect(),
            Self::Object(members) => members
                .get(first)
                .map_or_else(Vec::new, |value| value.at(rest)),
            _ => Vec::new(),
        }
    }

    /// Returns the elements of an array, at any depth of arrays; a value that is no array is its own element.
    pub fn elements(&self) -> Vec<&Self> {
        match self {
            Self::Array(items) => items.iter().flat_map(Self::elements).collect(),
            other => vec![other],
        }
    }
}

fn parse<'t, T: serde::Deserialize<'t>>(text: &'t str) -> T {
    match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => panic!("{error}: {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::Json;

    #[test]
    fn numbers_of_a_record_keep_their_spelling() {
        let record = Json::parse(r#" {"a":[1.50, 1e400 ,-0] ,"a":[1E2, {"b" : null}]} "#);
        let expected = Json::Array(vec![
            Json::Number("1E2".to_owned()),
            Json::Object([("b".to_owned(), Json::Null)].into()),
        ]);
        assert_eq!(record.at(&["a".to_owned()]), [&expected]);
    }
}
