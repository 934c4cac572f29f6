//! The options of a load.

use std::ffi::{c_char, c_int, c_void};
use std::sync::{Mutex, PoisonError};

use idq::{Cancel, LoadSettings, MAX_THREADS};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::border::{Out, call, free, object_mut, text};
use crate::error::{Error, Failure, Status};

/// A callback of the progress of a load: the numbers of records and of bytes so far, and the number of bytes of all
/// sources, which is 0 where a source is a pipe. It is called from threads of the library, one call at a time. A result
/// other than 0 stops the load, which then fails with `IDQ_STATUS_CANCELLED`.
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

// SAFETY: the header says that the callback is called from threads of the library, so the caller's data can be used
// there.
unsafe impl Send for Callback {}

impl Options {
    /// Starts the threads of a load and of the work on its snapshot; `None` for those of the process.
    pub(crate) fn start_threads(&self) -> Result<Option<ThreadPool>, Failure> {
        let Some(threads) = self.threads else {
            return Ok(None);
        };
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|error| {
            Failure::new(
                Status::SystemFailed,
                format!("cannot start threads: {error}"),
            )
        })?;
        Ok(Some(pool))
    }
}

impl Callback {
    /// Returns the function that reports the progress of a load, and sets `cancel` where the callback stops it.
    pub(crate) fn reporter(self, cancel: Cancel) -> impl Fn(idq::Progress) + Sync {
        let callback = Mutex::new(self);
        move |progress: idq::Progress| {
            let callback = callback.lock().unwrap_or_else(PoisonError::into_inner);
            let (records, bytes) = (progress.records, progress.bytes);
            let total = progress.total.unwrap_or(0);
            // SAFETY: the caller's function, with the caller's data.
            let stop = unsafe { (callback.function)(callback.data, records, bytes, total) };
            if stop != 0 {
                cancel.cancel();
            }
        }
    }
}

/// Creates options: those of a load by default.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_options_new(
    options: *mut *mut Options,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the caller passes pointers as the header says.
    unsafe {
        call(error, || {
            Out::object(options, "options")?.give(Options::default());
            Ok(())
        })
    }
}

/// Changes a setting. Names and values are those of the command's options:
///
/// - `api`: the name of the API, where it cannot be detected: `provisionr`, `permission-assist`
/// - `columns`: `all` (the default), `queried` (those of the API's filters and sort keys), or fields, separated by commas:
///   fewer load faster
/// - `on-bad-record`: `stop` (the default), or `skip`: malformed records are counted, and described by
///   `idq_snapshot_describe`
/// - `dedupe`: `false` (the default), or `true`: only the newest record of each id is kept
/// - `records`: the keys around the records, such as `response.users`
/// - `dates`: forms of dates besides RFC 3339, separated by commas: `epoch-s`, `epoch-ms`, `dotnet`
/// - `timezone`: the zone of dates without one; UTC by default
/// - `ids`: `strict` (the default), or `as-text`: ids may be numbers
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_options_set(
    options: *mut Options,
    name: *const c_char,
    value: *const c_char,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the caller passes pointers as the header says.
    unsafe {
        call(error, || {
            let options = object_mut(options, "options")?;
            let (name, value) = (text(name, "name")?, text(value, "value")?);
            let set = options.settings.set(name, value);
            set.map_err(|error| Failure::argument(error.to_string()))
        })
    }
}

/// Sets the number of threads of a load and of all work on its snapshot, which are then its own. By default all snapshots
/// share one thread for each core.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_options_set_threads(
    options: *mut Options,
    threads: usize,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the caller passes pointers as the header says.
    unsafe {
        call(error, || {
            let options = object_mut(options, "options")?;
            if !(1..=usize::from(MAX_THREADS)).contains(&threads) {
                let message = format!("threads: expected 1 to {MAX_THREADS}, found {threads}");
                return Err(Failure::argument(message));
            }
            options.threads = Some(threads);
            Ok(())
        })
    }
}

/// Sets the callback of the progress of a load, and the pointer that it gets; a null callback sets none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_options_set_progress(
    options: *mut Options,
    progress: Progress,
    data: *mut c_void,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the caller passes pointers as the header says.
    unsafe {
        call(error, || {
            let options = object_mut(options, "options")?;
            options.callback = progress.map(|function| Callback { function, data });
            Ok(())
        })
    }
}

/// Frees options. Null does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_options_free(options: *mut Options) {
    // SAFETY: the caller passes pointers as the header says.
    unsafe { free(options) }
}
