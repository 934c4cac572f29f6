//! Iteration over records.

use std::collections::VecDeque;
use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::Arc;

use idq::{Record, RowId};

use crate::border::{Out, call, free, object, object_mut, text};
use crate::bytes::c_string;
use crate::error::{Error, Failure, Status};
use crate::matches::Matches;
use crate::snapshot::{Loaded, Snapshot};

/// The number of records that are read at a time.
const RECORDS_PER_READ: usize = 1_000;

/// Records in order. One thread at a time may use them.
#[derive(Debug)]
pub struct Records {
    loaded: Arc<Loaded>,
    rows: Vec<RowId>,
    /// The number of rows whose records were read.
    read: usize,
    /// The records that were read and not returned.
    buffer: VecDeque<Record>,
    /// The record that C looks at.
    current: CString,
}

impl Records {
    fn new(loaded: &Arc<Loaded>, rows: Vec<RowId>, buffer: Vec<Record>) -> Self {
        Self {
            loaded: Arc::clone(loaded),
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
            let loaded = &self.loaded;
            self.buffer = loaded.run(|| loaded.engine.records(rows))?.into();
            self.read = end;
        }
        let Some(record) = self.buffer.pop_front() else {
            return Ok(None);
        };
        self.current = c_string(record);
        Ok(Some(&self.current))
    }
}

/// Returns the records of all matches in order, whatever the page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_matches_records(
    matches: *const Matches,
    records: *mut *mut Records,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the caller passes pointers as the header says.
    unsafe {
        call(error, || {
            let out = Out::object(records, "records")?;
            let matches = object(matches, "matches")?;
            let rows = matches.evaluate(idq::Matches::rows)?;
            out.give(Records::new(&matches.loaded, rows, Vec::new()));
            Ok(())
        })
    }
}

/// Returns the records with an id, in load order. There are several where pages were saved while the directory changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_snapshot_get(
    snapshot: *const Snapshot,
    id: *const c_char,
    records: *mut *mut Records,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the caller passes pointers as the header says.
    unsafe {
        call(error, || {
            let out = Out::object(records, "records")?;
            let loaded = &object(snapshot, "snapshot")?.loaded;
            let id = text(id, "id")?;
            let found = loaded.run(|| loaded.engine.get(id))?;
            out.give(Records::new(loaded, Vec::new(), found));
            Ok(())
        })
    }
}

/// Returns the next record: JSON, byte for byte as in the dump, followed by a zero byte that `length` does not count. It
/// lives until the next call for these records. After the last record, `json` is null, and the status is `IDQ_STATUS_OK`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_records_next(
    records: *mut Records,
    json: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the caller passes pointers as the header says.
    unsafe {
        call(error, || {
            let json = Out::new(json, ptr::null(), "json")?;
            let length = Out::new(length, 0, "length")?;
            if let Some(record) = object_mut(records, "records")?.next()? {
                json.write(record.as_ptr());
                length.write(record.as_bytes().len());
            }
            Ok(())
        })
    }
}

/// Frees records. Null does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_records_free(records: *mut Records) {
    // SAFETY: the caller passes pointers as the header says.
    unsafe { free(records) }
}
