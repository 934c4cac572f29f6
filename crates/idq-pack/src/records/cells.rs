//! The values of single rows: of a chunk that is packed, and of a file.

use std::sync::Arc;

use arrow_buffer::Buffer;
use idq_api::{Api, Kind};
use idq_columns::{Column, format_uuid};
use idq_snapshot::Chunk;

use super::reference::{Cell, Cells};

/// The position of a column is a character of one byte.
const MAX_COLUMNS: usize = 128;

/// The fields whose values stand in columns, in the order of these. References say which one by a byte.
pub(crate) fn value_fields(api: &Api) -> Vec<usize> {
    let fields = api.queried_fields().into_iter();
    fields
        .filter(|&field| api.fields[field].kind != Kind::Document)
        .take(MAX_COLUMNS)
        .collect()
}

/// The columns of a chunk, in the order of [`value_fields`].
pub(crate) struct ChunkCells<'c> {
    columns: Vec<Option<&'c Column>>,
    pub(crate) row: usize,
}

impl<'c> ChunkCells<'c> {
    pub(crate) fn new(chunk: &'c Chunk, fields: &[usize]) -> Self {
        Self {
            columns: fields.iter().map(|&field| chunk.column(field)).collect(),
            row: 0,
        }
    }

    /// How many columns there are.
    pub(crate) fn count(&self) -> u8 {
        self.columns.len() as u8
    }
}

impl Cells for ChunkCells<'_> {
    #[inline]
    fn cell<'c>(&'c self, column: u8, scratch: &'c mut Vec<u8>) -> Option<Cell<'c>> {
        let row = self.row;
        let value = match (*self.columns.get(usize::from(column))?)? {
            Column::Keyword(column) => column.value(row).map(|text| Cell::Text(text.as_bytes())),
            Column::Text(column) => column.write(row, scratch).then_some(Cell::Text(scratch)),
            Column::Timestamp(column) => column.value(row).map(Cell::Instant),
            Column::Boolean(_) | Column::Document(_) => return None,
        };
        Some(value.unwrap_or(Cell::Null))
    }
}

/// Where the records of a batch are, and the values that they refer to. Nothing of it has been validated: whoever reads a
/// value looks whether it is there, and whoever puts a record together compares its checksum.
pub(crate) struct BatchRecords {
    pub(crate) stored: Stretches,
    /// The columns that hold values, in their order; none where one is damaged.
    pub(crate) columns: Vec<Option<CellColumn>>,
}

pub(crate) struct CellColumn {
    /// One bit a row; without bytes all have a value.
    pub(crate) validity: Buffer,
    pub(crate) values: CellValues,
}

pub(crate) enum CellValues {
    Texts(Stretches),
    Uuids(Buffer),
    Instants(Buffer),
    /// Codes of so many bytes, and the texts that they stand for.
    Codes(Buffer, usize, Arc<Stretches>),
}

/// Stretches of bytes one behind another, and where each ends.
pub(crate) struct Stretches {
    pub(crate) offsets: Buffer,
    pub(crate) bytes: Buffer,
}

impl Stretches {
    /// The one at a position, if there is one.
    pub(crate) fn get(&self, position: usize) -> Option<&[u8]> {
        let offset = |position: usize| {
            let bytes = number::<4>(&self.offsets, position)?;
            usize::try_from(i32::from_le_bytes(*bytes)).ok()
        };
        self.bytes.get(offset(position)?..offset(position + 1)?)
    }
}

/// One row of a batch.
pub(crate) struct RowOfBatch<'b> {
    pub(crate) columns: &'b [Option<CellColumn>],
    pub(crate) row: usize,
}

impl Cells for RowOfBatch<'_> {
    fn cell<'c>(&'c self, column: u8, scratch: &'c mut Vec<u8>) -> Option<Cell<'c>> {
        let column = self.columns.get(usize::from(column))?.as_ref()?;
        let row = self.row;
        if !column.validity.is_empty() && column.validity.get(row / 8)? >> (row % 8) & 1 == 0 {
            return Some(Cell::Null);
        }
        Some(match &column.values {
            CellValues::Texts(texts) => Cell::Text(texts.get(row)?),
            CellValues::Uuids(uuids) => {
                scratch.clear();
                scratch.extend_from_slice(&format_uuid(*number(uuids, row)?));
                Cell::Text(scratch)
            }
            CellValues::Instants(instants) => {
                Cell::Instant(i64::from_le_bytes(*number(instants, row)?))
            }
            CellValues::Codes(codes, width, texts) => {
                let code = codes.get(row * width..)?.get(..*width)?;
                let code = code
                    .iter()
                    .rfold(0, |code, &byte| code << 8 | usize::from(byte));
                Cell::Text(texts.get(code)?)
            }
        })
    }
}

/// The bytes of an element of so many bytes.
fn number<const WIDTH: usize>(bytes: &[u8], position: usize) -> Option<&[u8; WIDTH]> {
    bytes.get(position * WIDTH..)?.first_chunk()
}
