//! Tests that the queries of `benches/compare` bind, and that their SQL selects the same records as `idq`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use idq::api::{Api, ApiRegistry};
use idq::{
    BindOptions, CountRequest, Engine, Expression, GroupValue, KeyOptions, Query, bind, bind_keys,
};
use idq_testing::{Generator, Options, Shape};
use serde_json::Value;

const ROWS: u64 = 600;

#[test]
fn queries_of_the_comparison_all_bind() {
    let questions = std::fs::read(harness().join("questions.json")).unwrap();
    let questions: Value = serde_json::from_slice(&questions).unwrap();
    for api in ApiRegistry::built_in() {
        let mut bound = 0;
        for group in ["straight", "deep", "scan", "packed", "resident", "styles"] {
            for request in questions[&api.name][group].as_array().unwrap() {
                // A placeholder such as `{email}`, which is replaced by a value of a record later, binds as any text.
                let query = Query::parse(request.as_str().unwrap()).unwrap();
                bind(&query, api, &BindOptions::default())
                    .unwrap_or_else(|error| panic!("{request}: {error:?}"));
                bound += 1;
            }
        }
        for expression in questions[&api.name]["expressions"].as_array().unwrap() {
            let parsed = Expression::parse(expression.as_str().unwrap()).unwrap();
            let query = Query::new().and_where(parsed);
            bind(&query, api, &BindOptions::default())
                .unwrap_or_else(|error| panic!("{expression}: {error:?}"));
        }
        for group in ["counts", "counts straight", "counts packed"] {
            for request in questions[&api.name][group].as_array().unwrap() {
                let (keys, query) = split_count(request.as_str().unwrap()).unwrap();
                bind_keys(&keys, api, &KeyOptions::default())
                    .unwrap_or_else(|error| panic!("{request}: {error:?}"));
                bind(&Query::parse(&query).unwrap(), api, &BindOptions::default()).unwrap();
            }
        }
        assert!(bound > 24, "{}", api.name);
    }
}

#[test]
fn sql_of_the_comparison_selects_the_records_of_idq() {
    let recent = "import sys; sys.exit(sys.version_info < (3, 10))";
    let python = Command::new("python3").args(["-c", recent]).status();
    if !python.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no python3 of version 3.10 or newer");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for api in ApiRegistry::built_in() {
        let dump = folder.path().join(&api.name);
        generate(api, &dump);
        let output = Command::new("python3")
            .args(["-B".as_ref(), harness().join("check.py").as_os_str()])
            .args([api.name.as_str().as_ref(), dump.as_os_str()])
            .output()
            .unwrap();
        let (answers, errors) = (output.stdout, String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{errors}");
        let engine = Engine::open([dump.as_path()]).unwrap();
        let answers = String::from_utf8(answers).unwrap();
        for answer in answers.lines() {
            let answer: Value = serde_json::from_str(answer).unwrap();
            let request = answer["request"].as_str().unwrap();
            if let Some((keys, query)) = split_count(request) {
                assert_eq!(
                    answer["groups"],
                    groups(&engine, &keys, &query),
                    "{request}"
                );
                continue;
            }
            let matches = engine.query(request).unwrap();
            let page = matches.page().unwrap();
            let ids: Vec<Value> = page
                .records()
                .unwrap()
                .iter()
                .map(|record| id(record))
                .collect();
            assert_eq!(answer["total"], page.total(), "{request}");
            assert_eq!(answer["ids"], Value::from(ids), "{request}");
        }
        assert!(answers.lines().count() > 24, "{}", api.name);
    }
}

/// Returns the keys of a count and the query string beside them; `None` for a request without keys.
fn split_count(request: &str) -> Option<(CountRequest, String)> {
    let (keys, others): (Vec<&str>, Vec<&str>) = request
        .split('&')
        .partition(|parameter| parameter.starts_with("by=") || parameter.starts_with("top="));
    let mut count = CountRequest::new();
    for parameter in &keys {
        match parameter.split_once('=').unwrap() {
            ("by", texts) => count.add_by_text(texts).unwrap(),
            (_, values) => count = count.top(values.parse().unwrap()),
        }
    }
    (!keys.is_empty()).then(|| (count, others.join("&")))
}

/// Returns the groups of a count as the comparison prints them: null and missing are one, which precedes all values.
fn groups(engine: &Engine, keys: &CountRequest, query: &str) -> Value {
    let keys = bind_keys(keys, engine.snapshot().api(), &KeyOptions::default()).unwrap();
    let counted = engine.query(query).unwrap().count_by_keys(&keys).unwrap();
    let mut groups: BTreeMap<Vec<Option<&str>>, u64> = BTreeMap::new();
    for group in counted.iter() {
        let texts = group.values().map(|value| match value {
            GroupValue::Value(text, _) => Some(text),
            _ => None,
        });
        *groups.entry(texts.collect()).or_default() += group.count;
    }
    let groups = groups.into_iter().map(|(texts, count)| {
        let mut cells: Vec<Value> = texts.into_iter().map(Value::from).collect();
        cells.push(count.into());
        Value::Array(cells)
    });
    groups.collect()
}

fn harness() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/compare")
}

fn generate(api: &Api, path: &Path) {
    let generator = Generator::from_name(api.generator.as_deref().unwrap()).unwrap();
    let options = Options::new(generator).rows(ROWS).shape(Shape::Ndjson);
    let dump = idq_testing::generate(&options);
    std::fs::write(path, dump).unwrap();
}

fn id(record: &[u8]) -> Value {
    serde_json::from_slice::<Value>(record).unwrap()["id"].take()
}
