//! The commands that help texts and `idq examples` print: each of them runs.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::{fixtures, folder, idq};

/// The commands of this build that have a help.
const COMMANDS: [&str; 17] = [
    "query",
    "count",
    "diff",
    "history",
    "match",
    "report",
    "get",
    "info",
    "pack",
    "unpack",
    "verify",
    "fields",
    "generate",
    "examples",
    "completions",
    "help",
    "man",
];

/// Runs a line in a shell that finds the command.
fn shell(line: &str, folder: &Path) -> Output {
    let binary = Path::new(env!("CARGO_BIN_EXE_idq"));
    let mut path = binary.parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    Command::new("sh")
        .args(["-c", line])
        .current_dir(folder)
        .env("PATH", path)
        .output()
        .unwrap()
}

/// Runs a line that must succeed and print something, or write a file.
#[track_caller]
fn succeeds(line: &str, folder: &Path) {
    let ran = shell(line, folder);
    let errors = String::from_utf8_lossy(&ran.stderr);
    // Snapshots that differ are no failure.
    let is_diff = line.starts_with("idq diff ") && ran.status.code() == Some(1);
    assert!(ran.status.success() || is_diff, "{line}: {errors}");
    assert!(
        !ran.stdout.is_empty()
            || line.contains(" -o ")
            || line.contains('>')
            || line.contains("--quiet"),
        "{line}: no output"
    );
    for word in ["hint:", "warning:", "error:"] {
        assert!(!errors.contains(word), "{line}: {errors}");
    }
}

/// Returns the examples in the help of a command, or of idq itself.
fn examples_of(command: Option<&str>) -> Vec<String> {
    let help = idq(&format!("{} --help", command.unwrap_or_default()));
    let (_, examples) = help
        .text()
        .split_once("\nExamples:\n")
        .unwrap_or_else(|| panic!("{command:?} has no examples"));
    let lines = examples.lines().map_while(|line| line.strip_prefix("  "));
    lines.map(str::to_owned).collect()
}

#[test]
fn examples_of_every_help_run() {
    let commands = COMMANDS.into_iter().map(Some);
    #[cfg(feature = "export")]
    let commands = commands.chain([Some("export")]);
    for command in commands.chain([None]) {
        let folder = folder();
        fs::copy(
            fixtures().join("provisionr.json"),
            folder.path().join("people.json"),
        )
        .unwrap();
        for name in ["monday", "tuesday", "staff"] {
            fs::copy(
                fixtures().join(format!("{name}.ndjson")),
                folder.path().join(format!("{name}.json")),
            )
            .unwrap();
        }
        for name in ["people", "monday", "tuesday"] {
            let line = format!("idq pack {name}.json -o {name}.idq --quiet");
            assert!(shell(&line, folder.path()).status.success());
        }
        let examples = examples_of(command);
        assert!(examples.len() >= 2, "{command:?}: {examples:?}");
        for line in examples {
            assert!(line.starts_with("idq "), "{line}");
            succeeds(&line, folder.path());
        }
    }
}

/// Returns the commands of a tour.
fn tour(line: &str, folder: &Path) -> Vec<String> {
    let tour = shell(line, folder);
    assert!(tour.status.success());
    let text = String::from_utf8(tour.stdout).unwrap();
    let commands = text.lines().filter(|line| line.starts_with("idq "));
    commands.map(str::to_owned).collect()
}

#[test]
fn commands_of_the_tour_run_with_any_file() {
    for (source, name) in [
        (Some("provisionr.json"), "provisionr.json"),
        (Some("permission-assist.json"), "the people's file.json"),
        (None, "generated.json"),
    ] {
        let folder = folder();
        let line = match source {
            Some(source) => {
                fs::copy(fixtures().join(source), folder.path().join(name)).unwrap();
                format!("idq examples \"{name}\"")
            }
            None => "idq examples".to_owned(),
        };
        let commands = tour(&line, folder.path());
        assert!(commands.len() >= 8, "{commands:?}");
        for line in commands {
            // The server would run until it is stopped; its own tests start it.
            if !line.starts_with("idq serve") {
                succeeds(&line, folder.path());
            }
        }
    }
}

#[test]
fn tour_of_a_file_that_cannot_be_read_is_an_error() {
    insta::assert_snapshot!(idq("examples damaged.ndjson").failure(), @"
    error: damaged.ndjson: record 2, line 2, byte 1901, field state: expected a string, found the number 5
    exit status 3
    ");
}
