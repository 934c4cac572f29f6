use arrow_buffer::BooleanBufferBuilder;
use memchr::memmem::Finder;

/// Calls `found` with each row that contains the needle, ascending, searching all rows as one text.
///
/// `offsets` has one more entry than there are rows; row `r` is `bytes[offsets[r]..offsets[r + 1]]`.
pub(super) fn rows_with(
    bytes: &[u8],
    offsets: &[i32],
    needle: &Finder<'_>,
    mut found: impl FnMut(usize),
) {
    let rows = offsets.len() - 1;
    if needle.needle().is_empty() {
        (0..rows).for_each(found);
        return;
    }
    let mut row = 0;
    let mut position = offsets[0] as usize;
    let end = offsets[rows] as usize;
    while let Some(at) = bytes.get(position..end).and_then(|rest| needle.find(rest)) {
        let start = position + at;
        row = row_at(offsets, row, start);
        let row_end = offsets[row + 1] as usize;
        if start + needle.needle().len() <= row_end {
            found(row);
            position = row_end;
        } else {
            // The hit lies across two rows; the next one may begin inside it.
            position = start + 1;
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
