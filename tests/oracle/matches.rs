//! Compares the groups of matched records of random dumps with those of the oracle: two APIs in any mix, loaded and packed,
//! on 1, 2 and 8 threads.

use idq::columns::RowSet;
use idq::{Clock, Columns, Engine, Query};
use idq_compare::{
    Cardinality, MatchFormat, MatchRule, MatchSide, MatchWriter, Matching, PairCondition, Side,
};
use idq_tests::{Group, OracleApi, RuleSide, groups};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use crate::dumps::{Dump, dump_of};
use crate::records::record;
use crate::settings::{Settings, packed, settings};

/// Number of pairs of dumps.
const PAIRS: u32 = 96;

/// Texts of e-mail addresses, some of which are one person's.
const ADDRESSES: &[&str] = &[
    "",
    " ",
    "ada@x.org",
    "Ada@X.org",
    " ada@x.org",
    "ada+news@x.org",
    "ADA+a@x.org ",
    "ada@y.org",
    "zoë@x.org",
    "Zoe\u{308}@x.org",
    "ZOE\u{308}+1@x.org",
    "@x.org",
    "+tag@x.org",
    "ada",
];

/// A condition over both sides as text, and its rule for the oracle: whether it holds for the state of the left and the
/// right record, each of which may be missing.
type Condition = (&'static str, fn(Option<&str>, Option<&str>) -> bool);

/// The conditions; LEFT and RIGHT stand for the names of the fields.
const CONDITIONS: &[Condition] = &[
    (r#"LEFT eq "x""#, |left, _| left == Some("x")),
    (r#"LEFT ne "x" and RIGHT ne "y""#, |left, right| {
        left != Some("x") && right != Some("y")
    }),
    (r#"LEFT eq "x" and RIGHT eq "y""#, |left, right| {
        left == Some("x") && right == Some("y")
    }),
    (r#"not (LEFT eq "x" or RIGHT pr)"#, |left, right| {
        left != Some("x") && right.is_none()
    }),
    (r#"LEFT eq null or RIGHT in ["x", "y"]"#, |left, right| {
        left.is_none() || matches!(right, Some("x" | "y"))
    }),
];

/// Whether numbers of left and right records are linked.
type Links = fn(usize, usize) -> bool;

#[derive(Debug, Clone)]
struct Case {
    left: Dump,
    right: Dump,
    rules: Vec<Rule>,
    cardinality: (Cardinality, Links),
    condition: Option<Condition>,
    /// Whether only left records in the state `x` take part.
    only_x: bool,
    settings: Vec<Settings>,
}

/// A rule: whether it compares addresses, its operator, and the foldings of both sides.
#[derive(Debug, Clone)]
struct Rule {
    of_address: bool,
    ignores_case: bool,
    left: Vec<&'static str>,
    right: Vec<&'static str>,
}

fn rule() -> impl Strategy<Value = Rule> {
    let folds = || subsequence(vec!["local", "trim", "nfc", "plus", "fold"], 0..=3);
    (any::<(bool, bool)>(), folds(), folds()).prop_map(
        |((of_address, ignores_case), left, right)| Rule {
            of_address,
            ignores_case,
            left,
            right,
        },
    )
}

/// Generates a record whose address and number are among few, in one of two states.
fn person(of: OracleApi) -> impl Strategy<Value = String> {
    let number = prop_oneof![
        Just(None),
        Just(Some(json!(null))),
        (1..5_u8).prop_map(|number| Some(json!(number))),
        (1..5_u8).prop_map(|number| Some(json!(number.to_string()))),
        Just(Some(json!(["1"]))),
    ];
    let address = proptest::option::weighted(0.9, select(ADDRESSES.to_vec()));
    (record(of), address, number, select(vec!["x", "y"])).prop_map(
        move |(record, address, number, state)| {
            let mut record: Map<String, Value> = serde_json::from_str(&record).unwrap();
            record.insert(address_of(of).to_owned(), json!(address));
            record.insert(state_of(of).to_owned(), json!(state));
            record.remove("person");
            if let Some(number) = number {
                record.insert("person".to_owned(), json!({ "number": number }));
            }
            Value::Object(record).to_string()
        },
    )
}

fn address_of(api: OracleApi) -> &'static str {
    match api {
        OracleApi::Provisionr => "email",
        OracleApi::PermissionAssist => "emailAddress",
    }
}

/// Returns a field with texts that compares with case.
fn state_of(api: OracleApi) -> &'static str {
    match api {
        OracleApi::Provisionr => "vendor_id",
        OracleApi::PermissionAssist => "status",
    }
}

fn case() -> impl Strategy<Value = Case> {
    let api = || {
        prop_oneof![
            Just(OracleApi::Provisionr),
            Just(OracleApi::PermissionAssist)
        ]
    };
    let links: [(Cardinality, Links); 3] = [
        (Cardinality::OneToOne, |left, right| left == 1 && right == 1),
        (Cardinality::OneToMany, |left, _| left == 1),
        (Cardinality::ManyToOne, |_, right| right == 1),
    ];
    (api(), api()).prop_flat_map(move |(left, right)| {
        (
            dump_of(left, person(left)),
            dump_of(right, person(right)),
            proptest::collection::vec(rule(), 1..4),
            select(links.to_vec()),
            proptest::option::of(select(CONDITIONS.to_vec())),
            proptest::bool::weighted(0.3),
            settings(),
        )
            .prop_map(
                |(left, right, rules, cardinality, condition, only_x, settings)| Case {
                    left,
                    right,
                    rules,
                    cardinality,
                    condition,
                    only_x,
                    settings,
                },
            )
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        // A failure becomes a named test instead of a persisted seed.
        failure_persistence: None,
        ..ProptestConfig::with_cases(PAIRS)
    })]

    #[test]
    fn matched_records_equal_the_oracle(case in case()) {
        check(&case);
    }
}

fn check(case: &Case) {
    let expected = expected(case);
    for settings in &case.settings {
        let left = settings.load(&case.left, Columns::default());
        let right = settings.load(&case.right, Columns::default());
        settings.pool().install(|| {
            assert_eq!(lines(case, &left, &right), expected, "loaded");
            let (left_packed, right_packed) = (packed(&left), packed(&right));
            assert_eq!(lines(case, &left_packed, &right_packed), expected, "packed");
            assert_eq!(lines(case, &left, &right_packed), expected, "dump, packed");
        });
    }
}

/// Returns the text of a rule.
fn rule_text(rule: &Rule, left: OracleApi, right: OracleApi) -> String {
    let side = |api, folds: &[&str]| {
        let path = if rule.of_address {
            address_of(api)
        } else {
            "person.number"
        };
        [&[path], folds].concat().join(":")
    };
    let operator = if rule.ignores_case { "~" } else { "=" };
    format!(
        "{} {operator} {}",
        side(left, &rule.left),
        side(right, &rule.right)
    )
}

/// Returns the groups as the lines of JSON that the writer writes.
fn lines(case: &Case, left: &Engine, right: &Engine) -> Vec<Value> {
    let rules = case.rules.iter().map(|rule| {
        let text = rule_text(rule, case.left.api, case.right.api);
        MatchRule::parse(&text, left.api(), right.api()).unwrap()
    });
    let selected = selected(case, left);
    let left_side = Side {
        snapshot: left.snapshot(),
        selected: selected.as_deref(),
    };
    let right_side = Side::all(right.snapshot());
    let mut matching =
        Matching::new(left_side, right_side, rules.collect(), case.cardinality.0).unwrap();
    if let Some((text, _)) = case.condition {
        let text = text
            .replace("LEFT", &format!("left.{}", state_of(case.left.api)))
            .replace("RIGHT", &format!("right.{}", state_of(case.right.api)));
        let condition = PairCondition::parse(&[text]).unwrap();
        let condition = condition.evaluate(left, right, Clock::system()).unwrap();
        matching.retain_satisfying(&condition);
    }
    let columns = [
        (MatchSide::Right, address_of(case.right.api)),
        (MatchSide::Left, "person.number"),
        (MatchSide::Right, "person.number"),
    ];
    let columns = columns.map(|(side, name)| (side, name.to_owned()));
    let writer = MatchWriter::new(MatchFormat::Ndjson, columns.to_vec());
    let mut text = Vec::new();
    writer
        .write(&matching, |part| {
            text.extend(part);
            Ok(())
        })
        .unwrap();
    let text = String::from_utf8(text).unwrap();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Returns the left rows that take part, if not all do.
fn selected(case: &Case, left: &Engine) -> Option<Vec<RowSet>> {
    case.only_x.then(|| {
        let query = match case.left.api {
            OracleApi::Provisionr => Query::new()
                .filter("vendor_id", ["x"])
                .filter("trashed", ["with"]),
            OracleApi::PermissionAssist => Query::new().filter("status", ["x"]),
        };
        left.matches(&query).unwrap().row_sets().unwrap()
    })
}

/// Returns the expected lines.
fn expected(case: &Case) -> Vec<Value> {
    let (left, right) = (case.left.records(), case.right.records());
    let state = |record: &Value, api| record[state_of(api)].as_str().map(str::to_owned);
    let takes_part =
        |record: &Value| !case.only_x || state(record, case.left.api).as_deref() == Some("x");
    let left_part: Vec<Option<Value>> = left
        .iter()
        .map(|record| Some(record.clone()).filter(takes_part))
        .collect();
    let right_part: Vec<Option<Value>> = right.iter().cloned().map(Some).collect();
    let rules: Vec<(RuleSide, RuleSide)> = case
        .rules
        .iter()
        .map(|rule| {
            let side = |api, folds: &[&'static str]| RuleSide {
                path: if rule.of_address {
                    vec![address_of(api)]
                } else {
                    vec!["person", "number"]
                },
                folds: [folds, if rule.ignores_case { &["fold"] } else { &[] }].concat(),
            };
            (
                side(case.left.api, &rule.left),
                side(case.right.api, &rule.right),
            )
        })
        .collect();
    let found = groups(&left_part, &right_part, &rules, case.cardinality.1);
    let holds = |group: &&Group| {
        let Some((_, holds)) = case.condition else {
            return true;
        };
        let states = |records: &[Value], positions: &[usize], api| -> Vec<Option<String>> {
            if positions.is_empty() {
                return vec![None];
            }
            let positions = positions.iter();
            positions.map(|&at| state(&records[at], api)).collect()
        };
        let right = states(&right, &group.right, case.right.api);
        states(&left, &group.left, case.left.api)
            .iter()
            .any(|left| {
                right
                    .iter()
                    .any(|right| holds(left.as_deref(), right.as_deref()))
            })
    };
    let line = |group: &Group| {
        let side = |records: &[Value], positions: &[usize], value: &dyn Fn(&Value) -> Value| {
            let values = positions.iter().map(|&at| value(&records[at]));
            Value::Array(values.collect())
        };
        let id = |record: &Value| record["id"].clone();
        let number = |record: &Value| record["person"]["number"].clone();
        let address = |record: &Value| record[address_of(case.right.api)].clone();
        let mut line = json!({
            "situation": group.situation,
            "left": side(&left, &group.left, &id),
            "right": side(&right, &group.right, &id),
            "values": {
                format!("right.{}", address_of(case.right.api)): side(&right, &group.right, &address),
                "left.person.number": side(&left, &group.left, &number),
                "right.person.number": side(&right, &group.right, &number),
            },
        });
        match group.rule {
            Some(rule) => {
                line["rule"] = json!(rule_text(&case.rules[rule], case.left.api, case.right.api));
            }
            None => {
                line["side"] = json!(if group.left.is_empty() {
                    "right"
                } else {
                    "left"
                });
            }
        }
        line
    };
    found.iter().filter(holds).map(line).collect()
}
