//! The branch-free inner loop of filter kernels: a test of each value, whose result is one bit.
//!
//! A test that always runs costs less than a branch that skips it. Rows without a value are tested as well, and removed
//! from the result by their validity, 64 at a time.

use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};

use crate::RowSet;

/// Returns the rows whose value passes a test, as a selection bitmap.
///
/// 64 rows are tested and packed at a time, in loops that the compiler vectorises, as long as the test has no branches.
pub(crate) fn filter_values<T: Copy>(
    values: &[T],
    nulls: Option<&NullBuffer>,
    test: impl Fn(T) -> bool,
) -> RowSet {
    let mut words = Vec::with_capacity(values.len().div_ceil(64));
    let (blocks, rest) = values.as_chunks::<64>();
    words.extend(blocks.iter().map(|block| test_block(block, &test)));
    if !rest.is_empty() {
        let bits = rest.iter().enumerate();
        words.push(bits.fold(0, |word, (bit, value)| {
            word | u64::from(test(*value)) << bit
        }));
    }
    let rows = BooleanBuffer::new(Buffer::from_vec(words), 0, values.len());
    retain_valid(rows, nulls)
}

/// Removes the rows without a value from the result of a test, which reads their unspecified bytes as well.
pub(super) fn retain_valid(rows: RowSet, nulls: Option<&NullBuffer>) -> RowSet {
    match nulls {
        Some(valid) => &rows & valid.inner(),
        None => rows,
    }
}

/// Tests 64 values; returns one bit each.
fn test_block<T: Copy>(block: &[T; 64], test: impl Fn(T) -> bool) -> u64 {
    // A byte for each value first: comparing and packing in one loop would not vectorise.
    let mut bytes = [0u8; 64];
    for (byte, value) in bytes.iter_mut().zip(block) {
        *byte = u8::from(test(*value));
    }
    pack(&bytes)
}

/// Packs 64 bytes, each 0 or 1, into one bit each.
pub(super) fn pack(bytes: &[u8; 64]) -> u64 {
    let (eights, _) = bytes.as_chunks::<8>();
    let eight_bits = |eight: &[u8; 8]| {
        // The multiplication moves bit 0 of byte `i` to bit `i` of the highest byte.
        u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56
    };
    let bits = eights.iter().enumerate();
    bits.fold(0, |word, (index, eight)| {
        word | eight_bits(eight) << (8 * index)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filter_values_of_any_length_sets_the_bit_of_each_row_that_passes() {
        for length in [0, 1, 7, 63, 64, 65, 128, 200] {
            for modulus in [1, 2, 3, 7, 64] {
                let values: Vec<u32> = (0..length).collect();
                let rows = filter_values(&values, None, |value| value % modulus == 0);
                let expected: Vec<usize> = (0..length as usize)
                    .filter(|row| row % modulus as usize == 0)
                    .collect();
                assert_eq!(rows.set_indices().collect::<Vec<_>>(), expected);
            }
        }
    }
}
