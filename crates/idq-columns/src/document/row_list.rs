//! Rows of the values of one path: ascending numbers, or one bit for each row of the chunk.

use arrow_buffer::BooleanBuffer;

use crate::bitmap::BitmapBuilder;

/// Row numbers, ascending. A row with several values at a path, such as the elements of an array, occurs several times.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RowList<'c> {
    /// One bit for each row of the chunk.
    Bits(BooleanBuffer),
    /// A number for each value, in a chunk of at most 65,536 rows.
    U16(&'c [u16]),
    /// A number for each value.
    U32(&'c [u32]),
}

/// The number of rows whose bits in a bitmap take as much memory as one row number of sixteen bits.
const BITMAP_ROWS_PER_NUMBER: usize = 16;

/// The encoding in which row numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowEncoding {
    /// One bit for each row of the chunk.
    Bits,
    /// A number of 16 bits for each value.
    U16,
    /// A number of 32 bits for each value.
    U32,
}

impl RowEncoding {
    /// Returns the encoding of row numbers: a bitmap, unless rows repeat or a list of numbers is smaller.
    pub(super) fn new(list: &[u32], rows: usize) -> Self {
        if list.len() * BITMAP_ROWS_PER_NUMBER >= rows
            && list.is_sorted_by(|one, other| one < other)
        {
            Self::Bits
        } else if rows <= 1 << 16 {
            Self::U16
        } else {
            Self::U32
        }
    }
}

/// Returns the bitmap of row numbers.
pub(super) fn row_bits(list: &[u32], rows: usize) -> BooleanBuffer {
    let mut bits = BitmapBuilder::zeros(rows);
    list.iter().for_each(|&row| bits.set(row as usize));
    bits.finish()
}

impl<'c> RowList<'c> {
    /// Returns the row numbers.
    pub(crate) fn into_iter(self) -> RowIter<'c> {
        match self {
            Self::Bits(bits) => {
                let rows: Vec<u32> = bits.set_indices_u32().collect();
                RowIter::Bits(rows.into_iter())
            }
            Self::U16(list) => RowIter::U16(list.iter()),
            Self::U32(list) => RowIter::U32(list.iter()),
        }
    }
}

/// Iterator of row numbers.
pub(crate) enum RowIter<'c> {
    Bits(std::vec::IntoIter<u32>),
    U16(std::slice::Iter<'c, u16>),
    U32(std::slice::Iter<'c, u32>),
}

impl Iterator for RowIter<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        match self {
            Self::Bits(rows) => rows.next().map(|row| row as usize),
            Self::U16(rows) => rows.next().map(|&row| usize::from(row)),
            Self::U32(rows) => rows.next().map(|&row| row as usize),
        }
    }

    /// Skips rows without reading them.
    #[inline]
    fn nth(&mut self, skipped: usize) -> Option<usize> {
        match self {
            Self::Bits(rows) => rows.nth(skipped).map(|row| row as usize),
            Self::U16(rows) => rows.nth(skipped).map(|&row| usize::from(row)),
            Self::U32(rows) => rows.nth(skipped).map(|&row| row as usize),
        }
    }
}
