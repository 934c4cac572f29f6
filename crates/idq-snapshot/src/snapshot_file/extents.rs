//! Where the columns of a record batch lie in its body.

use std::ops::Range;

use arrow_ipc::RecordBatch;
use arrow_schema::Schema;

use super::format::buffers_of;

/// For each column the part of the body that holds its buffers, and for the last one, the records, first the part that
/// says where each is and then the records themselves, so that one can be read alone. Together they are the body. `None`
/// where the buffers are not those of the schema, one behind another within the body.
///
/// A dictionary has one column, whose texts are then the second part.
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
