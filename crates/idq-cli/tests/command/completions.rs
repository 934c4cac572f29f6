//! Completion scripts, and the candidates that they get.

use std::fs;
use std::process::Command;

use crate::{Idq, fixtures, folder, idq};

/// Returns the candidates of fish for the last word of a command line, without their descriptions.
fn candidates(words: &[&str]) -> Vec<String> {
    let mut arguments = vec!["--", "idq"];
    arguments.extend(words);
    let ran = Idq::new(arguments).env("COMPLETE", "fish").succeeds();
    let lines = ran.text().lines();
    lines
        .map(|line| line.split('\t').next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn completion_script_of_every_shell_is_printed() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = idq(&format!("completions {shell}"));
        assert!(script.text().contains("COMPLETE"), "{shell}");
    }
}

#[test]
fn candidates_are_the_names_of_the_api_of_the_sources() {
    for (words, expected) in [
        (
            &["query", "provisionr.json", "-f", "created"][..],
            "created_before= created_after=",
        ),
        (
            &["query", "permission-assist.json", "-s", "fi"],
            "firstName firstSeenDate",
        ),
        (
            &["query", "permission-assist.json", "-s", "status,-fi"],
            "status,-firstName status,-firstSeenDate",
        ),
        (
            &[
                "query",
                "--api",
                "permission-assist",
                "-",
                "--columns",
                "id,off",
            ],
            "id,office",
        ),
        (
            &["count", "provisionr.json", "--by", "timestamp.c"],
            "timestamp.created_at",
        ),
        (
            &[
                "count",
                "provisionr.json",
                "--by",
                "state,timestamp.created_at:m",
            ],
            "state,timestamp.created_at:month",
        ),
        (
            &["query", "provisionr.json", "-f", "trashed="],
            "trashed=only trashed=with trashed=without",
        ),
        // The documented values; a dump is not read for them.
        (
            &["query", "provisionr.json", "-f", "state=s"],
            "state=staged state=suspended",
        ),
        (&["query", "provisionr.json", "-f", "email="], ""),
        (
            &["query", "no-such-file.json", "-f", "profile_"],
            "profile_search= profile_changed_before= profile_changed_after=",
        ),
    ] {
        assert_eq!(candidates(words).join(" "), expected, "{words:?}");
    }
}

#[test]
fn values_of_a_snapshot_file_are_candidates_and_control_characters_are_not() {
    let folder = folder();
    let record = |id: &str, department: &str| {
        format!(
            r#"{{"id":"{id}","kind":"Identity","department":"{department}","status":"Active"}}"#
        )
    };
    let dump = [
        record("1", "Own Department"),
        record("2", r"\u001b[2J"),
        record("3", "Owls"),
    ]
    .join("\n");
    fs::write(folder.path().join("people.ndjson"), dump).unwrap();
    let packed = folder.path().join("people.idq");
    Idq::new([
        "pack",
        "people.ndjson",
        "--api",
        "permission-assist",
        "-o",
        "people.idq",
    ])
    .within(folder.path())
    .succeeds();
    let packed = packed.to_str().unwrap();
    let filters = candidates(&["query", packed, "-f", "department"]);
    assert!(filters.contains(&"department=".to_owned()), "{filters:?}");
    assert_eq!(
        candidates(&["query", packed, "-f", "department=O"]),
        ["department=Owls", "department=Own Department"].map(str::to_owned)
    );
    assert_eq!(candidates(&["query", packed, "-f", "department="]).len(), 2);
}

/// Returns the words that bash inserts for the last word of a command line, which `words` splits as bash does.
fn bash_replies(script: &str, words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let current = words.last().unwrap();
    let line = format!(
        "{script}\nCOMP_WORDS=({}) COMP_CWORD={} COMP_TYPE=9; _clap_complete_idq idq '{current}'; \
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        quoted.join(" "),
        words.len() - 1
    );
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_idq"));
    let path = format!(
        "{}:{}",
        binary.parent().unwrap().display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let ran = Command::new("bash")
        .args(["--norc", "-c", &line])
        .env("PATH", path)
        .current_dir(fixtures())
        .output()
        .expect("these tests need bash");
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn bash_completes_words_that_it_splits_at_equals_signs_and_colons() {
    let script = idq("completions bash");
    for (words, expected) in [
        (&["idq", "que"][..], "query\n"),
        (
            &["idq", "query", "provisionr.json", "-f", "sta"],
            "state=\n",
        ),
        (
            &["idq", "query", "provisionr.json", "-f", "state", "=", "ac"],
            "active\n",
        ),
        (
            &[
                "idq",
                "query",
                "provisionr.json",
                "-f",
                "state",
                "=",
                "active",
                "-s",
                "-cre",
            ],
            "-created_at\n",
        ),
        (
            &[
                "idq",
                "count",
                "provisionr.json",
                "--by",
                "timestamp.created_at",
                ":",
                "mo",
            ],
            "month\n",
        ),
        (&["idq", "query", "--color", "=", "al"], "always\n"),
    ] {
        assert_eq!(bash_replies(script.text(), words), expected, "{words:?}");
    }
}
