//! Compares pages by every sort key with a stable sort of the records: pages by top-k, by scanning a sorted index, and by
//! rank for filters with few matches.

use idq_engine::{BindOptions, Caches, bind};
use idq_grammar::Query;
use idq_load::{Loader, Source};
use idq_snapshot::Snapshot;

const RECORDS: usize = 3_000;

/// A record's values in the fields that are sorted by.
struct Record {
    email: Option<String>,
    state: &'static str,
    created: u32,
}

fn record(row: usize) -> Record {
    let mixed = row.wrapping_mul(2_654_435_761) >> 7;
    Record {
        // Some rows have no value, many share one, and some have a long common prefix.
        email: (!mixed.is_multiple_of(11)).then(|| match mixed % 3 {
            0 => format!("user{}@north.example", mixed % 97),
            1 => format!("a.rather.long.local.part.{}@south.example", mixed % 1_009),
            _ => "same@example.org".to_owned(),
        }),
        state: ["active", "staged", "expired"][mixed % 3],
        created: (mixed % 500) as u32,
    }
}

/// Loads the records in several chunks.
fn snapshot() -> Snapshot {
    let mut dump = String::new();
    for row in 0..RECORDS {
        let Record {
            email,
            state,
            created,
        } = record(row);
        let email = email.map_or("null".to_owned(), |email| format!("\"{email}\""));
        let (hour, minute) = (created / 60, created % 60);
        dump.push_str(&format!(
            "{{\"id\":\"dridt_{row:04}\",\"vendor_id\":\"{row}\",\"state\":\"{state}\",\"email\":{email},\
             \"timestamp\":{{\"created_at\":\"2025-01-01T{hour:02}:{minute:02}:00.000000Z\"}}}}\n"
        ));
    }
    let source = Source::bytes("records", dump.into_bytes());
    let snapshot = Loader::new(vec![source])
        .block_size(40_000)
        .load()
        .expect("the dump loads");
    assert!(snapshot.chunks().len() > 3, "several chunks are sorted");
    snapshot
}

/// Returns the rows that satisfy a filter in the order of a comparison, load order last.
fn expected(
    matches: impl Fn(usize) -> bool,
    compare: impl Fn(&Record, &Record) -> std::cmp::Ordering,
) -> Vec<u32> {
    let mut rows: Vec<u32> = (0..RECORDS as u32)
        .filter(|&row| matches(row as usize))
        .collect();
    rows.sort_by(|&one, &other| compare(&record(one as usize), &record(other as usize)));
    rows
}

/// Queries pages near both ends and in the middle, each three times: the second query builds a sorted index.
fn check(snapshot: &Snapshot, caches: &Caches, request: &str, expected: &[u32]) {
    let per_page = 25;
    let last = expected.len().div_ceil(per_page).max(1);
    for page in [1, 2, last / 2 + 1, last, last + 1] {
        let request = format!("{request}&per_page={per_page}&page={page}");
        let query = Query::parse(&request).expect("the request is valid");
        let bound =
            bind(&query, snapshot.api(), &BindOptions::default()).expect("the API has the names");
        let start = ((page - 1) * per_page).min(expected.len());
        let end = (start + per_page).min(expected.len());
        for turn in 0..3 {
            let page = bound
                .page(snapshot, caches)
                .expect("the columns are loaded");
            assert_eq!(page.total, expected.len() as u64, "{request}");
            let rows: Vec<u32> = page.rows.iter().map(|row| row.0).collect();
            assert_eq!(rows, expected[start..end], "{request}, turn {turn}");
        }
    }
}

#[test]
fn page_by_each_sort_key_equals_a_stable_sort_of_the_records() {
    let snapshot = snapshot();
    let caches = Caches::default();
    type Compare = fn(&Record, &Record) -> std::cmp::Ordering;
    let sorts: [(&str, Compare); 6] = [
        ("email", |one, other| one.email.cmp(&other.email)),
        ("-email", |one, other| other.email.cmp(&one.email)),
        ("state", |one, other| one.state.cmp(other.state)),
        ("-created_at", |one, other| other.created.cmp(&one.created)),
        ("state,-created_at,email", |one, other| {
            let by_state = one.state.cmp(other.state);
            let by_time = other.created.cmp(&one.created);
            by_state.then(by_time).then(one.email.cmp(&other.email))
        }),
        ("-email,state", |one, other| {
            other.email.cmp(&one.email).then(one.state.cmp(other.state))
        }),
    ];
    for (sort, compare) in sorts {
        let rows = expected(|_| true, compare);
        check(&snapshot, &caches, &format!("sort={sort}"), &rows);
    }
}

#[test]
fn page_by_rank_of_few_matches_equals_a_stable_sort_of_them() {
    let snapshot = snapshot();
    let caches = Caches::default();
    // The index exists after this, so that the filters below find it.
    let all = expected(|_| true, |one, other| one.email.cmp(&other.email));
    check(&snapshot, &caches, "sort=email", &all);
    for (filter, text) in [
        ("vendor_id_search=99", "99"),
        ("vendor_id_search=7", "7"),
        ("vendor_id=1234", "1234"),
        ("vendor_id_search=none", "none"),
    ] {
        let (name, value) = filter.split_once('=').expect("a name and a value");
        let matches = |row: usize| {
            if name == "vendor_id" {
                row.to_string() == text
            } else {
                row.to_string().contains(text)
            }
        };
        let rows = expected(matches, |one, other| one.email.cmp(&other.email));
        check(
            &snapshot,
            &caches,
            &format!("filter[{name}]={value}&sort=email"),
            &rows,
        );
    }
}
