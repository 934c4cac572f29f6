//! Benches of each kind of filter on a loaded snapshot.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use idq_benches::{ROWS, engine};
use idq_testing::Generator;

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

criterion_group!(benches, predicates);
criterion_main!(benches);
