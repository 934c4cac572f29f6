use arrow_buffer::BooleanBufferBuilder;

use crate::needles::Searcher;

/// Calls `found` with each row that contains a text that is searched for, ascending, all rows searched as one text.
///
/// `offsets` has one more entry than there are rows; row `r` is `bytes[offsets[r]..offsets[r + 1]]`. The number
/// of bytes that are read does not depend on the number of texts.
pub(super) fn rows_with(
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
        row = row_at(offsets, row, position + hit.start);
        let row_end = offsets[row + 1] as usize;
        if position + hit.end <= row_end {
            found(row);
            position = row_end;
        } else {
            // The hit lies across rows. It is the one that ends first, so none lies in a row before that of its end.
            row = row_at(offsets, row, position + hit.end - 1);
            position = offsets[row] as usize;
        }
    }
}

/// The bytes of rows that are put together at a time.
const BLOCK: usize = 64 << 10;

/// Calls `found` with each row that contains a text that is searched for, ascending, where `write` appends the text of a row.
pub(super) fn written_rows_with(
    rows: usize,
    searcher: &Searcher,
    mut write: impl FnMut(usize, &mut Vec<u8>),
    mut found: impl FnMut(usize),
) {
    let (mut bytes, mut offsets) = (Vec::with_capacity(BLOCK), vec![0]);
    let mut first = 0;
    for row in 0..rows {
        write(row, &mut bytes);
        // Loaders cut chunks far below 2 GiB of text.
        offsets.push(bytes.len() as i32);
        if bytes.len() >= BLOCK || row + 1 == rows {
            rows_with(&bytes, &offsets, searcher, |at| found(first + at));
            bytes.clear();
            offsets.truncate(1);
            first = row + 1;
        }
    }
}

/// The row that has the byte of this position: the row given, or one behind it, and mostly near. The time it takes grows
/// with the logarithm of the distance.
pub(crate) fn row_at(offsets: &[i32], row: usize, position: usize) -> usize {
    let is_before = |&offset: &i32| offset as usize <= position;
    let ends = &offsets[row + 1..];
    let mut step = 1;
    while ends.get(step - 1).is_some_and(is_before) {
        step *= 2;
    }
    let (from, to) = (step / 2, ends.len().min(step));
    row + from + ends[from..to].partition_point(is_before)
}

/// A bitmap to set rows in.
pub(super) fn no_rows(rows: usize) -> BooleanBufferBuilder {
    let mut builder = BooleanBufferBuilder::new(rows);
    builder.append_n(rows, false);
    builder
}

#[cfg(test)]
mod tests {
    use super::row_at;

    #[test]
    fn the_row_of_a_byte_is_found_from_any_row_before_it() {
        let lengths = [3, 0, 1, 1, 0, 0, 5, 2, 1, 0, 7, 1, 1, 1, 4, 0, 2];
        let mut offsets = vec![2];
        for length in lengths {
            offsets.push(offsets[offsets.len() - 1] + length);
        }
        for row in 0..lengths.len() {
            for position in offsets[row]..offsets[row + 1] {
                for from in 0..=row {
                    assert_eq!(row_at(&offsets, from, position as usize), row);
                }
            }
        }
    }
}
