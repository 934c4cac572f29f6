//! Tests of loads: valid and malformed dumps in every layout, and comparison of extracted values with a slow oracle.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod any_shape;
mod archives;
mod bad_input;
mod blocks;
mod hostile;
mod identity;
mod known_shapes;
mod layouts;
mod mutations;
mod other_spellings;
mod saved_files;
mod store;
mod support;
mod values;
