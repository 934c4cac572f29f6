//! Dates: every accepted form, and the interval of its precision.

use idq_tests::encode;
use serde_json::json;

use crate::{ids, provisionr, record, refusal};

fn created<const COUNT: usize>(instants: [&str; COUNT]) -> idq::Engine {
    let created = |instant| record(instant, &[("timestamp.created_at", json!(instant))]);
    provisionr(instants.map(created))
}

/// Returns the instants that a filter matches.
fn found<const COUNT: usize>(instants: [&str; COUNT], filter: &str, value: &str) -> Vec<String> {
    ids(
        &created(instants),
        &format!("filter[created_{filter}]={}", encode(value)),
    )
}

#[test]
fn days_of_the_vendors_example_are_january() {
    let engine = created([
        "2025-12-31T23:59:59.999999Z",
        "2026-01-01T00:00:00Z",
        "2026-01-15T12:00:00Z",
        "2026-01-31T23:59:59.999999Z",
        "2026-02-01T00:00:00Z",
    ]);
    assert_eq!(
        ids(
            &engine,
            "filter[created_after]=2026-01-01&filter[created_before]=2026-01-31"
        ),
        [
            "2026-01-01T00:00:00Z",
            "2026-01-15T12:00:00Z",
            "2026-01-31T23:59:59.999999Z"
        ],
    );
}

#[test]
fn date_of_a_day_is_the_whole_utc_day() {
    let instants = [
        "2026-01-31T00:00:00Z",
        "2026-01-31T23:59:59.999999999Z",
        "2026-02-01T01:59:59+02:00",
        "2026-01-31T16:00:00-08:00",
    ];
    assert_eq!(found(instants, "before", "2026-01-31"), instants[..3]);
    assert_eq!(found(instants, "after", "2026-01-31"), instants);
    assert_eq!(found(instants, "after", "2026-02-01"), instants[3..]);
}

#[test]
fn date_of_an_instant_is_that_instant() {
    let instants = [
        "2026-01-31T09:29:59.999999Z",
        "2026-01-31T09:30:00Z",
        "2026-01-31T09:30:00.000001Z",
    ];
    assert_eq!(
        found(instants, "before", "2026-01-31T09:30:00Z"),
        instants[..2]
    );
    assert_eq!(
        found(instants, "after", "2026-01-31T09:30:00Z"),
        instants[1..]
    );
}

#[test]
fn instant_with_any_offset_is_the_same_instant() {
    let instants = ["2026-01-31T09:30:00Z"];
    for same in [
        "2026-01-31T09:30:00+00:00",
        "2026-01-31T11:30:00+02:00",
        "2026-01-31T15:15:00+05:45",
        "2026-01-30T23:30:00-10:00",
        "2026-01-31t09:30:00z",
        "2026-01-31T09:30:00.0Z",
    ] {
        assert_eq!(found(instants, "before", same), instants, "{same}");
        assert_eq!(found(instants, "after", same), instants, "{same}");
    }
}

#[test]
fn instant_with_a_fraction_is_kept_to_the_microsecond() {
    let instants = ["2026-01-31T09:30:00.123456Z"];
    for (value, before, after) in [
        ("2026-01-31T09:30:00.123455Z", 0, 1),
        ("2026-01-31T09:30:00.123456Z", 1, 1),
        ("2026-01-31T09:30:00.123456789Z", 1, 1),
        ("2026-01-31T09:30:00.2Z", 1, 0),
    ] {
        assert_eq!(found(instants, "before", value).len(), before, "{value}");
        assert_eq!(found(instants, "after", value).len(), after, "{value}");
    }
}

#[test]
fn date_of_a_minute_is_that_minute_in_utc() {
    let instants = [
        "2026-01-31T09:29:59Z",
        "2026-01-31T09:30:00Z",
        "2026-01-31T09:30:59.999999Z",
        "2026-01-31T09:31:00Z",
    ];
    assert_eq!(found(instants, "before", "2026-01-31 09:30"), instants[..3]);
    assert_eq!(found(instants, "after", "2026-01-31 09:30"), instants[1..]);
}

#[test]
fn date_of_a_second_is_that_instant_in_utc() {
    let instants = [
        "2026-01-31T09:29:59Z",
        "2026-01-31T09:30:00Z",
        "2026-01-31T09:30:01Z",
    ];
    assert_eq!(
        found(instants, "before", "2026-01-31 09:30:00"),
        instants[..2]
    );
    assert_eq!(
        found(instants, "after", "2026-01-31 09:30:00"),
        instants[1..]
    );
}

#[test]
fn plus_sign_in_a_date_is_a_space() {
    let engine = created(["2026-01-31T09:30:00Z"]);
    assert_eq!(
        ids(&engine, "filter[created_before]=2026-01-31+09:30").len(),
        1
    );
}

#[test]
fn white_space_around_a_date_is_trimmed() {
    assert_eq!(
        found(["2026-01-31T09:30:00Z"], "before", " 2026-01-31 ").len(),
        1
    );
}

#[test]
fn leap_day_of_a_leap_year_is_a_date() {
    assert_eq!(
        found(["2024-02-29T12:00:00Z"], "before", "2024-02-29").len(),
        1
    );
}

#[test]
fn text_that_is_no_date_is_refused() {
    let engine = created([]);
    for value in [
        "soon",
        "2026",
        "2026-01",
        "2026-1-31",
        "31-01-2026",
        "01/31/2026",
        "2026-02-30",
        "2023-02-29",
        "2026-13-01",
        "2026-01-31T09:30",
        "2026-01-31T09:30:00",
        "2026-01-31 24:00",
        "2026-01-31,2026-02-01",
        "90d",
        "1738315800",
    ] {
        let request = format!("filter[created_after]={}", encode(value));
        let message = refusal(&engine, &request);
        assert!(
            message.starts_with("filter[created_after]: "),
            "{value}: {message}"
        );
    }
}
