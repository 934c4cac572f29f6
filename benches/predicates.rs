//! Benches of each kind of filter on a loaded snapshot.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use idq::Columns;
use idq_benches::{ROWS, dump, dump_with_far_dates, engine, load};
use idq_testing::{Generator, Shape};

/// Requests with each kind of predicate, at a common and a rare value.
const REQUESTS: [(&str, &str); 14] = [
    ("everything", "filter[trashed]=with"),
    ("not_trashed", ""),
    ("exact_keyword", "filter[trashed]=with&filter[state]=active"),
    (
        "exact_text_rare",
        "filter[trashed]=with&filter[vendor_id]=absent",
    ),
    (
        "exact_list",
        "filter[trashed]=with&filter[state]=staged,expired,orphan",
    ),
    (
        "partial_text_common",
        "filter[trashed]=with&filter[email_search]=example",
    ),
    (
        "partial_text_rare",
        "filter[trashed]=with&filter[email_search]=imogen.dvorak1",
    ),
    ("partial_id", "filter[trashed]=with&filter[id_search]=zzz"),
    (
        "profile_key",
        "filter[trashed]=with&filter[profile_search]=costcenter",
    ),
    (
        "profile_common",
        "filter[trashed]=with&filter[profile_search]=engineering",
    ),
    (
        "profile_rare",
        "filter[trashed]=with&filter[profile_search]=no such text",
    ),
    (
        "date_range",
        "filter[trashed]=with&filter[created_after]=2025-01-01&filter[created_before]=2025-12-31",
    ),
    (
        "pending_deactivation",
        "filter[trashed]=with&filter[deprovisioned_pending_deactivation]=true",
    ),
    (
        "combination",
        "filter[state]=active&filter[email_search]=north&filter[created_after]=2025-01-01",
    ),
];

fn predicates(criterion: &mut Criterion) {
    let engine = engine(Generator::PROVISIONR);
    let mut group = criterion.benchmark_group("count");
    group.throughput(Throughput::Elements(ROWS));
    for (name, request) in REQUESTS {
        let matches = engine.query(request).expect("the request suits the API");
        group.bench_function(name, |bencher| bencher.iter(|| matches.count()));
    }
    group.finish();
}

/// Questions about dates, without and with dates that are far from all others: both should take about the same time.
fn far_dates(criterion: &mut Criterion) {
    let window =
        "filter[trashed]=with&filter[created_after]=2025-01-01&filter[created_before]=2025-12-31";
    for (dates, dump) in [
        ("usual", dump(Generator::PROVISIONR, Shape::Ndjson)),
        ("far", dump_with_far_dates()),
    ] {
        let engine = load(&dump, Columns::Queried).expect("a generated dump loads");
        let mut group = criterion.benchmark_group(format!("dates/{dates}"));
        group.throughput(Throughput::Elements(ROWS));
        let matches = engine.query(window).expect("the request suits the API");
        group.bench_function("window", |bencher| bencher.iter(|| matches.count()));
        let all = engine
            .query("filter[trashed]=with")
            .expect("the request suits the API");
        for bucket in ["month", "day", "hour"] {
            let key = format!("timestamp.created_at:{bucket}");
            group.bench_function(bucket, |bencher| {
                bencher.iter(|| all.count_by(&[&key]).expect("the key suits the API"));
            });
        }
    }
}

criterion_group!(benches, predicates, far_dates);
criterion_main!(benches);
