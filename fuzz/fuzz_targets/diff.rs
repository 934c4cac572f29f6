//! Compares two JSON values in both directions: the same values differ, each is a part of its version, and a value never
//! differs from itself. The input is two values with a line feed between them.
#![no_main]

use idq_compare::{PathRules, diff_records};
use idq_json::Reader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(at) = bytes.iter().position(|&byte| byte == b'\n') else {
        return;
    };
    let (old, new) = (bytes[..at].trim_ascii(), bytes[at + 1..].trim_ascii());
    if !is_json(old) || !is_json(new) {
        return;
    }
    for rules in [
        PathRules::new(),
        PathRules::new().as_set("a".into()).ignore("b.c".into()),
        PathRules::new().only("a.b".into()).only("c".into()),
    ] {
        for same in [old, new] {
            assert_eq!(diff_records(same, same, &rules), Ok(Vec::new()));
        }
        let forth = diff_records(old, new, &rules).expect("valid JSON");
        let back = diff_records(new, old, &rules).expect("valid JSON");
        assert_eq!(forth.len(), back.len());
        for change in &forth {
            assert!(change.old.is_none_or(|value| is_json(value)));
            assert!(change.new.is_none_or(|value| is_json(value)));
            assert_ne!(change.old, change.new);
            let _ = (change.field(), change.pointer(), change.to_string());
        }
    }
});

/// Returns whether bytes are one JSON value.
fn is_json(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(bytes);
    loop {
        match reader.next_event() {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}
