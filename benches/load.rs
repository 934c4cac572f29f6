//! Benches of loading: from a dump to a snapshot, and parsing alone.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use idq::{Columns, Engine, Loader, Parser, Source};
use idq_benches::{dump, load};
use idq_testing::{Generator, Shape};

fn loading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("load");
    group.sample_size(10);
    for (name, generator, shape) in [
        ("provisionr_ndjson", Generator::PROVISIONR, Shape::Ndjson),
        ("provisionr_array", Generator::PROVISIONR, Shape::Array),
        ("provisionr_pages", Generator::PROVISIONR, Shape::Pages),
        (
            "permission_assist_array",
            Generator::PERMISSION_ASSIST,
            Shape::Array,
        ),
    ] {
        let bytes = dump(generator, shape);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| load(black_box(&bytes), Columns::Queried));
        });
        if shape == Shape::Ndjson {
            group.bench_function("one_column_of_provisionr_ndjson", |bencher| {
                bencher.iter(|| load(black_box(&bytes), Columns::Parts(Vec::new())));
            });
            group.bench_function("provisionr_ndjson_on_one_thread", |bencher| {
                let pool = rayon::ThreadPoolBuilder::new()
                    .num_threads(1)
                    .build()
                    .expect("a pool of one thread");
                bencher.iter(|| pool.install(|| load(black_box(&bytes), Columns::Queried)));
            });
            for (name, parser) in [
                (
                    "provisionr_ndjson_by_portable_shapes",
                    Parser::PortableShapes,
                ),
                ("provisionr_ndjson_by_structural_index", Parser::Structural),
                ("provisionr_ndjson_by_simd_json", Parser::Tape),
                ("provisionr_ndjson_by_the_exact_reader", Parser::Reference),
            ] {
                group.bench_function(name, |bencher| {
                    bencher.iter(|| {
                        let source = Source::bytes("dump", black_box(&bytes[..]));
                        Engine::load(Loader::new(vec![source]).parser(parser))
                    });
                });
            }
        }
    }
    group.finish();
}

/// Times parsing alone, without columns: the bound of a reader that parses each record in full.
fn parsing(criterion: &mut Criterion) {
    let bytes = dump(Generator::PROVISIONR, Shape::Ndjson);
    let mut group = criterion.benchmark_group("parse_on_one_thread");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("simd_json_tape", |bencher| {
        let mut buffers = simd_json::Buffers::new(4096);
        let mut scratch = Vec::new();
        bencher.iter(|| {
            let mut nodes = 0;
            for line in bytes
                .split(|&byte| byte == b'\n')
                .filter(|line| !line.is_empty())
            {
                scratch.clear();
                scratch.extend_from_slice(line);
                let tape = simd_json::to_tape_with_buffers(&mut scratch, &mut buffers);
                nodes += tape.expect("a generated record is valid").0.len();
            }
            nodes
        });
    });
    group.bench_function("exact_reader", |bencher| {
        bencher.iter(|| {
            let mut events = 0;
            for line in bytes
                .split(|&byte| byte == b'\n')
                .filter(|line| !line.is_empty())
            {
                let mut reader = idq::json::Reader::new(line);
                while reader
                    .next_event()
                    .expect("a generated record is valid")
                    .is_some()
                {
                    events += 1;
                }
            }
            events
        });
    });
    group.finish();
}

criterion_group!(benches, loading, parsing);
criterion_main!(benches);
