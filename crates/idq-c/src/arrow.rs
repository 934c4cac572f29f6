//! Matches and counts as Arrow C streams.

use std::ffi::c_char;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchIterator};
use idq::unknown_names;
use idq_export::{ExportFormat, Exporter};

use crate::border::{Out, call, object, texts};
use crate::error::{Error, Failure, Status};
use crate::matches::Matches;

/// Writes all matches, whatever the page, as a stream of the Arrow C stream interface. The columns are fields of the API
/// and paths in free-form objects, such as `profile.department`; without any, every documented field. The reader releases
/// the stream, and everything that it gets from it; nothing of it belongs to the snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_matches_arrow_stream(
    matches: *const Matches,
    columns: *const *const c_char,
    column_count: usize,
    stream: *mut FFI_ArrowArrayStream,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the caller passes pointers as the header says.
    unsafe {
        call(error, || {
            let out = Out::new(stream, FFI_ArrowArrayStream::empty(), "stream")?;
            let matches = object(matches, "matches")?;
            let columns = texts(columns, column_count, "columns")?;
            let columns: Vec<String> = columns.into_iter().map(str::to_owned).collect();
            let loaded = &matches.loaded;
            let snapshot = loaded.engine.snapshot();
            check_names(&columns, snapshot)?;
            let rows = matches.evaluate(idq::Matches::rows)?;
            let mut exporter = Exporter::new(snapshot, ExportFormat::ARROW);
            if !columns.is_empty() {
                exporter = exporter.with_columns(columns);
            }
            let (schema, batches) = loaded.run(|| exporter.to_batches(&rows))?;
            let batches = RecordBatchIterator::new(batches.into_iter().map(Ok), schema);
            out.write(FFI_ArrowArrayStream::new(Box::new(batches)));
            Ok(())
        })
    }
}

/// Checks that each name is one that some record can have.
fn check_names(names: &[String], snapshot: &idq::Snapshot) -> Result<(), Failure> {
    let unknown = unknown_names(names, &[snapshot]);
    let Some(first) = unknown.first() else {
        return Ok(());
    };
    let help = first.nearest.as_ref();
    let help = help.map_or_else(String::new, |near| {
        format!("\n  help: did you mean {}?", idq::quote(near))
    });
    let name = idq::quote(&first.name);
    let message = format!("columns: no record has a field {name}{help}");
    Err(Failure::new(Status::InvalidRequest, message))
}

/// Writes the counts of the matches by keys, `FIELD` or `FIELD:BUCKET` such as `timestamp.created_at:year`, as a stream of
/// one batch. Each key has two columns: its values, null for a group without a value, and `NAME.presence` with `value`,
/// `null`, `missing` or `empty`. The last column is `count`. The counts sum to the number of matches.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_matches_count_by(
    matches: *const Matches,
    keys: *const *const c_char,
    key_count: usize,
    stream: *mut FFI_ArrowArrayStream,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the caller passes pointers as the header says.
    unsafe {
        call(error, || {
            let out = Out::new(stream, FFI_ArrowArrayStream::empty(), "stream")?;
            let matches = object(matches, "matches")?;
            let keys = texts(keys, key_count, "keys")?;
            let groups = matches.evaluate(|matches| matches.count_by(&keys))?;
            let batch: RecordBatch = groups
                .to_arrow()
                .map_err(|error| Failure::new(Status::InvalidRequest, format!("keys: {error}")))?;
            let schema = batch.schema();
            let batches = RecordBatchIterator::new([Ok(batch)], schema);
            out.write(FFI_ArrowArrayStream::new(Box::new(batches)));
            Ok(())
        })
    }
}
