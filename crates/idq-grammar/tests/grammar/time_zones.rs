//! Tests of dates in time zones, by tables and by comparison with chrono's own conversion of local times.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, SecondsFormat, TimeZone as _};
use chrono_tz::Tz;
use proptest::prelude::*;

use idq_grammar::date::*;

/// Returns the clock of a zone at an instant.
fn clock(zone: &str, now: &str) -> Clock {
    let clock = Clock::fixed(now.parse().expect("an instant"));
    clock.with_time_zone(zone.parse().expect("a zone"))
}

/// Returns an instant as text.
fn text(micros: i64) -> String {
    let instant = DateTime::from_timestamp_micros(micros).expect("an instant");
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[test]
fn days_of_a_time_zone_have_its_clock_changes() {
    for (zone, date, start, next) in [
        // Clocks go forward at midnight, so the day has 23 hours, and back at midnight, so the day before has 25.
        (
            "America/Sao_Paulo",
            "2018-11-04",
            "2018-11-04T03:00:00Z",
            "2018-11-05T02:00:00Z",
        ),
        (
            "America/Sao_Paulo",
            "2018-11-03",
            "2018-11-03T03:00:00Z",
            "2018-11-04T03:00:00Z",
        ),
        (
            "America/Sao_Paulo",
            "2018-02-17",
            "2018-02-17T02:00:00Z",
            "2018-02-18T03:00:00Z",
        ),
        (
            "America/Sao_Paulo",
            "2018-02-18",
            "2018-02-18T03:00:00Z",
            "2018-02-19T03:00:00Z",
        ),
        // Clocks change between two midnights.
        (
            "Europe/London",
            "2026-03-29",
            "2026-03-29T00:00:00Z",
            "2026-03-29T23:00:00Z",
        ),
        (
            "Europe/London",
            "2026-10-25",
            "2026-10-24T23:00:00Z",
            "2026-10-26T00:00:00Z",
        ),
        // A day with two midnights begins at the first.
        (
            "America/Havana",
            "2026-11-01",
            "2026-11-01T04:00:00Z",
            "2026-11-02T05:00:00Z",
        ),
        // The day after the one that was skipped.
        (
            "Pacific/Apia",
            "2011-12-29",
            "2011-12-29T10:00:00Z",
            "2011-12-30T10:00:00Z",
        ),
        (
            "Pacific/Apia",
            "2011-12-31",
            "2011-12-30T10:00:00Z",
            "2011-12-31T10:00:00Z",
        ),
        (
            "+05:45",
            "2026-01-31",
            "2026-01-30T18:15:00Z",
            "2026-01-31T18:15:00Z",
        ),
        (
            "-12:00",
            "0001-01-01",
            "0001-01-01T12:00:00Z",
            "0001-01-02T12:00:00Z",
        ),
        (
            "+14:00",
            "9999-12-31",
            "9999-12-30T10:00:00Z",
            "9999-12-31T10:00:00Z",
        ),
        // Years and months.
        (
            "America/Sao_Paulo",
            "2018",
            "2018-01-01T02:00:00Z",
            "2019-01-01T02:00:00Z",
        ),
        (
            "America/Sao_Paulo",
            "2018-11",
            "2018-11-01T03:00:00Z",
            "2018-12-01T02:00:00Z",
        ),
        (
            "Europe/London",
            "2026-04",
            "2026-03-31T23:00:00Z",
            "2026-04-30T23:00:00Z",
        ),
        (
            "Pacific/Apia",
            "2011-12",
            "2011-12-01T10:00:00Z",
            "2011-12-31T10:00:00Z",
        ),
        (
            "+05:45",
            "2026",
            "2025-12-31T18:15:00Z",
            "2026-12-31T18:15:00Z",
        ),
        // Minutes.
        (
            "Europe/London",
            "2026-07-01 09:30",
            "2026-07-01T08:30:00Z",
            "2026-07-01T08:31:00Z",
        ),
        (
            "+05:45",
            "2026-01-31 00:10",
            "2026-01-30T18:25:00Z",
            "2026-01-30T18:26:00Z",
        ),
    ] {
        let parsed = parse_expression_date(date, clock(zone, "2000-01-01T00:00:00Z"));
        let interval = parsed.expect("a date");
        assert_eq!(text(interval.start), start, "{date} in {zone}");
        assert_eq!(text(interval.end + 1), next, "{date} in {zone}");
    }
}

#[test]
fn instants_with_an_offset_are_the_same_in_every_time_zone() {
    for (date, expected) in [
        ("2026-07-01 09:30:15", "2026-07-01T08:30:15Z"),
        ("2026-07-01 09:30:15.5", "2026-07-01T08:30:15.500Z"),
        ("2026-07-01 09:30:15Z", "2026-07-01T09:30:15Z"),
        ("2026-07-01 09:30:15-03:00", "2026-07-01T12:30:15Z"),
        ("2026-07-01T09:30:15Z", "2026-07-01T09:30:15Z"),
        ("2026-10-25T01:30:00+01:00", "2026-10-25T00:30:00Z"),
        ("now", "2000-01-01T00:00:00Z"),
    ] {
        let interval = parse_date(date, clock("Europe/London", "2000-01-01T00:00:00Z"));
        let interval = interval.expect("an instant");
        assert_eq!(interval.start, interval.end);
        assert_eq!(text(interval.start), expected, "{date}");
    }
}

#[test]
fn today_and_ages_follow_the_calendar_of_the_time_zone() {
    for (zone, now, date, expected) in [
        (
            "Europe/London",
            "2026-03-31T22:59:59Z",
            "today",
            "2026-03-30T23:00:00Z",
        ),
        (
            "Europe/London",
            "2026-03-31T23:00:00Z",
            "today",
            "2026-03-31T23:00:00Z",
        ),
        (
            "America/Sao_Paulo",
            "2018-11-04T12:00:00Z",
            "today",
            "2018-11-04T03:00:00Z",
        ),
        (
            "-03:30",
            "1969-12-31T23:00:00Z",
            "today",
            "1969-12-31T03:30:00Z",
        ),
        // A day ago is the same time of the day before; 24 hours are exact.
        (
            "America/Sao_Paulo",
            "2018-11-04T12:00:00Z",
            "-1d",
            "2018-11-03T13:00:00Z",
        ),
        (
            "America/Sao_Paulo",
            "2018-11-04T12:00:00Z",
            "-24h",
            "2018-11-03T12:00:00Z",
        ),
        (
            "Europe/London",
            "2026-10-26T09:00:00.25Z",
            "-1w",
            "2026-10-19T08:00:00.250Z",
        ),
        (
            "Europe/London",
            "2026-07-31T08:00:00Z",
            "-6mo",
            "2026-01-31T09:00:00Z",
        ),
        (
            "Europe/London",
            "2026-03-31T23:30:00Z",
            "-1mo",
            "2026-03-01T00:30:00Z",
        ),
        (
            "Europe/London",
            "2026-03-31T23:30:00Z",
            "+1y",
            "2027-03-31T23:30:00Z",
        ),
        // A time that is skipped becomes the next one, and the first counts of a repeated one.
        (
            "America/Sao_Paulo",
            "2018-11-05T02:30:00.5Z",
            "-1d",
            "2018-11-04T03:00:00Z",
        ),
        (
            "Europe/London",
            "2026-10-26T01:30:00.5Z",
            "-1d",
            "2026-10-25T00:30:00.500Z",
        ),
        (
            "Pacific/Apia",
            "2011-12-30T22:00:00Z",
            "-1d",
            "2011-12-30T10:00:00Z",
        ),
    ] {
        let interval = parse_date(date, clock(zone, now)).expect("a date");
        assert_eq!(text(interval.start), expected, "{date} in {zone} at {now}");
    }
    let beyond = clock("+14:00", "9999-12-30T00:00:00Z");
    assert!(parse_date("+1d", beyond).is_ok() && parse_date("+2d", beyond).is_err());
    for age in [
        "-9000y",
        "+9223372036854775807w",
        "-9223372036854775807mo",
        "+999999999999999d",
    ] {
        let parsed = parse_date(age, clock("Europe/London", "2026-01-01T00:00:00Z"));
        assert_eq!(
            parsed.map_err(|error| error.kind),
            Err(DateErrorKind::Age),
            "{age}"
        );
    }
}

#[test]
fn times_that_the_clocks_skip_or_repeat_are_reported() {
    let reported = |zone: &str, date: &str| {
        let error = parse_date(date, clock(zone, "2000-01-01T00:00:00Z")).expect_err("no date");
        format!("{error}; {}", error.help().unwrap_or_default())
    };
    insta::assert_snapshot!(reported("America/Sao_Paulo", "2018-11-04 00:30"), @"expected a time that exists in America/Sao_Paulo, found one that its clocks skip in `2018-11-04 00:30`; write the last time before the change, or the first after it");
    insta::assert_snapshot!(reported("America/Sao_Paulo", "2018-02-17 23:30"), @"expected a time that America/Sao_Paulo has once, found one that its clocks repeat in `2018-02-17 23:30`; write `2018-02-17 23:30:00-02:00` or `2018-02-17 23:30:00-03:00` (in a URL `%2B` for a `+`)");
    insta::assert_snapshot!(reported("Europe/London", "2026-10-25 01:30:15.5"), @"expected a time that Europe/London has once, found one that its clocks repeat in `2026-10-25 01:30:15.5`; write `2026-10-25 01:30:15.5+01:00` or `2026-10-25 01:30:15.5Z` (in a URL `%2B` for a `+`)");
    insta::assert_snapshot!(reported("Pacific/Apia", "2011-12-30"), @"expected a day that exists in Pacific/Apia, found one that its clocks skipped in `2011-12-30`; write the day before or after it");
    insta::assert_snapshot!(reported("Pacific/Apia", "2011-12-30 12:00"), @"expected a time that exists in Pacific/Apia, found one that its clocks skip in `2011-12-30 12:00`; write the last time before the change, or the first after it");
}

/// Returns the first instant at or after a local time that the clocks show, found by chrono minute by minute.
fn first_shown(zone: Tz, day: NaiveDate) -> DateTime<Tz> {
    let midnight = day.and_time(NaiveTime::MIN);
    let mut later = (0..).map(|minutes| midnight + Duration::minutes(minutes));
    let shown = later.find_map(|local| zone.from_local_datetime(&local).earliest());
    shown.expect("a local time that exists")
}

proptest! {
    /// Offsets of whole minutes only: before some year of the 20th century, clocks changed by seconds.
    #[test]
    fn start_of_any_day_is_that_of_chrono(
        zone in proptest::sample::select(chrono_tz::TZ_VARIANTS.to_vec()),
        day in 0_i64..47_000,
    ) {
        // From 1970 to 2098. Liberia's offset had seconds until 1972.
        prop_assume!(zone != Tz::Africa__Monrovia && zone.name() != "Liberia");
        let date = NaiveDate::from_epoch_days(day as i32).expect("a date");
        let expected = first_shown(zone, date).timestamp();
        let found: TimeZone = zone.name().parse().expect("a zone");
        prop_assert_eq!(found.start_of_day(day), expected, "{} {}", zone, date);
        // The days of a zone follow each other.
        let (start, next) = (found.start_of_day(day), found.start_of_day(day + 1));
        prop_assert!((0..=26 * 3_600).contains(&(next - start)), "{} {}", zone, date);
    }
}
