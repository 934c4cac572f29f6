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

/// Returns a dump of Provisionr in which one of twenty times of creation is a date that programs write for "never".
pub fn dump_with_far_dates() -> Vec<u8> {
    let mut bytes = dump(Generator::PROVISIONR, Shape::Ndjson);
    let key = br#""created_at":""#;
    let far = [b"0001-01-01T00:00:00Z", b"9999-12-31T23:59:59Z"];
    let (mut at, mut dates) = (0, 0);
    while let Some(found) = bytes[at..]
        .windows(key.len())
        .position(|window| window == key)
    {
        at += found + key.len();
        dates += 1;
        // Dates of this length alone are replaced, so that nothing moves.
        let date = at..at + far[0].len();
        if dates % 20 == 0 && bytes.get(date.end) == Some(&b'"') {
            bytes[date].copy_from_slice(far[dates / 20 % 2]);
        }
    }
    bytes
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
