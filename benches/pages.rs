//! How fast is a page, by its order and its depth, and its rendering?

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use idq_benches::{ROWS, snapshot};
use idq_generate::Generator;

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
    let snapshot = snapshot(Generator::Provisionr);
    let mut group = criterion.benchmark_group("page");
    group.throughput(Throughput::Elements(ROWS));
    for (name, question) in PAGES {
        let matches = snapshot
            .query(question)
            .expect("the question suits the API");
        group.bench_function(name, |bencher| {
            bencher.iter(|| matches.page().map(|page| page.rows().len()));
        });
    }
    let people = idq_benches::snapshot(Generator::PermissionAssist);
    let matches = people.query("").expect("the question suits the API");
    group.bench_function("first_by_name_of_permission_assist", |bencher| {
        bencher.iter(|| matches.page().map(|page| page.rows().len()));
    });
    group.finish();
}

fn render(criterion: &mut Criterion) {
    let snapshot = snapshot(Generator::Provisionr);
    let matches = snapshot
        .query("sort=-created_at&per_page=100")
        .expect("the question suits the API");
    let page = matches.page().expect("every column is loaded");
    let mut group = criterion.benchmark_group("render");
    group.bench_function("envelope_of_100_records", |bencher| {
        bencher.iter(|| page.to_json());
    });
    group.finish();
}

/// What an order costs that nobody has asked for before, and what it costs to work it out whole.
fn unkept(criterion: &mut Criterion) {
    let snapshot = snapshot(Generator::Provisionr);
    let names = snapshot.api().sorts.iter().map(|rule| rule.name.as_str());
    let pairs = names
        .clone()
        .flat_map(|one| names.clone().map(move |other| (one, other)));
    // More than a snapshot keeps, so that asking for all of them pushes out what is measured.
    let others: Vec<String> = pairs
        .take(24)
        .map(|(one, other)| format!("sort=-{one},-{other}&per_page=1"))
        .collect();
    let ask = |question: &str| {
        let matches = snapshot
            .query(question)
            .expect("the question suits the API");
        matches.page().map(|page| page.rows().len())
    };
    let mut group = criterion.benchmark_group("order");
    group.sample_size(10);
    group.throughput(Throughput::Elements(ROWS));
    for (name, uses) in [("first_use", 0), ("second_use", 1)] {
        group.bench_function(name, |bencher| {
            let push_out = || {
                others.iter().for_each(|other| drop(ask(other)));
                (0..uses).for_each(|_| drop(ask("sort=email")));
            };
            bencher.iter_batched(
                push_out,
                |()| ask("sort=email"),
                criterion::BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, order, unkept, render);
criterion_main!(benches);
