//! Benches of pages by order and depth, of building a sorted index, and of rendering an envelope.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use idq_benches::{ROWS, engine};
use idq_testing::Generator;

const PAGES: [(&str, &str); 8] = [
    ("first_in_load_order", ""),
    ("deep_in_load_order", "page=5000"),
    ("first_by_time", "sort=-created_at"),
    ("first_by_keyword", "sort=state"),
    ("first_by_lowercased_text", "sort=user_full-name"),
    ("first_by_two_keys", "sort=state,-last_authenticated_at"),
    ("deep_by_two_keys", "sort=state,email&page=3000"),
    ("first_of_a_filter", "filter[state]=suspended&sort=email"),
];

fn order(criterion: &mut Criterion) {
    let engine = engine(Generator::PROVISIONR);
    let mut group = criterion.benchmark_group("page");
    group.throughput(Throughput::Elements(ROWS));
    for (name, request) in PAGES {
        let matches = engine.query(request).expect("the request suits the API");
        group.bench_function(name, |bencher| {
            bencher.iter(|| matches.page().map(|page| page.rows().len()));
        });
    }
    let people = idq_benches::engine(Generator::PERMISSION_ASSIST);
    let matches = people.query("").expect("the request suits the API");
    group.bench_function("first_by_name_of_permission_assist", |bencher| {
        bencher.iter(|| matches.page().map(|page| page.rows().len()));
    });
    group.finish();
}

fn render(criterion: &mut Criterion) {
    let engine = engine(Generator::PROVISIONR);
    let matches = engine
        .query("sort=-created_at&per_page=100")
        .expect("the request suits the API");
    let page = matches.page().expect("every column is loaded");
    let mut group = criterion.benchmark_group("render");
    group.bench_function("envelope_of_100_records", |bencher| {
        bencher.iter(|| page.to_json());
    });
    group.finish();
}

/// Times the first page in an order without a sorted index: by top-k for the first query, by building the index for the
/// second.
fn uncached(criterion: &mut Criterion) {
    let engine = engine(Generator::PROVISIONR);
    let names = engine.api().sorts.iter().map(|rule| rule.name.as_str());
    let pairs = names
        .clone()
        .flat_map(|one| names.clone().map(move |other| (one, other)));
    // More orders than the sort cache holds, so that querying all of them evicts the measured one.
    let others: Vec<String> = pairs
        .take(24)
        .map(|(one, other)| format!("sort=-{one},-{other}&per_page=1"))
        .collect();
    let first_page = |request: &str| {
        let matches = engine.query(request).expect("the request suits the API");
        matches.page().map(|page| page.rows().len())
    };
    let mut group = criterion.benchmark_group("order");
    group.sample_size(10);
    group.throughput(Throughput::Elements(ROWS));
    for (name, uses) in [("first_use", 0), ("second_use", 1)] {
        group.bench_function(name, |bencher| {
            let evict = || {
                others.iter().for_each(|other| drop(first_page(other)));
                (0..uses).for_each(|_| drop(first_page("sort=email")));
            };
            bencher.iter_batched(
                evict,
                |()| first_page("sort=email"),
                criterion::BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, order, uncached, render);
criterion_main!(benches);
