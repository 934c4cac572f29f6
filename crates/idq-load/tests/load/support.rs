//! Dumps to load, and snapshots as plain values to compare.

use std::io::Write;
use std::sync::Arc;

use idq_api::Api;
use idq_columns::{Column, PresenceOf};
use idq_load::{
    Columns, LoadError, Loader, OnBadRecord, Parser, RecordErrorKind, Row, Snapshot, Source,
};

/// Every way to read a record.
pub(crate) const PARSERS: [Parser; 4] = [
    Parser::Shapes,
    Parser::PortableShapes,
    Parser::Simd,
    Parser::Exact,
];

pub(crate) use idq_generate::{Generator, Options, Shape};

/// The generated records of an API, as they stand in every shape.
pub(crate) fn records(api: Generator, rows: u64) -> Vec<Vec<u8>> {
    let record = |row| {
        let mut bytes = Vec::new();
        idq_generate::record(api, 7, row, &mut bytes);
        bytes
    };
    (0..rows).map(record).collect()
}

/// A generated dump.
pub(crate) fn dump(api: Generator, rows: u64, shape: Shape) -> Vec<u8> {
    let mut bytes = Vec::new();
    let options = Options::new(api).rows(rows).seed(7).shape(shape);
    idq_generate::write(&options, &mut bytes).unwrap();
    bytes
}

pub(crate) fn table(api: Generator) -> &'static Arc<Api> {
    match api {
        Generator::Provisionr => Api::provisionr(),
        Generator::PermissionAssist => Api::permission_assist(),
    }
}

pub(crate) fn ndjson<R: AsRef<[u8]>>(records: &[R]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for record in records {
        bytes.extend_from_slice(record.as_ref());
        bytes.push(b'\n');
    }
    bytes
}

pub(crate) fn array<R: AsRef<[u8]>>(records: &[R]) -> Vec<u8> {
    let records: Vec<&[u8]> = records.iter().map(AsRef::as_ref).collect();
    [b"[", &records.join(&b","[..])[..], b"]"].concat()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    // As the command does.
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Halves compressed apart: several members, or frames.
pub(crate) fn in_parts(bytes: &[u8], compress: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let (head, tail) = bytes.split_at(bytes.len() / 2);
    [compress(head), compress(b""), compress(tail)].concat()
}

pub(crate) fn loader(bytes: impl Into<Vec<u8>>) -> Loader<'static> {
    Loader::new(vec![Source::bytes("dump", bytes)]).columns(Columns::All)
}

pub(crate) fn load(bytes: impl Into<Vec<u8>>) -> View {
    view(&loader(bytes).load().unwrap())
}

/// Loads what must fail, and gives the error as a person reads it.
pub(crate) fn error(bytes: impl Into<Vec<u8>>) -> String {
    loader(bytes).load().unwrap_err().to_string()
}

/// Loads Provisionr records, skipping bad ones.
pub(crate) fn skipping(bytes: impl Into<Vec<u8>>) -> Loader<'static> {
    loader(bytes).on_bad_record(OnBadRecord::Skip)
}

/// What skipping leaves, however the load is cut and parsed.
pub(crate) fn skip(bytes: &[u8]) -> View {
    let expected = skip_in(bytes, 8 << 20, Parser::Shapes).unwrap();
    for (block, parser) in [(1, Parser::Exact), (7, Parser::Shapes), (64, Parser::Exact)] {
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
    Ok(view(&loader.api_if_unknown(Api::provisionr()).load()?))
}

/// A snapshot as plain values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct View {
    pub(crate) api: String,
    pub(crate) records: Vec<Vec<u8>>,
    /// For each record its cells, by field.
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
    /// Not loaded.
    Unloaded,
    Missing,
    Null,
    Text(String),
    Instant(i64),
    Boolean(bool),
    /// Folded keys, and folded values.
    Document(Vec<String>, Vec<String>),
}

impl View {
    /// The ids, with spaces between.
    pub(crate) fn ids(&self) -> String {
        let ids = self.cells.iter().map(|row| match &row[0] {
            Cell::Text(id) => id.as_str(),
            _ => "?",
        });
        ids.collect::<Vec<_>>().join(" ")
    }

    /// The rejects, one a line: record, line, offset, path, reason, bytes.
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
    for (index, chunk) in snapshot.chunks().iter().enumerate() {
        let first = snapshot.first_row(index).0;
        for row in 0..chunk.rows() {
            if chunk.live().is_some_and(|live| !live.value(row)) {
                continue;
            }
            let at = Row(first + row as u32);
            records.push(snapshot.record(at, &mut reader).unwrap().to_vec());
            let fields = 0..snapshot.api().fields.len();
            cells.push(fields.map(|field| cell(chunk.column(field), row)).collect());
        }
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
    match column.presence().of(row) {
        PresenceOf::Missing => return Cell::Missing,
        PresenceOf::Null => return Cell::Null,
        PresenceOf::Present => {}
    }
    match column {
        Column::Text(column) => Cell::Text(column.value(row).unwrap().into_owned()),
        Column::Keyword(column) => Cell::Text(column.value(row).unwrap().to_owned()),
        Column::Timestamp(column) => Cell::Instant(column.value(row).unwrap()),
        Column::Boolean(column) => Cell::Boolean(column.value(row).unwrap()),
        Column::Document(column) => {
            let (keys, values) = column.texts_of(row);
            Cell::Document(texts(keys), texts(values))
        }
    }
}

fn texts(texts: Vec<Vec<u8>>) -> Vec<String> {
    let text = |text| String::from_utf8(text).unwrap();
    texts.into_iter().map(text).collect()
}
