//! Tests of values that programs spell otherwise than the API: dates in other forms, and ids that are numbers.

use idq_grammar::date::{EpochUnit, RecordDates, parse_timestamp};
use idq_load::{Columns, OnBadRecord, Parser, ReadOptions};
use idq_snapshot::{ReadValues, Snapshot};
use insta::assert_snapshot;

use crate::support::{Cell, PARSERS, view};

/// The field whose values the tests read.
const FIELD: &str = "timestamp.created_at";

/// Returns a dump in which every record has one of these values, spelled as JSON, as its time of creation.
fn dump(values: &[&str]) -> String {
    let record = |(id, value): (usize, &&str)| {
        format!(r#"{{"id":"{id}","vendor_id":"v","timestamp":{{"created_at":{value}}}}}"#)
    };
    let records: Vec<String> = values.iter().enumerate().map(record).collect();
    records.join("\n") + "\n"
}

fn with_dates(dates: RecordDates) -> ReadOptions {
    ReadOptions {
        dates,
        ..ReadOptions::default()
    }
}

fn load(text: &str, options: &ReadOptions, parser: Parser, columns: Columns) -> Snapshot {
    let loader = crate::support::loader(text).columns(columns);
    let loader = loader.parser(parser).read_options(options.clone());
    loader.load().unwrap()
}

/// Returns the instants of a dump, in RFC 3339, and what was counted, and checks that the parser makes no difference.
fn instants(values: &[&str], options: &ReadOptions) -> (Vec<Option<String>>, ReadValues) {
    // Many records of one shape are read by their shape.
    let repeated: Vec<&str> = values
        .iter()
        .copied()
        .cycle()
        .take(values.len() * 40)
        .collect();
    let text = dump(&repeated);
    let read = |parser| {
        let snapshot = load(&text, options, parser, Columns::All);
        let field = snapshot
            .api()
            .fields
            .iter()
            .position(|field| field.name == FIELD);
        let cells = view(&snapshot).cells;
        let cells: Vec<Cell> = cells
            .into_iter()
            .map(|row| row[field.unwrap()].clone())
            .collect();
        (cells, snapshot.read_values().clone())
    };
    let expected = read(Parser::Reference);
    for parser in PARSERS {
        assert_eq!(read(parser), expected, "{parser:?}");
    }
    // Fields without a column are read and counted alike.
    let counted = load(&text, options, Parser::Shapes, Columns::Parts(Vec::new()));
    assert_eq!(*counted.read_values(), expected.1);
    let instants = expected.0[..values.len()].iter().map(|cell| match cell {
        Cell::Instant(instant) => Some(idq_grammar::date::format_timestamp(*instant)),
        Cell::Null | Cell::Missing => None,
        other => panic!("{other:?}"),
    });
    let mut counts = expected.1;
    counts.local_dates /= 40;
    counts.empty_dates /= 40;
    (instants.collect(), counts)
}

#[test]
fn dates_without_a_zone_are_read_in_the_zone_of_the_load() {
    let values = [
        r#""2025-01-01T10:00:00""#,
        r#""2025-07-01T10:00:00.1234567""#,
        r#""2025-07-01 10:00:00""#,
        r#""2025-07-01T10:00""#,
        r#""2025-07-01""#,
        r#""2025-07-01 10:00:00Z""#,
        r#""2025-07-01T10:00:00+0200""#,
        r#""2025-07-01T10:00:00Z""#,
        r#""\u0032025-07-01T10:00:00""#,
        r#""0001-01-01T00:00:00""#,
        "null",
    ];
    let berlin = with_dates(RecordDates {
        time_zone: "Europe/Berlin".parse().unwrap(),
        ..RecordDates::default()
    });
    let (found, counts) = instants(&values, &berlin);
    let expected = [
        Some("2025-01-01T09:00:00Z"),
        Some("2025-07-01T08:00:00.123456Z"),
        Some("2025-07-01T08:00:00Z"),
        Some("2025-07-01T08:00:00Z"),
        Some("2025-06-30T22:00:00Z"),
        Some("2025-07-01T10:00:00Z"),
        Some("2025-07-01T08:00:00Z"),
        Some("2025-07-01T10:00:00Z"),
        Some("2025-07-01T08:00:00Z"),
        Some("0001-01-01T00:00:00Z"),
        None,
    ];
    let same = |text: &str| parse_timestamp(text.as_bytes()).unwrap();
    let found: Vec<Option<i64>> = found.iter().map(|text| text.as_deref().map(same)).collect();
    assert_eq!(found, expected.map(|text| text.map(same)));
    assert_eq!((counts.local_dates, counts.empty_dates), (7, 0));
    assert_eq!(counts.time_zone.as_deref(), Some("Europe/Berlin"));
    let (_, utc) = instants(&values[..1], &ReadOptions::default());
    assert_eq!(utc.time_zone.as_deref(), Some("UTC"));
}

#[test]
fn empty_dates_are_null_and_counted() {
    let (found, counts) = instants(&[r#""""#, r#"" ""#, "null"], &ReadOptions::default());
    assert_eq!(found, [None, None, None]);
    assert_eq!((counts.local_dates, counts.empty_dates), (0, 2));
    assert_eq!(counts.time_zone, None);
}

#[test]
fn numbers_and_forms_of_dotnet_are_read_if_they_are_named() {
    let rfc = r#""2024-07-14T01:13:02.928Z""#;
    let read = Some("2024-07-14T01:13:02.928000Z".to_owned());
    for (value, epoch, dotnet) in [
        ("1720919582928", Some(EpochUnit::Milliseconds), false),
        (r#""1720919582928""#, Some(EpochUnit::Milliseconds), false),
        ("1720919582.928", Some(EpochUnit::Seconds), false),
        (r#""\/Date(1720919582928)\/""#, None, true),
        (r#""/Date(1720919582928+0200)/""#, None, true),
    ] {
        let dates = RecordDates {
            epoch,
            dotnet,
            ..RecordDates::default()
        };
        let (found, counts) = instants(&[value, rfc, "null"], &with_dates(dates));
        assert_eq!(found, [read.clone(), read.clone(), None], "{value}");
        assert!(counts.is_empty());
    }
}

#[test]
fn dates_that_are_not_read_name_the_option_that_would_read_them() {
    let message = |value: &str| crate::support::error(dump(&[value]));
    let messages = [
        message("1720919582928"),
        message("1720919582"),
        message(r#""1720919582928""#),
        message(r#""\/Date(1720919582928)\/""#),
        message(r#""31.01.2026""#),
        message("true"),
        message("{}"),
    ];
    assert_snapshot!(messages.join("\n"), @r#"
    dump: record 1, line 1, byte 52, field timestamp.created_at: expected an RFC 3339 date-time (`--dates epoch-ms` reads milliseconds since 1970), found the number 1720919582928
    dump: record 1, line 1, byte 52, field timestamp.created_at: expected an RFC 3339 date-time (`--dates epoch-s` reads seconds since 1970), found the number 1720919582
    dump: record 1, line 1, byte 52, field timestamp.created_at: expected an RFC 3339 date-time (`--dates epoch-ms` reads milliseconds since 1970), found the string "1720919582928"
    dump: record 1, line 1, byte 52, field timestamp.created_at: expected an RFC 3339 date-time (`--dates dotnet` reads this form), found the string "/Date(1720919582928)/"
    dump: record 1, line 1, byte 52, field timestamp.created_at: expected an RFC 3339 date-time such as 2026-01-31T09:30:00Z, found the string "31.01.2026"
    dump: record 1, line 1, byte 52, field timestamp.created_at: expected a date-time in a string, found true
    dump: record 1, line 1, byte 52, field timestamp.created_at: expected a date-time in a string, found an object
    "#);
}

#[test]
fn ids_that_are_numbers_are_texts_by_their_spelling() {
    let record = |id: &str| {
        format!(
            r#"{{"id":{id},"vendor_id":7,"included":{{"directory_user":{{"id":8.50}}}},"email":"x"}}"#
        )
    };
    let ids = ["1", "\"2\"", "12345678901234567890123", "1"];
    let text: String = (0..40)
        .flat_map(|_| ids.map(|id| record(id) + "\n"))
        .collect();
    let options = ReadOptions {
        numeric_ids: true,
        ..ReadOptions::default()
    };
    for parser in PARSERS {
        let snapshot = load(&text, &options, parser, Columns::All);
        let loaded = view(&snapshot);
        assert!(
            loaded.ids().starts_with("1 2 12345678901234567890123 1 "),
            "{parser:?}"
        );
        // A number and a text of the same spelling are the same id.
        assert_eq!(loaded.repeated, 160 - 3);
        let cell = |name: &str| {
            let field = snapshot
                .api()
                .fields
                .iter()
                .position(|field| field.name == name);
            loaded.cells[0][field.unwrap()].clone()
        };
        assert_eq!(cell("vendor_id"), Cell::Text("7".to_owned()));
        assert_eq!(
            cell("included.directory_user.id"),
            Cell::Text("8.50".to_owned())
        );
    }
    assert_snapshot!(crate::support::error(record("1")), @"dump: record 1, line 1, byte 6, field id: expected a string (`--ids as-text` reads numbers), found the number 1");
    // Other fields are as strict as without the option.
    let other = record("1").replace(r#""email":"x""#, r#""email":7"#);
    let loader = crate::support::loader(other).read_options(options);
    assert_snapshot!(loader.load().unwrap_err().to_string(), @"dump: record 1, line 1, byte 72, field email: expected a string, found the number 7");
}

/// Returns a dump of records with these profiles, spelled as JSON, and metadata of a user.
fn dump_of_documents(profiles: &[&str]) -> String {
    let record = |(id, profile): (usize, &&str)| {
        format!(
            r#"{{"id":"{id}","vendor_id":"v","profile":{profile},"included":{{"directory_user":{{"metadata":{{"a":1}}}}}}}}"#
        )
    };
    let records: Vec<String> = profiles.iter().enumerate().map(record).collect();
    records.join("\n") + "\n"
}

#[test]
fn documents_that_an_exporter_cut_are_accepted_and_counted() {
    for (profiles, in_all_columns, without_columns, first) in [
        (
            &[r#"{"dept":"IT"}"#, r#""text""#, "null", "[]", "7"][..],
            0,
            0,
            0,
        ),
        (&["null", r#""@{dept=IT}""#, r#""@{dept=HR}""#], 2, 2, 2),
        (&[r#""System.Object[]""#], 1, 1, 1),
        (&[r#""\u0040{dept=\u0027IT\u0027}""#], 1, 1, 1),
        (
            &[r#"{"dept":"@{name=IT}","boss":"System.Collections.Hashtable"}"#],
            2,
            0,
            1,
        ),
        (&[r#"{"dept":["x","@{name=IT}"]}"#], 1, 0, 1),
        // Deeper texts may be anything, and are not read.
        (
            &[r#"{"dept":{"name":"@{name=IT}"}}"#, r#""@{unfinished""#],
            0,
            0,
            0,
        ),
    ] {
        // Many records of one shape are read by their shape.
        let repeated: Vec<&str> = profiles
            .iter()
            .copied()
            .cycle()
            .take(profiles.len() * 40)
            .collect();
        let text = dump_of_documents(&repeated);
        for parser in PARSERS {
            let read = |columns| load(&text, &ReadOptions::default(), parser, columns);
            for (columns, values) in [
                (Columns::All, in_all_columns),
                (Columns::Parts(Vec::new()), without_columns),
            ] {
                let snapshot = read(columns);
                assert_eq!(snapshot.rows() as usize, repeated.len());
                let found = snapshot.read_values();
                let count = found.cut_values.get("profile").copied().unwrap_or(0);
                assert_eq!(count, values * 40, "{parser:?} {profiles:?}");
                assert_eq!(found.cut_values.len(), usize::from(values > 0));
                let record = found.first_cut.as_ref().map(|first| first.record);
                assert_eq!(
                    record,
                    (values > 0).then_some(first),
                    "{parser:?} {profiles:?}"
                );
            }
        }
    }
}

#[test]
fn first_cut_document_of_many_blocks_has_the_number_of_its_record_with_those_set_aside() {
    let mut profiles = vec![r#"{"dept":"IT"}"#; 4_000];
    profiles[2_999] = r#""@{dept=IT}""#;
    profiles[3_999] = r#""@{dept=IT}""#;
    let text = dump_of_documents(&profiles);
    let text = text.replacen(r#"{"id":"7","#, r#"{"id":7,"#, 1);
    let loader = crate::support::loader(&*text).block_size(20_000);
    let loader = loader.on_bad_record(OnBadRecord::Skip);
    let snapshot = loader.load().unwrap();
    assert_eq!(snapshot.rejects().len(), 1);
    let found = snapshot.read_values();
    assert_eq!(found.cut_values["profile"], 2);
    assert_eq!(found.first_cut.as_ref().unwrap().record, 3_000);
}
