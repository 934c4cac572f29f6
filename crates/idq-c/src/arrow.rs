//! Matches and counts as Arrow C streams.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchIterator};
use arrow_schema::SchemaRef;
use idq::{Origin, Problem, RequestText, unknown_names};
use idq_export::{ExportFormat, Exporter};

use crate::error::{Error, Failure, Status};
use crate::ffi::{call, not_null, result, text, texts};
use crate::matches::Matches;

/// Returns all matches, independent of the page, as a stream of the Arrow C stream interface. The columns are fields of the
/// API and paths in free-form objects, such as `profile.department`; without any, every documented field. All of them are
/// decoded into memory before the call returns. Texts are `u`, dates `tsu:UTC`, booleans `b`, integers `l`; objects and lists
/// are texts of JSON. Batches have some thousand rows, and there is none without matches. A path in a free-form object that no
/// record has is no mistake, and its column is null. The program releases the stream, and everything that it gets from it;
/// nothing of it belongs to the snapshot.
///
/// Fails with `INVALID_REQUEST` (unknown columns), `INVALID_ARGUMENT` (a column twice), `NOT_LOADED` (a field of the request; the
/// columns themselves are read from the records), or with `LOAD_FAILED` if a file has changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_matches_arrow_stream(
    matches: Option<&Matches>,
    columns: *const *const c_char,
    column_count: usize,
    stream: Option<&mut MaybeUninit<FFI_ArrowArrayStream>>,
    error: Option<&mut MaybeUninit<*mut Error>>,
) -> Status {
    call(error, || {
        let stream = result(stream, FFI_ArrowArrayStream::empty(), "stream")?;
        let matches = not_null(matches, "matches")?;
        // SAFETY: the program passes null or `column_count` texts.
        let columns = unsafe { texts(columns, column_count, "columns", text)? };
        let columns: Vec<String> = columns.into_iter().map(str::to_owned).collect();
        let snapshot = matches.shared.engine.snapshot();
        check_columns(&columns, snapshot)?;
        let rows = matches.evaluate(idq::Matches::rows)?;
        let mut exporter = Exporter::new(snapshot, ExportFormat::ARROW);
        if !columns.is_empty() {
            exporter = exporter.with_columns(columns);
        }
        let (schema, batches) = matches.shared.run(|| exporter.to_batches(&rows))?;
        *stream = stream_of(schema, batches);
        Ok(())
    })
}

/// Returns the counts of the matches by keys as a stream of one batch. A key is `FIELD` or `FIELD:BUCKET`, such as
/// `timestamp.created_at:year`. Each key has two columns: one named as the key, of booleans (`b`) or of texts with 64-bit offsets
/// (`U`, unlike those of `idq_matches_arrow_stream`), numbers and years among them, null for a group without a value; and
/// `KEY.presence`, of such texts: `value`, `null`, `missing` or `empty`. The last column is `count`, of unsigned 64-bit integers
/// (`L`). The counts sum to the number of matches. Without matches the batch has no rows. Days, months and years are those of
/// UTC.
///
/// Fails with `INVALID_REQUEST`, `INVALID_ARGUMENT` (a key twice), `NOT_LOADED`, or with `LOAD_FAILED` if a file has changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_matches_count_by(
    matches: Option<&Matches>,
    keys: *const *const c_char,
    key_count: usize,
    stream: Option<&mut MaybeUninit<FFI_ArrowArrayStream>>,
    error: Option<&mut MaybeUninit<*mut Error>>,
) -> Status {
    call(error, || {
        let stream = result(stream, FFI_ArrowArrayStream::empty(), "stream")?;
        let matches = not_null(matches, "matches")?;
        // SAFETY: the program passes null or `key_count` texts.
        let keys = unsafe { texts(keys, key_count, "keys", text)? };
        if let Some(at) = (1..keys.len()).find(|&at| keys[..at].contains(&keys[at])) {
            let key = idq::quote(keys[at]);
            let message = format!("keys: expected keys that differ, found {key} twice");
            return Err(Failure::argument(message));
        }
        let groups = matches.evaluate(|matches| matches.count_by(&keys))?;
        let batch = groups
            .to_arrow()
            .map_err(|error| Failure::argument(format!("keys: {error}")))?;
        *stream = stream_of(batch.schema(), vec![batch]);
        Ok(())
    })
}

/// Returns a stream of batches.
fn stream_of(schema: SchemaRef, batches: Vec<RecordBatch>) -> FFI_ArrowArrayStream {
    let batches = RecordBatchIterator::new(batches.into_iter().map(Ok), schema);
    FFI_ArrowArrayStream::new(Box::new(batches))
}

/// Checks that each name is one that some record can have.
fn check_columns(names: &[String], snapshot: &idq::Snapshot) -> Result<(), Failure> {
    let unknown = unknown_names(names, &[snapshot]);
    if unknown.is_empty() {
        return Ok(());
    }
    let text = |name: &str| RequestText::new(Origin::Named("column"), name);
    let texts: Vec<RequestText> = unknown.iter().map(|one| text(&one.name)).collect();
    let problems = unknown.iter().enumerate().map(|(text, one)| Problem {
        span: Some(idq::parts::Span {
            text,
            start: 0,
            end: one.name.len(),
        }),
        message: format!("no record has a field {}", idq::quote(&one.name)),
        help: one
            .nearest
            .as_ref()
            .map(|near| format!("did you mean {}?", idq::quote(near))),
    });
    Err(Failure::request(&texts, problems.collect()))
}
