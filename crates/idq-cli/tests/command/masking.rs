//! `--mask`: pseudonyms in place of values, in every command that prints records.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::{Idq, fixtures, folder};

/// The least number of characters of a value that must be nowhere in a masked output.
const MIN_CHARACTERS: usize = 6;

/// Words of the APIs and of their headings, which are the same for everyone.
const OWN_WORDS: [&str; 8] = [
    "deprovisioned",
    "active",
    "suspended",
    "expired",
    "orphan",
    "staged",
    "deactivated",
    "identity",
];

fn fixture(name: &str) -> String {
    fixtures().join(name).to_str().unwrap().to_owned()
}

fn records(path: &str) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    if text.starts_with('[') {
        return serde_json::from_str(&text).unwrap();
    }
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Collects the texts and numbers of a value.
fn collect(value: &Value, values: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            values.insert(text.clone());
        }
        Value::Number(number) => {
            values.insert(number.to_string());
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, values)),
        Value::Object(members) => members.values().for_each(|value| collect(value, values)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// Returns the values of these paths in the records of a file that no masked output may have.
fn masked_values(path: &str, paths: &[&str]) -> BTreeSet<String> {
    let mut values = BTreeSet::new();
    for record in records(path) {
        for path in paths {
            if let Some(value) = record.pointer(&format!("/{}", path.replace('.', "/"))) {
                collect(value, &mut values);
            }
        }
    }
    // A date is shared by many, and is shifted on request.
    let is_date = |value: &str| {
        let day = value.get(..10).unwrap_or_default();
        chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok()
    };
    values.retain(|value| {
        !is_date(value)
            && value.chars().count() >= MIN_CHARACTERS
            && !OWN_WORDS.contains(&value.to_lowercase().as_str())
    });
    assert!(values.len() > 50, "{path}: {} values", values.len());
    values
}

/// Collects the keys of a value.
fn collect_keys(value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_keys(item, keys)),
        Value::Object(members) => {
            for (key, value) in members {
                keys.insert(key.to_lowercase());
                collect_keys(value, keys);
            }
        }
        _ => {}
    }
}

/// Returns a text without capitals and without the keys of the records, which are the same for everyone.
fn without_keys(output: &[u8]) -> String {
    let mut keys = BTreeSet::new();
    for name in ["provisionr.ndjson", "permission-assist.json"] {
        records(&fixture(name))
            .iter()
            .for_each(|record| collect_keys(record, &mut keys));
    }
    let output = String::from_utf8_lossy(output).to_lowercase();
    // The longest first, so that no part of one is left.
    let mut keys: Vec<String> = keys.into_iter().collect();
    keys.sort_by_key(|key| std::cmp::Reverse(key.len()));
    keys.iter().fold(output, |output, key| {
        output.replace(&format!("\"{key}\":"), "")
    })
}

/// Returns the values that are no words, which a report may have in its own texts.
fn without_words(values: &BTreeSet<String>) -> BTreeSet<String> {
    let is_no_word = |value: &&String| value.contains(|c: char| c == '@' || c.is_ascii_digit());
    values.iter().filter(is_no_word).cloned().collect()
}

/// Checks that no value is in an output, in any capitals, as it is or as JSON spells it.
fn assert_absent(values: &BTreeSet<String>, output: &[u8], case: &str) {
    let output = without_keys(output);
    assert!(output.len() > 100, "{case}: {output}");
    for value in values {
        let spelled = Value::from(value.as_str()).to_string().to_lowercase();
        let spelled = spelled.trim_matches('"');
        for text in [
            value.to_lowercase().as_str(),
            spelled,
            &spelled.replace('/', "\\/"),
        ] {
            if let Some(position) = output.find(text) {
                let around = output
                    .get(position.saturating_sub(60)..)
                    .unwrap_or(&output[position..]);
                let around: String = around.chars().take(160).collect();
                panic!("{case}: {value:?} survives: …{around}…");
            }
        }
    }
}

/// The paths that `auto` masks and that are in the fixtures.
const PERSONAL: [&str; 12] = [
    "id",
    "vendor_id",
    "email",
    "profile",
    "included.workspace_integration.handle",
    "included.workspace_integration.domain",
    "included.directory_user.id",
    "included.directory_user.manager_id",
    "included.directory_user.full_name",
    "included.directory_user.email",
    "included.directory_user.username",
    "included.directory_user.metadata",
];

const PERSONAL_IN_PERMISSION_ASSIST: [&str; 6] = [
    "id",
    "firstName",
    "lastName",
    "emailAddress",
    "company",
    "supervisorName",
];

#[test]
fn masked_values_are_in_no_output_of_any_command() {
    let folder = folder();
    let people = fixture("provisionr.ndjson");
    let staff = fixture("permission-assist.json");
    let monday = fixture("monday.ndjson");
    let tuesday = fixture("tuesday.ndjson");
    let values = masked_values(&people, &PERSONAL);
    for line in [
        "query --mask auto --per-page 60",
        "query --mask auto --all -o json",
        "query --mask auto --all -o ndjson",
        "query --mask auto --all -o csv --columns id,email,profile,links.self,links.directory_user",
        "query --mask auto --all -o csv --raw-csv",
        "query --mask auto --all -o table",
        "query --mask auto --all -o record",
        "export --mask auto -o - --format ndjson",
        "export --mask auto -o - --format csv",
        "report --mask auto -o csv dormant",
        "report --mask auto -o json duplicates",
        "report --mask auto -o html inventory",
    ] {
        let output = run(&folder, line, &[&people]);
        if line.starts_with("report") {
            assert_absent(&without_words(&values), &output, line);
        } else {
            assert_absent(&values, &output, line);
        }
    }
    let staff_values = masked_values(&staff, &PERSONAL_IN_PERMISSION_ASSIST);
    for line in [
        "query --mask auto --all -o csv",
        "query --mask auto --all -o ndjson",
        "report --mask auto -o json data-quality",
    ] {
        let output = run(&folder, line, &[&staff]);
        assert_absent(&staff_values, &output, line);
    }
    let both: BTreeSet<String> = values.union(&staff_values).cloned().collect();
    let rule = "--on emailAddress~email --columns left.emailAddress,right.email,right.profile";
    for format in ["ndjson", "csv", "text"] {
        let line = format!("match {rule} --show 1000 --mask auto -o {format}");
        assert_absent(&both, &run(&folder, &line, &[&staff, &people]), &line);
    }
    let mut days = masked_values(&monday, &PERSONAL);
    days.extend(masked_values(&tuesday, &PERSONAL));
    for format in ["ndjson", "csv", "text", "patch"] {
        let line = format!("diff --show 1000 --context email --volatile --mask auto -o {format}");
        let ran = Idq::new(line.split(' '))
            .args([&monday, &tuesday])
            .within(&folder)
            .run();
        assert_eq!(ran.status, 1, "{line}: {}", ran.stderr);
        assert_absent(&days, &ran.stdout, &line);
    }
    run(&folder, "pack --mask auto -o masked.idq", &[&people]);
    let unpacked = run(&folder, "unpack masked.idq", &[]);
    assert_absent(&values, &unpacked, "pack and unpack");
    assert_eq!(unpacked.iter().filter(|&&byte| byte == b'\n').count(), 60);
}

/// Runs a command that succeeds, and returns what it prints.
fn run(folder: &TempDir, line: &str, sources: &[&str]) -> Vec<u8> {
    let ran = Idq::new(line.split(' ')).args(sources).within(folder).run();
    assert_eq!(ran.status, 0, "{line}: {}", ran.stderr);
    ran.stdout
}

#[test]
fn masking_changes_no_answer() {
    let folder = folder();
    let people = fixture("provisionr.ndjson");
    let key = "--mask-key key --quiet";
    let request = "-f email_search=rowntree -s -created_at";
    let line = format!("query {request} --mask auto {key} --all -o ndjson");
    let masked = String::from_utf8(run(&folder, &line, &[&people])).unwrap();
    let line = format!("query {request} --quiet --all -o ndjson");
    let plain = String::from_utf8(run(&folder, &line, &[&people])).unwrap();
    // The same records in the same order, of which everything but masked values is equal.
    let created = |text: &str| -> Vec<Value> {
        let records = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        records
            .map(|record| record["timestamp"]["created_at"].clone())
            .collect()
    };
    assert!(!created(&plain).is_empty());
    assert_eq!(created(&masked), created(&plain));
    // A value has one pseudonym in all fields, files and runs of a key.
    let again = run(
        &folder,
        "query -s -created_at --mask email,id --all -o csv --mask-key key --columns id,email,profile.primaryEmail",
        &[&people],
    );
    let again = String::from_utf8(again).unwrap();
    let mut shared = 0;
    for record in masked.lines() {
        let record: Value = serde_json::from_str(record).unwrap();
        let (id, email) = (
            record["id"].as_str().unwrap(),
            record["email"].as_str().unwrap(),
        );
        let line = again.lines().find(|line| line.starts_with(id)).unwrap();
        shared += line.matches(email).count() - 1;
        assert!(
            record["links"]["self"].as_str().unwrap().ends_with(id),
            "{record}"
        );
    }
    assert!(shared > 0, "{again}");
    // The page has the numbers of the original one.
    let line = format!("query {request} --per-page 1 -p 2 --mask email {key}");
    let page: Value = serde_json::from_slice(&run(&folder, &line, &[&people])).unwrap();
    assert_eq!(page["total"], Value::from(plain.lines().count()));
    assert_eq!(page["current_page"], Value::from(2));
}

#[test]
fn differences_and_groups_are_those_of_the_original_records() {
    let folder = folder();
    let (monday, tuesday) = (fixture("monday.ndjson"), fixture("tuesday.ndjson"));
    let fields = |mask: &str| {
        let line = format!("diff -o ndjson --quiet{mask}");
        let ran = Idq::new(line.split(' '))
            .args([&monday, &tuesday])
            .within(&folder)
            .run();
        let text = String::from_utf8(ran.stdout).unwrap();
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let lines: Vec<(Value, Value)> = lines
            .map(|line| (line["change"].clone(), line["field"].clone()))
            .collect();
        assert!(!lines.is_empty(), "{}", ran.stderr);
        lines
    };
    assert_eq!(fields(" --mask auto"), fields(""));
    let staff = fixture("staff.ndjson");
    let situations = |mask: &str| {
        let line = format!("match --on emailAddress~email --quiet -o csv{mask}");
        let output = String::from_utf8(run(&folder, &line, &[&staff, &tuesday])).unwrap();
        let lines = output
            .lines()
            .map(|line| line.split(',').take(2).collect::<Vec<_>>().join(","));
        lines.collect::<Vec<_>>()
    };
    assert_eq!(situations(" --mask auto"), situations(""));
}

#[test]
fn domains_and_distances_of_dates_are_kept_on_request() {
    let folder = folder();
    let people = fixture("provisionr.ndjson");
    let columns = "email,timestamp.created_at,timestamp.updated_at";
    let read = |options: &str| {
        let line = format!("query --all -o ndjson --quiet{options}");
        let output = String::from_utf8(run(&folder, &line, &[&people])).unwrap();
        let records = output
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        records.collect::<Vec<_>>()
    };
    let domain = |record: &Value| {
        let email = record["email"].as_str();
        email.map(|email| email.rsplit('@').next().unwrap().to_owned())
    };
    let days = |record: &Value| {
        let day = |name: &str| {
            let text = record["timestamp"][name].as_str().unwrap();
            chrono::NaiveDate::parse_from_str(&text[..10], "%Y-%m-%d").unwrap()
        };
        (day("created_at"), day("updated_at"))
    };
    let plain = read("");
    let masked = read(" --mask email --mask-keep-domain --mask-dates");
    for (plain, masked) in plain.iter().zip(&masked) {
        assert_eq!(domain(plain), domain(masked), "{columns}");
        let ((created, updated), (masked_created, masked_updated)) = (days(plain), days(masked));
        assert_eq!(updated - created, masked_updated - masked_created);
        assert_ne!(created, masked_created);
        assert_eq!(plain["id"], masked["id"]);
    }
}

#[test]
fn mistakes_in_masking_are_named() {
    let folder = folder();
    let people = fixture("provisionr.ndjson");
    fs::write(folder.path().join("short"), "abc").unwrap();
    for (line, status, expected) in [
        ("query --mask emial", 2, "did you mean `email`"),
        (
            "query --mask timestamp.created_at",
            2,
            "--mask-dates shifts dates",
        ),
        (
            "query --mask included.workspace_integration.is_primary",
            2,
            "is a boolean",
        ),
        (
            "query --mask email --mask-key short",
            3,
            "expected a key of 64 hexadecimal digits",
        ),
        ("query --mask-key short", 2, "--mask"),
        (
            "query --mask email --on-bad-record skip --rejects rejects.ndjson",
            2,
            "does not mask the records of --rejects",
        ),
    ] {
        let ran = Idq::new(line.split(' '))
            .args([&people])
            .within(&folder)
            .run();
        assert_eq!(ran.status, status, "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{line}: {}", ran.stderr);
    }
}
