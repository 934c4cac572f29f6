//! Columns of snapshot files have the values of the load, whatever their storage, and take a bounded share of the dump.

use idq_columns::Column;
use idq_load::{Loader, Source};
use idq_snapshot::{Snapshot, SnapshotFile};
use idq_testing::Generator;

use crate::{Packed, dump, load, open, other_writer};

/// Returns every value of a row of a column, as text.
fn value_at(column: &Column, row: usize) -> String {
    let state = column.validity().state(row);
    let value = match column {
        Column::Text(column) => format!("{:?}", column.value(row)),
        Column::Keyword(column) => format!("{:?}", column.value(row)),
        Column::Timestamp(column) => format!("{:?}", column.value(row)),
        Column::Boolean(column) => format!("{:?}", column.value(row)),
        Column::Document(column) => format!("{:?}", column.row_values(row)),
    };
    format!("{state:?} {value}")
}

/// Returns the values of all fields in load order.
fn values(snapshot: &Snapshot) -> Vec<String> {
    let fields: Vec<usize> = (0..snapshot.api().column_count()).collect();
    let columns = snapshot.columns(&fields).unwrap();
    let mut values = Vec::new();
    for chunk in columns.chunks() {
        for row in 0..chunk.rows() {
            for &field in &fields {
                let value = value_at(chunk.column(field), row);
                values.push(format!("{} {value}", snapshot.api().column_name(field)));
            }
        }
    }
    values
}

/// Returns the dumps of several writers, with their names.
fn dumps(rows: u64) -> [(&'static str, Vec<u8>); 3] {
    [
        ("Provisionr", dump(Generator::PROVISIONR, rows)),
        (
            "Permission Assist",
            dump(Generator::PERMISSION_ASSIST, rows),
        ),
        ("another program", other_writer::dump(rows)),
    ]
}

#[test]
fn columns_of_a_snapshot_file_have_the_values_of_the_load() {
    for (writer, dump) in dumps(1_500) {
        let loaded = load(&dump);
        let packed = Packed::of(&loaded);
        let reopened = open(&packed.path).unwrap();
        assert!(values(&reopened) == values(&loaded), "{writer}");
        // A file that was packed from a file has the same columns as well.
        let again = Packed::of(&reopened);
        assert!(
            values(&open(&again.path).unwrap()) == values(&loaded),
            "{writer}"
        );
    }
}

#[test]
fn texts_of_documents_with_any_letters_keep_their_spelling() {
    let texts = [
        "Lars",
        "ÉMILE Östlund",
        "İzmir",
        "300 \u{212A}",
        "ΟΔΟΣ ΟΔΟς",
        "STRAẞE",
        "1E5",
        "a",
    ];
    let record = |row: usize| {
        let name = texts[row % texts.len()];
        let plain = ["Ab", "É"][row % 2];
        format!(
            r#"{{"id":"i{row}","vendor_id":"v{row}","state":"active","email":null,"profile":{{"name":"{name}","Plain":"{plain}","number":1E{row}}}}}"#
        )
    };
    let dump: Vec<String> = (0..400).map(record).collect();
    let loaded = load(dump.join("\n").as_bytes());
    let packed = Packed::of(&loaded);
    assert!(values(&open(&packed.path).unwrap()) == values(&loaded));
}

#[test]
fn texts_with_shared_suffixes_are_split_in_the_file() {
    let snapshot = load(&dump(Generator::PERMISSION_ASSIST, 1_500));
    let packed = Packed::of(&snapshot);
    let reopened = open(&packed.path).unwrap();
    let field = reopened
        .api()
        .fields
        .iter()
        .position(|field| field.name == "emailAddress");
    let columns = reopened.columns(&[field.unwrap()]).unwrap();
    for chunk in columns.chunks() {
        let Column::Text(column) = chunk.column(field.unwrap()) else {
            panic!("e-mail addresses are mostly distinct")
        };
        assert!(column.suffixes().is_some());
    }
}

#[test]
fn statistics_of_urls_with_ids_are_those_of_the_load() {
    let snapshot = load(&dump(Generator::PROVISIONR, 1_500));
    let packed = Packed::of(&snapshot);
    let statistics = SnapshotFile::open(&packed.path)
        .unwrap()
        .statistics()
        .unwrap();
    let field = snapshot.api().self_link.unwrap();
    let packed = statistics
        .fields
        .iter()
        .find(|one| one.field == field)
        .unwrap();
    let expected = idq_engine::statistics(&snapshot).unwrap();
    let expected = expected
        .fields
        .iter()
        .find(|one| one.field == field)
        .unwrap();
    assert_eq!(packed.distinct, expected.distinct);
    assert_eq!(packed.range, expected.range);
    assert!(packed.range.is_some());
}

#[test]
fn file_of_any_writer_takes_a_bounded_share_of_its_dump() {
    for ((writer, dump), percent) in dumps(10_000).into_iter().zip([43, 49, 55]) {
        let loader = Loader::new(vec![Source::bytes("dump", dump.clone())]);
        let file = Packed::of(&loader.load().unwrap()).bytes().len();
        let most = dump.len() * percent / 100;
        assert!(
            file <= most,
            "{writer}: {file} of {}, more than {most}",
            dump.len()
        );
    }
}
