//! Outputs on a terminal. These tests need `script` of util-linux, which provides one.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::{fixtures, folder, large, read_fixture};

/// Runs a shell command in a terminal of 80 columns; returns all output. The command must succeed.
pub(crate) fn terminal(line: &str, folder: &Path) -> String {
    let (seen, succeeded) = terminal_of_any_status(line, folder);
    assert!(succeeded, "{seen}");
    seen
}

/// Runs a shell command in a terminal like [`terminal`], with this number of columns.
pub(crate) fn terminal_of_width(line: &str, folder: &Path, columns: usize) -> String {
    let (seen, succeeded) = run_in_terminal(line, folder, columns);
    assert!(succeeded, "{seen}");
    seen
}

/// Runs a shell command like [`terminal`], and returns whether it succeeded as well.
pub(crate) fn terminal_of_any_status(line: &str, folder: &Path) -> (String, bool) {
    run_in_terminal(line, folder, 80)
}

/// Runs a shell command in a terminal; returns all output, and whether the command has succeeded.
fn run_in_terminal(line: &str, folder: &Path, columns: usize) -> (String, bool) {
    let idq = env!("CARGO_BIN_EXE_idq");
    let line = format!(
        "stty cols {columns} rows 24; {}",
        line.replace("idq ", &format!("{idq} "))
    );
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env("TERM", "xterm-256color")
        .env("SHELL", "/bin/sh")
        .env("IDQ_PAGER", "")
        .stdin(Stdio::null())
        .output()
        .expect("these tests need `script`, of util-linux");
    let seen = String::from_utf8(output.stdout).unwrap();
    (seen.replace("\r\n", "\n"), output.status.success())
}

#[test]
fn table_on_a_terminal_fits_its_width() {
    let table = terminal(
        "idq query provisionr.json -s -email -p 4 --color never 2>/dev/null",
        &fixtures(),
    );
    insta::assert_snapshot!(table, @"
    id                                state        …user.full_name  …egration.vendor
    ────────────────────────────────  ───────────  ───────────────  ────────────────
    dridt_01kkq95wda7rhdmr4qsr2vjvmr  active       Benedict Łukas…  entra_id
    dridt_01gdtnxyz49cxs3dn2vfd3bcyx  deactivated  Arthur Birch     okta
    dridt_01g6bpfk63gswakd1rgfmewpjk  active       Arthur Birch     google_workspace
    dridt_01jknydxkhf6gnqe5n8q6cv3t2  active       Alina Stark      okta
    dridt_01g2ad5c8addv8avemy5tm5mnw  active       Αλέξανδρος Μαυ…  gitlab
    dridt_01kmqhn3gdfwz6fm9f8kwtxbge  active       Adele Eze        entra_id
    dridt_01gf4978y2w0y72shdztpsexyz  active       Adele Eze        okta
    dridt_01m1rss56g3pc5hnmmd81htfwk  active       Abigail Dvořák   entra_id
    dridt_01gm9hp2db9swj6qaepxyt2dxw  orphan       -                gitlab
    (+3 columns: --wide shows all, --columns selects some)
    ");
    let wide = table.lines().find(|line| line.chars().count() > 80);
    assert_eq!(wide, None);
}

#[test]
fn colour_on_a_terminal_is_on_unless_declined() {
    let line = "idq query provisionr.json -f state=orphan --columns id,timestamp.deleted_at --per-page 1 2>/dev/null";
    let seen = |line: &str| terminal(line, &fixtures()).replace('\u{1b}', "<ESC>");
    insta::assert_snapshot!(seen(line), @"
    <ESC>[1mid<ESC>[0m                                <ESC>[1mtimestamp.deleted_at<ESC>[0m
    ────────────────────────────────  ────────────────────
    dridt_01gm9hp2db9swj6qaepxyt2dxw  <ESC>[2mnull<ESC>[0m
    ");
    assert!(!seen(&format!("NO_COLOR=1 {line}")).contains("<ESC>"));
    assert!(seen(&format!("NO_COLOR= {line}")).contains("<ESC>"));
    assert!(!seen(&format!("{line} --color never")).contains("<ESC>"));
    assert!(seen(&format!("NO_COLOR=1 {line} --color always")).contains("<ESC>"));
}

#[test]
fn json_on_a_terminal_is_printed_on_request() {
    let seen = terminal(
        "idq query provisionr.json --all -f trashed=with -o json 2>/dev/null",
        &fixtures(),
    );
    assert!(seen.as_bytes() == read_fixture("provisionr.json"));
}

#[test]
fn progress_of_a_quick_load_is_hidden() {
    let seen = terminal("idq count provisionr.json >/dev/null", &fixtures());
    assert!(
        seen.starts_with("54 records matched (6 deleted left out") && seen.lines().count() == 1,
        "{seen:?}"
    );
}

#[test]
fn progress_of_a_long_load_is_shown() {
    let folder = folder();
    large(&folder, 14_000);
    let slow = "(head -c 20000000 large.ndjson; sleep 0.7; tail -c +20000001 large.ndjson)";
    let seen = terminal(
        &format!("{slow} | idq count - --threads 1 >/dev/null"),
        folder.path(),
    );
    assert!(
        seen.contains(" MB/s, ") && seen.contains("records, ") && seen.contains("/s"),
        "{seen:?}"
    );
    // The bar is removed after the load, and the summary stays.
    let last = seen.trim_end().rsplit(['\r', '\n']).next().unwrap();
    assert!(
        last.contains("records matched (") && last.contains("; loaded 14,000 records"),
        "{seen:?}"
    );
    let seen = terminal(
        &format!("{slow} | idq count - --threads 1 --quiet >/dev/null"),
        folder.path(),
    );
    assert_eq!(seen, "");
}
