//! The records of a snapshot file in zstd blocks: bytes and time by records per block, level, and bytes of the dictionary.
//!
//! `cargo run --profile dist -p idq-benches --example record_blocks [ROWS]` prints a table for dumps of three writers: the
//! two generated ones, and one with other keys, another order and blanks. Bytes are those of blocks, hashes, lengths and
//! the dictionary (twice in base64), as a part of the dump's; times are those of one thread.
#![expect(clippy::print_stdout, reason = "the figures are the output")]

use std::hint::black_box;
use std::time::Instant;

use idq_testing::{Generator, Options, Shape, generate};
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

#[path = "../../crates/idq-pack/tests/pack/other_writer.rs"]
mod other_writer;

/// The constants of `idq_pack`.
const MAX_SAMPLES: usize = 2_000;
const BLOCK_BYTES: usize = 64 << 10;
const DICTIONARY_BYTES: usize = 110 << 10;

/// Bytes of a record's hash and length.
const BESIDE_A_RECORD: usize = 8 + 4;

fn main() {
    let rows = std::env::args().nth(1).and_then(|rows| rows.parse().ok());
    let rows: u64 = rows.unwrap_or(100_000);
    for (writer, dump) in [
        ("Provisionr", generated(Generator::PROVISIONR, rows)),
        (
            "Permission Assist",
            generated(Generator::PERMISSION_ASSIST, rows),
        ),
        ("another program", other_writer::dump(rows)),
    ] {
        let records: Vec<&[u8]> = dump
            .split(|byte| *byte == b'\n')
            .filter(|record| !record.is_empty())
            .collect();
        let bytes = dump.len();
        println!("\n{writer}: {rows} records, {bytes} bytes");
        println!(
            "| records | level | dictionary | of the dump | compress MB/s | decompress MB/s | one record µs |"
        );
        println!("|---:|---:|---:|---:|---:|---:|---:|");
        for (per_block, level, dictionary_bytes) in settings() {
            let dictionary = train(&records, dictionary_bytes);
            measure(&records, bytes, per_block, level, &dictionary);
        }
    }
}

/// The settings that are compared, each records per block, level, and bytes of the dictionary.
fn settings() -> Vec<(usize, i32, usize)> {
    let mut settings = Vec::new();
    for level in [3, 1] {
        settings
            .extend([1, 4, 8, 16, 32, 64].map(|per_block| (per_block, level, DICTIONARY_BYTES)));
    }
    settings.extend([9, 19].map(|level| (4, level, DICTIONARY_BYTES)));
    settings.extend([0, 32 << 10, 64 << 10].map(|dictionary| (4, 3, dictionary)));
    settings
}

fn generated(generator: Generator, rows: u64) -> Vec<u8> {
    generate(
        &Options::new(generator)
            .rows(rows)
            .seed(1)
            .shape(Shape::Ndjson),
    )
}

fn train(records: &[&[u8]], bytes: usize) -> Vec<u8> {
    let step = records.len().div_ceil(MAX_SAMPLES).max(1);
    let samples: Vec<&[u8]> = records.iter().copied().step_by(step).collect();
    match bytes {
        0 => Vec::new(),
        bytes => zstd::dict::from_samples(&samples, bytes).unwrap_or_default(),
    }
}

fn measure(records: &[&[u8]], bytes: usize, per_block: usize, level: i32, dictionary: &[u8]) {
    let blocks = blocks(records, per_block);
    let prepared = EncoderDictionary::copy(dictionary, level);
    let mut compressor =
        Compressor::with_prepared_dictionary(&prepared).expect("zstd takes its own dictionary");
    compressor
        .include_dictid(false)
        .expect("zstd has the parameter");
    let started = Instant::now();
    let compress = |block: &Vec<u8>| compressor.compress(block).expect("memory takes any bytes");
    let frames: Vec<Vec<u8>> = blocks.iter().map(compress).collect();
    let compress_seconds = started.elapsed().as_secs_f64();
    let prepared = DecoderDictionary::copy(dictionary);
    let mut decompressor =
        Decompressor::with_prepared_dictionary(&prepared).expect("zstd takes its own dictionary");
    let mut block = Vec::with_capacity(64 << 20);
    let mut decompress = |frame: &Vec<u8>| {
        let length = decompressor.decompress_to_buffer(frame, &mut block);
        black_box(length.expect("it was compressed so"));
    };
    let started = Instant::now();
    frames.iter().for_each(&mut decompress);
    let seconds = started.elapsed().as_secs_f64();
    // Records in no order: each decompresses its block, which is in no cache.
    let scattered = (0..frames.len()).map(|at| at * 7_919 % frames.len());
    let scattered: Vec<usize> = scattered.take(20_000).collect();
    let started = Instant::now();
    scattered.iter().for_each(|&at| decompress(&frames[at]));
    let one = started.elapsed().as_secs_f64() / scattered.len() as f64;
    let stored: usize = frames.iter().map(Vec::len).sum();
    let stored = stored + records.len() * BESIDE_A_RECORD + dictionary.len() * 8 / 3;
    let megabytes = bytes as f64 / 1e6;
    println!(
        "| {per_block} | {level} | {} KiB | {:.1}% | {:.0} | {:.0} | {:.1} |",
        dictionary.len() >> 10,
        100.0 * stored as f64 / bytes as f64,
        megabytes / compress_seconds,
        megabytes / seconds,
        one * 1e6,
    );
}

/// Returns the records' bytes by block.
fn blocks(records: &[&[u8]], per_block: usize) -> Vec<Vec<u8>> {
    let mut blocks: Vec<Vec<u8>> = Vec::new();
    let mut count = per_block;
    for record in records {
        let is_full = count == per_block
            || blocks
                .last()
                .is_some_and(|block| block.len() + record.len() > BLOCK_BYTES);
        if is_full {
            blocks.push(Vec::new());
            count = 0;
        }
        count += 1;
        if let Some(block) = blocks.last_mut() {
            block.extend_from_slice(record);
        }
    }
    blocks
}
