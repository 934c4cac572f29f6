//! `idq count --chart`: files of charts, and errors.

use std::path::Path;

use crate::folder_with;
use crate::idq::{Idq, Ran, words};
use crate::{fixtures, folder};

/// Runs `idq count` on the fixture of Provisionr within a folder for outputs.
fn count(folder: impl AsRef<Path>, line: &str) -> Ran {
    let dump = fixtures().join("provisionr.ndjson");
    Idq::new(["count"])
        .args([dump])
        .args(line.split_whitespace())
        .within(folder)
        .run()
}

/// Returns the texts of an SVG in their order, one a line.
fn texts(folder: impl AsRef<Path>, name: &str) -> String {
    let svg = std::fs::read_to_string(folder.as_ref().join(name)).unwrap();
    let texts = svg.split("<text ").skip(1).map(|text| {
        let text = text.split_once('>').unwrap().1;
        text.split("</text>").next().unwrap()
    });
    texts.collect::<Vec<_>>().join("\n")
}

#[test]
fn chart_of_one_key_has_the_numbers_of_the_table() {
    let folder = folder();
    let line = "--by state -f email_search=north --chart state.svg -o table";
    let ran = count(&folder, line);
    insta::assert_snapshot!(ran.text(), @"
    state        records      %
    ───────────  ───────  ─────
    active            18   81.8
    orphan             2    9.1
    deactivated        1    4.5
    staged             1    4.5
    ───────────  ───────  ─────
    total             22  100.0
    ");
    insta::assert_snapshot!(ran.messages(), @"22 records matched (4 deleted left out: add -f trashed=with); 4 groups; chart written to state.svg; loaded 60 records (107.03 kB) from 1 source in [time]");
    insta::assert_snapshot!(texts(&folder, "state.svg"), @"
    Records by state
    filter email_search=north
    22 of 60 records; 4 deleted records are not counted
    active
    18 (81.8%)
    orphan
    2 (9.1%)
    deactivated
    1 (4.5%)
    staged
    1 (4.5%)
    ");
}

#[test]
fn chart_of_dates_has_columns_whichever_key_they_are() {
    let folder = folder();
    for (name, keys) in [
        ("first.svg", "timestamp.created_at:year,state"),
        ("second.svg", "state,timestamp.created_at:year"),
    ] {
        count(&folder, &format!("--by {keys} --top 9 --chart {name}")).text();
    }
    let first = texts(&folder, "first.svg");
    insta::assert_snapshot!(first, @"
    Records by timestamp.created_at:year and state
    54 of 60 records; 6 deleted records are not counted
    active
    deactivated
    orphan
    staged
    expiring
    suspended
    0
    5
    10
    15
    20
    1
    1
    1
    3
    16
    2
    2
    20
    4
    1
    5
    6
    6
    8
    8
    9
    1
    2
    12
    2021
    2022
    2023
    2024
    2025
    2026
    ");
    // All but the titles, and the order of the colours.
    let sorted = |texts: &str| {
        let mut lines: Vec<&str> = texts.lines().skip(1).collect();
        lines.sort_unstable();
        lines.join("\n")
    };
    assert_eq!(sorted(&first), sorted(&texts(&folder, "second.svg")));
}

#[test]
fn chart_states_the_groups_that_it_leaves_out() {
    let folder = folder();
    count(
        &folder,
        "--by email:domain --having >5 --top 2 --chart left-out.svg",
    )
    .text();
    insta::assert_snapshot!(texts(&folder, "left-out.svg"), @"
    Records by email:domain
    having &gt;5
    54 of 60 records; 6 deleted records are not counted
    Not drawn: 3 groups with 7 records, whose count is not &gt;5.
    northwind.example
    22 (40.7%)
    kestrel.example
    11 (20.4%)
    (other: 2 values)
    14 (25.9%)
    ");
}

#[test]
fn picture_of_the_book_is_that_of_its_command() {
    let folder = folder();
    count(
        &folder,
        "--by timestamp.created_at:quarter,state --chart created.svg",
    )
    .text();
    let drawn = std::fs::read_to_string(folder.path().join("created.svg")).unwrap();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/created-by-state.svg");
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&page, &drawn).unwrap();
    }
    let shown = std::fs::read_to_string(&page).unwrap();
    assert!(
        drawn == shown,
        "docs/created-by-state.svg differs; UPDATE_README=1 updates it"
    );
}

#[test]
fn png_with_characters_that_its_font_lacks_has_a_hint() {
    let records = r#"{"id":"1","vendor_id":"v","state":"active","links":{},"profile":{"city":"北京"}}
{"id":"2","vendor_id":"v","state":"active","links":{},"profile":{"city":"Αθήνα"}}
"#;
    let folder = folder_with(&[("people.ndjson", records)]);
    let ran = |name: &str| {
        let line = format!("count people.ndjson --by profile.city --chart {name}");
        Idq::new(words(&line, &[])).within(&folder).succeeds()
    };
    insta::assert_snapshot!(ran("city.png").messages(), @"
    hint: the .png file has boxes in 1 text, because its font lacks some characters: write an .svg file, which is shown with the fonts of the system
    2 records matched; 2 groups; chart written to city.png; loaded 2 records (170 B) from 1 source in [time]
    ");
    insta::assert_snapshot!(ran("city.svg").messages(), @"2 records matched; 2 groups; chart written to city.svg; loaded 2 records (170 B) from 1 source in [time]");
    let bytes = std::fs::read(folder.path().join("city.png")).unwrap();
    assert!(bytes.starts_with(b"\x89PNG\r\n"));
    assert!(texts(&folder, "city.svg").contains("北京"));
}

#[test]
fn chart_that_cannot_be_drawn_is_an_error_before_the_load() {
    let folder = folder();
    let lines = [
        "--chart state.svg",
        "--by state --chart state.pdf",
        "--by state --chart -",
        "--by state,email:domain,vendor_id --chart keys.svg",
        "--by state --chart missing/state.svg",
        "--by state --chart rejects.svg --on-bad-record skip --rejects rejects.svg",
    ];
    let failures = lines.map(|line| count(&folder, line).failure());
    insta::assert_snapshot!(failures.join("\n"), @"
    error: the following required arguments were not provided:
      --by <FIELD[:BUCKET]>

    Usage: idq count --by <FIELD[:BUCKET]> --chart <FILE> <SOURCE>...

    For more information, try '--help'.
    exit status 2

    error: --chart state.pdf: expected a file that ends in .svg or .png, such as chart.svg
    exit status 2

    error: --chart -: expected a file that ends in .svg or .png, such as chart.svg
    exit status 2

    error: --chart: expected one or two keys, found 3: leave out keys of --by, or select one value by -w
    exit status 2

    error: cannot write missing/state.svg: No such file or directory (os error 2)
    exit status 3

    error: --chart and --rejects name the same file
    exit status 2
    ");
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    // A source keeps its bytes.
    let dump = folder.path().join("people.svg");
    std::fs::copy(fixtures().join("provisionr.ndjson"), &dump).unwrap();
    let ran = Idq::new(words("count people.svg --by state --chart people.svg", &[]))
        .within(&folder)
        .run();
    insta::assert_snapshot!(ran.failure(), @"
    error: --chart: people.svg is one of the sources: name another file
    exit status 2
    ");
    assert_eq!(
        std::fs::read(&dump).unwrap(),
        std::fs::read(fixtures().join("provisionr.ndjson")).unwrap()
    );
}
