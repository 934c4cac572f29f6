//! Dumps of every shape, sound and broken, loaded in every way; extraction compared with a slow oracle.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod blocks;
mod familiar;
mod hostile;
mod identity;
mod mutations;
mod shapes;
mod store;
mod support;
mod values;
