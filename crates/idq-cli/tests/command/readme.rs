//! Executes the `console` examples of the README and of the book's pages, and compares their outputs with the pages.
//!
//! `UPDATE_README=1` writes the outputs into the pages instead.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Start of an example: commands after `$ `, each followed by its output.
const FENCE: &str = "```console\n";

/// Fewest commands of all pages: a change of the fence must not turn the test into one that executes nothing.
const MIN_COMMANDS: usize = 40;

#[test]
fn examples_of_every_page_print_what_the_page_shows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut commands = 0;
    for path in pages(&root) {
        commands += check_page(&path, &root);
    }
    assert!(commands >= MIN_COMMANDS, "only {commands} commands");
}

/// Returns the README and the pages of the book.
fn pages(root: &Path) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(root.join("docs")).expect("the book is there");
    let pages = folder.map(|entry| entry.expect("the folder can be listed").path());
    let pages = pages.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let mut pages: Vec<PathBuf> = pages.chain([root.join("README.md")]).collect();
    pages.sort();
    pages
}

/// Executes the examples of a page, in order, in one folder of their own, and returns the number of commands.
fn check_page(path: &Path, root: &Path) -> usize {
    let page = std::fs::read_to_string(path).expect("the page can be read");
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let fixtures = root
        .join("fixtures")
        .canonicalize()
        .expect("the fixtures are there");
    std::os::unix::fs::symlink(fixtures, folder.path().join("fixtures"))
        .expect("a link can be made");
    let mut printed = String::new();
    let mut rest = page.as_str();
    let mut commands = 0;
    while let Some(start) = rest.find(FENCE) {
        let (before, block) = rest.split_at(start + FENCE.len());
        let end = block.find("```").expect("a block ends");
        printed.push_str(before);
        for command in block[..end]
            .lines()
            .filter_map(|line| line.strip_prefix("$ "))
        {
            printed.push_str(&format!("$ {command}\n{}", run(command, folder.path())));
            commands += 1;
        }
        rest = &block[end..];
    }
    printed.push_str(rest);
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(path, printed).expect("the page can be written");
        return commands;
    }
    for (shown, printed) in page.lines().zip(printed.lines()) {
        assert_eq!(
            shown,
            printed,
            "{} shows another output; UPDATE_README=1 updates it",
            path.display()
        );
    }
    assert_eq!(
        page.lines().count(),
        printed.lines().count(),
        "the length of an output of {} has changed",
        path.display()
    );
    commands
}

/// Returns the standard output and then the standard error of a command, with its time masked.
fn run(command: &str, folder: &Path) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_idq"));
    let binaries = binary.parent().expect("a binary is in a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(
        [binaries.to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&path)),
    );
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", path.expect("folders can be joined"))
        .output()
        .expect("there is a shell");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("the command prints UTF-8");
    let mut printed = text(&output.stdout) + &masked(&text(&output.stderr));
    if !printed.is_empty() && !printed.ends_with('\n') {
        printed.push('\n');
    }
    printed
}

/// Replaces all seconds of a summary, which differ from run to run: in `in 0.01 s; 0.02 s in all`, both numbers.
fn masked(text: &str) -> String {
    let line = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let masked = words.iter().enumerate().map(|(index, &word)| {
            let unit = words.get(index + 1).map(|next| next.trim_end_matches(';'));
            let is_time = unit == Some("s") && word.contains('.') && word.parse::<f64>().is_ok();
            if is_time { "0.00" } else { word }
        });
        masked.collect::<Vec<&str>>().join(" ") + "\n"
    };
    text.lines().map(line).collect()
}
