//! Generated records, and records framed as dumps.

use idq_generate::{Generator, Options, Shape, Style, record, record_in_style, write};

/// The seed of generated records, unless a test sets another.
pub const SEED: u64 = 7;

/// Generates the first `rows` records of a generator, which have the same bytes in every shape of dump.
pub fn generate_records(generator: Generator, rows: u64) -> Vec<Vec<u8>> {
    let generate = |row| {
        let mut bytes = Vec::new();
        record(generator, SEED, row, &mut bytes);
        bytes
    };
    (0..rows).map(generate).collect()
}

/// Generates records in the given styles, in turns: a dump that several writers have contributed to.
pub fn generate_records_in_styles(
    generator: Generator,
    styles: &[Style],
    rows: u64,
) -> Vec<Vec<u8>> {
    let generate = |(row, style): (u64, &Style)| {
        let mut bytes = Vec::new();
        record_in_style(generator, *style, SEED, row, &mut bytes);
        bytes
    };
    (0..rows).zip(styles.iter().cycle()).map(generate).collect()
}

/// Generates a dump of [`generate_records`].
pub fn generate_dump(generator: Generator, rows: u64, shape: Shape) -> Vec<u8> {
    generate(&Options::new(generator).rows(rows).seed(SEED).shape(shape))
}

/// Generates a dump with other options, such as another seed.
pub fn generate(options: &Options) -> Vec<u8> {
    let mut bytes = Vec::new();
    let length = write(options, &mut bytes).expect("memory takes any bytes");
    assert_eq!(length, bytes.len() as u64);
    bytes
}

/// Frames records as NDJSON, a line feed after each.
pub fn to_ndjson<R: AsRef<[u8]>>(records: &[R]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for record in records {
        bytes.extend_from_slice(record.as_ref());
        bytes.push(b'\n');
    }
    bytes
}

/// Frames records as one JSON array.
pub fn to_array<R: AsRef<[u8]>>(records: &[R]) -> Vec<u8> {
    let records: Vec<&[u8]> = records.iter().map(AsRef::as_ref).collect();
    [b"[", &records.join(&b","[..])[..], b"]"].concat()
}

/// Parses NDJSON, a value for each line.
pub fn parse_lines(ndjson: &[u8]) -> Vec<serde_json::Value> {
    let lines = serde_json::Deserializer::from_slice(ndjson).into_iter();
    lines.map(|value| value.expect("valid JSON")).collect()
}
