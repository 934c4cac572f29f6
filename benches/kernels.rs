//! Benches of the kernels on one thread, in bytes a second.
//!
//! The bytes are the memory of the columns before the first query adds casefolded texts and fingerprints.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use idq::Engine;
use idq::columns::{Column, Patterns, RowSet, kernels};
use idq_benches::engine;
use idq_testing::Generator;

struct Bench<'s> {
    engine: &'s Engine,
    name: &'static str,
    field: &'static str,
}

impl Bench<'_> {
    /// Times a kernel on the field's column of every chunk.
    fn run(&self, criterion: &mut Criterion, kernel: impl Fn(&Column) -> RowSet) {
        let field = self
            .engine
            .api()
            .field(self.field)
            .expect("the API has the field");
        let view = self.engine.snapshot().columns(&[field]);
        let view = view.expect("the benches load every column that a query needs");
        let columns = view.field(field);
        let bytes: usize = columns.iter().map(|column| column.memory()).sum();
        let mut group = criterion.benchmark_group("kernel");
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function(self.name, |bencher| {
            bencher.iter(|| {
                let count = |column: &&Column| kernel(black_box(column)).count_set_bits();
                columns.iter().map(count).sum::<usize>()
            });
        });
        group.finish();
    }
}

fn unexpected(column: &Column) -> RowSet {
    unreachable!("{column:?} is another kind of column")
}

fn all(criterion: &mut Criterion) {
    let provisionr = engine(Generator::PROVISIONR);
    let people = engine(Generator::PERMISSION_ASSIST);
    let contains_any = |texts: &[&str]| {
        let patterns = Patterns::new(texts);
        move |column: &Column| match column {
            Column::Text(text) => kernels::text_contains(text, &patterns),
            Column::Keyword(keyword) => {
                keyword.filter_codes(&keyword.dictionary_arc().codes_containing(&patterns))
            }
            Column::Document(document) => kernels::document_contains(document, &patterns),
            column => unexpected(column),
        }
    };
    let contains = |text: &str| contains_any(&[text]);
    let equals = |wanted: &str| {
        let wanted = [wanted.to_owned()];
        move |column: &Column| match column {
            Column::Text(text) => kernels::text_equals(text, &wanted),
            Column::Keyword(keyword) => keyword.filter_codes(
                &keyword
                    .dictionary_arc()
                    .codes_matching(|value| value == wanted[0]),
            ),
            column => unexpected(column),
        }
    };
    let between = |start: i64, end: i64| {
        move |column: &Column| match column {
            Column::Timestamp(instants) => kernels::timestamp_between(instants, start, end),
            column => unexpected(column),
        }
    };
    let bench = |engine, name, field| Bench {
        engine,
        name,
        field,
    };
    bench(&provisionr, "text_contains_plain", "id").run(criterion, contains("zzz"));
    bench(&provisionr, "text_contains_local_part", "email").run(criterion, contains("dvorak1"));
    bench(&provisionr, "text_contains_address", "email")
        .run(criterion, contains("imogen.dvorak1@northwind.example"));
    bench(&people, "text_contains_uuid", "id").run(criterion, contains("4b5a6978"));
    bench(&people, "text_contains_office", "office").run(criterion, contains("street"));
    bench(&provisionr, "text_equals", "vendor_id").run(criterion, equals("4531885"));
    bench(&people, "text_equals_uuid", "id")
        .run(criterion, equals("81661a6e-4a21-4648-b4c6-c625b8d5b930"));
    bench(&provisionr, "keyword_equals", "state").run(criterion, equals("active"));
    bench(&people, "keyword_contains", "title").run(criterion, contains("engineer"));
    // 2024 and 2025.
    let (start, end) = (1_704_067_200_000_000, 1_767_225_599_999_999);
    bench(&provisionr, "timestamp_between", "timestamp.created_at")
        .run(criterion, between(start, end));
    bench(&people, "timestamp_between_fractions", "createdDate")
        .run(criterion, between(start + 5, end - 5));
    bench(&provisionr, "document_contains", "profile").run(criterion, contains("engineering"));
    // Two patterns take a pass each, eight take one automaton.
    let texts = [
        "dvorak1",
        "bakker7",
        "novak.j",
        "kaia.sm",
        "imogen9",
        "engineering",
        "northwind.e",
        "zzz",
    ];
    for (name, count) in [("text_contains_two", 2), ("text_contains_eight", 8)] {
        bench(&provisionr, name, "email").run(criterion, contains_any(&texts[..count]));
    }
    for (name, count) in [("document_contains_two", 2), ("document_contains_eight", 8)] {
        bench(&provisionr, name, "profile").run(criterion, contains_any(&texts[..count]));
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
