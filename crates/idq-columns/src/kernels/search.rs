//! Substring search over the concatenated strings of many rows.
//!
//! One search over all bytes is faster than one search for each row if strings are short. The offsets map a hit to its
//! row, and a hit that spans two rows is discarded.

use crate::patterns::Searcher;

/// Calls `found` with each row that contains a pattern, ascending.
///
/// `offsets` has one more entry than there are rows; row `r` is `bytes[offsets[r]..offsets[r + 1]]`. The number of
/// bytes read does not depend on the number of patterns.
pub(super) fn search_rows(
    bytes: &[u8],
    offsets: &[i32],
    searcher: &Searcher,
    mut found: impl FnMut(usize),
) {
    let rows = offsets.len() - 1;
    if searcher.matches_everything() {
        (0..rows).for_each(found);
        return;
    }
    let mut row = 0;
    let mut position = offsets[0] as usize;
    let end = offsets[rows] as usize;
    while let Some(hit) = bytes
        .get(position..end)
        .and_then(|rest| searcher.find(rest))
    {
        row = row_of_byte(offsets, row, position + hit.start);
        let row_end = offsets[row + 1] as usize;
        if position + hit.end <= row_end {
            found(row);
            position = row_end;
        } else {
            // The hit spans rows. It is the first hit to end, so no row before the row of its last byte has a hit.
            row = row_of_byte(offsets, row, position + hit.end - 1);
            position = offsets[row] as usize;
        }
    }
}

/// The number of bytes of generated rows that are searched at a time, which fit in the second-level cache.
const GENERATED_BYTES: usize = 64 << 10;

/// Calls `found` with each row that contains a pattern, ascending, where `write` appends the string of a row.
///
/// It serves encodings that do not store whole strings.
pub(super) fn search_generated_rows(
    rows: usize,
    searcher: &Searcher,
    mut write: impl FnMut(usize, &mut Vec<u8>),
    mut found: impl FnMut(usize),
) {
    let (mut bytes, mut offsets) = (Vec::with_capacity(GENERATED_BYTES), vec![0]);
    let mut first = 0;
    for row in 0..rows {
        write(row, &mut bytes);
        // Loaders cut chunks far below 2 GiB of text.
        offsets.push(bytes.len() as i32);
        if bytes.len() >= GENERATED_BYTES || row + 1 == rows {
            search_rows(&bytes, &offsets, searcher, |at| found(first + at));
            bytes.clear();
            offsets.truncate(1);
            first = row + 1;
        }
    }
}

/// Returns the row that contains a byte position: `row` or a later row.
///
/// Galloping (exponential) search: the time grows with the logarithm of the distance, and most distances are short.
pub(crate) fn row_of_byte(offsets: &[i32], row: usize, position: usize) -> usize {
    let is_before = |&offset: &i32| offset as usize <= position;
    let ends = &offsets[row + 1..];
    let mut step = 1;
    while ends.get(step - 1).is_some_and(is_before) {
        step *= 2;
    }
    let (from, to) = (step / 2, ends.len().min(step));
    row + from + ends[from..to].partition_point(is_before)
}

#[cfg(test)]
mod tests {
    use super::row_of_byte;

    #[test]
    fn row_of_byte_from_any_row_before_is_the_row_that_contains_it() {
        let lengths = [3, 0, 1, 1, 0, 0, 5, 2, 1, 0, 7, 1, 1, 1, 4, 0, 2];
        let mut offsets = vec![2];
        for length in lengths {
            offsets.push(offsets[offsets.len() - 1] + length);
        }
        for row in 0..lengths.len() {
            for position in offsets[row]..offsets[row + 1] {
                for from in 0..=row {
                    assert_eq!(row_of_byte(&offsets, from, position as usize), row);
                }
            }
        }
    }
}
