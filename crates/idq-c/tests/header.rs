//! Checks that the committed header and the list of symbols match the crate.

use std::fs;
use std::path::Path;

/// Returns the header of this crate.
fn header() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("settings");
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_src(root.join("src/lib.rs"))
        .generate()
        .expect("functions that C can call");
    let mut header = Vec::new();
    bindings.write(&mut header);
    String::from_utf8(header).expect("a text")
}

#[test]
fn header_declares_the_functions_as_they_are() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/idq.h");
    let header = header();
    if std::env::var_os("UPDATE_HEADER").is_some() {
        fs::write(&path, &header).expect("a header that can be written");
    }
    let committed = fs::read_to_string(&path).expect("the header");
    assert_eq!(
        committed, header,
        "run `UPDATE_HEADER=1 cargo test -p idq-c` and look at the change"
    );
}

#[test]
fn symbol_list_has_the_functions_of_the_header() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let header = header();
    let mut declared: Vec<&str> = header
        .lines()
        .filter(|line| !line.starts_with(['/', ' ']))
        .filter_map(|line| line.split_once('('))
        .filter_map(|(before, _)| before.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("idq_"))
        .collect();
    declared.sort_unstable();
    let listed = fs::read_to_string(root.join("symbols.txt")).expect("the list of symbols");
    assert_eq!(listed.lines().collect::<Vec<_>>(), declared);
}
