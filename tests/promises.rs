//! Tests that every test named on the page of promises exists.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Adds the names of the tests of every Rust file below a folder.
fn add_tests(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            add_tests(&path, names);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            for attribute in ["#[test]", "#[tokio::test"] {
                names.extend(text.split(attribute).skip(1).filter_map(function));
            }
        }
    }
}

/// Returns the name of the first function of a text.
fn function(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("fn ")?;
    Some(rest.split_once('(')?.0.to_owned())
}

#[test]
fn promises_name_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut tests = BTreeSet::new();
    for folder in ["crates", "tests"] {
        add_tests(&root.join(folder), &mut tests);
    }
    for target in fs::read_dir(root.join("fuzz/fuzz_targets")).unwrap() {
        let target = target.unwrap().path();
        tests.insert(target.file_stem().unwrap().to_string_lossy().into_owned());
    }
    let page = fs::read_to_string(root.join("docs/promises.md")).unwrap();
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| promise"));
    let mut named = 0;
    for row in rows {
        let (_, last) = row.trim_end_matches(" |").rsplit_once(" | ").unwrap();
        // Test names are longer than any other code span of the column.
        let names = last
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|name| name.len() > 10);
        for name in names {
            assert!(
                tests.contains(name),
                "no test or fuzz target is called {name}"
            );
            named += 1;
        }
    }
    assert!(named > 50, "{named}");
}
