//! Parquet and Arrow files, read back by the libraries that wrote them.

use std::fs::File;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_ipc::reader::{FileReader, StreamReader};
use idq_export::{ExportFormat, Exporter};
use parquet::basic::{Compression, Encoding};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use serde_json::Value;

use idq_testing::{fixture, folder};

use crate::{all, open, parquet};

#[test]
fn typed_formats_hold_every_field_of_every_record() {
    for dump in ["provisionr.ndjson", "permission-assist.ndjson"] {
        let snapshot = open(fixture(dump));
        let rows = all(&snapshot);
        let folder = folder();
        let paths = [ExportFormat::PARQUET, ExportFormat::ARROW].map(|format| {
            let path = folder.path().join(format.description().name);
            let exporter = Exporter::new(&snapshot, format).with_raw_records();
            exporter.write_to_path(&rows, &path).unwrap();
            path
        });
        let batch = parquet(&paths[0]);
        check(&batch, dump);
        let arrow = FileReader::try_new(File::open(&paths[1]).unwrap(), None).unwrap();
        check_same(&batch, arrow.map(Result::unwrap));
        let mut stream = Vec::new();
        Exporter::new(&snapshot, ExportFormat::ARROW)
            .with_raw_records()
            .write_to(&rows, &mut stream)
            .unwrap();
        let stream = StreamReader::try_new(stream.as_slice(), None).unwrap();
        check_same(&batch, stream.map(Result::unwrap));
    }
}

fn check_same(batch: &RecordBatch, others: impl Iterator<Item = RecordBatch>) {
    let mut start = 0;
    for other in others {
        let part = batch.slice(start, other.num_rows());
        assert_eq!(part.columns(), other.columns());
        start += other.num_rows();
    }
    assert_eq!(start, batch.num_rows());
}

/// Compares the texts, documents and validity of a batch with the values that serde reads from the dump.
fn check(batch: &RecordBatch, dump: &str) {
    let lines = std::fs::read_to_string(fixture(dump)).unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(batch.num_rows(), lines.len());
    for (row, line) in lines.into_iter().enumerate() {
        let record: Value = serde_json::from_str(line).unwrap();
        let schema = batch.schema();
        for (field, column) in schema.fields().iter().zip(batch.columns()) {
            if field.name() == "record" {
                assert_eq!(column.as_string::<i32>().value(row), line);
                continue;
            }
            let pointer = format!("/{}", field.name().replace('.', "/"));
            let value = record.pointer(&pointer).unwrap_or(&Value::Null);
            assert_eq!(column.is_null(row), value.is_null(), "{}", field.name());
            if let (Some(texts), false) = (column.as_string_opt::<i32>(), value.is_null()) {
                let text = texts.value(row);
                match value {
                    Value::String(value) => assert_eq!(text, value),
                    value => {
                        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), *value);
                        assert!(line.contains(text));
                    }
                }
            }
        }
    }
}

#[test]
fn parquet_file_has_statistics_and_a_page_index() {
    let snapshot = open(fixture("provisionr.ndjson"));
    // More than one row group of 131,072 rows.
    let rows = all(&snapshot).repeat(2200);
    let folder = folder();
    let path = folder.path().join("large.parquet");
    Exporter::new(&snapshot, ExportFormat::PARQUET)
        .with_columns(["id", "state", "timestamp.created_at"])
        .write_to_path(&rows, &path)
        .unwrap();
    let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
    let metadata = reader.metadata();
    let groups: Vec<i64> = metadata
        .row_groups()
        .iter()
        .map(parquet::file::metadata::RowGroupMetaData::num_rows)
        .collect();
    assert_eq!(groups, [131_072, 928]);
    for group in metadata.row_groups() {
        for column in group.columns() {
            assert!(matches!(column.compression(), Compression::ZSTD(_)));
            assert!(column.statistics().is_some());
            assert!(column.column_index_offset().is_some());
            assert!(column.offset_index_offset().is_some());
        }
        let state = group.column(1);
        assert!(
            state
                .encodings()
                .any(|encoding| encoding == Encoding::RLE_DICTIONARY)
        );
    }
    let pairs = metadata.file_metadata().key_value_metadata().unwrap();
    let value = |key: &str| {
        let pair = pairs.iter().find(|pair| pair.key == key);
        pair.and_then(|pair| pair.value.clone()).unwrap()
    };
    assert_eq!(value("idq.api"), "provisionr");
    assert_eq!(value("idq.version"), env!("CARGO_PKG_VERSION"));
    let sources: Vec<String> = serde_json::from_str(&value("idq.sources")).unwrap();
    assert!(sources[0].ends_with("provisionr.ndjson"));
    let batch = parquet(&path);
    let ids = batch.column(0).as_string::<i32>();
    assert!((0..ids.len()).all(|row| ids.value(row) == ids.value(row % 60)));
}
