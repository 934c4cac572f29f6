//! Tests of malformed input of every kind: the error that stops a load, and the records and rejects of a load that
//! skips.

use idq_load::{Loader, OnBadRecord, Source};
use idq_snapshot::{LoadErrorKind, RecordErrorKind};
use insta::assert_snapshot;

use crate::support::{
    Generator, array, error, gzip, loader, ndjson, records, skip, skipping, view, zstd,
};

const A: &str = r#"{"id":"a","state":"active"}"#;
const B: &str = r#"{"id":"b","state":"staged"}"#;

/// Returns three lines, the second of which is malformed.
fn lines(bad: &str) -> String {
    format!("{A}\n{bad}\n{B}\n")
}

fn compact(bad: &str) -> String {
    format!("[{A},{bad},{B}]")
}

fn indented(bad: &str) -> String {
    format!("[\n  {A},\n  {bad},\n  {B}\n]\n")
}

/// Returns the record with each member on a line.
fn spread(record: &str) -> String {
    record
        .replace("{\"", "{\n    \"")
        .replace(",\"", ",\n    \"")
        .replace('}', "\n  }")
}

/// Checks that skipping a malformed record keeps both neighbours in every layout, and rejects exactly its bytes.
fn check_rejected_alone(bad: &str) {
    for (text, line) in [
        (lines(bad), 2),
        (compact(bad), 1),
        (indented(bad), 3),
        (indented(&spread(bad)), 3),
    ] {
        let view = skip(text.as_bytes());
        assert_eq!(view.ids(), "a b", "{text}\n{}", view.rejected());
        assert_eq!(view.rejects.len(), 1, "{text}\n{}", view.rejected());
        let reject = &view.rejects[0];
        assert_eq!((reject.record, reject.line), (2, line), "{text}");
        let raw = String::from_utf8_lossy(&reject.raw);
        let expected = if text.contains(bad) {
            bad.to_owned()
        } else {
            spread(bad)
        };
        assert_eq!(raw, expected, "{text}");
        let offset = usize::try_from(reject.offset).unwrap();
        assert_eq!(&text.as_bytes()[offset..][..reject.raw.len()], reject.raw);
    }
}

/// Checks that every byte of a text belongs to a record, to a reject, or to the containers around them.
fn check_every_byte(text: &[u8]) {
    let loaded = skipping(text).load().unwrap();
    let view = view(&loaded);
    let mut left = text.to_vec();
    for reject in &view.rejects {
        let offset = usize::try_from(reject.offset).unwrap();
        assert_eq!(&left[offset..offset + reject.raw.len()], reject.raw);
        left[offset..offset + reject.raw.len()].fill(b' ');
    }
    for record in &view.records {
        let offset = memchr::memmem::find(&left, record).unwrap();
        left[offset..offset + record.len()].fill(b' ');
    }
    let left: Vec<u8> = left
        .into_iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    assert!(
        left.iter().all(|byte| b"[],".contains(byte)),
        "{}",
        String::from_utf8_lossy(&left)
    );
}

#[test]
fn record_that_is_cut_off_is_rejected_alone() {
    let bad = r#"{"id":"x","state":"act"#;
    assert_snapshot!(error(lines(bad)), @"dump: record 2, line 2, byte 50, field state: expected a string without raw control characters, found the end of the line");
    assert_snapshot!(error(compact(bad)), @"dump: record 2, line 1, byte 54: expected `,` or `}`, found `i`");
    assert_snapshot!(error(indented(bad)), @"dump: record 2, line 3, byte 58, field state: expected a string without raw control characters, found the end of the line");
    let view = skip(lines(bad).as_bytes());
    assert_eq!(view.ids(), "a b");
    assert_snapshot!(view.rejected(), @r#"2 2 28 state: expected a string without raw control characters, found the end of the line | {\"id\":\"x\",\"state\":\"act"#);
    assert_snapshot!(skip(compact(bad).as_bytes()).rejected(), @r#"2 1 29 -: expected `,` or `}`, found `i` | {\"id\":\"x\",\"state\":\"act"#);
    assert_snapshot!(skip(indented(bad).as_bytes()).rejected(), @r#"2 3 35 state: expected a string without raw control characters, found the end of the line | {\"id\":\"x\",\"state\":\"act"#);
    for text in [lines(bad), compact(bad), indented(bad)] {
        check_every_byte(text.as_bytes());
    }
}

#[test]
fn file_that_is_cut_off_is_rejected_at_its_end() {
    let sound = lines(&A.replace("\"a\"", "\"m\""));
    let text = &sound[..sound.len() - 5];
    assert_snapshot!(error(text), @"dump: record 3, line 3, byte 79, field state: the text ends inside a value (is the file cut off?)");
    assert_snapshot!(skip(text.as_bytes()).rejected(), @r#"3 3 56 state: the text ends inside a value (is the file cut off?) | {\"id\":\"b\",\"state\":\"stag"#);
    let sound = compact(&A.replace("\"a\"", "\"m\""));
    for (length, ids) in [(1, "a m b"), (2, "a m"), (29, "a m"), (30, "a")] {
        let text = &sound[..sound.len() - length];
        let view = skip(text.as_bytes());
        assert_eq!(view.ids(), ids);
        assert_eq!(view.rejects.len(), 1, "{text}\n{}", view.rejected());
        check_every_byte(text.as_bytes());
    }
    assert_snapshot!(error(&sound[..sound.len() - 1]), @"dump: record 4, line 1, byte 84: the text ends inside a value (is the file cut off?)");
    assert_snapshot!(error(&sound[..sound.len() - 2]), @"dump: record 3, line 1, byte 83: the text ends inside a value (is the file cut off?)");
    assert_snapshot!(error(&sound[..2]), @"dump: record 1, line 1, byte 2: the text ends inside a value (is the file cut off?)");
}

#[test]
fn page_that_is_cut_off_loses_its_last_record_alone() {
    let first = format!(r#"{{"current_page":1,"data":[{A},{{"id":"x"#);
    let second = format!(r#"{{"current_page":2,"data":[{B}],"total":3}}"#);
    let text = format!("{first}\n{second}\n");
    assert_snapshot!(error(text.as_str()), @"dump: record 2, line 1, byte 62, field id: expected a string without raw control characters, found the end of the line");
    let view = skip(text.as_bytes());
    assert_eq!(view.ids(), "a b");
    assert_snapshot!(view.rejected(), @r#"2 1 54 id: expected a string without raw control characters, found the end of the line | {\"id\":\"x"#);
    // Cut off directly after a record.
    let first = format!(r#"{{"current_page":1,"data":[{A}"#);
    let text = format!("{first}\n{second}\n");
    assert_snapshot!(error(text.as_str()), @r#"dump: record 2, line 2, byte 54: expected `,` or the end of the array, found `{"current_page":2,"data":[{"id":"b","sta…`"#);
    assert_eq!(skip(text.as_bytes()).ids(), "a b");
    // Cut off before its records.
    let text = format!("{{\"current_page\":1\n{second}\n");
    let view = skip(text.as_bytes());
    assert_eq!(view.ids(), "b");
    assert_eq!(view.rejects.len(), 1);
}

#[test]
fn page_with_a_malformed_envelope_keeps_its_records() {
    for text in [
        format!(r#"{{"current_page":1 2,"data":[{A},{B}],"total":2}}"#),
        format!(r#"{{"current_page":01,"data":[{A},{B}],"total":2}}"#),
        format!(r#"{{"current_page" 1,"data":[{A},{B}],"total":2}}"#),
        format!(r#"{{"current_page":1,,"data":[{A},{B}],"total":2}}"#),
        format!(r#"{{"total":2,"data":[{A},{B},],"current_page":1}}"#),
        format!(r#"{{"data":[{A},{B}],"total":x}}"#),
        format!(r#"{{"data":[{A},{B}],"links":[{{],"total":2}}"#),
        format!(r#"{{"data":[{A},{B}],}}"#),
        format!(r#"{{"data":[{A},{B}]]}}"#),
    ] {
        let pages = [text.clone(), text.clone()];
        for text in [text.into_bytes(), ndjson(&pages)] {
            let view = skip(&text);
            let expected = if text.ends_with(b"\n") {
                "a b a b"
            } else {
                "a b"
            };
            let text = String::from_utf8_lossy(&text);
            assert_eq!(view.ids(), expected, "{text}\n{}", view.rejected());
            assert!(!view.rejects.is_empty());
        }
    }
    let text = format!(r#"{{"data":[{A}],"total":x}}"#);
    assert_snapshot!(error(text.as_str()), @"dump: record 2, line 1, byte 46: expected a value, found `x`");
    assert_snapshot!(skip(text.as_bytes()).rejected(), @r#"2 1 38 -: expected a value, found `x` | \"total\":x}"#);
}

#[test]
fn text_after_a_record_is_rejected_alone() {
    let bad = format!("{} trailing", A.replace("\"a\"", "\"m\""));
    assert_snapshot!(error(lines(&bad)), @"dump: record 3, line 2, byte 56: expected an identity (a JSON object), found `trailing`");
    assert_snapshot!(error(compact(&bad)), @r#"dump: record 3, line 1, byte 57: expected `,` or the end of the array, found `trailing,{"id":"b","state":"staged"}]`"#);
    for text in [lines(&bad), compact(&bad), indented(&bad)] {
        let view = skip(text.as_bytes());
        assert_eq!(view.ids(), "a m b");
        assert_eq!(view.rejects.len(), 1);
        assert!(view.rejects[0].raw.starts_with(b"trailing"));
        check_every_byte(text.as_bytes());
    }
    let text = compact(B) + " and more";
    assert_snapshot!(error(text.as_str()), @"dump: record 4, line 1, byte 86: expected an identity (a JSON object), found `and more`");
    assert_snapshot!(skip(text.as_bytes()).rejected(), @"4 1 86 -: expected an identity (a JSON object), found `and more` | and more");
}

#[test]
fn invalid_utf8_in_a_record_is_rejected() {
    let bad = |text: String| text.replace('?', "\u{1}").into_bytes();
    let broken = |text: String| -> Vec<u8> {
        bad(text)
            .into_iter()
            .map(|byte| if byte == 1 { 0xFF } else { byte })
            .collect()
    };
    let record = r#"{"id":"x","profile":{"deep":["ok","n?n"]}}"#;
    assert_snapshot!(error(broken(lines(record))), @"dump: record 2, line 2, byte 64, field profile.deep: expected UTF-8, found byte 0xff");
    assert_snapshot!(error(broken(compact(record))), @"dump: record 2, line 1, byte 65, field profile.deep: expected UTF-8, found byte 0xff");
    for text in [lines(record), compact(record), indented(record)] {
        let text = broken(text);
        let view = skip(&text);
        assert_eq!(view.ids(), "a b");
        assert_eq!(view.rejects.len(), 1);
        assert!(view.rejects[0].raw.starts_with(br#"{"id":"x""#));
        assert!(view.rejects[0].raw.contains(&0xFF));
        check_every_byte(&text);
    }
    // A surrogate, an overlong slash, and a character that the end of the string cuts off.
    for bytes in [&b"\xED\xA0\x80"[..], b"\xC0\xAF", b"\xE2\x82"] {
        let line = [br#"{"id":"x","email":""#, bytes, b"\"}"].concat();
        let view = skip(&ndjson(&[A.as_bytes(), &line, B.as_bytes()]));
        assert_eq!(view.ids(), "a b");
        let utf8 = RecordErrorKind::Json(idq_json::ErrorKind::InvalidUtf8(bytes[0]));
        assert_eq!(view.rejects[0].reason, utf8);
    }
}

#[test]
fn lone_surrogates_in_a_record_are_rejected() {
    for (text, name) in [
        (r"\ud800", "high"),
        (r"\udc00", "low"),
        (r"\ud800\ud800", "two high"),
        (r"\ud800A", "high and a letter"),
        (r"\ud800\n", "high and another escape"),
        (r"\udc00\ud800", "the wrong way round"),
    ] {
        check_rejected_alone(&format!(r#"{{"id":"x","email":"{text}"}}"#));
        check_rejected_alone(&format!(r#"{{"id":"x","profile":{{"{text}":1}}}}"#));
        check_rejected_alone(&format!(r#"{{"id":"x","unknown":["{text}"]}}"#));
        assert!(
            error(format!(r#"{{"id":"x","{text}":1}}"#)).contains("surrogate"),
            "{name}"
        );
    }
    assert_snapshot!(error(lines(r#"{"id":"x","profile":{"a":"\ud800"}}"#)), @"dump: record 2, line 2, byte 54, field profile.a: expected a surrogate pair, found one half of it");
}

#[test]
fn nul_bytes_in_or_between_records_are_rejected() {
    check_rejected_alone("{\"id\":\"x\",\"email\":\"\0\"}");
    check_rejected_alone("{\"id\":\"x\",\0\"email\":\"y\"}");
    assert_snapshot!(error(lines("{\"id\":\"x\",\"email\":\"n\0n\"}")), @"dump: record 2, line 2, byte 48, field email: expected a string without raw control characters, found byte 0x00");
    assert_snapshot!(error(lines("\0\0\0")), @r"dump: record 2, line 2, byte 28: expected an identity (a JSON object), found `\0\0\0`");
    let text = lines(A) + "\0\0\0\0";
    assert_eq!(skip(text.as_bytes()).ids(), "a a b");
    assert_snapshot!(skip(text.as_bytes()).rejected(), @r"4 4 84 -: expected an identity (a JSON object), found `\0\0\0\0` | \0\0\0\0");
}

#[test]
fn control_characters_in_strings_are_rejected() {
    check_rejected_alone("{\"id\":\"x\",\"email\":\"a\tb\"}");
    assert_snapshot!(error(lines("{\"id\":\"x\",\"email\":\"a\tb\"}")), @"dump: record 2, line 2, byte 48, field email: expected a string without raw control characters, found byte 0x09");
    // A string that continues in the next line.
    let text = lines("{\"id\":\"x\",\"email\":\"a\nb\"}");
    assert_snapshot!(error(text.as_str()), @"dump: record 2, line 2, byte 48, field email: expected a string without raw control characters, found the end of the line");
    assert_eq!(skip(text.as_bytes()).ids(), "a b");
}

#[test]
fn duplicate_keys_in_a_record_last_value_counts() {
    let text = r#"{"id":"first","state":"a","id":"last","email":"x","email":null,"state":"b","profile":{"k":"one","k":"two"}}"#;
    for text in [lines(text), compact(text)] {
        let loaded = view(&loader(text).load().unwrap());
        assert_eq!(loaded.ids(), "a last b");
        assert!(loaded.records[1].starts_with(br#"{"id":"first","state":"a","id":"last""#));
    }
}

#[test]
fn values_of_a_wrong_type_are_rejected() {
    for (bad, _) in [
        (r#"{"id":7}"#, "a number for a string"),
        (r#"{"id":["x"]}"#, "an array for a string"),
        (r#"{"id":"x","email":true}"#, "true for a string"),
        (r#"{"id":"x","state":{}}"#, "an object for a keyword"),
        (
            r#"{"id":"x","timestamp":{"created_at":1700000000}}"#,
            "a number for a date",
        ),
        (
            r#"{"id":"x","timestamp":{"created_at":"yesterday"}}"#,
            "no date",
        ),
        (
            r#"{"id":"x","count":{"workspace_logs_parent":"7"}}"#,
            "a string for a number",
        ),
        (
            r#"{"id":"x","included":{"directory_user":{"is_manager":1}}}"#,
            "a number for true or false",
        ),
        (r#"{"id":"x","timestamp":"now"}"#, "a string for an object"),
        (
            r#"{"id":"x","included":{"directory_user":[1]}}"#,
            "an array for an object",
        ),
    ] {
        check_rejected_alone(bad);
    }
    assert_snapshot!(error(lines(r#"{"id":7}"#)), @"dump: record 2, line 2, byte 34, field id: expected a string (`--ids as-text` reads numbers), found the number 7");
    assert_snapshot!(error(lines(r#"{"id":"x","email":{"a":1}}"#)), @"dump: record 2, line 2, byte 46, field email: expected a string, found an object");
    assert_snapshot!(error(lines(r#"{"id":"x","state":"s","timestamp":{"created_at":"2026-13-01T00:00:00Z and so on and so forth, for ever"}}"#)), @r#"dump: record 2, line 2, byte 76, field timestamp.created_at: expected an RFC 3339 date-time such as 2026-01-31T09:30:00Z, found the string "2026-13-01T00:00:00Z and so on and so fo…""#);
    assert_snapshot!(error(indented(&spread(r#"{"id":"x","included":{"directory_user":{"is_manager":"yes"}}}"#))), @r#"dump: record 2, line 7, byte 108, field included.directory_user.is_manager: expected true or false, found the string "yes""#);
    assert_snapshot!(error(lines(r#"{"id":"x","included":{"directory_user":"u1"}}"#)), @r#"dump: record 2, line 2, byte 67, field included.directory_user: expected an object, found the string "u1""#);
    // PHP writes an object without members as `[]`.
    let view =
        skip(lines(r#"{"id":"x","timestamp":[],"included":{"directory_user":[]}}"#).as_bytes());
    assert_eq!(view.ids(), "a x b");
    // A later value replaces an earlier one.
    let view =
        skip(lines(r#"{"id":"x","timestamp":7,"email":7,"timestamp":{},"email":"e"}"#).as_bytes());
    assert_eq!(view.ids(), "a x b");
}

#[test]
fn record_without_an_id_is_rejected() {
    for bad in [r#"{"email":"x"}"#, r#"{"id":null,"email":"x"}"#, "{}"] {
        check_rejected_alone(bad);
    }
    assert_snapshot!(error(lines(r#"{"email":"x"}"#)), @"dump: record 2, line 2, byte 28, field id: expected an identity with an id, found none");
    assert_snapshot!(error(compact(r#"{"id":null,"email":"x"}"#)), @"dump: record 2, line 1, byte 35, field id: expected an identity with an id, found none");
    // An empty id is an id.
    assert_eq!(
        skip(lines(r#"{"id":"","email":"x"}"#).as_bytes()).ids(),
        "a  b"
    );
}

#[test]
fn value_that_is_not_an_object_is_rejected() {
    for bad in ["null", "true", "7", "\"text\"", "-1.5e3"] {
        check_rejected_alone(bad);
    }
    assert_snapshot!(error(lines("null")), @"dump: record 2, line 2, byte 28: expected an identity (a JSON object), found `null`");
    assert_snapshot!(error(compact("\"text\"")), @r#"dump: record 2, line 1, byte 29: expected an identity (a JSON object), found `"text"`"#);
    let view = skip(format!("{A}\nnull\nno json\n\n7\n{B}\n").as_bytes());
    assert_eq!(view.ids(), "a b");
    assert_snapshot!(view.rejected(), @"
    2 2 28 -: expected an identity (a JSON object), found `null` | null
    3 3 33 -: expected an identity (a JSON object), found `no json` | no json
    4 5 42 -: expected an identity (a JSON object), found `7` | 7
    ");
}

#[test]
fn values_between_records_of_a_line_are_rejected_alone() {
    let elements = ["{}", "null", "-7.5", r#""]},{\"id\":[""#, "[1,[2]]"];
    for selected in 0..elements.len().pow(4) {
        let mut ids = Vec::new();
        let mut rejected = Vec::new();
        let mut items = Vec::new();
        for place in 0..4 {
            let element = elements[selected / elements.len().pow(place) % elements.len()];
            if element == "{}" {
                ids.push(place.to_string());
                items.push(format!(r#"{{"id":"{place}"}}"#));
            } else {
                // The elements of arrays are elements as well.
                match element {
                    "[1,[2]]" => rejected.extend([&b"1"[..], b"2"]),
                    _ => rejected.push(element.as_bytes()),
                }
                items.push(element.to_owned());
            }
        }
        let items = items.join(" , ");
        let page = format!(r#"{{"items":[{items}],"totalCount":4}}"#);
        // In a page, an array is an element that is rejected as a whole.
        let page = Some(page).filter(|page| !page.contains("[2]"));
        for text in page.into_iter().chain([format!("[{items}]")]) {
            let view = skip(text.as_bytes());
            assert_eq!(view.ids(), ids.join(" "), "{text}\n{}", view.rejected());
            let raw: Vec<&[u8]> = view.rejects.iter().map(|reject| &reject.raw[..]).collect();
            assert_eq!(raw, rejected, "{text}");
        }
    }
    assert_snapshot!(skip(format!("[{A} null {B}]").as_bytes()).rejected(), @r#"
    2 1 29 -: expected `,` or the end of the array, found `null` | null
    3 1 34 -: expected `,` or the end of the array, found `{"id":"b","state":"staged"}` |
    "#);
    assert_snapshot!(skip(format!("[1,2]\n{A}\n{B}").as_bytes()).rejected(), @"
    1 1 1 -: expected an identity (a JSON object), found `1` | 1
    2 1 3 -: expected an identity (a JSON object), found `2` | 2
    ");
}

#[test]
fn malformed_syntax_is_rejected_and_located() {
    for bad in [
        r#"{"id":"x" "email":"y"}"#,
        r#"{"id":"x","email" "y"}"#,
        r#"{"id":"x",}"#,
        r#"{"id":"x","email":}"#,
        r#"{"id":"x","email":tru}"#,
        r#"{"id":"x","email":"\q"}"#,
        r#"{"id":"x","unknown":01}"#,
        r#"{"id":"x","unknown":1.}"#,
        r#"{"id":"x","unknown":+1}"#,
        r#"{"id":"x","unknown":NaN}"#,
        r#"{"id":"x","unknown":[1,]}"#,
        r#"{"id":"x","unknown":[1}]}"#,
        r#"{'id':'x'}"#,
        r#"{id:"x"}"#,
        r#"{"id":"x","unknown":{1:2}}"#,
    ] {
        check_rejected_alone(bad);
    }
    assert_snapshot!(error(lines(r#"{"id":"x" "email":"y"}"#)), @r#"dump: record 2, line 2, byte 38: expected `,` or `}`, found `"`"#);
    assert_snapshot!(error(lines(r#"{"id":"x","unknown":{"a":01}}"#)), @"dump: record 2, line 2, byte 54, field unknown.a: expected a number as JSON writes it, found `1`");
    assert_snapshot!(error(compact(r#"{"id":"x","email":"\q"}"#)), @r#"dump: record 2, line 1, byte 48, field email: expected one of the escapes \" \\ \/ \b \f \n \r \t \uXXXX, found `q`"#);
    assert_snapshot!(error(indented(&spread(r#"{"id":"x","email":tru}"#))), @"dump: record 2, line 5, byte 66, field email: expected true, false or null, found the end of the line");
}

#[test]
fn missing_or_superfluous_brackets_lose_no_other_record() {
    let m = A.replace("\"a\"", "\"m\"");
    for (text, ids) in [
        (compact(&m[..m.len() - 1]), "a b"),
        (compact(&(m.clone() + "}")), "a m b"),
        (compact(&(m.clone() + "]")), "a m b"),
        (compact(r#"{"id":"x","profile":{"a":1}"#), "a b"),
        (compact(r#"{"id":"x","profile":[1,2}"#), "a b"),
        (compact(r#"{"id":"x,"state":"y"}"#), "a b"),
        (compact(r#"{"id":"x","state":"y}"#), "a b"),
    ] {
        let view = skip(text.as_bytes());
        assert_eq!(view.ids(), ids, "{text}\n{}", view.rejected());
        assert!(!view.rejects.is_empty(), "{text}");
        check_every_byte(text.as_bytes());
    }
}

#[test]
fn missing_or_superfluous_commas_lose_no_record() {
    for text in [
        format!("[{A} {B}]"),
        format!("[{A},,{B}]"),
        format!("[,{A},{B}]"),
        format!("[{A},{B},]"),
        format!("{A},{B}"),
        format!("{A},\n{B},\n"),
        format!(r#"{{"items":[{A}{B}],"totalCount":2}}"#),
    ] {
        let view = skip(text.as_bytes());
        assert!(!view.rejects.is_empty());
        if !text.starts_with("{\"id\":\"a\",\"state\":\"active\"},{") {
            assert_eq!(view.ids(), "a b", "{text}\n{}", view.rejected());
        }
        check_every_byte(
            &text
                .replace(r#"{"items":"#, "")
                .replace(r#","totalCount":2}"#, "")
                .into_bytes(),
        );
    }
    assert_snapshot!(error(format!("[{A} {B}]")), @r#"dump: record 2, line 1, byte 29: expected `,` or the end of the array, found `{"id":"b","state":"staged"}`"#);
    assert_snapshot!(error(format!("[{A},,{B}]")), @"dump: record 2, line 1, byte 29: a comma too many");
    assert_snapshot!(error(format!("[{A},{B},]")), @"dump: record 3, line 1, byte 57: a comma too many before `]`");
    assert_snapshot!(error(format!("{A},\n{B}")), @"dump: record 2, line 1, byte 27: a comma too many");
    assert_snapshot!(skip(format!("[{A} {B},]").as_bytes()).rejected(), @r#"
    2 1 29 -: expected `,` or the end of the array, found `{"id":"b","state":"staged"}` | 
    4 1 57 -: a comma too many before `]` |
    "#);
}

#[test]
fn first_record_that_is_malformed_is_rejected_alone() {
    for bad in [
        r#"{"id":"x","#,
        "no json",
        r#"{"id":"x" 1}"#,
        r#"{"id":"x","y":"z"#,
    ] {
        for (text, ids) in [
            (format!("{bad}\n{A}\n{B}\n"), "a b"),
            (format!("[{bad},{A},{B}]"), "a b"),
            (format!("[\n{bad},\n{A},\n{B}\n]"), "a b"),
            (format!("[\n  {bad},\n  {A},\n  {B}\n]"), "a b"),
        ] {
            let view = skip(text.as_bytes());
            assert_eq!(view.ids(), ids, "{text}\n{}", view.rejected());
            assert_eq!(view.rejects[0].record, 1);
            check_every_byte(text.as_bytes());
        }
    }
}

#[test]
fn objects_in_the_profile_of_a_malformed_record_are_not_records() {
    let bad = r#"{"id":"x","profile":{"list":[{"id":"y","state":"s"},{"id":"z","state":"s"}],"a":1},"email":tru"#;
    for text in [
        lines(bad),
        compact(bad),
        indented(bad),
        indented(&spread(bad)),
    ] {
        let view = skip(text.as_bytes());
        assert_eq!(view.ids(), "a b", "{text}\n{}", view.rejected());
    }
}

#[test]
fn several_malformed_records_are_rejected_separately() {
    let text = format!("{A}\n{{\"id\":7}}\n{{\"id\"\n\n{{}}\nnull\n{B}\n{{");
    let view = skip(text.as_bytes());
    assert_eq!(view.ids(), "a b");
    assert_snapshot!(view.rejected(), @r#"
    2 2 28 id: expected a string (`--ids as-text` reads numbers), found the number 7 | {\"id\":7}
    3 3 37 -: expected `:`, found `{` | {\"id\"
    4 5 44 id: expected an identity with an id, found none | {}
    5 6 47 -: expected an identity (a JSON object), found `null` | null
    7 8 80 -: the text ends inside a value (is the file cut off?) | {
    "#);
    check_every_byte(text.as_bytes());
    let text = format!("[{A},{{\"id\":7}},{{\"id\"}},{{}},null,{B},{{]");
    let view = skip(text.as_bytes());
    assert_eq!(view.ids(), "a b");
    assert_snapshot!(view.rejected(), @r#"
    2 1 29 id: expected a string (`--ids as-text` reads numbers), found the number 7 | {\"id\":7}
    3 1 38 -: expected `:`, found `}` | {\"id\"}
    4 1 45 id: expected an identity with an id, found none | {}
    5 1 48 -: expected an identity (a JSON object), found `null` | null
    7 1 81 -: expected a key or `}`, found `]` | {]
    "#);
}

#[test]
fn empty_file_is_an_error() {
    for text in ["", " \n\t\r\n ", "\u{feff}", "\u{feff}\n"] {
        assert!(error(text).contains("the file is empty"), "{text:?}");
        let view = skip(text.as_bytes());
        assert_eq!(view.ids(), "");
        assert_eq!(view.rejects[0].reason, RecordErrorKind::Empty);
    }
    assert_snapshot!(error(""), @"dump: record 1, line 1, byte 0: the file is empty: check the export; one without identities is `[]`, and needs `--api`");
    assert_snapshot!(error(gzip(b"")), @"dump: record 1, line 1, byte 0: the file is empty: check the export; one without identities is `[]`, and needs `--api`");
    // It is an error among other sources as well.
    let sources = vec![Source::bytes("one", A), Source::bytes("two", "")];
    let stopped = Loader::new(sources).load().unwrap_err();
    assert_snapshot!(stopped, @"two: record 1, line 1, byte 0: the file is empty: check the export; one without identities is `[]`, and needs `--api`");
}

#[test]
fn text_that_an_exporter_wrote_in_place_of_an_object_is_explained() {
    for text in ["@{created_at=2024}", "System.Object[]"] {
        let message = error(format!(
            r#"{{"id":"a","vendor_id":"1","timestamp":"{text}"}}"#
        ));
        assert!(message.contains(text), "{message}");
        assert!(
            message.contains("raise the limit and export again"),
            "{message}"
        );
    }
    let other = error(r#"{"id":"a","vendor_id":"1","timestamp":"2024"}"#);
    assert!(!other.contains("raise the limit"), "{other}");
}

#[test]
fn empty_array_has_no_detected_api() {
    assert_snapshot!(error("[]"), @"dump: the records do not identify their API: name it with --api (provisionr or permission-assist)");
    let load = |api| loader(" [ ]\n").api_if_unknown(api).load().unwrap();
    assert_eq!(load(idq_api::Api::provisionr()).rows(), 0);
    assert_eq!(load(idq_api::Api::permission_assist()).rejects().len(), 0);
    let sources = vec![Source::bytes("one", "[]"), Source::bytes("two", A)];
    assert_eq!(Loader::new(sources).load().unwrap().rows(), 1);
}

#[test]
fn file_that_is_not_json_is_an_error_at_its_first_byte() {
    assert_snapshot!(error("%PDF-1.7\n%\u{1}"), @"dump: expected a dump (JSON), found a PDF document; export the identities as the JSON that their API answers");
    assert_snapshot!(error("<!DOCTYPE html>\n<html>"), @"dump: expected a dump (JSON), found an HTML page, probably a login or error page; check the URL and the token of the export");
    assert_snapshot!(error("id,email,state\n1,a@b,active\n"), @"dump: expected a dump (JSON), found a CSV file; export the identities as the JSON that their API answers");
    assert_snapshot!(error(&b"\xFF\xFE[\0{\0"[..]), @"dump: record 1, line 1, byte 6: the text ends inside a value (is the file cut off?)");
    assert_snapshot!(error(&b"\x00\x01\x02\x03"[..]), @"dump: expected a dump (JSON), found binary data; export the identities as the JSON that their API answers");
    assert_snapshot!(error(r#"{"message":"Unauthenticated."}"#), @"dump: expected a dump, found an error answer of the API (`Unauthenticated.`): check the URL and the token of the export");
    assert_snapshot!(error("{\"id\":\"x\",\"y\":1}"), @"dump: the records do not identify their API: name it with --api (provisionr or permission-assist)");
}

#[test]
fn corrupt_archive_is_an_error() {
    let sound = ndjson(&records(Generator::PROVISIONR, 50));
    for archive in [gzip(&sound), zstd(&sound)] {
        let mut damaged = archive.clone();
        let middle = damaged.len() / 2;
        for byte in &mut damaged[middle..middle + 8] {
            *byte ^= 0xA5;
        }
        for bytes in [
            damaged,
            archive[..archive.len() - 3].to_vec(),
            archive[..archive.len() / 2].to_vec(),
            archive[..11].to_vec(),
            archive[..5].to_vec(),
            [&archive[..], b"trailing"].concat(),
        ] {
            for action in [OnBadRecord::Stop, OnBadRecord::Skip] {
                let length = bytes.len();
                let error = loader(bytes.clone())
                    .on_bad_record(action)
                    .load()
                    .unwrap_err();
                let kind = &*error.kind;
                assert!(
                    matches!(kind, LoadErrorKind::Corrupt(..)),
                    "{length}: {error}"
                );
            }
        }
    }
    let cut = gzip(&sound);
    assert_snapshot!(error(&cut[..cut.len() - 3]), @"dump: the gzip data are damaged or cut off: unexpected end of file");
    let cut = zstd(&sound);
    assert_snapshot!(error(&cut[..cut.len() - 3]), @"dump: the zstd data are damaged or cut off: incomplete frame");
}

/// The first of two errors stops the load, although the source is read ahead.
#[test]
fn malformed_record_before_corrupt_data_is_the_error() {
    let bytes = [
        lines("no record").into_bytes(),
        lines(A).repeat(5_000).into_bytes(),
    ]
    .concat();
    let archive = gzip(&bytes);
    let cut = &archive[..archive.len() - 3];
    for block in [10, 1_000, 100_000] {
        let stopped = loader(cut)
            .api(idq_api::Api::provisionr())
            .block_size(block)
            .load();
        let stopped = stopped.unwrap_err();
        assert!(
            matches!(*stopped.kind, LoadErrorKind::Record(_)),
            "{stopped}"
        );
        assert_eq!(stopped.line, Some(2));
    }
}

#[test]
fn lines_and_offsets_of_a_compressed_source_count_decompressed_bytes() {
    let text = lines("\n\n{\"id\":\"x\",\"email\":7}");
    assert_snapshot!(error(text.as_str()), @"dump: record 2, line 4, byte 48, field email: expected a string, found the number 7");
    assert_eq!(error(gzip(text.as_bytes())), error(text.as_str()));
    assert_eq!(error(zstd(text.as_bytes())), error(text.as_str()));
    let marked = format!("\u{feff}{text}");
    assert_snapshot!(error(marked), @"dump: record 2, line 4, byte 51, field email: expected a string, found the number 7");
}

#[test]
fn malformed_record_in_a_later_file_is_reported_with_that_file() {
    let bad = array(&[A.as_bytes(), b"{}"]);
    let sources = vec![Source::bytes("one", A), Source::bytes("two", bad.clone())];
    assert_snapshot!(Loader::new(sources.clone()).load().unwrap_err(), @"two: record 2, line 1, byte 29, field id: expected an identity with an id, found none");
    let loaded = Loader::new(sources)
        .on_bad_record(OnBadRecord::Skip)
        .load()
        .unwrap();
    assert_eq!(loaded.rejects()[0].source, 1);
    assert_eq!(loaded.rejects()[0].record, 2);
    assert_eq!(loaded.sources()[1].records, 2);
}

#[test]
fn numbers_of_any_size_and_precision_are_accepted() {
    for number in [
        "1e999",
        "0",
        "-0",
        "1.0",
        "123456789012345678901234567890",
        "1e-999",
        "0.1e+1",
    ] {
        let line = format!(
            r#"{{"id":"x","count":{{"workspace_logs_parent":{number}}},"profile":{{"n":{number}}},"y":{number}}}"#
        );
        let view = skip(lines(&line).as_bytes());
        assert_eq!(view.ids(), "a x b");
        assert_eq!(view.records[1], line.as_bytes());
        let spelled = crate::support::Cell::Text(number.to_owned());
        assert!(view.cells[1].contains(&spelled), "{number}");
    }
}
