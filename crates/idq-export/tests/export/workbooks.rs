//! Workbooks: cells, limits.

use std::io::{Cursor, Read};

use idq_export::{Error, ExportFormat, Exporter};

use crate::{all, snapshot};

/// Returns the XML of the sheet of a workbook with these members of records.
fn sheet(members: &[&str], columns: &[&str]) -> Result<String, Error> {
    let snapshot = snapshot(members);
    let mut workbook = Vec::new();
    Exporter::new(&snapshot, ExportFormat::WORKBOOK)
        .with_columns(columns.iter().copied())
        .write_to(&all(&snapshot), &mut workbook)?;
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut text = String::new();
    let mut file = archive.by_name("xl/worksheets/sheet1.xml").unwrap();
    file.read_to_string(&mut text).unwrap();
    Ok(text)
}

#[test]
fn cells_are_texts_numbers_booleans_and_dates() {
    let sheet = sheet(
        &[
            r#""vendor_id":"00123","email":"=1+1","timestamp":{"created_at":"2024-03-01T12:00:00Z"},"n":7,"b":true"#,
            r#""vendor_id":null,"email":"a<b>&","timestamp":{"created_at":"1899-01-01T00:00:00Z"},"n":1234567890123456789,"b":false"#,
        ],
        &["vendor_id", "email", "timestamp.created_at", "n", "b"],
    )
    .unwrap();
    for cell in [
        "<is><t>00123</t></is>",
        "<is><t>=1+1</t></is>",
        "<v>45352.5</v>",
        "<v>7</v>",
        r#"<c r="E2" t="b"><v>1</v></c>"#,
        "<is><t>a&lt;b&gt;&amp;</t></is>",
        "<is><t>1899-01-01T00:00:00Z</t></is>",
        // As a number it would lose its last digits.
        "<is><t>1234567890123456789</t></is>",
    ] {
        assert!(sheet.contains(cell), "{cell}: {sheet}");
    }
    assert_eq!(sheet.matches("<row ").count(), 3);
    assert!(!sheet.contains("<f>"));
}

#[test]
fn value_that_is_longer_than_a_cell_is_refused_with_its_place() {
    let long = |length: usize| format!(r#""email":"{}""#, "é".repeat(length));
    let fits = long(32_767);
    assert!(sheet(&["", &fits], &["id", "email"]).is_ok());
    let error = sheet(&["", &long(32_768)], &["id", "email"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a cell has at most 32767 characters, found 32768 in `email`, record 2: leave the column out, or write CSV or Parquet"
    );
}
