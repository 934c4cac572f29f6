//! `--mask`: pseudonyms in place of values, in every command that prints records.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::{Idq, fixtures, folder};

/// The least number of characters of a value that must be nowhere in a masked output.
const MIN_CHARACTERS: usize = 6;

/// Words of the APIs, which are the same for everyone.
const OWN_WORDS: [&str; 7] = [
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
        // In a cell of CSV, each quote is two.
        let output = output.replace(&format!("\"\"{key}\"\":"), "");
        output.replace(&format!("\"{key}\":"), "")
    })
}

/// Returns the values that are no words, which a report may have in its own texts.
fn without_words(values: &BTreeSet<String>) -> BTreeSet<String> {
    let is_no_word = |value: &&String| value.contains(|c: char| c == '@' || c.is_ascii_digit());
    values.iter().filter(is_no_word).cloned().collect()
}

/// Returns a text without its first line, the header.
fn without_header(output: &[u8]) -> Vec<u8> {
    let header = output.iter().position(|&byte| byte == b'\n').unwrap();
    output[header..].to_vec()
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
        let mut output = run(&folder, line, &[&people]);
        if line.contains("csv") || line.contains("table") {
            output = without_header(&output);
        }
        // These have names of keys and words of their own.
        if line.starts_with("report") || line.ends_with("record") {
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
        let ran = command(&folder, &line).args([&monday, &tuesday]).run();
        assert_eq!(ran.status, 1, "{line}: {}", ran.stderr);
        assert_absent(&days, &ran.stdout, &line);
    }
    run(&folder, "pack --mask auto -o masked.idq", &[&people]);
    let unpacked = run(&folder, "unpack masked.idq", &[]);
    assert_absent(&values, &unpacked, "pack and unpack");
    assert_eq!(unpacked.iter().filter(|&&byte| byte == b'\n').count(), 60);
}

/// Returns a command in a folder, whose pseudonyms are the same in every run: those of a random key can equal a value of the
/// fixtures.
fn command(folder: &TempDir, line: &str) -> Idq {
    let command = Idq::new(line.split(' ')).within(folder);
    if !line.contains("--mask ") || line.contains("--mask-key") {
        return command;
    }
    fs::write(folder.path().join("fixed.key"), "5".repeat(64)).unwrap();
    command.args(["--mask-key", "fixed.key"])
}

/// Runs a command that succeeds, and returns what it prints.
fn run(folder: &TempDir, line: &str, sources: &[&str]) -> Vec<u8> {
    let ran = command(folder, line).args(sources).run();
    assert_eq!(ran.status, 0, "{line}: {}", ran.stderr);
    ran.stdout
}

#[test]
fn masking_changes_no_answer() {
    let folder = folder();
    fs::write(folder.path().join("key"), "7".repeat(64)).unwrap();
    let people = fixture("provisionr.ndjson");
    let key = "--mask-key key --quiet";
    let request = "-f email_search=rowntree -s -created_at";
    let line = format!("query {request} --mask auto {key} --all -o ndjson");
    let masked = String::from_utf8(run(&folder, &line, &[&people])).unwrap();
    let line = format!("query {request} --quiet --all -o ndjson");
    let plain = String::from_utf8(run(&folder, &line, &[&people])).unwrap();
    // The same records in the same order.
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
fn runs_without_a_key_have_pseudonyms_of_their_own() {
    let folder = folder();
    let people = fixture("provisionr.ndjson");
    let masked = || {
        let ran = Idq::new("query --mask email --all -o csv --columns email".split(' '))
            .args([&people])
            .within(&folder)
            .succeeds();
        assert!(ran.stderr.contains("have a random key"), "{}", ran.stderr);
        ran.stdout
    };
    assert_ne!(masked(), masked());
}

#[test]
fn differences_and_groups_are_those_of_the_original_records() {
    let folder = folder();
    let (monday, tuesday) = (fixture("monday.ndjson"), fixture("tuesday.ndjson"));
    let fields = |mask: &str| {
        let line = format!("diff -o ndjson --quiet{mask}");
        let ran = command(&folder, &line).args([&monday, &tuesday]).run();
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
        assert_eq!(domain(plain), domain(masked));
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
            "query --mask profile.emial",
            2,
            "no record has a value at `profile.emial`",
        ),
        (
            "query --mask profile.emails[0].address",
            2,
            "expected the name of a field or a path",
        ),
        ("query --mask timestamp", 2, "--mask-dates shifts dates"),
        ("query --mask ,", 2, "expected names"),
        ("query --mask email --mask-key -", 2, "expected a file"),
        (
            "query --mask email --mask-key /dev/zero",
            3,
            "expected a key",
        ),
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

#[test]
fn mistake_leaves_no_key_and_an_output_replaces_none() {
    let folder = folder();
    let people = fixture("provisionr.ndjson");
    for line in [
        "query --mask emial --mask-key key",
        "query --mask email,profile.nope --mask-key key",
        "export --mask email --mask-key key -o key --format csv",
        "pack --mask email --mask-key key -o key",
    ] {
        let ran = Idq::new(line.split(' '))
            .args([&people])
            .within(&folder)
            .run();
        assert_eq!(ran.status, 2, "{line}: {}", ran.stderr);
        assert!(!folder.path().join("key").exists(), "{line}");
    }
}

#[test]
fn no_match_prints_an_empty_answer() {
    let folder = folder();
    let people = fixture("provisionr.ndjson");
    let line = "query --mask auto -f email=none@north.example --all -o ndjson --quiet";
    assert!(run(&folder, line, &[&people]).is_empty());
    let line = "query --mask auto -f email=none@north.example --quiet";
    let page: Value = serde_json::from_slice(&run(&folder, line, &[&people])).unwrap();
    assert_eq!(page["total"], Value::from(0));
    run(
        &folder,
        "pack --mask auto -f email=none@north.example -o none.idq",
        &[&people],
    );
}

#[test]
fn username_is_masked_with_kept_domains() {
    let folder = folder();
    let people = fixture("provisionr.ndjson");
    let line = "query --mask auto --mask-keep-domain --all -o csv --columns included.directory_user.username";
    let output = run(&folder, line, &[&people]);
    let values = masked_values(&people, &["included.directory_user.username", "vendor_id"]);
    assert_absent(&values, &output, line);
}

/// Writes records of Provisionr to a file of a folder.
fn write(folder: &TempDir, name: &str, records: &[&str]) {
    fs::write(folder.path().join(name), records.join("\n")).unwrap();
}

#[test]
fn masked_diff_has_the_differences_of_the_original_records() {
    let folder = folder();
    let old = r#"{"id":"a","state":"active","profile":{"n":1.0,"big":100,"department":"department"},"timestamp":{"created_at":null}}"#;
    let new = r#"{"id":"a","state":"active","profile":{"n":1,"big":1e2,"department":"department"},"timestamp":{"created_at":null}}"#;
    write(&folder, "old.ndjson", &[old]);
    write(&folder, "new.ndjson", &[new]);
    run(
        &folder,
        "diff --mask auto old.ndjson new.ndjson --quiet",
        &[],
    );
    let changed = new.replace(r#""n":1,"#, r#""n":2,"#);
    write(&folder, "new.ndjson", &[&changed]);
    let line = "diff --mask auto --only profile.n --quiet -o csv old.ndjson new.ndjson";
    let ran = command(&folder, line).run();
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    let line = "diff --mask auto --mask-dates --by email old.ndjson new.ndjson";
    let ran = command(&folder, line).run();
    assert_eq!(ran.status, 2, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("--mask-dates shifts dates by the id"),
        "{}",
        ran.stderr
    );
}

#[test]
fn values_of_every_snapshot_of_a_chain_are_masked_in_all() {
    let folder = folder();
    let person = |id: &str, name: &str, title: &str| {
        format!(
            r#"{{"id":"{id}","kind":"Identity","lastName":"{name}","title":"{title}","status":"Active"}}"#
        )
    };
    write(&folder, "1.ndjson", &[&person("a", "Hale", "Clerk")]);
    write(
        &folder,
        "2.ndjson",
        &[&person("a", "Hale", "Deputy of Featherstone")],
    );
    let last = [
        person("a", "Hale", "Head"),
        person("b", "Featherstone", "Head"),
    ];
    write(&folder, "3.ndjson", &[&last[0], &last[1]]);
    let line = "diff --mask lastName -o ndjson 1.ndjson 2.ndjson 3.ndjson --quiet";
    let ran = command(&folder, line).run();
    let text = String::from_utf8(ran.stdout).unwrap();
    assert!(
        text.contains("Deputy of ") && !text.contains("Featherstone"),
        "{text}"
    );
}

#[test]
fn texts_of_a_request_are_masked_and_names_are_not() {
    let folder = folder();
    let person = r#"{"id":"a","state":"active","email":"ann@x.example","profile":{"word":"deprovisioned","name":"Ann"},"timestamp":{"deprovisioned_at":null}}"#;
    write(&folder, "people.ndjson", &[person]);
    let line = "pack people.ndjson --mask auto -o p.idq --quiet -f email=ann@x.example";
    command(&folder, line)
        .args(["-w", "not (timestamp.deprovisioned_at pr)"])
        .args(["-w", "profile.name eq \"Ann\""])
        .succeeds();
    let info = String::from_utf8(run(&folder, "info p.idq", &[])).unwrap();
    let subset = info
        .lines()
        .find(|line| line.starts_with("Subset"))
        .unwrap();
    assert!(subset.contains("timestamp.deprovisioned_at"), "{subset}");
    assert!(
        !subset.contains("Ann") && !subset.contains("ann@x.example"),
        "{subset}"
    );
    // Values that no record has are those of the one who asks.
    let line = "pack people.ndjson --mask auto -o q.idq --quiet -f email=bo@y.example -f email_search=zaph";
    run(&folder, line, &[]);
    let info = String::from_utf8(run(&folder, "info q.idq", &[])).unwrap();
    assert!(!info.contains("bo@y") && !info.contains("zaph"), "{info}");
    let line = "query people.ndjson --mask auto --quiet -o json -f email_search=zaph,ann";
    let page = command(&folder, line).args(["-w", "email ne \"Ng\""]).run();
    let page = page.text();
    assert!(page.contains("email_search"), "{page}");
    assert!(
        !page.contains("zaph") && !page.contains("22Ng%22"),
        "{page}"
    );
}

#[test]
fn keys_stay_unless_they_are_addresses_or_ids() {
    let folder = folder();
    let person = r#"{"id":"a","state":"active","profile":{"word":"member","membership":{"ann@x.example":true,"0b1c2d3e-0b1c-2d3e-0b1c-2d3e0b1c2d3e":1}},"timestamp":{"created_at":null}}"#;
    write(&folder, "people.ndjson", &[person]);
    let line = "query people.ndjson --mask profile --all -o ndjson --quiet";
    let record: Value = serde_json::from_slice(&run(&folder, line, &[])).unwrap();
    let membership = record["profile"]["membership"].as_object().unwrap();
    assert_eq!(membership.len(), 2);
    assert!(!membership.contains_key("ann@x.example"), "{record}");
    assert!(
        membership.keys().any(|key| key.ends_with(".example")),
        "{record}"
    );
}

#[test]
fn masked_report_says_that_it_is_masked() {
    let folder = folder();
    let people = fixture("provisionr.ndjson");
    let own = r#"name = "own"
title = "Own"
definition = "People of one name."
[api.provisionr]
columns = ["id", "email"]
[[api.provisionr.section]]
name = "ann"
title = "Ann"
where = 'included.directory_user.full_name eq "Adele Eze"'
list = true
"#;
    fs::write(folder.path().join("own.toml"), own).unwrap();
    let line = "report --report own.toml --mask auto -o json --quiet";
    let output = String::from_utf8(run(&folder, line, &[&people])).unwrap();
    assert!(
        output.contains("pseudonyms in place of values (--mask auto)"),
        "{output}"
    );
    assert!(
        output.contains("full_name eq") && !output.contains("Eze"),
        "{output}"
    );
}
