//! Makes columns of a file's arrays.

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type};
use arrow_array::{Array, ArrayRef};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::DataType;
use idq_columns::{
    BooleanColumn, Codes, Column, DocumentColumn, InvalidArray, KeywordColumn, TextColumn,
    TimestampColumn,
};
use idq_snapshot::{LoadError, Packed, PackedReader};

use crate::format::{Form, Role};
use crate::open::PackedFile;
use crate::record_blocks::RecordBlockReader;

impl Packed for PackedFile {
    fn rows(&self) -> &[u32] {
        &self.rows
    }

    fn has_column(&self, field: usize) -> bool {
        self.position(field, Role::Value)
            .or(self.position(field, Role::Search))
            .is_some()
    }

    fn column(&self, chunk: usize, field: usize) -> Result<Column, LoadError> {
        let position = self.position(field, Role::Value);
        let Some(position) = position.or(self.position(field, Role::Search)) else {
            return Err(self.damaged(format!("field {field} is not packed")));
        };
        let array = self.array(chunk, position)?;
        let missing = self.bits(chunk, field, Role::Missing)?;
        let other_type = || self.other_type(position);
        let malformed = |InvalidArray(what): InvalidArray| {
            self.damaged(format!(
                "column {} of batch {chunk}: {what}",
                self.columns[position].name()
            ))
        };
        Ok(match self.columns[position].form {
            Form::Text => {
                let values = array.as_string_opt::<i32>().ok_or_else(other_type)?;
                Column::Text(TextColumn::from_strings(values.clone(), missing).map_err(malformed)?)
            }
            Form::Uuid => {
                let values = array.as_fixed_size_binary_opt().ok_or_else(other_type)?;
                Column::Text(TextColumn::from_uuids(values, missing).map_err(malformed)?)
            }
            Form::Dictionary8 | Form::Dictionary16 | Form::Dictionary32 => {
                let codes = codes(&array).ok_or_else(other_type)?;
                let nulls = array.nulls().cloned();
                let dictionary = self.dictionary(field, position)?;
                let column = KeywordColumn::from_codes(codes, nulls, dictionary, missing);
                Column::Keyword(column.map_err(malformed)?)
            }
            Form::Timestamp => {
                let values = array.as_primitive_opt::<TimestampMicrosecondType>();
                let values = values.ok_or_else(other_type)?;
                let column = TimestampColumn::from_instants(values, missing);
                Column::Timestamp(column.map_err(malformed)?)
            }
            Form::Boolean => {
                let values = array.as_boolean_opt().ok_or_else(other_type)?;
                Column::Boolean(
                    BooleanColumn::from_values(values.clone(), missing).map_err(malformed)?,
                )
            }
            Form::Places => {
                let lists = array.as_list_opt::<i32>().ok_or_else(other_type)?;
                let nulls = self.bits(chunk, field, Role::Null)?;
                let rows = self.rows[chunk] as usize;
                let absent = match (&nulls, &missing) {
                    (Some(nulls), Some(missing)) => Some(nulls | missing),
                    (one, other) => one.clone().or_else(|| other.clone()),
                };
                let valid = absent.map(|absent| NullBuffer::new(!&absent));
                if rows == 0 {
                    return Err(malformed(InvalidArray("a batch without rows")));
                }
                let places = lists.value(0);
                let places = places.as_struct_opt().ok_or_else(other_type)?;
                let column = DocumentColumn::from_paths(places, rows, valid, missing);
                Column::Document(column.map_err(malformed)?)
            }
            Form::Rank | Form::Hash | Form::Length | Form::Bytes => return Err(other_type()),
        })
    }

    fn ranks(&self, chunk: usize, field: usize) -> Result<Option<ScalarBuffer<u32>>, LoadError> {
        let Some(column) = self.position(field, Role::Rank) else {
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

    fn check_unchanged(&self) -> Result<(), LoadError> {
        Self::check_unchanged(self)
    }

    fn reader(&self) -> Box<dyn PackedReader + '_> {
        Box::new(RecordBlockReader::new(self))
    }

    fn column_bytes(&self) -> u64 {
        self.column_bytes
    }
}

/// The codes of a dictionary, which are read as numbers.
fn codes(array: &ArrayRef) -> Option<Codes> {
    Some(match array.data_type() {
        DataType::UInt8 => Codes::U8(array.as_primitive_opt::<UInt8Type>()?.values().clone()),
        DataType::UInt16 => Codes::U16(array.as_primitive_opt::<UInt16Type>()?.values().clone()),
        DataType::UInt32 => Codes::U32(array.as_primitive_opt::<UInt32Type>()?.values().clone()),
        _ => return None,
    })
}
