//! Columns over Arrow arrays that were written before, such as those of a mapped file.
//!
//! Arrays have been validated by Arrow: offsets, UTF-8, lengths. What the kernels rely on beyond that is checked here.

use std::fmt;
use std::sync::Arc;

use arrow_array::{
    Array, BooleanArray, FixedSizeBinaryArray, StringArray, TimestampMicrosecondArray,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};

use crate::BooleanColumn;
use crate::codes::Codes;
use crate::keyword::{Dictionary, KeywordColumn};
use crate::text::{Form, TextColumn};
use crate::timestamp::{Instants, TimestampColumn};
use crate::uuid::Uuids;

/// Arrays that make no column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed(
    /// What is wrong with them.
    pub &'static str,
);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Malformed {}

/// Fails unless each of so many rows has a bit, if there are bits.
pub(crate) fn check_rows(missing: Option<&BooleanBuffer>, rows: usize) -> Result<(), Malformed> {
    match missing {
        Some(missing) if missing.len() != rows => {
            Err(Malformed("presence is not that of all rows"))
        }
        _ => Ok(()),
    }
}

impl TextColumn {
    /// Strings as they are; of the null ones, `missing` has those whose record lacks the field.
    ///
    /// # Errors
    /// `missing` is not of the same length.
    pub fn from_strings(
        values: StringArray,
        missing: Option<BooleanBuffer>,
    ) -> Result<Self, Malformed> {
        check_rows(missing.as_ref(), values.len())?;
        let nulls = values.nulls().cloned();
        Ok(Self::new(Form::Plain(values), nulls, missing))
    }

    /// UUIDs, sixteen bytes each.
    ///
    /// # Errors
    /// Elements of another size; `missing` is not of the same length.
    pub fn from_uuids(
        values: &FixedSizeBinaryArray,
        missing: Option<BooleanBuffer>,
    ) -> Result<Self, Malformed> {
        check_rows(missing.as_ref(), values.len())?;
        if values.value_length() != 16 {
            return Err(Malformed("a UUID is not of sixteen bytes"));
        }
        let bytes: Buffer = values.to_data().buffers()[0]
            .slice_with_length(16 * values.offset(), 16 * values.len());
        let nulls = values.nulls().cloned();
        Ok(Self::new(
            Form::Uuids(Uuids::from_bytes(bytes)),
            nulls,
            missing,
        ))
    }

    /// The UUIDs, sixteen bytes each, where the column holds such: those of rows without a value mean nothing.
    pub fn uuids(&self) -> Option<&[[u8; 16]]> {
        match &self.form {
            Form::Uuids(uuids) => Some(uuids.all()),
            _ => None,
        }
    }
}

impl KeywordColumn {
    /// Codes of a dictionary that may be shared.
    ///
    /// # Errors
    /// A code that the dictionary does not have; presence is not of the same length.
    pub fn from_codes(
        codes: Codes,
        nulls: Option<NullBuffer>,
        dictionary: Arc<Dictionary>,
        missing: Option<BooleanBuffer>,
    ) -> Result<Self, Malformed> {
        check_rows(missing.as_ref(), codes.len())?;
        check_rows(nulls.as_ref().map(NullBuffer::inner), codes.len())?;
        // Codes of rows without a value are looked up as well.
        let most = match &codes {
            Codes::Bytes(codes) => codes.iter().copied().max().map(u32::from),
            Codes::Shorts(codes) => codes.iter().copied().max().map(u32::from),
            Codes::Words(codes) => codes.iter().copied().max(),
        };
        let count = dictionary.values().len();
        let is_empty = count == 0
            && nulls
                .as_ref()
                .is_some_and(|nulls| nulls.null_count() == codes.len());
        if most.is_some_and(|most| most as usize >= count.max(usize::from(is_empty))) {
            return Err(Malformed("a code is not in the dictionary"));
        }
        Ok(Self {
            codes,
            nulls,
            dictionary,
            missing,
        })
    }
}

impl TimestampColumn {
    /// Instants in microseconds since the epoch.
    ///
    /// # Errors
    /// `missing` is not of the same length.
    pub fn from_instants(
        values: &TimestampMicrosecondArray,
        missing: Option<BooleanBuffer>,
    ) -> Result<Self, Malformed> {
        check_rows(missing.as_ref(), values.len())?;
        let all = values.values();
        let (least, greatest) = match values.nulls() {
            None => all.iter().fold(EMPTY, |range, value| widen(range, *value)),
            Some(valid) => valid
                .valid_indices()
                .fold(EMPTY, |range, row| widen(range, all[row])),
        };
        Ok(Self {
            range: (least <= greatest).then_some((least, greatest)),
            instants: Instants::Wide(all.clone()),
            nulls: values.nulls().cloned(),
            missing,
        })
    }
}

/// A range that holds nothing.
const EMPTY: (i64, i64) = (i64::MAX, i64::MIN);

fn widen((least, greatest): (i64, i64), value: i64) -> (i64, i64) {
    (least.min(value), greatest.max(value))
}

impl BooleanColumn {
    /// Values, some of which may be null.
    ///
    /// # Errors
    /// `missing` is not of the same length.
    pub fn from_values(
        values: BooleanArray,
        missing: Option<BooleanBuffer>,
    ) -> Result<Self, Malformed> {
        check_rows(missing.as_ref(), values.len())?;
        Ok(Self { values, missing })
    }
}
