//! Tests of dates, by tables and by comparison with chrono.

use chrono::{DateTime, Datelike as _, Months, SecondsFormat, Timelike as _, Utc};
use proptest::prelude::*;

use idq_grammar::date::*;

fn clock() -> Clock {
    clock_at("2026-03-31T09:30:15.250000Z")
}

fn clock_at(now: &str) -> Clock {
    Clock::fixed(now.parse().expect("an instant"))
}

fn micros(instant: &str) -> i64 {
    DateTime::parse_from_rfc3339(instant)
        .expect("an instant")
        .timestamp_micros()
}

#[test]
fn dates_without_an_instant_name_intervals() {
    for (text, start, end) in [
        (
            "2026-01-31",
            "2026-01-31T00:00:00Z",
            "2026-01-31T23:59:59.999999Z",
        ),
        (
            "2024-02-29",
            "2024-02-29T00:00:00Z",
            "2024-02-29T23:59:59.999999Z",
        ),
        (
            "0001-01-01",
            "0001-01-01T00:00:00Z",
            "0001-01-01T23:59:59.999999Z",
        ),
        (
            "9999-12-31",
            "9999-12-31T00:00:00Z",
            "9999-12-31T23:59:59.999999Z",
        ),
        (
            "2026-01-31 09:30",
            "2026-01-31T09:30:00Z",
            "2026-01-31T09:30:59.999999Z",
        ),
        (
            "today",
            "2026-03-31T00:00:00Z",
            "2026-03-31T23:59:59.999999Z",
        ),
        (
            "ToDay",
            "2026-03-31T00:00:00Z",
            "2026-03-31T23:59:59.999999Z",
        ),
    ] {
        let expected = Interval {
            start: micros(start),
            end: micros(end),
        };
        assert_eq!(parse_date(text, clock()), Ok(expected), "{text}");
    }
}

#[test]
fn dates_with_an_instant_name_one_microsecond() {
    for (text, instant) in [
        ("2026-01-31T09:30:00Z", "2026-01-31T09:30:00Z"),
        ("2026-01-31t09:30:00z", "2026-01-31T09:30:00Z"),
        ("2026-01-31T09:30:00+02:00", "2026-01-31T07:30:00Z"),
        ("2026-01-31T23:30:00-01:30", "2026-02-01T01:00:00Z"),
        ("2026-01-31T09:30:00.5Z", "2026-01-31T09:30:00.5Z"),
        (
            "2026-01-31T09:30:00.123456789Z",
            "2026-01-31T09:30:00.123456Z",
        ),
        (
            "1969-12-31T23:59:59.999999999Z",
            "1969-12-31T23:59:59.999999Z",
        ),
        ("2026-01-31 09:30:00", "2026-01-31T09:30:00Z"),
        ("2026-01-31 09:30:00.25", "2026-01-31T09:30:00.25Z"),
        ("2026-01-31 09:30:00+02:00", "2026-01-31T07:30:00Z"),
        (" 2026-01-31 09:30:00\n", "2026-01-31T09:30:00Z"),
        // A leap second means the second after it.
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("2017-01-01T05:29:60+05:30", "2017-01-01T00:00:00Z"),
        ("now", "2026-03-31T09:30:15.25Z"),
        ("NOW", "2026-03-31T09:30:15.25Z"),
        ("-90d", "2025-12-31T09:30:15.25Z"),
        ("-0d", "2026-03-31T09:30:15.25Z"),
        ("+30d", "2026-04-30T09:30:15.25Z"),
        ("-12h", "2026-03-30T21:30:15.25Z"),
        ("-30MIN", "2026-03-31T09:00:15.25Z"),
        ("-2w", "2026-03-17T09:30:15.25Z"),
        // Clamped: February has no 31st.
        ("-1mo", "2026-02-28T09:30:15.25Z"),
        ("+1Mo", "2026-04-30T09:30:15.25Z"),
        ("-25mo", "2024-02-29T09:30:15.25Z"),
        ("-1y", "2025-03-31T09:30:15.25Z"),
        ("-2025y", "0001-03-31T09:30:15.25Z"),
        ("+7973y", "9999-03-31T09:30:15.25Z"),
    ] {
        let expected = Interval::instant(micros(instant));
        assert_eq!(parse_date(text, clock()), Ok(expected), "{text}");
    }
    let leap_day = clock_at("2024-02-29T00:00:00Z");
    let expected = Interval::instant(micros("2023-02-28T00:00:00Z"));
    assert_eq!(parse_date("-1y", leap_day), Ok(expected));
}

#[test]
fn expression_dates_name_years_and_months_too() {
    for (text, start, end) in [
        (
            "2026",
            "2026-01-01T00:00:00Z",
            "2026-12-31T23:59:59.999999Z",
        ),
        (
            " 2024 ",
            "2024-01-01T00:00:00Z",
            "2024-12-31T23:59:59.999999Z",
        ),
        (
            "0001",
            "0001-01-01T00:00:00Z",
            "0001-12-31T23:59:59.999999Z",
        ),
        (
            "9999",
            "9999-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999Z",
        ),
        (
            "2026-04",
            "2026-04-01T00:00:00Z",
            "2026-04-30T23:59:59.999999Z",
        ),
        (
            "2024-02",
            "2024-02-01T00:00:00Z",
            "2024-02-29T23:59:59.999999Z",
        ),
        (
            "1900-02",
            "1900-02-01T00:00:00Z",
            "1900-02-28T23:59:59.999999Z",
        ),
        (
            "9999-12",
            "9999-12-01T00:00:00Z",
            "9999-12-31T23:59:59.999999Z",
        ),
    ] {
        let (start, end) = (micros(start), micros(end));
        assert_eq!(
            parse_expression_date(text, clock()),
            Ok(Interval { start, end }),
            "{text}"
        );
        assert!(parse_date(text, clock()).is_err(), "{text}");
        assert!(!is_relative_date(text), "{text}");
    }
    for text in [
        "2026-01-31",
        "2026-01-31 09:30",
        "2026-01-31T09:30:00Z",
        "now",
        "Today",
        "-90d",
        "+2mo",
    ] {
        assert_eq!(
            parse_expression_date(text, clock()),
            parse_date(text, clock()),
            "{text}"
        );
    }
}

#[test]
fn malformed_expression_dates_have_messages_with_help() {
    let text = |text| {
        let error = parse_expression_date(text, clock()).unwrap_err();
        format!("{error}\n{}", error.help().unwrap_or_default())
    };
    insta::assert_snapshot!(text("2026-13"), @"
    expected a month from 01 to 12, found 13 in `2026-13`
    write `2026`, `2026-01`, `2026-01-31`, `2026-01-31 09:30`, `2026-01-31 09:30:00`, `2026-01-31T09:30:00Z`, `2026-01-31T09:30:00+02:00`, `now`, `today`, or an age such as `-90d`, `-12h`, `-30min`, `-2w`, `-6mo`, `-1y`
    ");
    insta::assert_snapshot!(text("0000"), @"
    expected a year from 0001 to 9999, found another in `0000`
    write `2026`, `2026-01`, `2026-01-31`, `2026-01-31 09:30`, `2026-01-31 09:30:00`, `2026-01-31T09:30:00Z`, `2026-01-31T09:30:00+02:00`, `now`, `today`, or an age such as `-90d`, `-12h`, `-30min`, `-2w`, `-6mo`, `-1y`
    ");
    for (text, kind) in [
        ("202", DateErrorKind::NotADate),
        ("20260", DateErrorKind::NotADate),
        ("2026-1", DateErrorKind::NotADate),
        ("2026-00", DateErrorKind::Month { found: 0 }),
        ("2026-", DateErrorKind::NotADate),
        ("é026", DateErrorKind::NotADate),
        ("90d", DateErrorKind::NoSign),
        (
            "2026-02-30",
            DateErrorKind::Day {
                found: 30,
                days: 28,
                month: 2,
                year: 2026,
            },
        ),
    ] {
        let error = parse_expression_date(text, clock()).unwrap_err();
        assert_eq!(
            (error.kind, error.forms),
            (kind, DateForms::Expression),
            "{text}"
        );
    }
}

#[test]
fn today_before_the_epoch_is_the_same_day() {
    let interval = parse_date("today", clock_at("1969-12-31T23:00:00Z")).expect("a day");
    assert_eq!((interval.start, interval.end), (-86_400_000_000, -1));
}

#[test]
fn malformed_dates_have_the_kind_of_their_first_error() {
    use DateErrorKind as Kind;
    for (text, kind) in [
        ("", Kind::NotADate),
        ("-", Kind::NotADate),
        ("banana", Kind::NotADate),
        ("2026", Kind::NotADate),
        ("2026-01", Kind::NotADate),
        ("2026-1-5", Kind::NotADate),
        ("2026/01/31", Kind::NotADate),
        ("31-01-2026", Kind::NotADate),
        ("2026-01-31x", Kind::NotADate),
        ("2026-01-31T", Kind::NotADate),
        ("2026-01-31 9:30", Kind::NotADate),
        ("2026-01-31é", Kind::NotADate),
        ("-1é", Kind::Unit),
        ("-1éd", Kind::NotADate),
        ("0000-01-01", Kind::Year),
        ("10000-01-01", Kind::Year),
        ("26-01-31", Kind::Year),
        ("2026-00-01", Kind::Month { found: 0 }),
        ("2026-13-01", Kind::Month { found: 13 }),
        (
            "2026-02-31",
            Kind::Day {
                found: 31,
                days: 28,
                month: 2,
                year: 2026,
            },
        ),
        (
            "1900-02-29",
            Kind::Day {
                found: 29,
                days: 28,
                month: 2,
                year: 1900,
            },
        ),
        (
            "2026-04-00",
            Kind::Day {
                found: 0,
                days: 30,
                month: 4,
                year: 2026,
            },
        ),
        ("2026-01-31 25:00", Kind::Hour { found: 25 }),
        ("2026-01-31T24:00:00Z", Kind::Hour { found: 24 }),
        ("2026-01-31 09:60", Kind::Minute { found: 60 }),
        ("2026-01-31 09:30:61", Kind::Second { found: 61 }),
        ("2026-01-31T09:30:60Z", Kind::Second { found: 60 }),
        ("2026-01-31T09:30Z", Kind::NoSeconds),
        ("2026-01-31 09:30:", Kind::NoSeconds),
        ("2026-01-31T09:30:00.Z", Kind::Fraction { found: 0 }),
        (
            "2026-01-31T09:30:00.1234567890Z",
            Kind::Fraction { found: 10 },
        ),
        ("2026-01-31T09:30:00", Kind::NoOffset),
        ("2026-01-31T09:30:00 UTC", Kind::Offset),
        ("2026-01-31T09:30:00+24:00", Kind::Offset),
        ("2026-01-31T09:30:00+0200", Kind::Offset),
        ("2026-01-31T09:30:00 02:00", Kind::SpaceBeforeOffset),
        ("2026-01-31 09:30:00 02:00", Kind::SpaceBeforeOffset),
        ("90d", Kind::NoSign),
        ("90", Kind::NotADate),
        ("-90", Kind::Unit),
        ("-90m", Kind::Unit),
        ("-1y6mo", Kind::Unit),
        ("-1.5d", Kind::NotADate),
        ("-2026y", Kind::Age),
        ("+7974y", Kind::Age),
        ("-9223372036854775807mo", Kind::Age),
        ("-9223372036854775808d", Kind::Age),
        ("+99999999999999999999d", Kind::Age),
    ] {
        let error = parse_date(text, clock()).expect_err(text);
        assert_eq!(error.kind, kind, "{text}");
        assert!(error.to_string().starts_with("expected "), "{error}");
        assert!(error.to_string().contains("found "), "{error}");
    }
}

#[test]
fn malformed_dates_have_messages_with_help() {
    let text = |date: &str| {
        let error = parse_date(date, clock()).expect_err(date);
        format!("{error}\n{}", error.help().unwrap_or_default())
    };
    insta::assert_snapshot!(text("banana"), @"
    expected a date, found `banana`
    write `2026-01-31`, `2026-01-31 09:30`, `2026-01-31 09:30:00`, `2026-01-31T09:30:00Z`, `2026-01-31T09:30:00+02:00`, `now`, `today`, or an age such as `-90d`, `-12h`, `-30min`, `-2w`, `-6mo`, `-1y`
    ");
    insta::assert_snapshot!(text("2026-02-31"), @"expected a day from 01 to 28 in 2026-02, found 31 in `2026-02-31`");
    insta::assert_snapshot!(text("2026-01-31T09:30:00 02:00"), @"
    expected `+` or `-` before the offset, found a space in `2026-01-31T09:30:00 02:00`
    in a URL a `+` means a space: write `2026-01-31T09:30:00%2B02:00`
    ");
    insta::assert_snapshot!(text("2026-01-31T09:30:00"), @"
    expected `Z` or an offset after the time, found none in `2026-01-31T09:30:00`
    write `2026-01-31T09:30:00Z` for UTC
    ");
    insta::assert_snapshot!(text("30d"), @"
    expected `-` or `+` before an age, found none in `30d`
    write `-30d` for the past, `+30d` for the future (in a URL `%2B` for the `+`)
    ");
    insta::assert_snapshot!(text("-30m"), @"
    expected a unit (min, h, d, w, mo, y) after the number, found none of them in `-30m`
    write `min` for minutes, `mo` for months: `-30min`, `-12h`, `-90d`, `-2w`, `-6mo`, `-1y`
    ");
    insta::assert_snapshot!(text("-3000y"), @"expected an age within the years 0001 to 9999, found a longer one in `-3000y`");
}

#[test]
fn timestamps_are_strict_rfc_3339() {
    for (text, expected) in [
        ("2023-11-07T05:31:56Z", Some("2023-11-07T05:31:56Z")),
        ("2023-11-07t05:31:56z", Some("2023-11-07T05:31:56Z")),
        (
            "2023-11-07T05:31:56.1234567Z",
            Some("2023-11-07T05:31:56.123456Z"),
        ),
        (
            "2023-11-07T05:31:56.000001+00:00",
            Some("2023-11-07T05:31:56.000001Z"),
        ),
        ("2023-11-07T05:31:56-23:59", Some("2023-11-08T05:30:56Z")),
        ("2000-02-29T00:00:00Z", Some("2000-02-29T00:00:00Z")),
        ("1900-02-29T00:00:00Z", None),
        ("2023-11-31T00:00:00Z", None),
        ("2023-11-07 05:31:56Z", None),
        ("2023-11-07T05:31:56", None),
        ("2023-11-07T05:31:56.Z", None),
        ("2023-11-07T05:31:56.1234567890Z", None),
        ("2023-11-07T05:31:56+0000", None),
        ("2023-11-07T05:31:56ZZ", None),
        ("2023-11-07T05:31:60Z", None),
        ("+023-11-07T05:31:56Z", None),
        (" 2023-11-07T05:31:56Z", None),
        ("", None),
    ] {
        assert_eq!(
            parse_timestamp(text.as_bytes()),
            expected.map(micros),
            "{text}"
        );
        assert_eq!(is_timestamp(text.as_bytes()), expected.is_some(), "{text}");
    }
    assert_eq!(
        parse_timestamp(b"2016-12-31T23:59:60Z"),
        Some(micros("2017-01-01T00:00:00Z"))
    );
}

/// Returns the number of days of each month of a year, independently of chrono.
fn days_of_months(year: u32) -> [u32; 12] {
    let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let february = if is_leap { 29 } else { 28 };
    [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

#[test]
fn timestamps_of_every_day_follow_each_other_by_one_day() {
    let mut expected = micros("0000-01-01T00:00:00Z");
    for year in 0..10_000 {
        for (month, days) in (1..).zip(days_of_months(year)) {
            for day in 1..=days {
                let text = format!("{year:04}-{month:02}-{day:02}T00:00:00Z");
                assert_eq!(parse_timestamp(text.as_bytes()), Some(expected), "{text}");
                assert!(is_timestamp(text.as_bytes()), "{text}");
                assert_eq!(format_timestamp(expected), text);
                expected += 86_400_000_000;
            }
            let beyond = format!("{year:04}-{month:02}-{:02}T00:00:00Z", days + 1);
            assert_eq!(parse_timestamp(beyond.as_bytes()), None, "{beyond}");
            assert!(!is_timestamp(beyond.as_bytes()), "{beyond}");
        }
    }
}

/// Generates timestamps, one in ten with a byte replaced.
fn almost_timestamp() -> impl Strategy<Value = String> {
    let date = "[0-9]{4}-(0[0-9]|1[0-3])-[0-3][0-9]";
    let time = "[0-2][0-9]:[0-6][0-9]:[0-5][0-9]";
    let zone = "(Z|z|[+-][0-2][0-9]:[0-6][0-9])";
    let pattern = format!("{date}[Tt]{time}(\\.[0-9]{{1,9}})?{zone}");
    let regex = || proptest::string::string_regex(&pattern).expect("a pattern");
    prop_oneof![
        9 => regex(),
        1 => (regex(), any::<prop::sample::Index>(), "[0-9TZ:+. -]{0,2}").prop_map(|(mut text, at, other)| {
            let at = at.index(text.len());
            text.replace_range(at..=at, &other);
            text
        }),
    ]
}

/// Generates an instant in seconds within the years 1 to 9999, and a number of months.
fn age() -> impl Strategy<Value = (i64, u32)> {
    (-62_135_596_800_i64..253_402_300_800, 0..30_000_u32)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn timestamps_parse_as_chrono_parses_them(text in almost_timestamp()) {
        // chrono also takes a space for the `T`, and any number of fraction digits.
        prop_assume!(text.as_bytes().get(10) != Some(&b' '));
        let digits = text.split_once('.').map_or(0, |(_, rest)| {
            rest.bytes().take_while(u8::is_ascii_digit).count()
        });
        prop_assume!(digits <= 9);
        let theirs = DateTime::parse_from_rfc3339(&text).ok().map(|instant| instant.timestamp_micros());
        // chrono takes a second 60 in any minute, idq only in the last one of a UTC day.
        let is_leap_second = text.get(17..19) == Some("60");
        let theirs = theirs.filter(|micros| !is_leap_second || micros.rem_euclid(86_400_000_000) < 1_000_000);
        prop_assert_eq!(parse_timestamp(text.as_bytes()), theirs);
        prop_assert_eq!(is_timestamp(text.as_bytes()), theirs.is_some());
        // A filter parses the same instant, except in year 0.
        let filter = parse_date(&text, clock()).ok();
        if !text.starts_with("0000") && let Some(theirs) = theirs {
            prop_assert_eq!(filter, Some(Interval::instant(theirs)));
        }
    }

    #[test]
    fn timestamps_format_as_chrono_formats_them(micros in -62_167_219_200_000_000..253_402_300_800_000_000_i64) {
        let theirs = DateTime::<Utc>::from_timestamp_micros(micros).expect("in range");
        let format = if theirs.nanosecond() == 0 { SecondsFormat::Secs } else { SecondsFormat::Micros };
        let text = format_timestamp(micros);
        prop_assert_eq!(&text, &theirs.to_rfc3339_opts(format, true));
        prop_assert_eq!(parse_timestamp(text.as_bytes()), Some(micros));
    }

    #[test]
    fn every_instant_is_formatted(micros: i64) {
        prop_assert!(format_timestamp(micros).ends_with('Z'));
    }

    #[test]
    fn ages_in_months_count_as_chrono_does((seconds, months) in age()) {
        let now = DateTime::<Utc>::from_timestamp(seconds, 0).expect("in range");
        let theirs = now.checked_sub_months(Months::new(months));
        let ours = parse_date(&format!("-{months}mo"), Clock::fixed(now)).ok();
        let theirs = theirs.filter(|then| then.year() >= 1);
        prop_assert_eq!(ours, theirs.map(|then| Interval::instant(then.timestamp_micros())));
    }

    #[test]
    fn arbitrary_text_does_not_panic(text in "\\PC*|[-+]?[0-9]{0,20}[a-zé]{0,4}|[0-9T:. Z+-]{0,40}") {
        prop_assert_eq!(is_timestamp(text.as_bytes()), parse_timestamp(text.as_bytes()).is_some());
        for clock in [clock(), Clock::fixed(DateTime::<Utc>::MIN_UTC), Clock::fixed(DateTime::<Utc>::MAX_UTC)] {
            match parse_date(&text, clock) {
                Ok(interval) => prop_assert!(interval.start <= interval.end),
                Err(error) => prop_assert!(error.help().is_none_or(|help| !help.is_empty())),
            }
        }
    }
}

#[test]
fn time_zone_in_every_spelling_is_parsed() {
    for (text, name) in [
        ("utc", "UTC"),
        ("Z", "UTC"),
        ("+00:00", "UTC"),
        (" +02:00 ", "+02:00"),
        ("-0330", "-03:30"),
        ("+14", "+14:00"),
        ("america/New_York", "America/New_York"),
        ("Etc/GMT+5", "Etc/GMT+5"),
    ] {
        let zone: TimeZone = text.parse().expect("a time zone");
        assert_eq!(zone.to_string(), name);
    }
    for text in [
        "",
        "+24:00",
        "+2",
        "+02:60",
        "2:00",
        "Berlin",
        "Europe/Berlim",
        "+0200x",
    ] {
        assert!(text.parse::<TimeZone>().is_err(), "{text}");
    }
}

#[test]
fn time_zone_that_is_unknown_has_near_names() {
    let report = |text: &str| {
        let error = text.parse::<TimeZone>().unwrap_err();
        format!("{error}\n  help: {}", error.help())
    };
    insta::assert_snapshot!(report("Berlin"), @"
    expected a time zone, found `Berlin`
      help: did you mean `Europe/Berlin`? write an IANA name such as `Europe/Berlin`, an offset such as `+02:00`, or `UTC`
    ");
    insta::assert_snapshot!(report("Europe/Berlim"), @"
    expected a time zone, found `Europe/Berlim`
      help: did you mean `Europe/Berlin` or `Europe/Dublin` or `Europe/Jersey`? write an IANA name such as `Europe/Berlin`, an offset such as `+02:00`, or `UTC`
    ");
    insta::assert_snapshot!(report(""), @"
    expected a time zone, found nothing
      help: write an IANA name such as `Europe/Berlin`, an offset such as `+02:00`, or `UTC`
    ");
}
