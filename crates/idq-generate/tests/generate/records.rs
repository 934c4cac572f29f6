//! Records have the documented fields, spelled as the servers spell them.

use idq_generate::{Generator, Options, Shape};
use serde_json::Value;

use crate::{SHAPES, dump, lines, text};

/// Fields in the documented order; those with a question mark may be null, or missing.
const PROVISIONR: &[(&str, &str)] = &[
    (
        "",
        "id state vendor_id email profile timestamp count included links",
    ),
    (
        "/timestamp",
        "created_at updated_at deleted_at? provisioned_at? deprovisioned_at? profile_changed_at? last_authenticated_at?",
    ),
    (
        "/count",
        "workspace_logs_parent workspace_logs_record workspace_logs_related",
    ),
    ("/included", "workspace_integration directory_user?"),
    (
        "/included/workspace_integration",
        "id is_primary vendor handle domain",
    ),
    (
        "/included/directory_user",
        "id state manager_id? is_manager full_name email username? org metadata",
    ),
    ("/links", "self workspace_integration directory_user?"),
];

const PERMISSION_ASSIST: &[(&str, &str)] = &[(
    "",
    "id kind firstName? lastName emailAddress? type title? company division department office? supervisorName? \
     createdDate updatedDate firstSeenDate inactivatedDate? status",
)];

/// Returns the keys of the object at a pointer, in the order of the text.
fn written_keys(line: &str, pointer: &str) -> Option<Vec<String>> {
    let mut rest = line;
    for name in pointer.split('/').skip(1) {
        // A key repeats only inside of `profile`, which comes first, so the last occurrence is the documented one.
        rest = &rest[rest.rfind(&format!("\"{name}\":{{"))? + name.len() + 3..];
    }
    let mut keys = Vec::new();
    let (mut depth, mut in_text, mut escaped, mut start) = (0, false, false, 0);
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' if in_text => {
                in_text = false;
                if depth == 1 && rest[at + 1..].starts_with(':') {
                    keys.push(rest[start..at].to_owned());
                }
            }
            b'"' => (in_text, start) = (true, at + 1),
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    Some(keys)
}

#[test]
fn records_have_the_documented_fields_in_order() {
    for (generator, objects) in [
        (Generator::PROVISIONR, PROVISIONR),
        (Generator::PERMISSION_ASSIST, PERMISSION_ASSIST),
    ] {
        let bytes = dump(
            Options::new(generator)
                .rows(3000)
                .seed(1)
                .shape(Shape::Ndjson),
        );
        let (mut nulls, mut missing) = (0, 0);
        for line in std::str::from_utf8(&bytes).unwrap().lines() {
            let record: Value = serde_json::from_str(line).unwrap();
            for (pointer, fields) in objects {
                if record.pointer(pointer).is_none_or(Value::is_null) {
                    assert_eq!(*pointer, "/included/directory_user", "{line}");
                    continue;
                }
                let keys = written_keys(line, pointer).unwrap();
                let mut written = keys.iter().map(String::as_str).peekable();
                for field in fields.split(' ') {
                    let name = field.trim_end_matches('?');
                    let is_nullable = field != name;
                    if written.next_if_eq(&name).is_none() {
                        assert!(is_nullable, "{pointer}/{name} is missing from {line}");
                        missing += 1;
                    } else if record
                        .pointer(&format!("{pointer}/{name}"))
                        .is_some_and(Value::is_null)
                    {
                        assert!(is_nullable, "{pointer}/{name} is null in {line}");
                        nulls += 1;
                    }
                }
                assert_eq!(written.next(), None, "{pointer} of {line}");
            }
        }
        assert!(
            nulls > 1000 && missing > 50,
            "{nulls} nulls, {missing} missing"
        );
    }
}

#[test]
fn timestamps_are_in_order() {
    let seconds = |record: &Value, name: &str| {
        // Without an offset, texts of one precision sort as their instants do.
        let text = text(record, name).to_owned();
        (text.ends_with('Z') && text.len() == 20).then_some(text)
    };
    let records = lines(&dump(
        Options::new(Generator::PROVISIONR)
            .rows(3000)
            .shape(Shape::Ndjson),
    ));
    for record in records {
        let Some(created) = seconds(&record, "/timestamp/created_at") else {
            continue;
        };
        let updated = seconds(&record, "/timestamp/updated_at").unwrap();
        for name in [
            "provisioned_at",
            "deprovisioned_at",
            "deleted_at",
            "profile_changed_at",
        ] {
            if let Some(moment) = seconds(&record, &format!("/timestamp/{name}")) {
                assert!(created <= moment && moment <= updated, "{name} of {record}");
            }
        }
        if record["state"] == "deactivated" {
            assert!(
                record["timestamp"]["deprovisioned_at"].is_string(),
                "{record}"
            );
        }
    }
}

#[test]
fn dumps_are_ascii_without_white_space_between_tokens() {
    for &generator in Generator::ALL {
        for shape in SHAPES {
            let bytes = dump(Options::new(generator).rows(3000).seed(2).shape(shape));
            assert!(bytes.is_ascii() && bytes.ends_with(b"\n"));
            for gap in ["\": ", ", \"", "}, {", "\t"] {
                // `", "` may occur inside a text, but not before a key or another record.
                let found = bytes
                    .windows(gap.len())
                    .filter(|window| *window == gap.as_bytes())
                    .count();
                assert_eq!(found, 0, "{generator:?} {shape:?} {gap:?}");
            }
        }
    }
}

#[test]
fn escapes_are_those_of_each_server() {
    let contains = |bytes: &[u8], part: &str| {
        bytes
            .windows(part.len())
            .any(|window| window == part.as_bytes())
    };

    let provisionr = dump(Options::new(Generator::PROVISIONR).rows(20_000).seed(2));
    // A diacritic, Greek, Cyrillic, Chinese, Arabic, half an emoji, a quote, a backslash, an empty object.
    let expected = [
        r"https:\/\/wks-",
        r"Zo\u00eb",
        r"\u03a0\u03b1\u03c0",
        r"\u041f\u0435\u0442",
        r"\u738b",
        r"\u0639\u0645\u0631",
        r"\ud83c\udf34",
        r#"\"Checkout\""#,
        r"NORTHWIND\\",
        r#""metadata":[]"#,
        r#""profile":[]"#,
        "O'Brien",
    ];
    for part in expected {
        assert!(contains(&provisionr, part), "{part}");
    }
    let slashes = provisionr.windows(2).filter(|pair| pair[1] == b'/');
    assert!(slashes.into_iter().all(|pair| pair[0] == b'\\'));
    assert!(
        escape_digits(&provisionr)
            .iter()
            .all(|digit| !digit.is_ascii_uppercase())
    );

    let permission_assist = dump(
        Options::new(Generator::PERMISSION_ASSIST)
            .rows(20_000)
            .seed(2),
    );
    let expected = [
        r"Zo\u00EB",
        r"O\u0027Brien",
        r"Data \u0026 Analytics",
        r"Teller \u003Cfloat\u003E",
        r"box\u002B",
        r"\u0022Checkout\u0022",
        "Halden/Moss",
    ];
    for part in expected {
        assert!(contains(&permission_assist, part), "{part}");
    }
    for part in [r"\/", "'", "&", "<", ">", "+", "`", "\\\""] {
        assert!(!contains(&permission_assist, part), "{part}");
    }
    assert!(
        escape_digits(&permission_assist)
            .iter()
            .all(|digit| !digit.is_ascii_lowercase())
    );
}

/// Returns the digits of all `\u` escapes.
fn escape_digits(bytes: &[u8]) -> Vec<u8> {
    let escapes = bytes
        .windows(7)
        .filter(|window| window[0] != b'\\' && window[1..3] == *b"\\u");
    escapes.flat_map(|window| window[3..].to_vec()).collect()
}
