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
        // Hits come in order: the row is near where the last one was, or anywhere behind it.
        row += offsets[row + 1..].partition_point(|&offset| offset as usize <= start);
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

/// A bitmap to set rows in.
pub(super) fn no_rows(rows: usize) -> BooleanBufferBuilder {
    let mut builder = BooleanBufferBuilder::new(rows);
    builder.append_n(rows, false);
    builder
}
