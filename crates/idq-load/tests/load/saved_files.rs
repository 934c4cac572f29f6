//! Tests of files as people and programs save them: other encodings, marks, text sequences, and wrapped records.

use std::ops::Range;

use idq_load::{Parser, ReadOptions, RecordsPath};
use idq_snapshot::{ForeignFormat, LoadErrorKind, TextEncoding};
use insta::assert_snapshot;
use proptest::prelude::*;

use crate::archives::zip_of;
use crate::support::{
    Generator, View, array, error, gzip, load, loader, ndjson, records, skip, skip_in, view,
};

/// Encodes a text as UTF-16.
pub(crate) fn utf16(text: &str, is_big: bool) -> Vec<u8> {
    let units = text.encode_utf16();
    let bytes = |unit: u16| {
        if is_big {
            unit.to_be_bytes()
        } else {
            unit.to_le_bytes()
        }
    };
    units.flat_map(bytes).collect()
}

/// Wraps records in each way that programs do, with the path to them.
fn wrappings(records: &[Vec<u8>]) -> Vec<(&'static str, Vec<u8>)> {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let all = text(array(records));
    let halves = records.chunks(records.len().div_ceil(2).max(1));
    let halves: Vec<String> = halves.map(|half| text(array(half))).collect();
    let each = |wrap: &dyn Fn(&str) -> String| -> Vec<String> {
        let record = |record: &Vec<u8>| wrap(std::str::from_utf8(record).unwrap());
        records.iter().map(record).collect()
    };
    let lines = |items: Vec<String>| items.join("\n") + "\n";
    let with_kind = each(&|record| format!(r#"{{"kind":"user","data":{record}}}"#));
    let hits = each(&|record| format!(r#"{{"_id":7,"_source":{record},"sort":[1]}}"#));
    let pages = halves.iter().enumerate();
    let pages: Vec<String> = pages
        .map(|(page, half)| format!(r#"{{"page":{page},"users":{half}}}"#))
        .collect();
    let texts = vec![
        ("", format!("[{}]", halves.join(","))),
        (
            "",
            format!("[[{}],[],null]", halves.join(",")).replace(",null", ""),
        ),
        ("value", format!(r#"{{"value":{all},"Count":2}}"#)),
        (
            "users",
            format!("{{\n  \"realm\": \"x\",\n  \"users\": {all}\n}}\n"),
        ),
        ("users", lines(pages.clone())),
        ("users", format!("[{}]", pages.join(","))),
        ("data", lines(with_kind.clone())),
        ("data", format!("[{}]", with_kind.join(", "))),
        (
            "hits.hits._source",
            format!(r#"{{"took":1,"hits":{{"hits":[{}]}}}}"#, hits.join(",")),
        ),
        (r#""a.b".c"#, format!(r#"{{"a.b":{{"n":null,"c":{all}}}}}"#)),
    ];
    texts
        .into_iter()
        .map(|(path, text)| (path, text.into_bytes()))
        .collect()
}

/// Checks that a dump has the records of a plain one, whatever the blocks and the parser.
fn check_same_records(dump: &[u8], expected: &View, what: &str) {
    let found = load(dump);
    assert_eq!(found.records, expected.records, "{what}");
    assert_eq!(found.cells, expected.cells, "{what}");
    for (block, parser) in [
        (1, Parser::Reference),
        (61, Parser::Shapes),
        (7, Parser::Structural),
    ] {
        let blocks = loader(dump).block_size(block).parser(parser).load();
        assert_eq!(
            view(&blocks.unwrap()).records,
            expected.records,
            "{what}, block {block}"
        );
    }
}

#[test]
fn utf16_of_either_order_with_and_without_a_mark_is_read() {
    for generator in [Generator::PROVISIONR, Generator::PERMISSION_ASSIST] {
        let records = records(generator, 40);
        let expected = load(array(&records));
        for layout in [array(&records), ndjson(&records)] {
            let text = String::from_utf8(layout).unwrap();
            for is_big in [false, true] {
                for mark in ["", "\u{feff}"] {
                    let dump = utf16(&format!("{mark}{text}"), is_big);
                    check_same_records(&dump, &expected, "UTF-16");
                    check_same_records(&gzip(&dump), &expected, "UTF-16 in gzip");
                    let snapshot = loader(dump).load().unwrap();
                    let encoding = snapshot.sources()[0].encoding;
                    let named = if is_big {
                        TextEncoding::Utf16Be
                    } else {
                        TextEncoding::Utf16Le
                    };
                    assert_eq!(encoding, named);
                }
            }
        }
    }
}

#[test]
fn positions_in_utf16_are_those_of_the_file() {
    let text = "[{\"id\":\"é😀\"},\n {\"id\":7},\n {\"id\":\"b\"}]";
    let at = text.find("{\"id\":7").unwrap();
    let offset = |text: &str| 2 * text.encode_utf16().count() as u64;
    for (mark, before) in [("", 0), ("\u{feff}", 2)] {
        for is_big in [false, true] {
            let dump = utf16(&format!("{mark}{text}"), is_big);
            let view = skip(&dump);
            assert_eq!(view.ids(), "é😀 b");
            let reject = &view.rejects[0];
            assert_eq!((reject.line, &reject.raw[..]), (2, &b"{\"id\":7}"[..]));
            assert_eq!(reject.offset, before + offset(&text[..at]));
            let provisionr = idq_api::Api::provisionr();
            let stopped = loader(dump).api(provisionr).load().unwrap_err();
            // The number itself, six characters later.
            assert_eq!(stopped.offset, Some(before + offset(&text[..at]) + 12));
        }
    }
}

#[test]
fn what_is_not_utf16_costs_its_record_alone() {
    let lone = [
        &utf16("[{\"id\":\"a\"},{\"id\":\"", false)[..],
        &[0, 0xD8],
        &utf16("\"},{\"id\":\"c\"}]", false),
    ]
    .concat();
    let view = skip(&lone);
    assert_eq!(view.ids(), "a c");
    assert_eq!(view.rejects.len(), 1);
    // A byte too many at the end.
    let mut odd = utf16("{\"id\":\"a\"}\n", true);
    odd.push(0x20);
    assert_eq!(skip(&odd).ids(), "a");
}

#[test]
fn joined_files_and_text_sequences_are_read() {
    let all = records(Generator::PROVISIONR, 20);
    let expected = load(array(&all));
    let (one, two) = (array(&all[..7]), array(&all[7..]));
    let mark = &b"\xEF\xBB\xBF"[..];
    for (what, dump) in [
        ("two marks", [mark, &one, mark, &two].concat()),
        (
            "a mark between",
            [&one[..], b"\r\n", mark, &two, b"\r\n"].concat(),
        ),
        (
            "lines",
            [mark, &ndjson(&all[..7]), mark, &ndjson(&all[7..])].concat(),
        ),
        (
            "copied by DOS, an empty array first",
            [b"[]", &one[..], b"\r\n", &two, b"\x1A"].concat(),
        ),
        (
            "three marks",
            [mark, mark, &one, b"\n", mark, b"\n", &two].concat(),
        ),
        (
            "sequence",
            all.iter()
                .flat_map(|record| [b"\x1E", &record[..], b"\n"].concat())
                .collect(),
        ),
        (
            "separators alone",
            all.iter()
                .flat_map(|record| [b"\x1E", &record[..]].concat())
                .collect(),
        ),
    ] {
        check_same_records(&dump, &expected, what);
    }
    let text = format!(
        "{}\u{feff}{}",
        String::from_utf8(one).unwrap(),
        String::from_utf8(two).unwrap()
    );
    check_same_records(&utf16(&text, false), &expected, "two files of UTF-16");
}

#[test]
fn wrapped_records_are_found_in_every_wrapping() {
    for generator in [Generator::PROVISIONR, Generator::PERMISSION_ASSIST] {
        let records = records(generator, 21);
        let expected = load(array(&records));
        for (path, dump) in wrappings(&records) {
            let what = String::from_utf8_lossy(&dump[..40]).into_owned();
            check_same_records(&dump, &expected, &what);
            let found = loader(dump.clone()).load().unwrap();
            let found = found.sources()[0].records_path.clone().unwrap_or_default();
            assert_eq!(found, path, "{what}");
            if !path.is_empty() {
                let path: RecordsPath = path.parse().unwrap();
                let options = ReadOptions {
                    records_path: Some(path),
                    ..ReadOptions::default()
                };
                let named = loader(dump).read_options(options).load().unwrap();
                assert_eq!(view(&named).records, expected.records, "{what}");
            }
        }
    }
}

#[test]
fn object_that_does_not_fit_the_first_one_is_rejected() {
    let (a, b) = (r#"{"id":"a"}"#, r#"{"id":"b"}"#);
    for (text, ids, rejects) in [
        (
            format!("{{\"users\":[{a}]}}\n{{\"error\":\"x\"}}\n{{\"users\":[{b}]}}"),
            "a b",
            1,
        ),
        (format!("{{\"users\":[{a}]}}\n{b}\n"), "a", 1),
        (
            format!("{{\"users\":[{a}]}}\n{{\"users\":7}}\n{{\"users\":[{b}]}}"),
            "a b",
            1,
        ),
        (
            format!("[{{\"user\":{a}}},null,{{\"user\":{b}}}]"),
            "a b",
            1,
        ),
        (format!("[{{\"user\":{a}}},{{\"user\":[{b}]}}]"), "a b", 0),
        // Null has no records.
        (
            format!("{{\"users\":[{a}]}}\n{{\"users\":null}}\n{{\"users\":[{b}]}}"),
            "a b",
            0,
        ),
        (
            format!("{{\"users\":[{a}]}}\n{{\"users\":[]}}\n{{\"users\":[{b}],}}"),
            "a b",
            1,
        ),
    ] {
        let view = skip(text.as_bytes());
        assert_eq!(
            (view.ids().as_str(), view.rejects.len()),
            (ids, rejects),
            "{text}\n{}",
            view.rejected()
        );
    }
    assert_snapshot!(error(format!("{{\"users\":[{a}]}}\n{{\"error\":\"x\"}}")), @"dump: record 2, line 2, byte 23: expected an object with the key `users`, under which the records are, found none");
    assert_snapshot!(error(format!("{{\"users\":[{a}],\"groups\":[{b}]}}")), @"dump: the records could be those of `users` or of `groups`; choose with `--records users` or `--records groups`");
}

#[test]
fn arrays_of_objects_beside_the_records_are_reported() {
    let text = r#"{"users":[{"id":"a","vendor_id":"1"}],"roles":[{"name":"x"}],"tags":["x"],"links":[{"url":"x"}]}"#;
    let left_out = |text: &str| {
        let snapshot = loader(text).load().unwrap();
        assert_eq!(snapshot.rows(), 1);
        snapshot.sources()[0].left_out.clone()
    };
    assert_eq!(left_out(text), ["links", "roles"]);
    // The paths are those that name these arrays.
    let inner = text.replace("roles", "a.b");
    assert_eq!(
        left_out(&format!(r#"{{"response":{inner}}}"#)),
        [r#"response."a.b""#, "response.links"]
    );
    let many: String = (0..1_000)
        .map(|key| format!(r#","key{key}":[{{}}]"#))
        .collect();
    let text = text.replacen(r#","tags""#, &format!(r#"{many},"tags""#), 1);
    assert_eq!(left_out(&text).len(), 10);
}

#[test]
fn bracket_too_many_in_a_wrapper_costs_its_record_alone() {
    let record = |id: &str| format!(r#"{{"id":"{id}","vendor_id":"x","profile":{{"list":[1]}}}}"#);
    let [a, b, c, d] = ["a", "b", "c", "d"].map(record);
    let damaged = b.replace(r#","vendor_id""#, r#"}],"vendor_id""#);
    for text in [
        format!(r#"{{"users":[{a},{c},{damaged},{d}],"n":1}}"#),
        format!(r#"{{"users":[{a},{c}],{d}],"n":1}}"#),
        format!(r#"[{{"users":[{a},{c},{damaged},{d}]}}]"#),
    ] {
        let view = skip(text.as_bytes());
        for id in ["a", "c", "d"] {
            assert!(
                view.ids().split(' ').any(|kept| kept == id),
                "{text}\n{}",
                view.rejected()
            );
        }
    }
}

#[test]
fn arrays_with_a_comma_between_them_are_read() {
    let (a, b) = (r#"{"id":"a"}"#, r#"{"id":"b"}"#);
    let view = skip(format!("[{a}],[{b}]").as_bytes());
    assert_eq!(view.ids(), "a b");
    assert_snapshot!(view.rejected(), @"2 1 12 -: a comma too many | ,");
}

#[test]
fn api_is_detected_by_the_first_record_of_a_path() {
    let record = r#"{"id":"a","vendor_id":"1"}"#;
    for text in [
        format!("{{\"users\":[]}}\n{{\"users\":[{record}]}}"),
        format!("[{{\"users\":[{{\"id\":\"x\"}},{record}]}}]"),
        format!("{{\"error\":\"x\"}}\n{{\"users\":[[{record}]]}}"),
    ] {
        for path in [None, Some("users")] {
            let options = ReadOptions {
                records_path: path.map(|path| path.parse().unwrap()),
                ..ReadOptions::default()
            };
            let loader = crate::support::skipping(text.as_str()).read_options(options);
            let snapshot = loader.load().unwrap();
            assert_eq!(snapshot.api().name, "provisionr", "{text}");
        }
    }
}

#[test]
fn superfluous_commas_are_named() {
    let (a, b) = (r#"{"id":"a"}"#, r#"{"id":"b"}"#);
    assert_snapshot!(error(format!("[{a},{b},]")), @"dump: record 3, line 1, byte 23: a comma too many before `]`");
    assert_snapshot!(error(format!("[,{a}]")), @"dump: record 1, line 1, byte 1: a comma too many");
    assert_snapshot!(error(format!("[{a},,{b}]")), @"dump: record 2, line 1, byte 12: a comma too many");
    assert_snapshot!(error(format!("{a},\n{b}")), @"dump: record 2, line 1, byte 10: a comma too many");
    assert_snapshot!(error(format!("{{\"data\":[{a}],}}")), @"dump: record 2, line 1, byte 21: a comma too many before `}`");
}

#[test]
fn other_formats_are_named_with_the_way_out() {
    let zip = zip_of(&[("a.json", b"[]")]);
    let mut tar = vec![0; 1024];
    tar[257..262].copy_from_slice(b"ustar");
    let texts: Vec<String> = [
        &zip[..],
        &tar,
        b"PAR1\x15\x04",
        b"SQLite format 3\0",
        b"<!DOCTYPE html>\n<title>Sign in</title>",
        b"<?xml version='1.0'?>",
        b"id,email\n1,a@b.example\n",
        b"# exported on Monday\n{\"id\":\"a\"}\n",
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n[]",
        b"@{id=1; email=a}",
        b"BZh91AY",
        b"\xFF\xFE\0\0[\0\0\0",
        b"\x7FELF\x02\x01\x01\0",
    ]
    .into_iter()
    .map(error)
    .collect();
    assert_snapshot!(texts.join("\n"), @"
    dump: expected a dump (JSON), found a zip archive; save it to a file, and name that on the command line
    dump: expected a dump (JSON), found a tar archive; save it to a file, and name that on the command line
    dump: expected a dump (JSON), found a Parquet file; export the identities as the JSON that their API answers
    dump: expected a dump (JSON), found an SQLite database; export the identities as the JSON that their API answers
    dump: expected a dump (JSON), found an HTML page, probably a login or error page; check the URL and the token of the export
    dump: expected a dump (JSON), found an XML document; export the identities as the JSON that their API answers
    dump: expected a dump (JSON), found a CSV file; export the identities as the JSON that their API answers
    dump: expected a dump (JSON), found a line that starts with `#` or `//`; JSON has no comments, so remove these lines, or skip them with `--on-bad-record skip`
    dump: expected a dump (JSON), found the headers of an HTTP response; save the body alone, with curl without -i
    dump: expected a dump (JSON), found objects in PowerShell's notation; write the objects with `ConvertTo-Json -Depth 100`
    dump: expected a dump (JSON), found data compressed by bzip2; decompress it first, or compress it with gzip or zstd
    dump: expected a dump (JSON), found UTF-32 text; save it as UTF-8
    dump: expected a dump (JSON), found binary data; export the identities as the JSON that their API answers
    ");
    // Lines of text cost no record if malformed records are skipped.
    let commented = b"# exported on Monday\n{\"id\":\"a\"}\n# the end\n";
    assert_eq!(skip(commented).ids(), "a");
    let html = skip(b"<html>\n{\"id\":\"a\"}\n");
    assert_eq!(html.ids(), "a");
    let stopped = crate::support::skipping(&b"PAR1"[..]).load().unwrap_err();
    assert!(matches!(
        *stopped.kind,
        LoadErrorKind::Foreign(ForeignFormat::Parquet)
    ));
}

#[test]
fn damage_between_wrapped_records_costs_no_record() {
    let record = |id: &str| format!(r#"{{"id":"{id}","vendor_id":"x"}}"#);
    let [a, b, c] = ["a", "b", "c"].map(record);
    let bad = r#"{"id":"z",vendor_id":"x"}"#;
    for (text, ids) in [
        (format!("{{\"v\":[{a}(\n{b},{c}]}}"), "a b c"),
        (format!("{{\"v\":[{a},\n{b}\n{{\"v\":[{c}]}}\n"), "a b c"),
        (
            format!(r#"[{{"n":1,"v":{a}}},{{"n":2,"v":}},{{"n":3,"v":{b}}},{{"n":4,"v":{c}}}]"#),
            "a b c",
        ),
        (format!("{{\"v\":[{bad},{a},{b}]}}"), "a b"),
        // A bracket too many in a record takes that of its wrapper.
        (
            format!(r#"[{{"v":{a}}},{{"v":{{"id"{{:"z"}}}},{{"v":{b}}},{{"v":{c}}}]"#),
            "a b c",
        ),
        (
            format!(r#"{{"h":[{{"s":{a}}},{{"s":{{"id"{{:"z"}}}},{{"s":{b}}},{{"s":{c}}}]}}"#),
            "a b c",
        ),
        (
            format!("{{\"v\":[]}}\n{{\"v\":null}}\n{{\"v\":[{a},{b}]}}\n"),
            "a b",
        ),
    ] {
        let snapshot = crate::support::skipping(text.as_str()).load().unwrap();
        let view = view(&snapshot);
        assert_eq!(view.ids(), ids, "{text}\n{}", view.rejected());
    }
}

/// A change of a file: a byte is removed, added or replaced.
fn change() -> impl Strategy<Value = (f64, usize, Vec<u8>)> {
    let byte = proptest::sample::select(&b"{}[]\",:\\\n 0tn\0\x1E\xEF\xBB\xBF\xD8"[..]);
    (
        0.0..1.0f64,
        0..2usize,
        proptest::collection::vec(byte, 0..2),
    )
}

/// Returns the offset in a text of ASCII of its UTF-16 unit.
fn utf8_offset(text: &[u8], unit: usize) -> usize {
    assert!(text.is_ascii());
    unit.min(text.len())
}

/// Returns the record, after the first one, inside which a range of a dump of UTF-8 is.
fn record_around(dump: &[u8], records: &[Vec<u8>], range: Range<usize>) -> Option<usize> {
    (1..records.len()).find(|&index| {
        let start = memchr::memmem::find(dump, &records[index]);
        start.is_some_and(|start| start < range.start && range.end < start + records[index].len())
    })
}

proptest! {
    /// A change inside a record costs no other record, however records are wrapped.
    #[test]
    fn changed_file_of_any_kind_keeps_its_other_records(
        wrapping in 0..10usize,
        encoding in 0..3usize,
        (place, length, bytes) in change(),
    ) {
        let small: Vec<Vec<u8>> = (0..6)
            .map(|id| format!(r#"{{"id":"{id}","vendor_id":"x","state":"s"}}"#).into_bytes())
            .collect();
        let (_, text) = wrappings(&small).swap_remove(wrapping);
        let dump = match encoding {
            0 => text.clone(),
            1 => utf16(std::str::from_utf8(&text).unwrap(), false),
            _ => [b"\xEF\xBB\xBF", &text[..], b"\n\xEF\xBB\xBF"].concat(),
        };
        let at = (dump.len() as f64 * place) as usize;
        let end = (at + length).min(dump.len());
        let changed = [&dump[..at], &bytes, &dump[end..]].concat();
        // Every load ends, with the same result for any blocks and parsers, or with the same error.
        let expected = skip_in(&changed, 8 << 20, Parser::Shapes).map_err(|error| error.to_string());
        // The change as a range of the text as UTF-8.
        let range = match encoding {
            1 => utf8_offset(&text, at / 2)..utf8_offset(&text, end.div_ceil(2)),
            2 => at.saturating_sub(3)..end.saturating_sub(3),
            _ => at..end,
        };
        if let Some(changed_record) = record_around(&text, &small, range)
            && let Ok(view) = &expected
        {
            let lost: Vec<usize> = (0..small.len())
                .filter(|&index| index != changed_record && !view.records.contains(&small[index]))
                .collect();
            let text = String::from_utf8_lossy(&changed);
            // A bracket at the start of a line looks like the start of another dump. In UTF-16, two bytes more or less
            // than whole units change the rest of the file.
            let starts_line = bytes.contains(&b'\n');
            let shifts_units = encoding == 1 && (end - at) % 2 != bytes.len() % 2;
            prop_assert!(lost.is_empty() || starts_line || shifts_units, "lost {lost:?}: {text}\n{}", view.rejected());
        }
        for (block, parser) in [(1, Parser::Reference), (13, Parser::Structural)] {
            let found = skip_in(&changed, block, parser).map_err(|error| error.to_string());
            prop_assert_eq!(&found, &expected);
        }
    }
}
