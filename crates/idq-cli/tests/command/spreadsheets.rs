//! `--excel`, and workbooks.

use crate::{Idq, folder_with, idq};

const PEOPLE: &str = r#"{"id":"123456789012345678","email":"zoë@north.example","profile":{"city":"A;B","cost":"0012"}}
{"id":"7","email":null,"profile":{"city":"=1+1","cost":12}}
"#;

#[test]
fn csv_for_excel_has_a_mark_the_separator_and_ids_as_text() {
    let folder = folder_with(&[("people.ndjson", PEOPLE.as_bytes())]);
    let expected = "\u{feff}id;email;profile.city;profile.cost\n\
                    \"=\"\"123456789012345678\"\"\";zoë@north.example;\"A;B\";\"=\"\"0012\"\"\"\n\
                    7;;'=1+1;12\n";
    let columns = "--columns id,email,profile.city,profile.cost --excel=; --quiet --api provisionr";
    for line in [
        format!("query people.ndjson --all -o csv {columns}"),
        format!("export people.ndjson --format csv -o - {columns}"),
    ] {
        let ran = Idq::new(line.split(' ')).within(&folder).run();
        assert_eq!(ran.text(), expected, "{line}");
    }
    let line = format!("export people.ndjson -o people.csv {columns}");
    Idq::new(line.split(' ')).within(&folder).succeeds();
    let written = std::fs::read_to_string(folder.path().join("people.csv")).unwrap();
    assert_eq!(written, expected);
}

#[test]
fn every_command_with_csv_writes_it_for_excel() {
    for (line, first) in [
        (
            "diff monday.ndjson tuesday.ndjson -o csv --excel=; --quiet",
            "id;change;",
        ),
        (
            "match staff.ndjson tuesday.ndjson --on emailAddress~email -o csv --excel=tab --quiet",
            "group\tsituation\t",
        ),
        (
            "report dormant provisionr.ndjson -o csv --excel --quiet",
            "section,",
        ),
    ] {
        let ran = Idq::new(line.split(' ')).run();
        let text = String::from_utf8(ran.stdout).unwrap();
        let start = format!("\u{feff}{first}");
        assert!(
            text.starts_with(&start),
            "{line}: {} {}",
            ran.stderr,
            &text[..text.len().min(80)]
        );
    }
}

#[test]
fn options_of_csv_are_refused_for_other_formats() {
    for line in [
        "query provisionr.ndjson -o ndjson --excel",
        "export provisionr.ndjson --format ndjson -o - --excel",
        "diff monday.ndjson tuesday.ndjson -o patch --excel",
        "match staff.ndjson tuesday.ndjson --on emailAddress~email -o ndjson --excel",
        "report dormant provisionr.ndjson -o json --excel",
        "history --id x monday.ndjson tuesday.ndjson -o text --raw-csv",
    ] {
        let ran = idq(line);
        assert_eq!(ran.status, 2, "{line}: {}", ran.stderr);
        assert!(
            ran.stderr.contains(" does not apply to "),
            "{line}: {}",
            ran.stderr
        );
    }
    let ran = idq("query provisionr.ndjson -o csv --excel=x");
    assert!(
        ran.stderr.contains("expected `,`, `;` or `tab`"),
        "{}",
        ran.stderr
    );
}

#[cfg(feature = "export")]
#[test]
fn export_to_a_workbook_has_a_sheet_of_records() {
    let folder = folder_with(&[("people.ndjson", PEOPLE.as_bytes())]);
    let line = "export people.ndjson -o people.xlsx --quiet --api provisionr";
    Idq::new(line.split(' ')).within(&folder).succeeds();
    let workbook = std::fs::read(folder.path().join("people.xlsx")).unwrap();
    assert!(workbook.starts_with(b"PK"));
    let ran = idq("query provisionr.ndjson -o xlsx");
    assert!(ran.stderr.contains("idq export"), "{}", ran.stderr);
}
