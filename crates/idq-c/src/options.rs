//! The options of a load.

use std::ffi::{c_char, c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use idq::{Cancel, LoadSettings, MAX_THREADS};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{Error, Failure, Status};
use crate::ffi::{call, free, into_raw, not_null, result, text};

/// Receives the progress of a load: the number of records and of bytes that were read so far, before decompression, and the
/// number of bytes of all sources, 0 if one of them is a stream. Threads of the library call it, for every few megabytes, one
/// call at a time; what comes meanwhile is not reported, and a number may be smaller than in the call before. A result other
/// than 0 stops the load, which fails with `IDQ_STATUS_CANCELLED`, even if it is done; a few more calls may follow. `data` must
/// be valid until the load returns. The callback must not change or free the options of the load, and no C++ exception and no
/// `longjmp` may leave it.
pub type Progress = Option<
    unsafe extern "C" fn(data: *mut c_void, records: u64, bytes: u64, total_bytes: u64) -> c_int,
>;

/// The options of a load. One thread at a time may use them, for any number of loads.
#[derive(Debug, Default)]
pub struct Options {
    pub(crate) settings: LoadSettings,
    pub(crate) callback: Option<Callback>,
    threads: Option<usize>,
}

/// A callback with its data.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Callback {
    function: unsafe extern "C" fn(*mut c_void, u64, u64, u64) -> c_int,
    data: *mut c_void,
}

// SAFETY: the header says that threads of the library call the callback, so its data can be used there.
unsafe impl Send for Callback {}

impl Options {
    /// Returns the threads of a load and of the work on its snapshot: new ones, or those that snapshots share.
    pub(crate) fn threads(&self) -> Result<Arc<ThreadPool>, Failure> {
        // Not the global pool of rayon, which never starts after a failure, and which the program may use itself.
        static SHARED: Mutex<Option<Arc<ThreadPool>>> = Mutex::new(None);
        if let Some(threads) = self.threads {
            return start_threads(threads);
        }
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        match &*shared {
            Some(threads) => Ok(Arc::clone(threads)),
            None => Ok(Arc::clone(shared.insert(start_threads(0)?))),
        }
    }
}

/// Starts threads; one for each core for 0.
fn start_threads(threads: usize) -> Result<Arc<ThreadPool>, Failure> {
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("idq-{number}"))
        .build();
    pool.map(Arc::new).map_err(|error| {
        Failure::new(
            Status::SystemFailed,
            format!("cannot start threads: {error}"),
        )
    })
}

impl Callback {
    /// Returns the function that reports the progress of a load, and sets `cancel` where the callback stops it.
    pub(crate) fn reporter(self, cancel: Cancel) -> impl Fn(idq::Progress) + Sync {
        let callback = Mutex::new(self);
        move |progress: idq::Progress| {
            // A report that comes during another one is dropped, so a callback that calls idq cannot wait for itself.
            let callback = match callback.try_lock() {
                Ok(callback) => callback,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => return,
            };
            let (records, bytes) = (progress.records, progress.bytes);
            let total = progress.total.unwrap_or(0);
            // SAFETY: the program's function, with the program's data.
            let stop = unsafe { (callback.function)(callback.data, records, bytes, total) };
            if stop != 0 {
                cancel.cancel();
            }
        }
    }
}

/// Creates options with the default of every setting.
#[unsafe(no_mangle)]
pub extern "C" fn idq_options_new(
    options: Option<&mut MaybeUninit<*mut Options>>,
    error: Option<&mut MaybeUninit<*mut Error>>,
) -> Status {
    call(error, || {
        let options = result(options, ptr::null_mut(), "options")?;
        *options = into_raw(Options::default());
        Ok(())
    })
}

/// Changes a setting of a load. Messages name settings as options of the command: `--on-bad-record skip` is the setting
/// `on-bad-record` with the value `skip`, and `--conformance api` is `IDQ_CONFORMANCE_API`.
///
/// - `api`: the API of the records, where it cannot be detected: `provisionr` or `permission-assist`.
/// - `columns`: the fields that can be queried, which are checked by the load: `all` (the default), `queried` (the fields of the API's filters and sort
///   keys), or names of fields, separated by commas. Fewer load faster; a filter, a sort, an expression or a key of a count that
///   needs another field fails with `IDQ_STATUS_NOT_LOADED`. Records, pages and columns of Arrow streams have every field.
/// - `on-bad-record`: `stop` (the default), or `skip`: malformed records are counted, and `idq_snapshot_describe` has the
///   place and the reason of each. Of a source that is cut off, the records before the cut are loaded, and the cut is a
///   malformed record; where compressed data is cut off, the load fails in any case.
/// - `dedupe`: `false` (the default), or `true`: only the newest record of each id is kept.
/// - `records`: the keys around the records, such as `response.users`.
/// - `dates`: forms of dates besides RFC 3339, separated by commas: `epoch-s`, `epoch-ms`, `dotnet`.
/// - `timezone`: the time zone of dates without one: an IANA name such as `Europe/Berlin`, or an offset such as `+02:00`; UTC
///   by default. It does not change requests, whose days are those of UTC.
/// - `ids`: `strict` (the default), or `as-text`: ids may be numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_options_set(
    options: Option<&mut Options>,
    name: *const c_char,
    value: *const c_char,
    error: Option<&mut MaybeUninit<*mut Error>>,
) -> Status {
    call(error, || {
        let options = not_null(options, "options")?;
        // SAFETY: the program passes null or texts.
        let (name, value) = unsafe { (text(name, "name")?, text(value, "value")?) };
        options
            .settings
            .set(name, value)
            .map_err(|error| Failure::argument(error.to_string()))
    })
}

/// Sets the number of threads, from 1 to 1,024, that load a snapshot and evaluate its requests. They belong to the snapshot,
/// and end soon after its last object is freed. By default all snapshots share one thread for each core, or as many as the
/// environment's `RAYON_NUM_THREADS`.
#[unsafe(no_mangle)]
pub extern "C" fn idq_options_set_threads(
    options: Option<&mut Options>,
    threads: usize,
    error: Option<&mut MaybeUninit<*mut Error>>,
) -> Status {
    call(error, || {
        let options = not_null(options, "options")?;
        if !(1..=usize::from(MAX_THREADS)).contains(&threads) {
            let message = format!("threads: expected 1 to {MAX_THREADS}, found {threads}");
            return Err(Failure::argument(message));
        }
        options.threads = Some(threads);
        Ok(())
    })
}

/// Sets the callback of the progress of a load, and the pointer that it gets. A null callback removes it.
#[unsafe(no_mangle)]
pub extern "C" fn idq_options_set_progress(
    options: Option<&mut Options>,
    progress: Progress,
    data: *mut c_void,
    error: Option<&mut MaybeUninit<*mut Error>>,
) -> Status {
    call(error, || {
        let options = not_null(options, "options")?;
        options.callback = progress.map(|function| Callback { function, data });
        Ok(())
    })
}

/// Frees options. Null is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn idq_options_free(options: Option<Box<Options>>) {
    free(options);
}
