//! Runs the commands of the README and compares their outputs with those that it shows.
//!
//! `UPDATE_README=1` writes the outputs into the README instead.

use std::path::Path;
use std::process::Command;

/// The start of a block of commands.
const FENCE: &str = "```console\n";

#[test]
fn readme_commands_print_the_outputs_of_the_readme() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join("README.md");
    let readme = std::fs::read_to_string(&path).expect("the README is there");
    let mut printed = String::new();
    let mut rest = readme.as_str();
    let mut commands = 0;
    while let Some(start) = rest.find(FENCE) {
        let (before, block) = rest.split_at(start + FENCE.len());
        let end = block.find("```").expect("a block ends");
        printed.push_str(before);
        for command in block[..end]
            .lines()
            .filter_map(|line| line.strip_prefix("$ "))
        {
            printed.push_str(&format!("$ {command}\n{}", run(command, &root)));
            commands += 1;
        }
        rest = &block[end..];
    }
    printed.push_str(rest);
    assert!(commands > 10, "the README has a tour");
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&path, printed).expect("the README can be written");
        return;
    }
    for (shown, printed) in readme.lines().zip(printed.lines()) {
        assert_eq!(
            shown, printed,
            "the README shows another output; UPDATE_README=1 updates it"
        );
    }
    assert_eq!(
        readme.lines().count(),
        printed.lines().count(),
        "an output has grown or shrunk"
    );
}

/// Runs a command, and returns its standard output and then its standard error, with masked times.
fn run(command: &str, root: &Path) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_idq"));
    let folder = binary.parent().expect("a binary is in a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(
        [folder.to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&path)),
    );
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(root)
        .env("PATH", path.expect("folders can be joined"))
        .output()
        .expect("there is a shell");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("the command prints UTF-8");
    let mut printed = text(&output.stdout) + &mask_times(&text(&output.stderr));
    if !printed.is_empty() && !printed.ends_with('\n') {
        printed.push('\n');
    }
    printed
}

/// Masks times, which differ between runs.
fn mask_times(text: &str) -> String {
    let line = |line: &str| match (line.rfind(" in "), line.strip_suffix(" s")) {
        (Some(at), Some(_)) => format!("{} in 0.00 s\n", &line[..at]),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}
