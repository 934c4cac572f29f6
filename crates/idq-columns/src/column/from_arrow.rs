//! Columns over existing Arrow arrays, such as those of a mapped snapshot file.
//!
//! Arrow has validated offsets, UTF-8 and lengths. The other invariants of the kernels are checked here, because the
//! arrays may come from a damaged or hostile file.

use std::fmt;
use std::sync::Arc;

use arrow_array::{
    Array, BooleanArray, FixedSizeBinaryArray, StringArray, TimestampMicrosecondArray,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};

use crate::BooleanColumn;
use crate::column::keyword::{Dictionary, KeywordColumn};
use crate::column::text::{Encoding, TextColumn};
use crate::column::timestamp::{Instants, TimestampColumn, choose_frame};
use crate::encoding::affix::{Affix, AffixEncoded};
use crate::encoding::codes::Codes;
use crate::encoding::uuid::Uuids;

/// An array that violates an invariant of columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidArray(
    /// The violation, as part of a message.
    pub &'static str,
);

impl fmt::Display for InvalidArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidArray {}

/// Fails if there is a bitmap and its length is not `rows`.
pub(crate) fn check_length(bits: Option<&BooleanBuffer>, rows: usize) -> Result<(), InvalidArray> {
    match bits {
        Some(bits) if bits.len() != rows => {
            Err(InvalidArray("a validity bitmap has another number of rows"))
        }
        _ => Ok(()),
    }
}

impl TextColumn {
    /// Creates a column of plain strings; `missing` has the null rows whose record lacks the field.
    ///
    /// # Errors
    /// `missing` has another length.
    pub fn from_strings(
        values: StringArray,
        missing: Option<BooleanBuffer>,
    ) -> Result<Self, InvalidArray> {
        check_length(missing.as_ref(), values.len())?;
        let nulls = values.nulls().cloned();
        Ok(Self::new(Encoding::Plain(values), nulls, missing))
    }

    /// Creates a column of UUIDs, sixteen bytes each.
    ///
    /// # Errors
    /// An element is not of sixteen bytes, or `missing` has another length.
    pub fn from_uuids(
        values: &FixedSizeBinaryArray,
        missing: Option<BooleanBuffer>,
    ) -> Result<Self, InvalidArray> {
        check_length(missing.as_ref(), values.len())?;
        if values.value_length() != 16 {
            return Err(InvalidArray("a UUID does not have sixteen bytes"));
        }
        let bytes: Buffer = values.to_data().buffers()[0]
            .slice_with_length(16 * values.offset(), 16 * values.len());
        let nulls = values.nulls().cloned();
        Ok(Self::new(
            Encoding::Uuids(Uuids::from_bytes(bytes)),
            nulls,
            missing,
        ))
    }

    /// Creates a column of strings without their affixes, and the code of each row's affix in a dictionary, which other
    /// columns may share.
    ///
    /// # Errors
    /// A code is not in the dictionary; `codes` or `missing` has another length.
    pub fn from_affixes(
        affix: Affix,
        stems: StringArray,
        codes: Codes,
        dictionary: Arc<Dictionary>,
        missing: Option<BooleanBuffer>,
    ) -> Result<Self, InvalidArray> {
        check_length(missing.as_ref(), stems.len())?;
        if codes.len() != stems.len() {
            return Err(InvalidArray("the affixes have another number of rows"));
        }
        // Rows without a string have a code as well.
        let coded = KeywordColumn::from_codes(codes, None, dictionary, None)?;
        let nulls = stems.nulls().cloned();
        let encoded = AffixEncoded::new(affix, coded.codes, coded.dictionary.values(), stems);
        Ok(Self::new(Encoding::Affix(encoded), nulls, missing))
    }

    /// Returns the UUIDs, sixteen bytes each, if that is the encoding of the column. UUIDs of rows without a value are
    /// unspecified.
    pub fn uuids(&self) -> Option<&[[u8; 16]]> {
        match &self.encoding {
            Encoding::Uuids(uuids) => Some(uuids.as_slice()),
            _ => None,
        }
    }
}

impl KeywordColumn {
    /// Creates a column of codes of a dictionary, which other columns may share.
    ///
    /// # Errors
    /// A code is not in the dictionary; `nulls` or `missing` has another length.
    pub fn from_codes(
        codes: Codes,
        nulls: Option<NullBuffer>,
        dictionary: Arc<Dictionary>,
        missing: Option<BooleanBuffer>,
    ) -> Result<Self, InvalidArray> {
        check_length(missing.as_ref(), codes.len())?;
        check_length(nulls.as_ref().map(NullBuffer::inner), codes.len())?;
        // Kernels also look up the codes of rows without a value, so those are checked as well. An exception is code 0
        // of an empty dictionary, in a column where no row has a value.
        let values = dictionary.values().len();
        let is_empty = values == 0
            && nulls
                .as_ref()
                .is_some_and(|nulls| nulls.null_count() == codes.len());
        let limit = values.max(usize::from(is_empty));
        if codes.max().is_some_and(|max| max as usize >= limit) {
            return Err(InvalidArray("a code is not in the dictionary"));
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
    /// Creates a column of instants in microseconds since the epoch, and its zone map.
    ///
    /// # Errors
    /// `missing` has another length.
    pub fn from_instants(
        values: &TimestampMicrosecondArray,
        missing: Option<BooleanBuffer>,
    ) -> Result<Self, InvalidArray> {
        check_length(missing.as_ref(), values.len())?;
        let all = values.values();
        let (least, greatest) = match values.nulls() {
            None => all
                .iter()
                .fold(EMPTY_RANGE, |range, value| widen(range, *value)),
            Some(valid) => valid
                .valid_indices()
                .fold(EMPTY_RANGE, |range, row| widen(range, all[row])),
        };
        let range = (least <= greatest).then_some((least, greatest));
        let frame = range.and_then(|range| choose_frame(all, values.nulls(), range));
        Ok(Self {
            range,
            instants: Instants::Plain {
                values: all.clone(),
                frame,
            },
            nulls: values.nulls().cloned(),
            missing,
        })
    }
}

/// The neutral element of [`widen`].
const EMPTY_RANGE: (i64, i64) = (i64::MAX, i64::MIN);

fn widen((least, greatest): (i64, i64), value: i64) -> (i64, i64) {
    (least.min(value), greatest.max(value))
}

impl BooleanColumn {
    /// Creates a column of values, some of which may be null.
    ///
    /// # Errors
    /// `missing` has another length.
    pub fn from_values(
        values: BooleanArray,
        missing: Option<BooleanBuffer>,
    ) -> Result<Self, InvalidArray> {
        check_length(missing.as_ref(), values.len())?;
        Ok(Self { values, missing })
    }
}
