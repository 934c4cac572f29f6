//! Generated dumps have the variety of real ones.

use std::collections::{BTreeMap, BTreeSet};

use idq_generate::{Generator, Options, Shape};
use serde_json::Value;

use crate::{dump, lines, text};

const ROWS: u64 = 20_000;

fn records(generator: Generator) -> (Vec<Value>, f64) {
    let bytes = dump(
        Options::new(generator)
            .rows(ROWS)
            .seed(11)
            .shape(Shape::Ndjson),
    );
    let average = bytes.len() as f64 / ROWS as f64;
    let records = lines(&bytes);
    assert_eq!(records.len() as u64, ROWS);
    (records, average)
}

/// Returns the share of the records for each text at a pointer.
fn shares<'records>(records: &'records [Value], pointer: &str) -> BTreeMap<&'records str, f64> {
    let mut shares = BTreeMap::new();
    for record in records {
        *shares.entry(text(record, pointer)).or_default() += 1.0 / records.len() as f64;
    }
    shares
}

fn share(records: &[Value], holds: impl Fn(&Value) -> bool) -> f64 {
    records.iter().filter(|record| holds(record)).count() as f64 / records.len() as f64
}

#[test]
fn provisionr_records_have_the_shares_of_real_directories() {
    let (records, average) = records(Generator::PROVISIONR);
    assert!(
        (1500.0..1900.0).contains(&average),
        "{average} bytes a record"
    );
    assert_eq!(shares(&records, "/id").len() as u64, ROWS);

    let states = shares(&records, "/state");
    let expected = [
        "active",
        "deactivated",
        "expired",
        "expiring",
        "orphan",
        "staged",
        "suspended",
    ];
    assert!(states.keys().eq(&expected), "{states:?}");
    assert!(
        (0.74..0.82).contains(&states["active"]) && (0.07..0.11).contains(&states["deactivated"]),
        "{states:?}"
    );
    assert!(states.values().all(|share| *share > 0.01), "{states:?}");

    let vendors = shares(&records, "/included/workspace_integration/vendor");
    let expected = [
        "demo",
        "entra_id",
        "github",
        "gitlab",
        "google_workspace",
        "okta",
        "slack",
    ];
    assert!(
        vendors.keys().eq(&expected) && vendors.values().all(|share| *share > 0.02),
        "{vendors:?}"
    );
    assert_eq!(
        shares(&records, "/included/workspace_integration/id").len(),
        40
    );

    let trashed = share(&records, |record| {
        record["timestamp"]["deleted_at"].is_string()
    });
    assert!((0.05..0.12).contains(&trashed), "{trashed} are trashed");
    let pending = share(&records, |record| {
        record["state"] != "deactivated" && record["timestamp"]["deprovisioned_at"].is_string()
    });
    assert!(
        (0.01..0.08).contains(&pending),
        "{pending} are pending deactivation"
    );
    let orphans = share(&records, |record| {
        !record["included"]["directory_user"].is_object()
    });
    assert!((orphans - states["orphan"]).abs() < 1e-9);
    let nameless = share(&records, |record| record["email"] == "");
    assert!(
        (0.01..0.04).contains(&nameless),
        "{nameless} are without an address"
    );
    let upper_case = share(&records, |record| {
        text(record, "/email").contains(char::is_uppercase)
    });
    assert!(
        (0.05..0.15).contains(&upper_case),
        "{upper_case} have capitals"
    );
    let unusual = share(&records, |record| {
        text(record, "/timestamp/created_at").len() != 20
    });
    assert!(
        (0.02..0.15).contains(&unusual),
        "{unusual} have fractions or offsets"
    );

    let users = shares(&records, "/included/directory_user/id");
    assert!((600..1000).contains(&users.len()), "{} users", users.len());
}

#[test]
fn one_person_is_the_same_in_all_records() {
    let (records, _) = records(Generator::PROVISIONR);
    let mut users = BTreeMap::new();
    for record in &records {
        // A record that omits nulls has the same user with fewer fields.
        let Some(user) = record["included"]["directory_user"].as_object() else {
            continue;
        };
        let known = users.entry(user["id"].as_str()).or_insert(user);
        for (name, value) in user {
            assert!(
                known.get(name).is_none_or(|same| same == value),
                "{name} of {user:?}"
            );
        }
    }
    let managers = users
        .values()
        .filter_map(|user| user.get("manager_id")?.as_str());
    let known_managers = managers.filter(|manager| users.contains_key(&Some(*manager)));
    assert!(known_managers.count() > users.len() / 2);
}

#[test]
fn names_are_of_many_scripts() {
    let (records, _) = records(Generator::PROVISIONR);
    let names = shares(&records, "/included/directory_user/full_name");
    let ascii: f64 = names
        .iter()
        .filter(|(name, _)| name.is_ascii())
        .map(|(_, share)| share)
        .sum();
    assert!((0.6..0.95).contains(&ascii), "{ascii} are ASCII");
    let letters: BTreeSet<char> = names.keys().flat_map(|name| name.chars()).collect();
    for (script, range) in [
        ("diacritics", '\u{c0}'..='\u{17f}'),
        ("Greek", '\u{370}'..='\u{3ff}'),
        ("Cyrillic", '\u{400}'..='\u{4ff}'),
        ("Arabic", '\u{600}'..='\u{6ff}'),
        ("Han", '\u{4e00}'..='\u{9fff}'),
        ("Hangul", '\u{ac00}'..='\u{d7a3}'),
    ] {
        assert!(
            letters.iter().any(|letter| range.contains(letter)),
            "no {script}"
        );
    }
}

#[test]
fn permission_assist_records_have_the_shares_of_real_directories() {
    let (records, average) = records(Generator::PERMISSION_ASSIST);
    assert!(
        (550.0..650.0).contains(&average),
        "{average} bytes a record"
    );
    assert_eq!(shares(&records, "/id").len() as u64, ROWS);

    let types = shares(&records, "/type");
    assert_eq!(types.len(), 10, "{types:?}");
    assert!((0.65..0.75).contains(&types["Employee"]), "{types:?}");
    let statuses = shares(&records, "/status");
    assert!(
        statuses.keys().eq(&["Active", "Disabled", "Removed"]),
        "{statuses:?}"
    );
    for record in &records {
        assert_eq!(
            record["status"] == "Active",
            !record["inactivatedDate"].is_string(),
            "{record}"
        );
        let is_person = !matches!(
            text(record, "/type"),
            "Service Account" | "Shared" | "Mailbox"
        );
        assert_eq!(is_person, record["firstName"].is_string(), "{record}");
        let created = &text(record, "/createdDate")[..19];
        assert!(
            created <= &text(record, "/updatedDate")[..19]
                && created <= &text(record, "/firstSeenDate")[..19]
        );
    }
    let with_ticks = share(&records, |record| text(record, "/createdDate").len() == 28);
    assert!(
        (0.2..0.4).contains(&with_ticks),
        "{with_ticks} have seven digits"
    );
    for name in ["title", "office", "supervisorName", "emailAddress"] {
        let without = share(&records, |record| !record[name].is_string());
        assert!((0.02..0.25).contains(&without), "{without} have no {name}");
    }
}
