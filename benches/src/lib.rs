//! Seeded dumps, and engines over them, for all benches.
//!
//! Run all with `cargo bench -p idq-benches`, one with `cargo bench -p idq-benches --bench predicates -- email`.

use idq::{Columns, Engine, Error, Loader, Source};
use idq_testing::{Generator, Options, Shape, generate};

/// Records of a dump: their columns exceed the caches of a processor, and a bench still takes seconds.
pub const ROWS: u64 = 100_000;

/// Generates a dump of [`ROWS`] records.
pub fn dump(generator: Generator, shape: Shape) -> Vec<u8> {
    generate(&Options::new(generator).rows(ROWS).seed(1).shape(shape))
}

/// Loads a dump from memory.
///
/// # Errors
/// None, on a generated dump.
pub fn load(bytes: &[u8], columns: Columns) -> Result<Engine, Error> {
    Engine::load(Loader::new(vec![Source::bytes("dump", bytes)]).columns(columns))
}

/// Loads a generated dump with the columns of all fields that a query can use.
pub fn engine(generator: Generator) -> Engine {
    load(&dump(generator, Shape::Ndjson), Columns::Queried).expect("a generated dump loads")
}
