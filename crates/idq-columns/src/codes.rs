use std::sync::Arc;

use arrow_array::types::{UInt8Type, UInt16Type, UInt32Type};
use arrow_array::{ArrayRef, DictionaryArray, PrimitiveArray, StringArray};
use arrow_buffer::{NullBuffer, ScalarBuffer};

use crate::RowSet;
use crate::kernels::rows_where;

/// So many codes are compared one by one.
const FEW: usize = 4;

/// Which strings of a dictionary satisfy a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    holds: Vec<bool>,
    /// The first of them that do: all of them, if they are few.
    first: Vec<u32>,
}

impl Holding {
    /// By their codes.
    pub fn new(holds: Vec<bool>) -> Self {
        let codes = (0u32..).zip(&holds).filter(|(_, holds)| **holds);
        Self {
            first: codes.map(|(code, _)| code).take(FEW + 1).collect(),
            holds,
        }
    }

    /// Whether all do.
    pub(crate) fn is_all(&self) -> bool {
        // Mostly the first few tell.
        (self.first.len() > FEW || self.first.len() == self.holds.len())
            && !self.holds.contains(&false)
    }
}

/// The dictionary code of each row, as narrow as the dictionary allows.
#[derive(Debug, Clone)]
pub enum Codes {
    /// Up to 256 values.
    Bytes(ScalarBuffer<u8>),
    /// Up to 65,536 values.
    Shorts(ScalarBuffer<u16>),
    /// More.
    Words(ScalarBuffer<u32>),
}

impl Codes {
    /// The codes of a dictionary with so many values.
    pub(crate) fn new(codes: Vec<u32>, values: usize) -> Self {
        if values <= 1 << 8 {
            Self::Bytes(codes.iter().map(|&code| code as u8).collect())
        } else if values <= 1 << 16 {
            Self::Shorts(codes.iter().map(|&code| code as u16).collect())
        } else {
            Self::Words(codes.into_iter().collect())
        }
    }

    /// The code of a row; of no meaning where the row has no value.
    pub fn get(&self, row: usize) -> u32 {
        match self {
            Self::Bytes(codes) => u32::from(codes[row]),
            Self::Shorts(codes) => u32::from(codes[row]),
            Self::Words(codes) => codes[row],
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(codes) => codes.len(),
            Self::Shorts(codes) => codes.len(),
            Self::Words(codes) => codes.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn memory(&self) -> usize {
        match self {
            Self::Bytes(codes) => codes.inner().len(),
            Self::Shorts(codes) => codes.inner().len(),
            Self::Words(codes) => codes.inner().len(),
        }
    }

    /// The rows whose code is one of those that hold.
    pub(crate) fn rows_where(&self, holding: &Holding, nulls: Option<&NullBuffer>) -> RowSet {
        let Holding {
            holds,
            first: these,
        } = holding;
        match these[..] {
            [] => RowSet::new_unset(self.len()),
            // Few values are compared, more are looked up.
            [code] => match self {
                Self::Bytes(codes) => rows_where(codes, nulls, |other| other == code as u8),
                Self::Shorts(codes) => rows_where(codes, nulls, |other| other == code as u16),
                Self::Words(codes) => rows_where(codes, nulls, |other| other == code),
            },
            [first, ..] if these.len() <= FEW => {
                let mut few = [first; FEW];
                few[..these.len()].copy_from_slice(these);
                match self {
                    Self::Bytes(codes) => rows_of(codes, nulls, few.map(|code| code as u8)),
                    Self::Shorts(codes) => rows_of(codes, nulls, few.map(|code| code as u16)),
                    Self::Words(codes) => rows_of(codes, nulls, few),
                }
            }
            _ => match self {
                Self::Bytes(codes) => {
                    let mut table = [false; 256];
                    table[..holds.len()].copy_from_slice(holds);
                    rows_where(codes, nulls, |code| table[usize::from(code)])
                }
                Self::Shorts(codes) => rows_where(codes, nulls, |code| holds[usize::from(code)]),
                Self::Words(codes) => rows_where(codes, nulls, |code| holds[code as usize]),
            },
        }
    }

    /// An Arrow dictionary array over the same memory.
    pub(crate) fn to_arrow(&self, nulls: Option<&NullBuffer>, values: &StringArray) -> ArrayRef {
        let values: ArrayRef = Arc::new(values.clone());
        let nulls = nulls.cloned();
        match self {
            Self::Bytes(codes) => Arc::new(DictionaryArray::new(
                PrimitiveArray::<UInt8Type>::new(codes.clone(), nulls),
                values,
            )),
            Self::Shorts(codes) => Arc::new(DictionaryArray::new(
                PrimitiveArray::<UInt16Type>::new(codes.clone(), nulls),
                values,
            )),
            Self::Words(codes) => Arc::new(DictionaryArray::new(
                PrimitiveArray::<UInt32Type>::new(codes.clone(), nulls),
                values,
            )),
        }
    }
}

/// The rows whose code is one of a few.
fn rows_of<T: Copy + PartialEq>(
    codes: &[T],
    nulls: Option<&NullBuffer>,
    [one, two, three, four]: [T; FEW],
) -> RowSet {
    rows_where(codes, nulls, |code| {
        (code == one) | (code == two) | (code == three) | (code == four)
    })
}
