//! What the benches share: seeded dumps, and snapshots of them.
//!
//! Run all with `cargo bench -p idq-benches`, one with `cargo bench -p idq-benches --bench predicates -- email`.

use idq::{Columns, Error, Loader, Snapshot, Source};
use idq_generate::{Generator, Options, Shape, write};

/// Records in the dumps: more than any cache holds, few enough for a laptop.
pub const ROWS: u64 = 100_000;

/// A dump of [`ROWS`] records.
pub fn dump(api: Generator, shape: Shape) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(
        &Options::new(api).rows(ROWS).seed(1).shape(shape),
        &mut bytes,
    )
    .expect("memory takes any bytes");
    bytes
}

/// Loads a dump from memory.
///
/// # Errors
/// None, on a generated dump.
pub fn load(bytes: &[u8], columns: Columns) -> Result<Snapshot, Error> {
    Snapshot::load(Loader::new(vec![Source::bytes("dump", bytes)]).columns(columns))
}

/// A snapshot of a generated dump, with every column that a query can ask for.
pub fn snapshot(api: Generator) -> Snapshot {
    load(&dump(api, Shape::Ndjson), Columns::Queried).expect("a generated dump loads")
}
