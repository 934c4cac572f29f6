//! The ranges of the columns in the body of a record batch, which are the units of checksums and of reading.

use std::ops::Range;

use arrow_ipc::RecordBatch;
use arrow_schema::Schema;

use super::format::buffers_of;

/// Returns for each column the range of its buffers in the body. The last column, the record blocks, has two ranges:
/// the offsets and the blocks, so that a record can be read without the checksum of all blocks. The ranges cover the
/// body.
///
/// Returns `None` if the buffers are not those of the schema, one after another within the body. A dictionary has one
/// column, and therefore two ranges.
pub fn extents(batch: RecordBatch<'_>, schema: &Schema, body: usize) -> Option<Vec<Range<usize>>> {
    let buffers = batch.buffers()?;
    let mut reached = 0;
    let mut starts = Vec::with_capacity(buffers.len());
    for buffer in buffers {
        let start = usize::try_from(buffer.offset()).ok()?;
        let end = start.checked_add(usize::try_from(buffer.length()).ok()?)?;
        if start < reached || end > body {
            return None;
        }
        starts.push(start);
        reached = end;
    }
    let mut columns = Vec::with_capacity(schema.fields().len());
    let mut next = 0;
    for field in schema.fields() {
        columns.push(*starts.get(next)?);
        next += buffers_of(field.data_type());
    }
    if next != starts.len() || columns.first().is_some_and(|&first| first != 0) {
        return None;
    }
    columns.push(*starts.last()?);
    let ends = columns.iter().copied().skip(1).chain([body]);
    Some(
        columns
            .iter()
            .copied()
            .zip(ends)
            .map(|(start, end)| start..end)
            .collect(),
    )
}
