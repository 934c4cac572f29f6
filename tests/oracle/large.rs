//! Queries of every kind on a dump that is cut into blocks within one source.

use chrono_tz::Tz;
use idq::{Columns, Engine, Loader, Parser, Query, Source};
use idq_testing::{generate_records, generate_records_in_styles};
use idq_tests::{Count, OracleApi, Request, answer, count, envelope, instant_of};
use serde_json::Value;

use crate::counts::counted;
use crate::queries::{now, query_string};
use crate::records::oracle_styles;
use crate::settings::{api, packed, pools};

/// Number of records: about two megabytes, several times the block from which the loader learns the separator.
const ROWS: u64 = 1_500;

/// Block size in bytes: more than a record, far less than the dump.
const BLOCK: usize = 20_000;

/// Generates records in the style of the server.
fn spellings(api: OracleApi) -> Vec<String> {
    texts(generate_records(api.generator(), ROWS))
}

/// Generates records of which no two neighbours have the same style.
fn spellings_in_turns(api: OracleApi) -> Vec<String> {
    let styles = oracle_styles();
    texts(generate_records_in_styles(api.generator(), &styles, ROWS))
}

/// Returns the records as texts.
fn texts(records: Vec<Vec<u8>>) -> Vec<String> {
    let records = records.into_iter();
    records
        .map(|record| String::from_utf8(record).unwrap())
        .collect()
}

fn check(dump_api: OracleApi, spellings: &[String], requests: &[&[(&str, &str)]]) {
    let read = |spelling: &String| serde_json::from_str(spelling).unwrap();
    let records: Vec<Value> = spellings.iter().map(read).collect();
    for (text, parser) in [
        (spellings.join("\n"), Parser::Shapes),
        (format!("[{}]", spellings.join(",")), Parser::Reference),
    ] {
        for pool in pools() {
            let loader = Loader::new(vec![Source::bytes("dump", text.as_bytes())])
                .api(api(dump_api))
                .parser(parser)
                .block_size(BLOCK);
            let engine = pool.install(|| Engine::load(loader)).unwrap();
            assert!(
                engine.snapshot().chunks().len() > 10,
                "many chunks are the point"
            );
            let packed = pool.install(|| packed(&engine));
            for (engine, parameters) in requests
                .iter()
                .flat_map(|request| [(&engine, request), (&packed, request)])
            {
                let request = Request::new(dump_api, parameters);
                let expected = answer(&request, &records).unwrap();
                let query = Query::parse(&query_string(&request)).unwrap();
                let json = pool.install(|| {
                    let matches = engine.matches(&query).unwrap();
                    let rows: Vec<usize> = matches
                        .rows()
                        .unwrap()
                        .iter()
                        .map(|row| row.0 as usize)
                        .collect();
                    assert_eq!(rows, expected.order, "{parameters:?}");
                    assert_eq!(matches.count().unwrap(), expected.total(), "{parameters:?}");
                    // The first query selects its page, the second builds the sorted index, later ones use it.
                    for page in [1, 2, 15, 16, 29, 30, 31] {
                        let page_query = query.clone().page(page as u64);
                        let matches = engine.matches(&page_query).unwrap();
                        let found = matches.page().unwrap();
                        let each = found.per_page() as usize;
                        let first = rows.len().min((page - 1) * each);
                        let last = rows.len().min(first + each);
                        let found: Vec<usize> =
                            found.rows().iter().map(|row| row.0 as usize).collect();
                        assert_eq!(found, rows[first..last], "{parameters:?}, page {page}");
                    }
                    matches.page().unwrap().to_json().unwrap()
                });
                let expected = envelope(&request, &expected, &records, spellings);
                assert_eq!(json, expected, "{parameters:?}");
            }
        }
    }
}

#[test]
fn queries_of_provisionr_in_many_blocks_equal_the_oracle() {
    check(
        OracleApi::Provisionr,
        &spellings(OracleApi::Provisionr),
        &[
            &[],
            &[("page", "40")],
            &[("sort", "-created_at"), ("page", "31")],
            &[("sort", "state,email"), ("per_page", "7"), ("page", "12")],
            &[
                ("sort", "-last_authenticated_at,user_full-name"),
                ("filter[trashed]", "with"),
            ],
            &[("filter[state]", "active,suspended"), ("sort", "source_id")],
            &[
                ("filter[email_search]", "AR"),
                ("sort", "email"),
                ("page", "3"),
            ],
            &[
                ("filter[profile_search]", "engineer"),
                ("sort", "-vendor_id"),
            ],
            &[("filter[profile_search]", "costCenter")],
            &[
                ("filter[created_after]", "2023-01-01"),
                ("filter[created_before]", "2024-12-31"),
            ],
            &[("filter[trashed]", "only"), ("sort", "deleted_at")],
            &[("filter[deprovisioned_pending_deactivation]", "true")],
            &[
                ("filter[trashed]", "with"),
                ("per_page", "1500"),
                ("sort", "user_email"),
            ],
        ],
    );
}

#[test]
fn queries_of_permission_assist_in_many_blocks_equal_the_oracle() {
    check(
        OracleApi::PermissionAssist,
        &spellings(OracleApi::PermissionAssist),
        &[
            &[],
            &[("page", "30")],
            &[("page", "31")],
            &[("sort", "-department,title"), ("page", "2")],
            &[
                ("filter[status]", "Active,Removed"),
                ("sort", "-updatedDate"),
            ],
            &[("filter[lastName_search]", "Ø,é")],
            &[
                ("filter[inactivatedDate_after]", "2024-01-01"),
                ("sort", "inactivatedDate"),
            ],
            &[
                ("filter[supervisorName_search]", "tobias"),
                ("sort", "supervisorName,id"),
            ],
        ],
    );
}

/// Returns records in which one date of each `every` is one that programs write for "never", and far from all others.
fn with_far_dates(api: OracleApi, every: usize) -> Vec<String> {
    let far = [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.9999999Z",
        "1900-01-01T00:00:00Z",
    ];
    let mut dates = 0;
    let with_far_dates = |record: &String| {
        let mut record: Value = serde_json::from_str(record).unwrap();
        let times = match api {
            OracleApi::Provisionr => record["timestamp"].as_object_mut().unwrap(),
            OracleApi::PermissionAssist => record.as_object_mut().unwrap(),
        };
        for (_, date) in times.iter_mut() {
            if date.as_str().is_some_and(|text| instant_of(text).is_some()) {
                dates += 1;
                if dates % every == 0 {
                    *date = far[dates / every % far.len()].into();
                }
            }
        }
        record.to_string()
    };
    spellings(api).iter().map(with_far_dates).collect()
}

#[test]
fn queries_of_records_with_dates_far_from_all_others_equal_the_oracle() {
    for every in [20, 2] {
        check(
            OracleApi::Provisionr,
            &with_far_dates(OracleApi::Provisionr, every),
            &[
                &[
                    ("filter[created_after]", "2023-01-01"),
                    ("filter[created_before]", "2024-12-31"),
                ],
                &[("filter[created_after]", "2024-01-01")],
                &[("filter[created_before]", "0001-01-01")],
                &[("filter[trashed]", "with"), ("sort", "-created_at")],
            ],
        );
        check(
            OracleApi::PermissionAssist,
            &with_far_dates(OracleApi::PermissionAssist, every),
            &[&[
                ("filter[inactivatedDate_after]", "2024-01-01"),
                ("sort", "inactivatedDate"),
            ]],
        );
    }
}

/// Asserts that a count of all records in many blocks is that of the oracle, on one and on two threads.
fn check_count(spellings: &[String], keys: &[(&str, &str)], zone: Tz) {
    let read = |spelling: &String| serde_json::from_str(spelling).unwrap();
    let records: Vec<Value> = spellings.iter().map(read).collect();
    let key = |(field, bucket): &(&str, &str)| ((*field).to_owned(), (*bucket).to_owned());
    let asked = Count {
        keys: keys.iter().map(key).collect(),
        top: None,
        at_least: 0,
        now: now().with_timezone(&zone),
    };
    let all: Vec<usize> = (0..records.len()).collect();
    let expected = count(&asked, &records, &all);
    let text = spellings.join("\n");
    for pool in pools() {
        let loader = Loader::new(vec![Source::bytes("dump", text.as_bytes())])
            .columns(Columns::All)
            .block_size(BLOCK);
        let engine = pool.install(|| Engine::load(loader)).unwrap();
        let packed = pool.install(|| packed(&engine));
        for engine in [&engine, &packed] {
            let query = Query::new().filter("trashed", "with");
            let found = pool.install(|| counted(engine, &query, asked.now, &asked));
            assert_eq!(found.unwrap(), expected, "{keys:?} {zone}");
        }
    }
}

#[test]
fn counts_of_records_with_dates_far_from_all_others_equal_the_oracle() {
    for (every, zone) in [
        (1_000_000, Tz::UTC),
        (20, Tz::UTC),
        (20, Tz::Europe__London),
        (2, Tz::Etc__GMTPlus3),
    ] {
        let spellings = with_far_dates(OracleApi::Provisionr, every);
        for keys in [
            &[("timestamp.created_at", "month")][..],
            &[("timestamp.created_at", "day")],
            &[("timestamp.created_at", "hour")],
            &[("timestamp.last_authenticated_at", "year"), ("state", "")],
            &[("timestamp.last_authenticated_at", "presence")],
            &[
                ("timestamp.created_at", "week"),
                ("timestamp.updated_at", "year"),
            ],
        ] {
            check_count(&spellings, keys, zone);
        }
    }
}

#[test]
fn queries_of_records_in_styles_by_turns_equal_the_oracle() {
    for (api, requests) in [
        (
            OracleApi::Provisionr,
            [
                &[("filter[state]", "active"), ("sort", "-created_at")][..],
                &[("filter[profile_search]", "engineer"), ("sort", "email")],
                &[("filter[trashed]", "with"), ("sort", "user_full-name")],
            ],
        ),
        (
            OracleApi::PermissionAssist,
            [
                &[("filter[status]", "Active"), ("sort", "-updatedDate")][..],
                &[("filter[office_search]", "ü,tower"), ("sort", "office")],
                &[("filter[lastName_search]", "é")],
            ],
        ),
    ] {
        check(api, &spellings_in_turns(api), &requests);
    }
}
