//! Histogram: the number of rows by code.

use crate::RowSet;
use crate::bitmap::WORD_BITS;

/// Tables that consecutive rows increment in turn, which breaks the dependency between increments of one counter:
/// neighbouring rows often have the same code.
const TABLES: usize = 4;

/// The greatest number of codes for which there are several tables, which then still fit the first-level cache.
const MAX_TABLE_CODES: usize = 1 << 10;

/// The number of different bytes.
const BYTES: usize = 1 << 8;

/// Returns the number of selected rows by code; without a selection, of all rows. Codes of selected rows are below
/// `code_count`.
///
/// If most rows are selected, all rows are counted and the others subtracted, because visiting the rows of a bitmap
/// takes longer than counting.
///
/// # Panics
/// Panics if the code of a selected row is not below `code_count`.
pub fn count_codes<T: Copy + Into<usize>>(
    codes: &[T],
    code_count: usize,
    selection: Option<&RowSet>,
) -> Vec<u32> {
    let Some(selected) = selection else {
        return count_all(codes, code_count);
    };
    if selected.count_set_bits() * 2 < codes.len() {
        let mut counts = vec![0; code_count];
        for_each_set(words(selected), |row| counts[codes[row].into()] += 1);
        return counts;
    }
    let mut counts = count_all(codes, code_count);
    // Bits after the last row are zero, so their complements belong to no row.
    for_each_set(words(selected).into_iter().map(|word| !word), |row| {
        if let Some(count) = codes.get(row).and_then(|&code| counts.get_mut(code.into())) {
            *count -= 1;
        }
    });
    counts
}

/// Returns the number of selected rows by byte; `bytes` has one for each row of `rows`, ascending.
pub(super) fn count_path_codes(
    bytes: &[u8],
    rows: &RowSet,
    selection: Option<&RowSet>,
) -> Vec<u32> {
    let Some(selected) = selection else {
        return count_all(bytes, BYTES);
    };
    let subtracts = selected.count_set_bits() * 2 >= rows.len();
    let mut counts = if subtracts {
        count_all(bytes, BYTES)
    } else {
        vec![0; BYTES]
    };
    let mut passed = 0;
    for (word, selected) in words(rows).into_iter().zip(words(selected)) {
        let mut counted = word & if subtracts { !selected } else { selected };
        while counted != 0 {
            let lowest = counted & counted.wrapping_neg();
            let position = passed + (word & (lowest - 1)).count_ones() as usize;
            if let Some(&byte) = bytes.get(position) {
                let count = &mut counts[usize::from(byte)];
                *count = if subtracts { *count - 1 } else { *count + 1 };
            }
            counted &= counted - 1;
        }
        passed += word.count_ones() as usize;
    }
    counts
}

/// Returns the number of rows by code. Codes that are not below `code_count` are not counted.
fn count_all<T: Copy + Into<usize>>(codes: &[T], code_count: usize) -> Vec<u32> {
    if code_count > MAX_TABLE_CODES {
        let mut counts = vec![0; code_count];
        for &code in codes {
            if let Some(count) = counts.get_mut(code.into()) {
                *count += 1;
            }
        }
        return counts;
    }
    let mut tables = vec![0u32; code_count * TABLES];
    let (first, rest) = tables.split_at_mut(code_count);
    let (second, rest) = rest.split_at_mut(code_count);
    let (third, fourth) = rest.split_at_mut(code_count);
    let add = |table: &mut [u32], code: T| {
        if let Some(count) = table.get_mut(code.into()) {
            *count += 1;
        }
    };
    let (blocks, last) = codes.as_chunks::<TABLES>();
    for &[one, two, three, four] in blocks {
        add(first, one);
        add(second, two);
        add(third, three);
        add(fourth, four);
    }
    last.iter().for_each(|&code| add(first, code));
    for ((first, second), (third, fourth)) in first
        .iter_mut()
        .zip(second)
        .zip(third.iter_mut().zip(fourth))
    {
        *first += *second + *third + *fourth;
    }
    tables.truncate(code_count);
    tables
}

/// Calls `visit` with the position of each set bit.
fn for_each_set(words: impl IntoIterator<Item = u64>, mut visit: impl FnMut(usize)) {
    for (index, mut word) in words.into_iter().enumerate() {
        while word != 0 {
            visit(index * WORD_BITS + word.trailing_zeros() as usize);
            word &= word - 1;
        }
    }
}

/// Returns the words of a bitmap. Bits after its end are zero.
pub(super) fn words(rows: &RowSet) -> Vec<u64> {
    let chunks = rows.bit_chunks();
    // Arrow pads with a word of zeros where the length is a multiple of 64.
    let words = chunks.iter_padded();
    words.take(rows.len().div_ceil(WORD_BITS)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_any_length_and_selection_equal_those_of_one_row_after_another() {
        for rows in [0, 1, 3, 63, 64, 65, 200, 1_000] {
            for code_count in [1, 3, 7, 300, MAX_TABLE_CODES + 1] {
                let codes: Vec<u16> = (0..rows)
                    .map(|row| (row * row % code_count) as u16)
                    .collect();
                for divisor in [1, 2, 3, 10, 1_000_000] {
                    for is_selected in [true, false] {
                        let selection: Vec<bool> = (0..rows)
                            .map(|row| (row % divisor == 0) == is_selected)
                            .collect();
                        let mut expected = vec![0; code_count];
                        for (code, _) in codes.iter().zip(&selection).filter(|(_, is)| **is) {
                            expected[usize::from(*code)] += 1;
                        }
                        let selection = RowSet::from(selection);
                        assert_eq!(count_codes(&codes, code_count, Some(&selection)), expected);
                    }
                }
                let all = RowSet::new_set(rows);
                let counts = count_codes(&codes, code_count, None);
                assert_eq!(counts, count_codes(&codes, code_count, Some(&all)));
            }
        }
    }

    #[test]
    fn counts_of_codes_of_some_rows_equal_those_of_one_row_after_another() {
        for rows in [0, 1, 64, 65, 500] {
            for (every, divisor) in [(1, 2), (2, 3), (3, 2), (3, 10), (7, 1)] {
                let has_code = RowSet::collect_bool(rows, |row| row % every != 1);
                let codes: Vec<u8> = has_code.set_indices().map(|row| (row % 11) as u8).collect();
                let selection = RowSet::collect_bool(rows, |row| row % divisor == 0);
                for selection in [&selection, &!&selection] {
                    let mut expected = vec![0; BYTES];
                    for row in has_code.set_indices().filter(|&row| selection.value(row)) {
                        expected[row % 11] += 1;
                    }
                    assert_eq!(
                        count_path_codes(&codes, &has_code, Some(selection)),
                        expected
                    );
                }
            }
        }
    }
}
