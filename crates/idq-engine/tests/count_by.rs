//! Counts by keys on small dumps: order, states, lists, numbers, time zones, limits.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use idq_engine::{BindOptions, Caches, GroupValue, Groups, KeyOptions, bind, bind_keys};
use idq_grammar::{Clock, CountRequest, Query};
use idq_load::{Columns, Loader, Source};
use idq_snapshot::Snapshot;

/// The instant of ages: 2026-02-01T12:00:00Z.
const NOW_MICROS: i64 = 1_769_947_200_000_000;

/// Loads records that have these members beside an id; each record is a chunk of its own.
fn snapshot(members: &[&str]) -> Snapshot {
    snapshot_of(members, Columns::All)
}

/// Loads some columns of the same records.
fn snapshot_of(members: &[&str], columns: Columns) -> Snapshot {
    let source = |(number, members): (usize, &&str)| {
        let record = format!(r#"{{"id":"{number}","vendor_id":"v","links":{{}},{members}}}"#);
        Source::bytes("example", record.into_bytes())
    };
    let sources = members.iter().enumerate().map(source).collect();
    let loader = Loader::new(sources).api(idq_api::Api::provisionr());
    loader.block_size(1).columns(columns).load().unwrap()
}

/// Counts all records by keys.
fn groups(snapshot: &Snapshot, request: &CountRequest, zone: &str) -> Groups {
    let query = Query::parse("filter[trashed]=with").unwrap();
    let query = bind(&query, snapshot.api(), &BindOptions::default()).unwrap();
    let options = KeyOptions {
        clock: Clock::fixed_at(NOW_MICROS).with_time_zone(zone.parse().unwrap()),
    };
    let keys = bind_keys(request, snapshot.api(), &options).unwrap();
    query.count_by(&keys, snapshot, &Caches::default()).unwrap()
}

/// Returns the groups of one `--by` as text: `active=2 (null)=1`.
fn counted(members: &[&str], by: &str, zone: &str) -> String {
    let mut request = CountRequest::new();
    request.add_by_text(by).unwrap();
    let groups = groups(&snapshot(members), &request, zone);
    let sum: u64 = groups.iter().map(|group| group.count).sum();
    assert_eq!(sum, members.len() as u64);
    describe(&groups)
}

fn describe(groups: &Groups) -> String {
    let texts = groups.iter().map(|group| {
        let keys = group.values().map(|value| match value {
            GroupValue::Value(text, _) => text.to_owned(),
            other => format!("({})", other.presence()),
        });
        format!("{}={}", keys.collect::<Vec<_>>().join("|"), group.count)
    });
    texts.collect::<Vec<_>>().join(" ")
}

#[test]
fn fields_are_counted_by_value_with_null_and_missing_apart() {
    for (members, by, expected) in [
        (
            &[
                r#""state":"b""#,
                r#""state":"a""#,
                r#""state":null"#,
                r#""state":"c""#,
                r#""email":"x""#,
                r#""state":"c""#,
            ][..],
            "STATE",
            "c=2 a=1 b=1 (null)=1 (missing)=1",
        ),
        // Equal numbers are one group, in the spelling of the first record.
        (
            &[
                r#""count":{"workspace_logs_parent":1.50}"#,
                r#""count":{"workspace_logs_parent":-2}"#,
                r#""count":{"workspace_logs_parent":15e-1}"#,
                r#""count":{"workspace_logs_parent":10}"#,
            ],
            "count.workspace_logs_parent",
            "1.50=2 -2=1 10=1",
        ),
        // A text without a domain, and one that ends at its sign, have the empty domain.
        (
            &[
                r#""email":"a@B.x""#,
                r#""email":"a@c@b.X""#,
                r#""email":"a""#,
                r#""email":"a@""#,
                r#""email":null"#,
            ],
            "email:domain",
            "=2 b.x=2 (null)=1",
        ),
        (
            &[
                r#""email":"Ëa""#,
                r#""email":"Ëb""#,
                r#""email":"""#,
                r#""email":"b""#,
                r#""email":"b""#,
            ],
            "email:prefix(1)",
            "=1 b=2 Ë=2",
        ),
        // Year 1 means never in this field, and is no value.
        (
            &[
                r#""timestamp":{"last_authenticated_at":"0001-01-01T00:00:00Z"}"#,
                r#""timestamp":{"last_authenticated_at":"2026-01-31T00:00:00Z"}"#,
                r#""timestamp":{"last_authenticated_at":null}"#,
            ],
            "timestamp.last_authenticated_at:year",
            "2026=1 (null)=1 (empty)=1",
        ),
        // An age is reached at its instant; the future is no age.
        (
            &[
                r#""timestamp":{"created_at":"2026-02-01T12:00:00.000001Z"}"#,
                r#""timestamp":{"created_at":"2026-02-01T12:00:00Z"}"#,
                r#""timestamp":{"created_at":"2026-01-31T12:00:00.000001Z"}"#,
                r#""timestamp":{"created_at":"2026-01-31T12:00:00Z"}"#,
                r#""timestamp":{"created_at":"2025-02-01T12:00:00Z"}"#,
            ],
            "timestamp.created_at:age(1d,30d,1y)",
            "0-1d=2 1-30d=1 1y+=1 future=1",
        ),
        (
            &[
                r#""included":{"directory_user":{"id":"u"}}"#,
                r#""included":{"directory_user":null}"#,
                r#""included":{}"#,
            ],
            "included.directory_user:presence",
            "value=1 (null)=1 (missing)=1",
        ),
    ] {
        assert_eq!(counted(members, by, "UTC"), expected, "{by}");
    }
}

#[test]
fn paths_are_counted_by_value_type_and_list() {
    for (values, by, expected) in [
        (
            &["1", "\"1\"", "1.0", "true", "\"true\""][..],
            "profile.x",
            "1=2 true=1 1=1 true=1",
        ),
        // The distinct values of a record with several are one group, in any order.
        (
            &[
                r#"["b","a"]"#,
                r#"["a","b","a"]"#,
                r#"["a",null]"#,
                r#"["a"]"#,
                r#"[2,1.0]"#,
                r#"[1,"1"]"#,
            ],
            "profile.x",
            r#"a=2 ["a","b"]=2 [1,"1"]=1 [1.0,2]=1"#,
        ),
        // Null comes before an empty array, whichever is first.
        (
            &["[[],null]", "[null,[]]", "[]", "{}", "null"],
            "profile.x",
            "(null)=3 (empty)=2",
        ),
        (
            &[r#"{"y":1}"#, r#"{"y":null}"#, r#"[{"y":[]}]"#, "null"],
            "profile.x",
            "{…}=1 (null)=1 (empty)=2",
        ),
        (
            &[r#"{"y":1}"#, r#"[{"y":2},{"y":2}]"#, r#"[]"#, "3"],
            "profile.x.y",
            "1=1 2=1 (missing)=2",
        ),
        (
            &[r#"["a@x.y","b@X.y"]"#, "\"c\"", "5"],
            "profile.x:domain",
            "=2 x.y=1",
        ),
        (
            &[
                "\"soon\"",
                "\"2026-01-31\"",
                "7",
                "\"2026-01-31T00:00:00Z\"",
            ],
            "profile.x:month",
            "2026-01=2 (no date)=2",
        ),
        (
            &["\"2026-02-02\"", "\"2026-02-01\"", "\"2025-12-01\""],
            "profile.x:age(30d)",
            "0-30d=1 30d+=1 future=1",
        ),
    ] {
        let members: Vec<String> = values
            .iter()
            .map(|value| format!(r#""profile":{{"x":{value}}}"#))
            .collect();
        let members: Vec<&str> = members.iter().map(String::as_str).collect();
        assert_eq!(counted(&members, by, "UTC"), expected, "{values:?}");
    }
}

#[test]
fn group_of_a_number_has_the_spelling_of_its_first_match() {
    let record = |(number, (state, value)): (usize, &(&str, &str))| {
        format!(
            r#"{{"id":"{number}","vendor_id":"v","links":{{}},"state":"{state}","profile":{{"x":{value}}},
            "count":{{"workspace_logs_record":{value}}}}}"#
        )
    };
    let records = [
        ("a", "1"),
        ("b", "1.0"),
        ("b", "1"),
        ("b", "-0.0"),
        ("b", "0"),
    ];
    let records: Vec<String> = records.iter().enumerate().map(record).collect();
    let source = Source::bytes("example", records.join("\n").into_bytes());
    let loader = Loader::new(vec![source]).api(idq_api::Api::provisionr());
    let snapshot = loader.load().unwrap();
    let query = Query::parse("filter[state]=b").unwrap();
    let query = bind(&query, snapshot.api(), &BindOptions::default()).unwrap();
    for by in ["profile.x", "count.workspace_logs_record"] {
        let mut request = CountRequest::new();
        request.add_by_text(by).unwrap();
        let keys = bind_keys(&request, snapshot.api(), &KeyOptions::default()).unwrap();
        let groups = query.count_by(&keys, &snapshot, &Caches::default());
        assert_eq!(describe(&groups.unwrap()), "-0.0=2 1.0=2", "{by}");
    }
}

#[test]
fn day_without_a_time_is_that_day_in_every_time_zone() {
    let members = [
        r#""profile":{"x":"2026-01-31"}"#,
        r#""profile":{"x":"2026-01-31T00:00:00Z"}"#,
        r#""profile":{"x":"2026-01-31 23:59"}"#,
    ];
    for (zone, expected) in [
        ("UTC", "2026-01-31=3"),
        ("-08:00", "2026-01-30=1 2026-01-31=2"),
        ("Asia/Kolkata", "2026-01-31=2 2026-02-01=1"),
    ] {
        assert_eq!(counted(&members, "profile.x:day", zone), expected, "{zone}");
    }
}

#[test]
fn column_loaded_for_a_path_counts_that_path_and_what_is_below_it_alone() {
    let members = [
        r#""profile":{"a":{"b":1,"c":"x"},"ab":9,"list":[{"a":2}]}"#,
        r#""profile":{"a":{"c":["x",null]}}"#,
        r#""profile":{"ab":9}"#,
        r#""profile":null"#,
        r#""email":"x""#,
    ];
    let keys = |by: &str| {
        let mut request = CountRequest::new();
        request.add_by_text(by).unwrap();
        bind_keys(&request, idq_api::Api::provisionr(), &KeyOptions::default()).unwrap()
    };
    let query = Query::parse("filter[trashed]=with").unwrap();
    let query = bind(&query, idq_api::Api::provisionr(), &BindOptions::default()).unwrap();
    let mut parts = query.parts();
    parts.extend(keys("profile.a").parts());
    let whole = snapshot(&members);
    let part = snapshot_of(&members, Columns::Parts(parts));
    let counted = |snapshot: &Snapshot, by: &str| {
        let groups = query.count_by(&keys(by), snapshot, &Caches::default());
        groups.map(|groups| describe(&groups))
    };
    for by in ["profile.a", "profile.a.b", "profile.a.c:presence"] {
        assert_eq!(
            counted(&part, by).unwrap(),
            counted(&whole, by).unwrap(),
            "{by}"
        );
    }
    for other in ["profile.ab", "profile.list.a", "state"] {
        let error = counted(&part, other).unwrap_err().to_string();
        assert!(
            error.contains(&format!(" {other} was not loaded")),
            "{error}"
        );
    }
}

#[test]
fn limits_of_groups_account_for_every_record() {
    let members = ["a", "a", "a", "b", "b", "c", "d"]
        .map(|state| format!(r#""state":"{state}","email":"{state}@x""#));
    let mut members: Vec<&str> = members.iter().map(String::as_str).collect();
    members.push(r#""state":null"#);
    let snapshot = snapshot(&members);
    let mut request = CountRequest::new();
    request.add_by_text("state").unwrap();
    let top = groups(&snapshot, &request.clone().top(2), "UTC");
    assert_eq!(describe(&top), "a=3 b=2 (null)=1");
    assert_eq!(
        (top.other(), top.other_values(), top.is_complete()),
        (2, 2, false)
    );
    request.add_having_text(">1").unwrap();
    let having = groups(&snapshot, &request.clone().top(1), "UTC");
    assert_eq!(describe(&having), "a=3");
    assert_eq!(
        (
            having.other(),
            having.left_out().groups,
            having.left_out().records
        ),
        (2, 3, 3)
    );
    assert_eq!(having.total(), 8);
    request.add_by_text("email:prefix(1),id:presence").unwrap();
    assert_eq!(
        describe(&groups(&snapshot, &request, "UTC")),
        "a|a|value=3 b|b|value=2"
    );
}

#[test]
fn keys_that_do_not_suit_the_api_are_reported_together() {
    let mut request = CountRequest::new();
    let by = "state:month,profile,included.directory_user,timestamp.created_at:domain,state.x,timestamp.created_at:age(90d,30d)";
    request.add_by_text(by).unwrap();
    let errors =
        bind_keys(&request, idq_api::Api::provisionr(), &KeyOptions::default()).unwrap_err();
    let messages: Vec<String> = errors
        .errors()
        .iter()
        .map(|error| error.kind.to_string())
        .collect();
    assert_eq!(
        messages,
        [
            "expected a bucket of a text for `state`, found `month`",
            "expected a bucket of a document for `profile`, found none",
            "expected a bucket of an object for `included.directory_user`, found none",
            "expected a bucket of a date for `timestamp.created_at`, found `domain`",
            "expected a field with members, found state, a text",
            "expected ascending ages, found `30d` after `90d`",
        ]
    );
}

#[test]
fn groups_become_an_arrow_batch() {
    let members = [
        r#""state":"a","included":{"directory_user":{"is_manager":true}}"#,
        r#""email":"b""#,
    ];
    let mut request = CountRequest::new();
    request
        .add_by_text("state,included.directory_user.is_manager")
        .unwrap();
    let batch = groups(&snapshot(&members), &request, "UTC")
        .to_arrow()
        .unwrap();
    let schema = batch.schema();
    let fields: Vec<String> = schema
        .fields()
        .iter()
        .map(|field| format!("{} {}", field.name(), field.data_type()))
        .collect();
    assert_eq!(
        fields,
        [
            "state LargeUtf8",
            "state.presence LargeUtf8",
            "included.directory_user.is_manager Boolean",
            "included.directory_user.is_manager.presence LargeUtf8",
            "count UInt64",
        ]
    );
    assert_eq!(batch.num_rows(), 2);
    assert_eq!(batch.column(0).null_count(), 1);
}
