//! What dumps are promised to be.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test would"
)]

mod determinism;
mod pages;
mod records;
mod statistics;

use idq_generate::{Generator, Options, Shape, write};
use serde_json::Value;

const APIS: [Generator; 2] = [Generator::Provisionr, Generator::PermissionAssist];
const SHAPES: [Shape; 3] = [Shape::Array, Shape::Ndjson, Shape::Pages];

fn dump(options: Options) -> Vec<u8> {
    let mut bytes = Vec::new();
    let length = write(&options, &mut bytes).unwrap();
    assert_eq!(length, bytes.len() as u64);
    bytes
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The text at a JSON pointer; empty for null, and for what isn't there.
fn text<'value>(value: &'value Value, pointer: &str) -> &'value str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}
