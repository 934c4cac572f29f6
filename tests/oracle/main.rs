//! Property tests of the engine against the oracle.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cells;
mod counts;
mod dumps;
mod engine;
mod large;
mod queries;
mod records;
mod settings;
mod spelling;
