//! `idq generate`.

use crate::{Idq, folder, folder_with, idq, read_fixture};

#[test]
fn generate_with_the_same_seed_writes_the_same_bytes() {
    for api in ["provisionr", "permission-assist"] {
        for (shape, name) in [
            ("array", ".json"),
            ("ndjson", ".ndjson"),
            ("pages", "-pages.ndjson"),
        ] {
            let line = format!("generate --api {api} --rows 60 --seed 7 --shape {shape}");
            let dump = read_fixture(&format!("{api}{name}"));
            assert!(idq(&line).stdout == dump, "{line}");
            assert!(idq(&format!("{line} --threads 3")).stdout == dump, "{line}");
            let other = line.replace("--seed 7", "--seed 8");
            assert!(idq(&other).stdout != dump, "{line}");
        }
    }
}

#[test]
fn generated_dump_can_be_read() {
    for api in ["provisionr", "permission-assist"] {
        for shape in ["array", "ndjson", "pages"] {
            // An empty NDJSON dump is an empty file, which is refused as a probably failed export.
            let fewest = u64::from(shape == "ndjson");
            for rows in [fewest, 16, 777] {
                let folder = folder();
                let line = format!("generate --api {api} --rows {rows} --shape {shape} -o dump");
                let written = Idq::new(line.split(' ')).within(&folder).succeeds();
                assert!(written.stdout.is_empty());
                let line = format!("info dump --api {api} -o json");
                let ran = Idq::new(line.split(' ')).within(&folder).succeeds();
                let info: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
                assert_eq!(
                    (&info["records"], &info["api"]),
                    (&rows.into(), &api.into()),
                    "{shape}"
                );
                let path = folder.path().join("dump");
                assert_eq!(info["bytes"], path.metadata().unwrap().len());
            }
        }
    }
}

#[test]
fn generate_to_an_existing_file_replaces_it() {
    let folder = folder_with(&[("dump.json", "x".repeat(100_000))]);
    let line = "generate --api provisionr --rows 2 -o dump.json";
    Idq::new(line.split(' ')).within(&folder).succeeds();
    let ran = Idq::new(["count", "dump.json", "-f", "trashed=with"])
        .within(&folder)
        .succeeds();
    assert_eq!(ran.text(), "2\n");
}

#[test]
fn dump_of_every_style_has_all_records() {
    for style in [
        "server",
        "compact",
        "spaced",
        "indented",
        "sorted",
        "shuffled",
        "data-keys",
        "sparse",
        "raw-utf8",
        "mixed-metadata",
    ] {
        for api in ["provisionr", "permission-assist"] {
            let folder = folder();
            let line = format!("generate --api {api} --rows 120 --style {style} -o dump");
            Idq::new(line.split(' ')).within(&folder).succeeds();
            let line = format!("info dump --api {api} -o json");
            let ran = Idq::new(line.split(' ')).within(&folder).succeeds();
            let info: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
            assert_eq!(info["records"], 120, "{api} {style}");
            assert_eq!(info["rejected"], 0, "{api} {style}");
        }
    }
}

#[test]
fn style_of_the_server_is_the_default() {
    let line = "generate --api provisionr --rows 60 --seed 7";
    let expected = read_fixture("provisionr.json");
    assert!(idq(&format!("{line} --style server")).stdout == expected);
    assert!(idq(&format!("{line} --style compact")).stdout != expected);
}

#[test]
fn indented_records_on_lines_are_refused_with_what_to_do() {
    let ran = idq("generate --api provisionr --shape ndjson --style indented");
    insta::assert_snapshot!(ran.stderr, @"error: expected the shape array or pages for the style indented, found ndjson: an indented record takes several lines, and ndjson has a record on each; use --shape array, --shape pages or another --style");
}
