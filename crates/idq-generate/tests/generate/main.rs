//! Tests of generated dumps: determinism, documented fields, variety, pages.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test would"
)]

mod determinism;
mod pages;
mod records;
mod statistics;
mod styles;

use idq_generate::{Options, Shape};
use idq_testing::parse_lines as lines;
use serde_json::Value;

const SHAPES: [Shape; 3] = [Shape::Array, Shape::Ndjson, Shape::Pages];

fn dump(options: Options) -> Vec<u8> {
    idq_testing::generate(&options)
}

/// Returns the text at a JSON pointer, or an empty one for null and for a missing value.
fn text<'value>(value: &'value Value, pointer: &str) -> &'value str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}
