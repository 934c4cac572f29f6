//! Property tests of the engine against the oracle.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cells;
mod choices;
mod counts;
mod diffs;
mod documents;
mod dumps;
mod engine;
mod expression_plans;
mod expressions;
mod framework;
mod large;
mod matches;
mod queries;
mod records;
mod settings;
mod spelling;
