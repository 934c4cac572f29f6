//! Compares random counts by keys on random dumps with the oracle, under all settings.

use idq::{BindOptions, Columns, Conformance, CountRequest, Engine, KeyOptions, Query};
use idq_tests::{Count, CountAnswer, Now, OracleApi, answer, count};
use proptest::prelude::*;
use proptest::sample::select;

use crate::dumps::{Dump, dump};
use crate::queries::{Plan, clock, expression, now, plan, query_string, zone};
use crate::settings::{Settings, packed, settings};

/// The number of dumps of each API.
const DUMPS: u32 = 96;

const PROVISIONR_TEXTS: &[&str] = &[
    "id",
    "state",
    "email",
    "vendor_id",
    "included.workspace_integration.id",
    "included.workspace_integration.vendor",
    "included.directory_user.full_name",
];

const PERMISSION_ASSIST_TEXTS: &[&str] = &[
    "id",
    "type",
    "emailAddress",
    "lastName",
    "company",
    "status",
];

const PROVISIONR_DATES: &[&str] = &[
    "timestamp.created_at",
    "timestamp.deleted_at",
    "timestamp.last_authenticated_at",
];

const PERMISSION_ASSIST_DATES: &[&str] = &["createdDate", "inactivatedDate"];

const DATE_BUCKETS: &[&str] = &[
    "",
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "weekday",
    "hour",
    "age(1d,30d,365d)",
    "age(12h,1d,6mo,1y)",
    "presence",
];

/// Generates a key of an API: the name of a field, and a bucket that suits it.
fn key(api: OracleApi) -> BoxedStrategy<(String, String)> {
    let (texts, dates) = match api {
        OracleApi::Provisionr => (PROVISIONR_TEXTS, PROVISIONR_DATES),
        OracleApi::PermissionAssist => (PERMISSION_ASSIST_TEXTS, PERMISSION_ASSIST_DATES),
    };
    let text_buckets = &[
        "",
        "",
        "domain",
        "prefix(1)",
        "prefix(4)",
        "fold",
        "presence",
    ][..];
    let text = (select(texts), select(text_buckets));
    let date = (select(dates), select(DATE_BUCKETS));
    let other = select(
        &[
            ("count.workspace_logs_parent", ""),
            ("count.workspace_logs_record", ""),
            ("included.directory_user.is_manager", ""),
            ("included.directory_user.is_manager", "presence"),
            ("profile", "presence"),
            ("included.directory_user", "presence"),
        ][..],
    );
    let paths = &[
        "profile.costCenter",
        "profile.name",
        "profile.manager",
        "profile.manager.name",
        "included.directory_user.org.name",
        "unknown.name",
    ][..];
    let path_buckets = &[
        "",
        "",
        "",
        "domain",
        "prefix(2)",
        "fold",
        "month",
        "day",
        "hour",
        "age(1d,30d)",
        "presence",
    ][..];
    let path = (select(paths), select(path_buckets));
    let key = match api {
        OracleApi::Provisionr => prop_oneof![3 => text, 3 => date, 1 => other, 3 => path].boxed(),
        OracleApi::PermissionAssist => prop_oneof![text, date].boxed(),
    };
    key.prop_map(|(field, bucket)| (field.to_owned(), bucket.to_owned()))
        .boxed()
}

/// Generates a count of one to four keys.
fn counts(api: OracleApi) -> impl Strategy<Value = Count> {
    let keys = prop_oneof![
        4 => proptest::collection::vec(key(api), 1..3),
        1 => proptest::collection::vec(key(api), 3..5),
    ];
    let top = proptest::option::weighted(0.3, 1_usize..4);
    let at_least = select(&[0_u64, 0, 0, 2, 3][..]);
    (keys, zone(), top, at_least).prop_map(|(keys, zone, top, at_least)| Count {
        keys,
        top,
        at_least,
        now: now().with_timezone(&zone),
    })
}

fn case(api: OracleApi) -> impl Strategy<Value = (Dump, Plan, Vec<Count>, Vec<Settings>)> {
    (
        dump(api),
        plan(api),
        proptest::collection::vec(counts(api), 1..6),
        settings(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        // A failure becomes a named test instead of a persisted seed.
        failure_persistence: None,
        ..ProptestConfig::with_cases(DUMPS)
    })]

    #[test]
    fn counts_of_provisionr_equal_the_oracle((dump, plan, counts, settings) in case(OracleApi::Provisionr)) {
        check(&dump, &plan, &counts, &settings);
    }

    #[test]
    fn counts_of_permission_assist_equal_the_oracle(
        (dump, plan, counts, settings) in case(OracleApi::PermissionAssist)
    ) {
        check(&dump, &plan, &counts, &settings);
    }
}

/// Asserts that all counts of the matches of a query are those of the oracle; for a query that is refused, of all
/// records.
fn check(dump: &Dump, plan: &Plan, counts: &[Count], settings: &[Settings]) {
    let records = dump.records();
    let request = plan.request(&records);
    let (query, matches) = match answer(&request, &records) {
        Some(answer) => {
            let query = Query::parse(&query_string(&request)).unwrap();
            let query = match &request.tree {
                Some(tree) => query.and_where(expression(tree)),
                None => query,
            };
            (query, answer.order)
        }
        None if dump.api == OracleApi::Provisionr => {
            let query = Query::new().filter("trashed", "with");
            (query, (0..records.len()).collect())
        }
        None => (Query::new(), (0..records.len()).collect()),
    };
    let mut matches = matches;
    matches.sort_unstable();
    let cases: Vec<(&Count, CountAnswer)> = counts
        .iter()
        .map(|asked| (asked, count(asked, &records, &matches)))
        .collect();
    for &settings in settings {
        let check = |engine: &Engine, storage: &str| {
            for (asked, expected) in &cases {
                let context = format!(
                    "{storage}, {settings:?}, {asked:?} of {}",
                    query_string(&request)
                );
                let found = settings
                    .pool()
                    .install(|| counted(engine, &query, request.now, asked));
                if let Some(found) = found {
                    assert_eq!(&found, expected, "{context}");
                }
            }
        };
        let engine = settings.load(dump, Columns::All);
        check(&engine, "loaded");
        check(&settings.pool().install(|| packed(&engine)), "packed");
        check(&settings.load_mixed(dump), "mixed");
    }
}

/// Counts the matches of a query; `None` if a field of the keys has no column.
pub(crate) fn counted(
    engine: &Engine,
    query: &Query,
    now: Now,
    asked: &Count,
) -> Option<CountAnswer> {
    let mut request = CountRequest::new();
    for (field, bucket) in &asked.keys {
        let colon = if bucket.is_empty() { "" } else { ":" };
        request
            .add_by_text(&format!("{field}{colon}{bucket}"))
            .unwrap();
    }
    if asked.at_least > 0 {
        request
            .add_having_text(&format!(">={}", asked.at_least))
            .unwrap();
    }
    if let Some(top) = asked.top {
        request = request.top(top as u64);
    }
    let options = KeyOptions {
        clock: clock(asked.now),
    };
    let keys = idq::bind_keys(&request, engine.api(), &options).unwrap();
    if !keys
        .fields()
        .iter()
        .all(|&field| engine.snapshot().has_column(field))
    {
        return None;
    }
    let options = BindOptions::new(Conformance::Strict, clock(now));
    let matches = engine.matches_with(query, &options).unwrap();
    let groups = matches.count_by_keys(&keys).unwrap();
    assert_eq!(groups.total(), matches.count().unwrap());
    let sum: u64 = groups.iter().map(|group| group.count).sum();
    assert_eq!(
        sum + groups.other() + groups.left_out().records,
        groups.total()
    );
    let described = |group: idq::Group<'_>| {
        let keys = group.values().map(|value| {
            let text = value.text().unwrap_or_default();
            (value.presence().to_owned(), text.to_owned())
        });
        (keys.collect(), group.count)
    };
    Some(CountAnswer {
        groups: groups.iter().map(described).collect(),
        other: groups.other(),
        left_out: (groups.left_out().groups, groups.left_out().records),
    })
}
