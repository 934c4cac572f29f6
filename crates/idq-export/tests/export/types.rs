//! Types of exported columns.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_schema::{DataType, TimeUnit};

use idq_export::{ExportFormat, Exporter, TextForm};

use crate::{all, columns, snapshot};

/// Exports a number field with these numbers; returns its type, and its values as text.
fn numbers(numbers: &[&str]) -> (DataType, Vec<String>) {
    let members: Vec<String> = numbers
        .iter()
        .map(|number| format!(r#""count":{{"workspace_logs_parent":{number}}}"#))
        .collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let batch = columns(&snapshot(&members), &["count.workspace_logs_parent"]);
    let column = batch.column(0);
    let kind = column.data_type().clone();
    let value = |row| match kind {
        _ if column.is_null(row) => "null".to_owned(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Float64 => format!("{:?}", column.as_primitive::<Float64Type>().value(row)),
        _ => column.as_string::<i32>().value(row).to_owned(),
    };
    let values = (0..column.len()).map(value).collect();
    (kind, values)
}

#[test]
fn numbers_that_are_all_integers_have_an_integer_column() {
    let least = "-9223372036854775808";
    let most = "9223372036854775807";
    let (kind, values) = numbers(&[least, "null", most, "0"]);
    assert_eq!(kind, DataType::Int64);
    assert_eq!(values, [least, "null", most, "0"]);
    assert_eq!(numbers(&["null"]).0, DataType::Int64);
}

#[test]
fn numbers_that_doubles_represent_exactly_have_a_double_column() {
    let (kind, values) = numbers(&["1", "2.50", "-0", "1e300", "9007199254740992"]);
    assert_eq!(kind, DataType::Float64);
    assert_eq!(
        values,
        ["1.0", "2.5", "-0.0", "1e300", "9007199254740992.0"]
    );
}

#[test]
fn numbers_that_no_type_represents_have_a_text_column() {
    for numbers in [
        ["9223372036854775808", "1"],
        ["9007199254740993", "0.5"],
        ["1e400", "2"],
        ["0.10000000000000000001", "1.50"],
    ] {
        let (kind, values) = self::numbers(&numbers);
        assert_eq!(kind, DataType::Utf8);
        assert_eq!(values, numbers);
    }
}

/// The first types are inferred from the first rows. A later value that does not fit changes the type of the column.
#[test]
fn value_after_the_first_rows_changes_the_type() {
    let mut numbers = vec!["7"; 30_000];
    numbers[29_000] = "7.5";
    let (kind, values) = self::numbers(&numbers);
    assert_eq!(kind, DataType::Float64);
    assert_eq!(values.len(), 30_000);
    assert_eq!(values[..2], ["7.0", "7.0"]);
    assert_eq!(values[29_000], "7.5");
}

#[test]
fn free_form_column_has_the_type_of_its_values() {
    let batch = columns(
        &snapshot(&[
            r#""profile":{"text":"a","number":1,"on":true,"mixed":"1","deep":{"x":[1, 2]}}"#,
            r#""profile":{"text":"\u00e9","number":2,"on":false,"mixed":1,"deep":null}"#,
            r#""profile":{"text":null}"#,
        ]),
        &[
            "profile.text",
            "profile.number",
            "profile.on",
            "profile.mixed",
            "profile.deep",
            "profile.nothing",
        ],
    );
    let kinds: Vec<DataType> = batch
        .columns()
        .iter()
        .map(|column| column.data_type().clone())
        .collect();
    use DataType::{Boolean, Int64, Utf8};
    assert_eq!(kinds, [Utf8, Int64, Boolean, Utf8, Utf8, Utf8]);
    let texts = |column: usize| -> Vec<Option<&str>> {
        batch.column(column).as_string::<i32>().iter().collect()
    };
    assert_eq!(texts(0), [Some("a"), Some("é"), None]);
    assert_eq!(texts(3), [Some(r#""1""#), Some("1"), None]);
    assert_eq!(texts(4), [Some(r#"{"x":[1,2]}"#), None, None]);
    assert_eq!(texts(5), [None; 3]);
}

#[test]
fn document_keeps_the_spelling_of_the_record() {
    let batch = columns(
        &snapshot(&[
            r#""profile":{ "b" : 1.50, "a":"\u00e9 \/", "b":[ ] }"#,
            r#""profile":"te\u0078t""#,
            r#""profile":1e2"#,
            r#""profile":null"#,
            "",
        ]),
        &["profile"],
    );
    let texts: Vec<Option<&str>> = batch.column(0).as_string::<i32>().iter().collect();
    assert_eq!(
        texts,
        [
            Some(r#"{"b":1.50,"a":"\u00e9 \/","b":[]}"#),
            Some(r#""te\u0078t""#),
            Some("1e2"),
            None,
            None
        ]
    );
}

#[test]
fn timestamp_is_the_instant_that_filters_compare() {
    let batch = columns(
        &snapshot(&[
            r#""timestamp":{"created_at":"1970-01-01T00:00:00.0000019Z"}"#,
            r#""timestamp":{"created_at":"1970-01-01T02:00:00+02:00"}"#,
            r#""timestamp":{"created_at":"2016-12-31T23:59:60Z"}"#,
            r#""timestamp":{"created_at":"0001-01-01T00:00:00Z"}"#,
            r#""timestamp":{"created_at":null}"#,
        ]),
        &["timestamp.created_at", "timestamp"],
    );
    let column = batch.column(0);
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    assert_eq!(*column.data_type(), utc);
    let instants: Vec<Option<i64>> = column
        .as_primitive::<TimestampMicrosecondType>()
        .iter()
        .collect();
    assert_eq!(
        instants,
        [
            Some(1),
            Some(0),
            Some(1_483_228_800_000_000),
            Some(-62_135_596_800_000_000),
            None
        ]
    );
    // An object that contains documented fields is a document as well.
    let objects = batch.column(1).as_string::<i32>();
    assert_eq!(objects.value(4), r#"{"created_at":null}"#);
}

#[test]
fn texts_as_views_are_those_without_views() {
    let snapshot = snapshot(&[
        r#""email":"","profile":{"a":1}"#,
        r#""email":"short","state":"active""#,
        r#""email":"longer.than.the.twelve.bytes.of.a.view@x.example","state":"active""#,
        r#""email":null,"state":null,"profile":null"#,
    ]);
    let rows = all(&snapshot);
    let exporter = Exporter::new(&snapshot, ExportFormat::ARROW)
        .with_columns(["email", "state", "profile", "timestamp.created_at"])
        .with_raw_records();
    let (schema, batches) = exporter.to_batches(&rows).unwrap();
    let (view_schema, view_batches) = exporter
        .with_text_form(TextForm::Views)
        .to_batches(&rows)
        .unwrap();
    assert_eq!(schema.metadata(), view_schema.metadata());
    assert_eq!(batches.len(), view_batches.len());
    for (batch, views) in batches.iter().zip(&view_batches) {
        assert_eq!(views.schema(), view_schema);
        for (column, view_column) in batch.columns().iter().zip(views.columns()) {
            match column.as_string_opt::<i32>() {
                Some(texts) => assert!(texts.iter().eq(view_column.as_string_view().iter())),
                None => assert_eq!(column, view_column),
            }
        }
    }
    let types = view_schema.fields().iter().map(|field| field.data_type());
    assert_eq!(
        types.filter(|kind| **kind == DataType::Utf8View).count(),
        4,
        "{view_schema}"
    );
}
