//! Helpers of the tests: dumps to load, and snapshots as plain values that can be compared.

use idq_columns::{Column, ValueState};
use idq_load::{Columns, Loader, OnBadRecord, Parser, Source};
use idq_snapshot::{LoadError, RecordErrorKind, Snapshot};

/// Every parser.
pub(crate) const PARSERS: [Parser; 5] = [
    Parser::Shapes,
    Parser::PortableShapes,
    Parser::Structural,
    Parser::Tape,
    Parser::Reference,
];

pub(crate) use idq_testing::{
    Generator, Shape, generate_dump as dump, generate_records as records, gzip,
    in_two_members as in_parts, to_array as array, to_ndjson as ndjson, zstd,
};

/// Returns the description of a generator's API.
pub(crate) fn api_of(generator: Generator) -> &'static std::sync::Arc<idq_api::Api> {
    let mut apis = idq_api::ApiRegistry::built_in().iter();
    apis.find(|api| api.generator.as_deref() == Some(generator.name()))
        .unwrap()
}

pub(crate) fn loader(bytes: impl Into<Vec<u8>>) -> Loader<'static> {
    Loader::new(vec![Source::bytes("dump", bytes)]).columns(Columns::All)
}

pub(crate) fn load(bytes: impl Into<Vec<u8>>) -> View {
    view(&loader(bytes).load().unwrap())
}

/// Returns the message of a load that must fail.
pub(crate) fn error(bytes: impl Into<Vec<u8>>) -> String {
    loader(bytes).load().unwrap_err().to_string()
}

/// Creates a loader that skips malformed records.
pub(crate) fn skipping(bytes: impl Into<Vec<u8>>) -> Loader<'static> {
    loader(bytes).on_bad_record(OnBadRecord::Skip)
}

/// Loads a dump, skipping malformed records, and checks that blocks and parsers make no difference.
pub(crate) fn skip(bytes: &[u8]) -> View {
    let expected = skip_in(bytes, 8 << 20, Parser::Shapes).unwrap();
    for (block, parser) in [
        (1, Parser::Reference),
        (7, Parser::Shapes),
        (64, Parser::Reference),
    ] {
        assert_eq!(
            skip_in(bytes, block, parser).unwrap(),
            expected,
            "block {block}"
        );
    }
    expected
}

pub(crate) fn skip_in(bytes: &[u8], block: usize, parser: Parser) -> Result<View, LoadError> {
    let loader = skipping(bytes).block_size(block).parser(parser);
    Ok(view(
        &loader.api_if_unknown(idq_api::Api::provisionr()).load()?,
    ))
}

/// A snapshot as plain values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct View {
    pub(crate) api: String,
    pub(crate) records: Vec<Vec<u8>>,
    /// The values of each record, by field.
    pub(crate) cells: Vec<Vec<Cell>>,
    pub(crate) rejects: Vec<Rejected>,
    pub(crate) unknown: Vec<String>,
    pub(crate) repeated: u64,
    pub(crate) url: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rejected {
    pub(crate) source: usize,
    pub(crate) record: u64,
    pub(crate) line: u64,
    pub(crate) offset: u64,
    pub(crate) path: Option<String>,
    pub(crate) reason: RecordErrorKind,
    pub(crate) raw: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// The field has no column.
    Unloaded,
    Missing,
    Null,
    Text(String),
    Instant(i64),
    Boolean(bool),
    /// The casefolded keys and values, and each value as written with its path.
    Document(Vec<String>, Vec<String>, Vec<String>),
}

impl View {
    /// Returns the ids, separated by spaces.
    pub(crate) fn ids(&self) -> String {
        let ids = self.cells.iter().map(|row| match &row[0] {
            Cell::Text(id) => id.as_str(),
            _ => "?",
        });
        ids.collect::<Vec<_>>().join(" ")
    }

    /// Returns the rejects, one a line: record, line, offset, path, reason, bytes.
    pub(crate) fn rejected(&self) -> String {
        let line = |reject: &Rejected| {
            let path = reject.path.as_deref().unwrap_or("-");
            format!(
                "{} {} {} {path}: {} | {}",
                reject.record,
                reject.line,
                reject.offset,
                reject.reason,
                String::from_utf8_lossy(&reject.raw).escape_debug()
            )
        };
        let lines: Vec<String> = self.rejects.iter().map(line).collect();
        lines.join("\n")
    }
}

pub(crate) fn view(snapshot: &Snapshot) -> View {
    let mut reader = snapshot.reader();
    let mut records = Vec::new();
    let mut cells = Vec::new();
    let columns = 0..snapshot.api().column_count();
    let loaded: Vec<usize> = columns
        .filter(|&column| snapshot.has_column(column))
        .collect();
    let columns = snapshot.columns(&loaded).unwrap();
    for chunk in columns.chunks() {
        chunk.for_each_visible(|row| {
            let at = snapshot.row_id(chunk.index(), row);
            records.push(snapshot.record(at, &mut reader).unwrap().to_vec());
            let column = |field| loaded.contains(&field).then(|| chunk.column(field));
            let fields = 0..snapshot.api().column_count();
            cells.push(fields.map(|field| cell(column(field), row)).collect());
        });
    }
    assert_eq!(records.len() as u64, snapshot.rows());
    let rejects = snapshot.rejects().iter().map(|reject| Rejected {
        source: reject.source,
        record: reject.record,
        line: reject.line,
        offset: reject.offset,
        path: reject.path.clone(),
        reason: reject.reason.clone(),
        raw: snapshot.rejected(reject).unwrap(),
    });
    View {
        api: snapshot.api().name.clone(),
        records,
        cells,
        rejects: rejects.collect(),
        unknown: snapshot.unknown_fields().map(str::to_owned).collect(),
        repeated: snapshot.repeated_ids(),
        url: snapshot.collection_url().map(str::to_owned),
    }
}

fn cell(column: Option<&Column>, row: usize) -> Cell {
    let Some(column) = column else {
        return Cell::Unloaded;
    };
    match column.validity().state(row) {
        ValueState::Missing => return Cell::Missing,
        ValueState::Null => return Cell::Null,
        ValueState::Present => {}
    }
    match column {
        Column::Text(column) => Cell::Text(column.value(row).unwrap().into_owned()),
        Column::Keyword(column) => Cell::Text(column.value(row).unwrap().to_owned()),
        Column::Timestamp(column) => Cell::Instant(column.value(row).unwrap()),
        Column::Boolean(column) => Cell::Boolean(column.value(row).unwrap()),
        Column::Document(column) => {
            let (keys, values) = column.searchable_texts(row);
            Cell::Document(texts(keys), texts(values), column.row_values(row))
        }
    }
}

fn texts(texts: Vec<Vec<u8>>) -> Vec<String> {
    let text = |text| String::from_utf8(text).unwrap();
    texts.into_iter().map(text).collect()
}
