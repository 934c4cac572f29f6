//! Compares the differences between random dumps with those of the oracle: loaded and packed, on 1, 2 and 8 threads.

use idq::columns::RowSet;
use idq::{AttributePath, Columns, Engine, Query};
use idq_compare::{
    ChangeFormat, ChangeWriter, Diff, Error, Key, PathRules, RecordDifference, Side,
};
use idq_tests::{OracleApi, Paths, apply_patch, pairs, value_differences};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::dumps::{Dump, dump_of};
use crate::records::record;
use crate::settings::{Settings, packed, settings};
use crate::spelling::{Spelling, spelling};

/// Number of pairs of dumps of each API.
const PAIRS: u32 = 64;

fn config() -> ProptestConfig {
    ProptestConfig {
        // A failure becomes a named test instead of a persisted seed.
        failure_persistence: None,
        ..ProptestConfig::with_cases(PAIRS)
    }
}

/// The new version of an old record.
#[derive(Debug, Clone)]
enum Fate {
    /// The same bytes.
    Kept,
    /// The same values, spelled otherwise.
    Respelled(Spelling),
    /// A member of another record, or none where that has none.
    Changed(Index, Index),
    /// No new version.
    Removed,
    /// The same bytes, twice.
    Repeated,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Kept),
        2 => spelling().prop_map(Fate::Respelled),
        5 => any::<(Index, Index)>().prop_map(|(key, other)| Fate::Changed(key, other)),
        1 => Just(Fate::Removed),
        1 => Just(Fate::Repeated),
    ]
}

/// The options of a comparison.
#[derive(Debug, Clone)]
struct Options {
    by: Option<&'static str>,
    ignored: Vec<&'static str>,
    only: Vec<&'static str>,
    only_state: Option<&'static str>,
}

fn options(of: OracleApi) -> impl Strategy<Value = Options> {
    let (keys, ignored, states): (&[_], &[_], &[_]) = match of {
        OracleApi::Provisionr => (
            &["email:fold", "vendor_id"],
            &[
                "timestamp.updated_at",
                "profile",
                "profile.name",
                "included.directory_user.org.manager",
                "count.workspace_logs_parent",
                "included.directory_user.org",
            ],
            &["active", "orphan"],
        ),
        OracleApi::PermissionAssist => (
            &["emailAddress:fold", "lastName"],
            &["updatedDate", "title", "unknown.name", "lastName.a"],
            &["Active", "Disabled"],
        ),
    };
    let maybe = |values: &'static [&'static str]| proptest::option::weighted(0.4, select(values));
    let some = |most| proptest::collection::vec(select(ignored), 0..most);
    (maybe(keys), some(3), some(2), maybe(states)).prop_map(|(by, ignored, only, only_state)| {
        Options {
            by,
            ignored,
            only,
            only_state,
        }
    })
}

#[derive(Debug, Clone)]
struct Case {
    old: Dump,
    new: Dump,
    options: Options,
    settings: Vec<Settings>,
}

/// Generates the text of one record. Numbers are spelled as `serde_json` prints them, so that its values decide on their
/// equality.
fn spelled(of: OracleApi) -> impl Strategy<Value = String> {
    (record(of), spelling()).prop_map(|(record, spelling)| {
        let value: Value = serde_json::from_str(&record).unwrap();
        spelling.spell(&value)
    })
}

fn case(of: OracleApi) -> impl Strategy<Value = Case> {
    let fates = proptest::collection::vec((fate(), any::<Index>()), 40);
    let others = dump_of(of, spelled(of));
    (
        dump_of(of, spelled(of)),
        others,
        fates,
        options(of),
        settings(),
    )
        .prop_map(|(old, others, fates, options, settings)| {
            let mut new: Vec<String> = others.spellings.iter().take(8).cloned().collect();
            let records = old.records();
            for (record, (fate, place)) in records.iter().zip(&old.spellings).zip(fates) {
                let (record, spelling) = record;
                let versions = match fate {
                    Fate::Kept => vec![spelling.clone()],
                    Fate::Respelled(other) => vec![other.spell(record)],
                    Fate::Changed(key, other) => {
                        vec![changed(record, other.get(&records), key).to_string()]
                    }
                    Fate::Removed => Vec::new(),
                    Fate::Repeated => vec![spelling.clone(); 2],
                };
                for version in versions {
                    new.insert(place.index(new.len() + 1), version);
                }
            }
            Case {
                new: others.with_spellings(new),
                old,
                options,
                settings,
            }
        })
}

/// Returns a record with one member of another record; its id stays.
fn changed(record: &Value, other: &Value, key: Index) -> Value {
    let mut changed = record.clone();
    let members = changed.as_object_mut().unwrap();
    let mut keys: Vec<String> = members.keys().cloned().collect();
    keys.extend(other.as_object().unwrap().keys().cloned());
    keys.retain(|key| key != "id");
    if let Some(key) = keys.get(key.index(keys.len().max(1))) {
        match other.get(key) {
            Some(value) => members.insert(key.clone(), value.clone()),
            None => members.remove(key),
        };
    }
    changed
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn differences_of_provisionr_equal_the_oracle(case in case(OracleApi::Provisionr)) {
        check(&case);
    }

    #[test]
    fn differences_of_permission_assist_equal_the_oracle(case in case(OracleApi::PermissionAssist)) {
        check(&case);
    }
}

fn check(case: &Case) {
    let expected = expected(case);
    for settings in &case.settings {
        let old = settings.load(&case.old, Columns::default());
        let new = settings.load(&case.new, Columns::default());
        settings.pool().install(|| {
            let assert_lines = |old: &Engine, new: &Engine, storage: &str| {
                let found = lines(case, old, new);
                let differ = found
                    .iter()
                    .zip(&expected.0)
                    .find(|(found, expected)| found != expected);
                assert_eq!(differ, None, "{storage}");
                assert_eq!(found.len(), expected.0.len(), "{storage}");
            };
            assert_lines(&old, &new, "loaded");
            let (old_packed, new_packed) = (packed(&old), packed(&new));
            assert_lines(&old_packed, &new_packed, "packed");
            assert_lines(&old, &new_packed, "dump, packed");
            assert_lines(&old_packed, &new, "packed, dump");
            check_patches(case, &old, &new_packed, &expected.1);
        });
    }
}

/// Returns the differences as the lines of JSON of a format.
fn written(case: &Case, old: &Engine, new: &Engine, format: ChangeFormat) -> Vec<Value> {
    let api = old.api();
    let key = match case.options.by {
        Some(by) => Key::parse(by, api).unwrap(),
        None => Key::id(api),
    };
    let path = |path: &&str| AttributePath::from(*path);
    let rules = case
        .options
        .ignored
        .iter()
        .map(path)
        .fold(PathRules::new(), PathRules::ignore);
    let rules = case
        .options
        .only
        .iter()
        .map(path)
        .fold(rules, PathRules::only);
    let (old_rows, new_rows) = (selected(case, old), selected(case, new));
    let old = Side {
        snapshot: old.snapshot(),
        selected: old_rows.as_deref(),
    };
    let new = Side {
        snapshot: new.snapshot(),
        selected: new_rows.as_deref(),
    };
    let diff = match Diff::new(old, new, &key, rules) {
        // Without a key, no record is compared, and the oracle expects no line.
        Err(Error::NoKeys { .. }) => return Vec::new(),
        diff => diff.unwrap(),
    };
    let writer = ChangeWriter::new(format, &[]);
    let mut text = Vec::new();
    diff.for_each(
        |part: &mut Vec<u8>, difference: &RecordDifference<'_>| writer.append(difference, part),
        |part| {
            text.extend(part);
            Ok(())
        },
    )
    .unwrap();
    let text = String::from_utf8(text).unwrap();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Returns the rows that the request of a case selects, if it has one.
fn selected(case: &Case, engine: &Engine) -> Option<Vec<RowSet>> {
    case.options.only_state.map(|state| {
        let query = match case.old.api {
            OracleApi::Provisionr => Query::new()
                .filter("state", [state])
                .filter("trashed", ["with"]),
            OracleApi::PermissionAssist => Query::new().filter("status", [state]),
        };
        engine.matches(&query).unwrap().row_sets().unwrap()
    })
}

fn lines(case: &Case, old: &Engine, new: &Engine) -> Vec<Value> {
    in_order(written(case, old, new, ChangeFormat::Ndjson))
}

/// Sorts adjacent changes of one id by their fields, because the members of objects that the oracle has parsed are sorted.
fn in_order(mut lines: Vec<Value>) -> Vec<Value> {
    let same = |one: &Value, other: &Value| {
        one["id"] == other["id"] && one["change"] == "changed" && other["change"] == "changed"
    };
    lines
        .chunk_by_mut(|one, other| same(one, other))
        .for_each(|lines| lines.sort_by_key(ToString::to_string));
    lines
}

/// The old and the new version of a record.
type Versions = (Option<Value>, Option<Value>);

/// Returns the expected lines, and the pairs of differing records.
fn expected(case: &Case) -> (Vec<Value>, Vec<Versions>) {
    let (old, new) = (case.old.records(), case.new.records());
    let paths = paths(&case.options);
    let differences = |old: &Value, new: &Value| value_differences(old, new, &paths);
    let key = |record: &Value| match case.options.by {
        None => record["id"].as_str().map(str::to_owned),
        Some(by) => {
            let (name, folds) = match by.strip_suffix(":fold") {
                Some(name) => (name, true),
                None => (by, false),
            };
            let text = record.get(name)?.as_str()?;
            let text = if folds {
                idq_tests::fold(text)
            } else {
                text.to_owned()
            };
            Some(text).filter(|text| !text.is_empty())
        }
    };
    let field = match case.old.api {
        OracleApi::Provisionr => "state",
        OracleApi::PermissionAssist => "status",
    };
    let is_selected = |record: &Value| {
        let state = case.options.only_state;
        state.is_none_or(|state| record.get(field) == Some(&json!(state)))
    };
    let mut lines = Vec::new();
    let mut differing = Vec::new();
    for pair in pairs(&old, &new, key, |old, new| differences(old, new).is_empty()) {
        let (old, new) = (pair.0.map(|at| &old[at]), pair.1.map(|at| &new[at]));
        let newest = new.or(old).unwrap();
        if !old.into_iter().chain(new).any(is_selected) {
            continue;
        }
        let before = lines.len();
        let id = &newest["id"];
        match (old, new) {
            (Some(old), Some(new)) => {
                let changes = differences(old, new).into_iter().map(|difference| {
                    let field = name_of(&difference.path);
                    let mut line = json!({"id": id, "change": "changed", "field": field});
                    for (name, value) in [("old", difference.old), ("new", difference.new)] {
                        if let Some(value) = value {
                            line[name] = value;
                        }
                    }
                    line
                });
                lines.extend(changes);
            }
            (Some(old), None) => lines.push(json!({"id": id, "change": "removed", "old": old})),
            (None, Some(new)) => lines.push(json!({"id": id, "change": "added", "new": new})),
            (None, None) => {}
        }
        if lines.len() > before {
            differing.push((old.cloned(), new.cloned()));
        }
    }
    (in_order(lines), differing)
}

/// Returns the paths of a comparison as lists of keys.
fn paths(options: &Options) -> Paths {
    let keys = |path: &&str| path.split('.').map(str::to_owned).collect();
    Paths {
        ignored: options.ignored.iter().map(keys).collect(),
        only: options.only.iter().map(keys).collect(),
    }
}

/// Returns the dotted name of a path, with the positions of elements in brackets. The keys between two positions are
/// one path: which of them need quotes depends on their neighbours.
fn name_of(path: &[Value]) -> String {
    let mut name = String::new();
    for part in path.chunk_by(|one, other| one.is_string() && other.is_string()) {
        if let [Value::Number(index)] = part {
            name.push_str(&format!("[{index}]"));
        } else {
            let dot = if name.is_empty() { "" } else { "." };
            let keys = AttributePath::new(part.iter().map(|key| key.as_str().unwrap()));
            name.push_str(&format!("{dot}{keys}"));
        }
    }
    name
}

#[test]
fn name_of_a_path_quotes_the_keys_between_two_positions_as_one_path() {
    for (path, name) in [
        (json!(["profile", "100_"]), "profile.100_"),
        (json!(["100_", "a.b"]), r#""100_"."a.b""#),
        (json!(["profile", 0, 1, "id"]), "profile[0][1].id"),
        (json!(["profile", 0, "100_"]), r#"profile[0]."100_""#),
    ] {
        assert_eq!(name_of(path.as_array().unwrap()), name);
    }
}

/// Checks that the patch of each record takes the old version to one that does not differ from the new one. With a
/// limited comparison, the parent of a value may be missing, to which the patch then does not apply.
fn check_patches(case: &Case, old: &Engine, new: &Engine, differing: &[Versions]) {
    let lines = written(case, old, new, ChangeFormat::Patch);
    assert_eq!(lines.len(), differing.len());
    if !case.options.only.is_empty() {
        return;
    }
    let paths = paths(&case.options);
    for (line, (old, new)) in lines.iter().zip(differing) {
        let mut document = old.clone().unwrap_or(Value::Null);
        apply_patch(&mut document, line["patch"].as_array().unwrap());
        let expected = new.clone().unwrap_or(Value::Null);
        assert_eq!(
            value_differences(&document, &expected, &paths),
            [],
            "{line}"
        );
    }
}
