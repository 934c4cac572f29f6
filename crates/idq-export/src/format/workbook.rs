//! A workbook of Excel (XLSX): one sheet, with a header that stays in view.
//!
//! Texts are cells of text, so that no id is read as a number and no formula runs. Dates are dates, in UTC; numbers that
//! Excel cannot represent, and dates before 1900, are texts. Lines go to a temporary file as they come, so that memory
//! grows with the compressed sheet alone.

use std::io::Write;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, SchemaRef};
use idq::date::format_timestamp;
use idq::render::{ColumnSupport, FormulaRisk, OutputFormat};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet};

use super::{BatchSink, TypedFormat};
use crate::error::Error;

/// The format `xlsx`.
pub(super) static FORMAT: TypedFormat = TypedFormat {
    description: OutputFormat {
        name: "xlsx",
        extensions: &["xlsx"],
        summary: "A workbook of Excel, with ids as text and dates as dates",
        columns: ColumnSupport::DocumentedFields,
        terminal: None,
        formulas: FormulaRisk::Absent,
    },
    open: |out, schema, _, _| Ok(Box::new(WorkbookSink::new(out, schema)?)),
};

/// The greatest number of lines of a sheet, without its header.
const MAX_LINES: usize = 1_048_575;
/// The greatest number of characters of a cell, in units of UTF-16.
const MAX_CHARACTERS: usize = 32_767;
/// The width of a column in characters.
const COLUMN_WIDTH: f64 = 24.0;
/// The greatest whole number of which Excel keeps every digit.
const MAX_INTEGER: u64 = 999_999_999_999_999;
/// The microseconds of a day.
const DAY_MICROS: f64 = 86_400_000_000.0;
/// The number of the Unix epoch's day in Excel, whose days start at 1 in 1900.
const EPOCH_DAY: f64 = 25_569.0;
/// The first day that Excel numbers as the calendar does: it has a 29 February 1900.
const FIRST_DAY: f64 = 61.0;
/// The day after the last one, 9999-12-31.
const END_DAY: f64 = 2_958_466.0;

/// Encodes a workbook.
struct WorkbookSink<W> {
    out: W,
    workbook: Workbook,
    date: Format,
    lines: usize,
}

impl<W: Write> WorkbookSink<W> {
    /// Creates a workbook with the header of its sheet.
    fn new(out: W, schema: &SchemaRef) -> Result<Self, Error> {
        let mut workbook = Workbook::new();
        // Equal records give equal bytes, at any time.
        let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name("records")?;
        sheet.set_freeze_panes(1, 0)?;
        let bold = Format::new().set_bold();
        for (column, field) in (0..).zip(schema.fields()) {
            sheet.set_column_width(column, COLUMN_WIDTH)?;
            sheet.write_string_with_format(0, column, field.name(), &bold)?;
        }
        Ok(Self {
            out,
            workbook,
            date: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            lines: 0,
        })
    }

    /// Writes the lines of a batch.
    fn write_batch(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let lines = self.lines + batch.num_rows();
        if lines > MAX_LINES {
            return Err(Error::TooManyLines {
                found: lines,
                most: MAX_LINES,
            });
        }
        let schema = batch.schema();
        let sheet = self.workbook.worksheet_from_index(0)?;
        for row in 0..batch.num_rows() {
            self.lines += 1;
            let mut line = Line {
                sheet: &mut *sheet,
                number: self.lines,
                date: &self.date,
                schema: &schema,
            };
            for (column, values) in batch.columns().iter().enumerate() {
                if values.is_valid(row) {
                    line.write(column, values, row)?;
                }
            }
        }
        Ok(())
    }
}

impl<W: Write + Send> BatchSink for WorkbookSink<W> {
    fn write(&mut self, batches: &[RecordBatch]) -> Result<(), Error> {
        batches.iter().try_for_each(|batch| self.write_batch(batch))
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        let bytes = self.workbook.save_to_buffer()?;
        self.out.write_all(&bytes).map_err(Error::Output)
    }
}

/// A line of the sheet.
struct Line<'s> {
    sheet: &'s mut Worksheet,
    /// Its number, from 1 after the header.
    number: usize,
    date: &'s Format,
    schema: &'s SchemaRef,
}

impl Line<'_> {
    /// Writes a value of a column.
    fn write(&mut self, column: usize, values: &dyn Array, row: usize) -> Result<(), Error> {
        match values.data_type() {
            DataType::Boolean => {
                let (line, column) = self.cell(column)?;
                self.sheet
                    .write_boolean(line, column, values.as_boolean().value(row))?;
            }
            DataType::Int64 => {
                let number = values.as_primitive::<Int64Type>().value(row);
                if number.unsigned_abs() > MAX_INTEGER {
                    return self.write_text(column, &number.to_string());
                }
                let (line, column) = self.cell(column)?;
                self.sheet.write_number(line, column, number as f64)?;
            }
            DataType::Float64 => {
                let (line, column) = self.cell(column)?;
                let number = values.as_primitive::<Float64Type>().value(row);
                self.sheet.write_number(line, column, number)?;
            }
            DataType::Timestamp(..) => {
                let micros = values.as_primitive::<TimestampMicrosecondType>().value(row);
                let day = micros as f64 / DAY_MICROS + EPOCH_DAY;
                if !(FIRST_DAY..END_DAY).contains(&day) {
                    return self.write_text(column, &format_timestamp(micros));
                }
                let (line, column) = self.cell(column)?;
                self.sheet
                    .write_number_with_format(line, column, day, self.date)?;
            }
            // Every other type of an export is text.
            _ => return self.write_text(column, values.as_string::<i32>().value(row)),
        }
        Ok(())
    }

    /// Writes a text, if it fits a cell.
    fn write_text(&mut self, column: usize, text: &str) -> Result<(), Error> {
        // Every character of UTF-16 takes at least one byte of UTF-8.
        if text.len() > MAX_CHARACTERS {
            let found = text.encode_utf16().count();
            if found > MAX_CHARACTERS {
                return Err(Error::LongCell {
                    column: self.schema.field(column).name().clone(),
                    record: self.number,
                    found,
                    most: MAX_CHARACTERS,
                });
            }
        }
        let (line, column) = self.cell(column)?;
        self.sheet.write_string(line, column, text)?;
        Ok(())
    }

    /// Returns the numbers of a line and of a column as the sheet has them.
    fn cell(&self, column: usize) -> Result<(u32, u16), Error> {
        let numbers = u32::try_from(self.number)
            .ok()
            .zip(u16::try_from(column).ok());
        Ok(numbers.ok_or(rust_xlsxwriter::XlsxError::RowColumnLimitError)?)
    }
}
