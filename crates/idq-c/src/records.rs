//! Iteration over records.

use std::collections::VecDeque;
use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Arc;

use idq::{Record, RowId};

use crate::error::{Error, Failure, Status};
use crate::ffi::{call, free, into_raw, not_null, result, text};
use crate::matches::Matches;
use crate::snapshot::{SharedSnapshot, Snapshot};
use crate::text::c_string;

/// The number of records that are read at a time.
const RECORDS_PER_READ: usize = 1_000;

/// Records in order. One thread at a time may use them.
#[derive(Debug)]
pub struct Records {
    shared: Arc<SharedSnapshot>,
    rows: Vec<RowId>,
    /// The number of rows whose records were read.
    read: usize,
    /// The records that were read and not returned.
    buffer: VecDeque<Record>,
    /// The record that the last call returned.
    current: CString,
}

impl Records {
    fn new(shared: &Arc<SharedSnapshot>, rows: Vec<RowId>, buffer: Vec<Record>) -> Self {
        Self {
            shared: Arc::clone(shared),
            rows,
            read: 0,
            buffer: buffer.into(),
            current: CString::default(),
        }
    }

    /// Returns the next record; `None` after the last one.
    fn next(&mut self) -> Result<Option<&CString>, Failure> {
        if self.buffer.is_empty() {
            let end = self.rows.len().min(self.read + RECORDS_PER_READ);
            let rows = &self.rows[self.read..end];
            let shared = &self.shared;
            self.buffer = shared.run(|| shared.engine.records(rows))?.into();
            self.read = end;
        }
        let Some(record) = self.buffer.pop_front() else {
            return Ok(None);
        };
        self.current = c_string(record);
        Ok(Some(&self.current))
    }
}

/// Returns the records of all matches in order, independent of the page.
///
/// Fails with `NOT_LOADED`, or with `LOAD_FAILED` if a file has changed.
#[unsafe(no_mangle)]
pub extern "C" fn idq_matches_records(
    matches: Option<&Matches>,
    records: Option<&mut MaybeUninit<*mut Records>>,
    error: Option<&mut MaybeUninit<*mut Error>>,
) -> Status {
    call(error, || {
        let records = result(records, ptr::null_mut(), "records")?;
        let matches = not_null(matches, "matches")?;
        let rows = matches.evaluate(idq::Matches::rows)?;
        *records = into_raw(Records::new(&matches.shared, rows, Vec::new()));
        Ok(())
    })
}

/// Returns the records with an id, in load order, deleted ones included. There are several where pages were saved while the
/// directory changed, and none for an unknown id.
///
/// Fails with `LOAD_FAILED` if a file has changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_snapshot_get(
    snapshot: Option<&Snapshot>,
    id: *const c_char,
    records: Option<&mut MaybeUninit<*mut Records>>,
    error: Option<&mut MaybeUninit<*mut Error>>,
) -> Status {
    call(error, || {
        let records = result(records, ptr::null_mut(), "records")?;
        let shared = &not_null(snapshot, "snapshot")?.shared;
        // SAFETY: the program passes null or a text.
        let id = unsafe { text(id, "id")? };
        let found = shared.run(|| shared.engine.get(id))?;
        *records = into_raw(Records::new(shared, Vec::new(), found));
        Ok(())
    })
}

/// Returns the next record: JSON, byte for byte as in the dump, followed by a zero byte that `length` does not count. It
/// belongs to the records, and lives until the next call. Records of an indented dump have line feeds. After the last record,
/// `json` is null, and the status is `IDQ_STATUS_OK`. A call after a failure reads the same records again.
///
/// Fails with `LOAD_FAILED` if a file has changed.
#[unsafe(no_mangle)]
pub extern "C" fn idq_records_next(
    records: Option<&mut Records>,
    json: Option<&mut MaybeUninit<*const c_char>>,
    length: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<*mut Error>>,
) -> Status {
    call(error, || {
        let json = result(json, ptr::null(), "json");
        let (length, json) = (result(length, 0, "length")?, json?);
        if let Some(record) = not_null(records, "records")?.next()? {
            *json = record.as_ptr();
            *length = record.as_bytes().len();
        }
        Ok(())
    })
}

/// Frees records. Null is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn idq_records_free(records: Option<Box<Records>>) {
    free(records);
}
