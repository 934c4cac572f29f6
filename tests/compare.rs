//! Tests that the queries of `benches/compare` bind, and that their SQL selects the same records as `idq`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use idq::api::{Api, ApiRegistry};
use idq::{BindOptions, Engine, Query, bind};
use idq_testing::{Generator, Options, Shape};
use serde_json::Value;

const ROWS: u64 = 600;

#[test]
fn queries_of_the_comparison_all_bind() {
    let questions = std::fs::read(harness().join("questions.json")).unwrap();
    let questions: Value = serde_json::from_slice(&questions).unwrap();
    for api in ApiRegistry::built_in() {
        let mut bound = 0;
        for group in ["straight", "deep", "scan", "packed", "resident"] {
            for request in questions[&api.name][group].as_array().unwrap() {
                // A placeholder such as `{email}`, which is replaced by a value of a record later, binds as any text.
                let query = Query::parse(request.as_str().unwrap()).unwrap();
                bind(&query, api, &BindOptions::default())
                    .unwrap_or_else(|error| panic!("{request}: {error:?}"));
                bound += 1;
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
