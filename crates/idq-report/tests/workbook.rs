//! The content of workbooks.
#![cfg(feature = "xlsx")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Cursor, Read};

use idq::{Engine, Source};
use idq_report::{BoundReport, Parameters, Report, writer};

/// Returns the text of a part of a workbook.
fn part(workbook: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut text = String::new();
    archive
        .by_name(name)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

#[test]
fn values_of_a_workbook_are_texts_and_long_ones_are_cut_and_counted() {
    let long = "x".repeat(40_000);
    let record = format!(
        r#"{{"id":"00123","email":"=1+1","state":"orphan","vendor_id":"{long}","timestamp":{{"created_at":null}}}}"#
    );
    let engine = Engine::open([Source::bytes("people", record)]).unwrap();
    let report = Report::named("orphans").unwrap();
    let bound = BoundReport::new(report, engine.api(), &Parameters::default()).unwrap();
    let result = bound.run(&engine, Vec::new()).unwrap();
    let mut workbook = Vec::new();
    let shortened = writer::write_xlsx(&result, &mut workbook).unwrap();
    assert_eq!(shortened, 1);

    let names = part(&workbook, "xl/workbook.xml");
    for name in ["statement", "counts", "orphans"] {
        assert!(names.contains(&format!("name=\"{name}\"")), "{names}");
    }
    let texts = part(&workbook, "xl/sharedStrings.xml");
    for text in [
        "<t>00123</t>",
        "<t>=1+1</t>",
        "<t>No person of the directory owns them",
    ] {
        assert!(texts.contains(text), "{text}");
    }
    assert!(texts.contains("x…</t>"));
    let sheet = part(&workbook, "xl/worksheets/sheet3.xml");
    // A header and one line; no cell has a formula.
    assert_eq!(sheet.matches("<row ").count(), 2);
    assert!(!sheet.contains("<f>"));
}
