//! Dictionary encoding: the code of each row, in the narrowest integers that the dictionary allows.
//!
//! Most keyword fields have fewer than 256 values in a chunk, so a filter reads one byte a row and compares 32 rows in
//! one instruction.

use arrow_buffer::{NullBuffer, ScalarBuffer};

use crate::RowSet;
use crate::encoding::code_set::{CodeSet, MAX_COMPARED_CODES};
use crate::kernels::filter_values;

/// The dictionary code of each row.
///
/// A code is the position of a value in the dictionary. Codes of rows without a value are unspecified.
#[derive(Debug, Clone)]
pub enum Codes {
    /// Codes of a dictionary of up to 256 values.
    U8(ScalarBuffer<u8>),
    /// Codes of a dictionary of up to 65,536 values.
    U16(ScalarBuffer<u16>),
    /// Codes of a larger dictionary.
    U32(ScalarBuffer<u32>),
}

impl Codes {
    /// Narrows the codes of a dictionary of `values` values.
    pub(crate) fn new(codes: Vec<u32>, values: usize) -> Self {
        if values <= 1 << 8 {
            Self::U8(codes.iter().map(|&code| code as u8).collect())
        } else if values <= 1 << 16 {
            Self::U16(codes.iter().map(|&code| code as u16).collect())
        } else {
            Self::U32(codes.into_iter().collect())
        }
    }

    /// Returns the code of a row; unspecified where the row has no value.
    #[inline]
    pub fn get(&self, row: usize) -> u32 {
        match self {
            Self::U8(codes) => u32::from(codes[row]),
            Self::U16(codes) => u32::from(codes[row]),
            Self::U32(codes) => codes[row],
        }
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(codes) => codes.len(),
            Self::U16(codes) => codes.len(),
            Self::U32(codes) => codes.len(),
        }
    }

    /// Returns whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the greatest code, including codes of rows without a value.
    pub(crate) fn max(&self) -> Option<u32> {
        match self {
            Self::U8(codes) => codes.iter().copied().max().map(u32::from),
            Self::U16(codes) => codes.iter().copied().max().map(u32::from),
            Self::U32(codes) => codes.iter().copied().max(),
        }
    }

    /// Returns the bytes of memory that the codes take.
    pub(crate) fn memory(&self) -> usize {
        match self {
            Self::U8(codes) => codes.inner().len(),
            Self::U16(codes) => codes.inner().len(),
            Self::U32(codes) => codes.inner().len(),
        }
    }

    /// Returns the rows whose code is in a set.
    ///
    /// Comparisons with up to four codes are cheaper than a table lookup, because they vectorise.
    pub(crate) fn filter_codes(&self, set: &CodeSet, nulls: Option<&NullBuffer>) -> RowSet {
        let table = set.table();
        match set.compared_codes() {
            Some([]) => RowSet::new_unset(self.len()),
            Some(&[code]) => match self {
                Self::U8(codes) => filter_values(codes, nulls, |other| other == code as u8),
                Self::U16(codes) => filter_values(codes, nulls, |other| other == code as u16),
                Self::U32(codes) => filter_values(codes, nulls, |other| other == code),
            },
            Some(some @ &[first, ..]) => {
                // The first code pads a shorter list.
                let mut padded = [first; MAX_COMPARED_CODES];
                padded[..some.len()].copy_from_slice(some);
                match self {
                    Self::U8(codes) => equals_any(codes, nulls, padded.map(|code| code as u8)),
                    Self::U16(codes) => equals_any(codes, nulls, padded.map(|code| code as u16)),
                    Self::U32(codes) => equals_any(codes, nulls, padded),
                }
            }
            None => match self {
                Self::U8(codes) => {
                    // A table of all values of the type needs no bounds check.
                    let mut all = [false; 256];
                    all[..table.len()].copy_from_slice(table);
                    filter_values(codes, nulls, |code| all[usize::from(code)])
                }
                Self::U16(codes) => filter_values(codes, nulls, |code| table[usize::from(code)]),
                Self::U32(codes) => filter_values(codes, nulls, |code| table[code as usize]),
            },
        }
    }
}

/// Returns the rows whose code equals one of four, without a branch.
fn equals_any<T: Copy + PartialEq>(
    codes: &[T],
    nulls: Option<&NullBuffer>,
    [one, two, three, four]: [T; MAX_COMPARED_CODES],
) -> RowSet {
    filter_values(codes, nulls, |code| {
        (code == one) | (code == two) | (code == three) | (code == four)
    })
}
