//! Conversion of the Arrow arrays of a batch to columns and ranks.

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type};
use arrow_array::{Array, ArrayRef};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::DataType;
use idq_columns::{
    Affix, BooleanColumn, Codes, Column, DocumentColumn, InvalidArray, KeywordColumn, TextColumn,
    TimestampColumn,
};

use super::SnapshotFile;
use super::format::{ColumnEncoding, ColumnPurpose};
use crate::error::LoadError;

impl SnapshotFile {
    /// Returns whether the file has a column of a field.
    pub fn has_column(&self, field: usize) -> bool {
        self.main_position(field).is_some()
    }

    /// Returns the position of the column with the values of a field, the presence of an object or the paths of a
    /// document.
    fn main_position(&self, field: usize) -> Option<usize> {
        let purposes = [
            ColumnPurpose::Value,
            ColumnPurpose::Presence,
            ColumnPurpose::Document,
        ];
        let mut purposes = purposes.into_iter();
        purposes.find_map(|purpose| self.position(field, purpose))
    }

    /// Reads the column of a field in a batch.
    ///
    /// # Errors
    /// The file is damaged.
    pub(crate) fn column(&self, chunk: usize, field: usize) -> Result<Column, LoadError> {
        let Some(position) = self.main_position(field) else {
            return Err(self.damaged(format!("field {field} is not packed")));
        };
        let array = self.array(chunk, position)?;
        let missing = self.bits(chunk, field, ColumnPurpose::Missing)?;
        let other_type = || self.other_type(position);
        let malformed = |InvalidArray(reason): InvalidArray| {
            self.damaged(format!(
                "column {} of batch {chunk}: {reason}",
                self.metadata.columns[position].name()
            ))
        };
        Ok(match self.metadata.columns[position].encoding {
            ColumnEncoding::Text => {
                let values = array.as_string_opt::<i32>().ok_or_else(other_type)?;
                Column::Text(TextColumn::from_strings(values.clone(), missing).map_err(malformed)?)
            }
            encoding @ (ColumnEncoding::PrefixedText | ColumnEncoding::SuffixedText) => {
                let stems = array.as_string_opt::<i32>().ok_or_else(other_type)?;
                let affixes = self.position(field, ColumnPurpose::Affix);
                let affixes = affixes.filter(|&at| self.metadata.columns[at].is_dictionary());
                let affixes =
                    affixes.ok_or_else(|| malformed(InvalidArray("it has no affixes")))?;
                let codes = codes(&self.array(chunk, affixes)?).ok_or_else(other_type)?;
                let dictionary = self.dictionary(field, affixes)?;
                let affix = match encoding {
                    ColumnEncoding::PrefixedText => Affix::Prefix,
                    _ => Affix::Suffix,
                };
                let column =
                    TextColumn::from_affixes(affix, stems.clone(), codes, dictionary, missing);
                Column::Text(column.map_err(malformed)?)
            }
            ColumnEncoding::Uuid => {
                let values = array.as_fixed_size_binary_opt().ok_or_else(other_type)?;
                Column::Text(TextColumn::from_uuids(values, missing).map_err(malformed)?)
            }
            ColumnEncoding::Dictionary8
            | ColumnEncoding::Dictionary16
            | ColumnEncoding::Dictionary32 => {
                let codes = codes(&array).ok_or_else(other_type)?;
                let nulls = array.nulls().cloned();
                let dictionary = self.dictionary(field, position)?;
                let column = KeywordColumn::from_codes(codes, nulls, dictionary, missing);
                Column::Keyword(column.map_err(malformed)?)
            }
            ColumnEncoding::Timestamp => {
                let values = array.as_primitive_opt::<TimestampMicrosecondType>();
                let values = values.ok_or_else(other_type)?;
                let column = TimestampColumn::from_instants(values, missing);
                Column::Timestamp(column.map_err(malformed)?)
            }
            ColumnEncoding::Boolean => {
                let values = array.as_boolean_opt().ok_or_else(other_type)?;
                Column::Boolean(
                    BooleanColumn::from_values(values.clone(), missing).map_err(malformed)?,
                )
            }
            ColumnEncoding::Paths => {
                let lists = array.as_list_opt::<i32>().ok_or_else(other_type)?;
                let nulls = self.bits(chunk, field, ColumnPurpose::Null)?;
                let rows = self.metadata.rows[chunk] as usize;
                let absent = match (&nulls, &missing) {
                    (Some(nulls), Some(missing)) => Some(nulls | missing),
                    (one, other) => one.clone().or_else(|| other.clone()),
                };
                let valid = absent.map(|absent| NullBuffer::new(!&absent));
                if rows == 0 {
                    return Err(malformed(InvalidArray("a batch without rows")));
                }
                let paths = lists.value(0);
                let paths = paths.as_struct_opt().ok_or_else(other_type)?;
                let column = DocumentColumn::from_paths(paths, rows, valid, missing);
                Column::Document(column.map_err(malformed)?)
            }
            ColumnEncoding::Rank
            | ColumnEncoding::Hash
            | ColumnEncoding::Length
            | ColumnEncoding::Bytes => return Err(other_type()),
        })
    }

    /// Reads the ranks of the texts of a field in a batch, if they were packed: see
    /// [`Snapshot::ranks`](crate::Snapshot::ranks).
    ///
    /// # Errors
    /// The file is damaged.
    pub(crate) fn ranks(
        &self,
        chunk: usize,
        field: usize,
    ) -> Result<Option<ScalarBuffer<u32>>, LoadError> {
        let Some(column) = self.position(field, ColumnPurpose::Rank) else {
            return Ok(None);
        };
        let array = self.array(chunk, column)?;
        let ranks = array.as_primitive_opt::<UInt32Type>();
        Ok(Some(
            ranks
                .ok_or_else(|| self.other_type(column))?
                .values()
                .clone(),
        ))
    }
}

/// Returns the codes of a dictionary column, which is read as a column of numbers.
fn codes(array: &ArrayRef) -> Option<Codes> {
    Some(match array.data_type() {
        DataType::UInt8 => Codes::U8(array.as_primitive_opt::<UInt8Type>()?.values().clone()),
        DataType::UInt16 => Codes::U16(array.as_primitive_opt::<UInt16Type>()?.values().clone()),
        DataType::UInt32 => Codes::U32(array.as_primitive_opt::<UInt32Type>()?.values().clone()),
        _ => return None,
    })
}
