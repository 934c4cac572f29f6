//! CSV files: kinds of values, quoting, neutralised formulas, errors.

use idq_render::{ColumnSet, CsvWriter, Error, FormulaPolicy};

fn written(columns: &[&str], formulas: FormulaPolicy, records: &[&str]) -> String {
    let mut csv = CsvWriter::new(Vec::new(), ColumnSet::new(columns.to_vec()), formulas)
        .expect("a write to memory succeeds");
    for record in records {
        csv.write(record.as_bytes()).expect("it is JSON");
    }
    let out = csv.finish().expect("a write to memory succeeds");
    String::from_utf8(out).expect("it is UTF-8")
}

#[test]
fn csv_of_every_kind_of_value_is_quoted_where_needed() {
    let records = [
        r#"{"id":"1","n":-5,"on":true,"profile":{"city":"K\u00f6ln","tags":[ 1, "a, b" ]}}"#,
        r#"{"id":"two, \"2\"","n":1e999,"on":false,"profile":{}}"#,
        r#"{"id":"line\nbreak","n":null,"on":null,"profile":null}"#,
        r#"{}"#,
    ];
    let columns = ["id", "n", "on", "profile.city", "profile.tags", "profile"];
    insta::assert_snapshot!(written(&columns, FormulaPolicy::Neutralise, &records), @r#"
    id,n,on,profile.city,profile.tags,profile
    1,-5,true,Köln,"[1,""a, b""]","{""city"":""K\u00f6ln"",""tags"":[1,""a, b""]}"
    "two, ""2""",1e999,false,,,{}
    "line
    break",,,,,
    ,,,,,
    "#);
}

#[test]
fn csv_with_formulas_is_neutralised_unless_kept() {
    let records = [
        r#"{"a":"=HYPERLINK(\"http:\/\/x\")","b":"+49 30 1","=c":-1}"#,
        r#"{"a":"-5","b":"@SUM(A1)","=c":"\t1"}"#,
        r#"{"a":"a=1","b":" =1","=c":"\r1"}"#,
        r#"{"a":"","b":"'=1","=c":["=1"]}"#,
    ];
    let columns = ["a", "b", "=c"];
    insta::assert_debug_snapshot!(written(&columns, FormulaPolicy::Neutralise, &records), @r#""a,b,'=c\n\"'=HYPERLINK(\"\"http://x\"\")\",'+49 30 1,-1\n'-5,'@SUM(A1),'\t1\na=1,' =1,\"'\r1\"\n,'=1,\"[\"\"=1\"\"]\"\n""#);
    insta::assert_debug_snapshot!(written(&columns, FormulaPolicy::Keep, &records), @r#""a,b,=c\n\"=HYPERLINK(\"\"http://x\"\")\",+49 30 1,-1\n-5,@SUM(A1),\t1\na=1, =1,\"\r1\"\n,'=1,\"[\"\"=1\"\"]\"\n""#);
}

#[test]
fn formula_behind_a_byte_order_mark_is_neutralised() {
    let shown = written(&["\u{feff}=1+1"], FormulaPolicy::Neutralise, &[]);
    assert_eq!(shown, "'\u{feff}=1+1\n");
}

#[test]
fn formula_with_a_full_width_sign_behind_blanks_is_neutralised() {
    let names = ["\u{3000}＝1", "a"];
    let records = [r#"{"a":"\n＝1+1"}"#, r#"{"a":"\u200b\uff0b1"}"#];
    let shown = written(&names, FormulaPolicy::Neutralise, &records);
    assert_eq!(shown, "'\u{3000}＝1,a\n,\"'\n＝1+1\"\n,'\u{200b}＋1\n");
}

#[test]
fn row_of_one_empty_cell_is_quoted_and_no_empty_line() {
    assert_eq!(
        written(&["a"], FormulaPolicy::Neutralise, &["{}"]),
        "a\n\"\"\n"
    );
}

#[test]
fn record_that_is_malformed_is_an_error_and_writes_nothing() {
    let mut csv = CsvWriter::new(Vec::new(), ColumnSet::new(["a"]), FormulaPolicy::Keep).unwrap();
    let error = csv.write(br#"{"a":1"#).unwrap_err();
    assert!(matches!(error, Error::Record(_)));
    insta::assert_snapshot!(error, @"the record cannot be read: the text ends inside a value (is the file cut off?), at byte 6");
    csv.write(br#"{"a":2}"#).unwrap();
    assert_eq!(csv.finish().unwrap(), b"a\n2\n");
}

#[test]
fn output_that_is_a_closed_pipe_fails_with_its_error_kind() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut csv = CsvWriter::new(Closed, ColumnSet::new(["a"]), FormulaPolicy::Keep).unwrap();
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20));
    let Err(Error::Write(error)) = csv.write(long.as_bytes()) else {
        panic!("expected an error of the output");
    };
    assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
}
