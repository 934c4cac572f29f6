//! Relative dates, with the clock at noon of 2026-02-01.

use serde_json::json;

use crate::{ids, provisionr, record};

/// Returns whether `_after` and whether `_before` the value match a record of this instant.
fn sides(instant: &str, value: &str) -> (bool, bool) {
    let engine = provisionr([record("it", &[("timestamp.created_at", json!(instant))])]);
    let found = |side: &str| !ids(&engine, &format!("filter[created_{side}]={value}")).is_empty();
    (found("after"), found("before"))
}

/// Asserts that the value denotes exactly this instant.
fn names(value: &str, instant: &str) {
    let date = instant.strip_suffix('Z').unwrap();
    assert_eq!(sides(&format!("{date}Z"), value), (true, true), "{value}");
    assert_eq!(
        sides(&format!("{date}.000001Z"), value),
        (true, false),
        "{value}"
    );
}

#[test]
fn date_now_is_the_instant_of_the_clock() {
    names("now", "2026-02-01T12:00:00Z");
}

#[test]
fn date_today_is_the_whole_utc_day() {
    assert_eq!(sides("2026-01-31T23:59:59.999999Z", "today"), (false, true));
    assert_eq!(sides("2026-02-01T00:00:00Z", "today"), (true, true));
    assert_eq!(sides("2026-02-01T23:59:59.999999Z", "today"), (true, true));
    assert_eq!(sides("2026-02-02T00:00:00Z", "today"), (true, false));
}

#[test]
fn age_in_days_counts_from_the_clock() {
    names("-90d", "2025-11-03T12:00:00Z");
}

#[test]
fn age_in_hours_counts_from_the_clock() {
    names("-12h", "2026-02-01T00:00:00Z");
}

#[test]
fn age_in_months_counts_by_the_calendar() {
    names("-6mo", "2025-08-01T12:00:00Z");
}

#[test]
fn age_in_years_counts_by_the_calendar() {
    names("-1y", "2025-02-01T12:00:00Z");
}

#[test]
fn options_without_a_clock_use_the_system_clock() {
    let engine = provisionr([record(
        "it",
        &[("timestamp.created_at", json!("2026-02-01T00:00:00Z"))],
    )]);
    let found = engine.query("filter[created_before]=now").unwrap();
    assert_eq!(found.count().unwrap(), 1);
}
