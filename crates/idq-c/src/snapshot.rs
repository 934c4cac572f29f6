//! Loaded snapshots.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Arc;

use idq::{Cancel, Engine, Loader, Source, expand, guard_mapped_files};
use rayon::ThreadPool;
use serde_json::{Value, json};

use crate::error::{Error, Failure, Status};
use crate::ffi::{call, call_or, free, into_raw, not_null, path, result, slice, text, texts};
use crate::options::Options;
use crate::text::{Text, c_string};

/// A loaded snapshot. Any number of threads may use it at the same time.
#[derive(Debug)]
pub struct Snapshot {
    pub(crate) shared: Arc<SharedSnapshot>,
}

/// The content of a snapshot, which its matches share.
#[derive(Debug)]
pub(crate) struct SharedSnapshot {
    pub(crate) engine: Engine,
    /// The name of the API, for C.
    api: CString,
    /// The entries of folders and archives that are no dumps, each with the reason.
    ignored: Vec<String>,
    threads: Arc<ThreadPool>,
}

impl SharedSnapshot {
    /// Runs `work` on the threads of the snapshot.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.threads.install(work)
    }

    /// Describes the snapshot: see `idq_snapshot_describe`.
    fn describe(&self) -> Value {
        let snapshot = self.engine.snapshot();
        let sources = snapshot.sources().iter();
        let sources: Vec<Value> = sources
            .map(|source| json!({"name": source.name, "records": source.records}))
            .collect();
        let rejects = snapshot.rejects().iter().map(|reject| {
            let source = snapshot.sources().get(reject.source);
            json!({
                "source": source.map(|source| &source.name),
                "record": reject.record,
                "line": reject.line,
                "offset": reject.offset,
                "field": reject.path,
                "reason": reject.reason.to_string(),
            })
        });
        let rejects: Vec<Value> = rejects.collect();
        json!({
            "api": self.engine.api().name,
            "records": snapshot.rows(),
            "sources": sources,
            "rejected": snapshot.rejects().len() as u64 + snapshot.rejected_before(),
            "rejects": rejects,
            "ignored": self.ignored,
        })
    }
}

impl Snapshot {
    /// Loads sources; with the default options for `None`.
    fn load(
        sources: Vec<Source>,
        ignored: Vec<String>,
        options: Option<&Options>,
    ) -> Result<Self, Failure> {
        if sources.is_empty() {
            let message = "paths: expected a source, found none";
            return Err(Failure::argument(message.to_owned()));
        }
        let default = Options::default();
        let options = options.unwrap_or(&default);
        let threads = options.threads()?;
        let cancel = Cancel::new();
        let report = options
            .callback
            .map(|callback| callback.reporter(cancel.clone()));
        let settings = &options.settings;
        let engine = threads.install(|| {
            let mut loader = Loader::new(sources).cancelled_by(cancel.clone());
            if let Some(report) = &report {
                loader = loader.progress(report);
            }
            Engine::load(settings.apply(loader)?)
        })?;
        // A short load may end before it checks the flag: the result of the callback decides.
        if cancel.is_cancelled() {
            return Err(idq::Error::Cancelled.into());
        }
        let shared = SharedSnapshot {
            api: c_string(engine.api().name.as_str()),
            engine,
            ignored,
            threads,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }
}

/// Loads sources, in this order, into a snapshot. A path is that of a dump, a snapshot file, a folder or an archive, a
/// pattern, or `-` for standard input, as for the command; its bytes need not be UTF-8. Standard input is read to its end, so
/// it cannot be loaded again. C needs a cast of `argv`: `(const char *const *)(argv + 1)`. `options` may be null for the defaults,
/// and are only read during the call.
///
/// Fails with `MISSING_SOURCE`, `LOAD_FAILED`, `CANCELLED`, `SYSTEM_FAILED` (threads), or `INVALID_ARGUMENT` (no path; an
/// unknown field in `columns`).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_open(
    paths: *const *const c_char,
    path_count: usize,
    options: Option<&Options>,
    snapshot: Option<&mut MaybeUninit<*mut Snapshot>>,
    error: Option<&mut MaybeUninit<*mut Error>>,
) -> Status {
    call(error, || {
        let snapshot = result(snapshot, ptr::null_mut(), "snapshot")?;
        // SAFETY: the program passes null or `path_count` texts.
        let paths = unsafe { texts(paths, path_count, "paths", path)? };
        let expansion = expand(&paths)?;
        let ignored = expansion.ignored.iter().map(ToString::to_string);
        let loaded = Snapshot::load(expansion.sources, ignored.collect(), options)?;
        *snapshot = into_raw(loaded);
        Ok(())
    })
}

/// Loads the bytes of one dump, which are copied; they may be compressed, as a file may. `name` stands for the source in
/// errors. Otherwise as `idq_open`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_open_bytes(
    name: *const c_char,
    data: *const u8,
    length: usize,
    options: Option<&Options>,
    snapshot: Option<&mut MaybeUninit<*mut Snapshot>>,
    error: Option<&mut MaybeUninit<*mut Error>>,
) -> Status {
    call(error, || {
        let snapshot = result(snapshot, ptr::null_mut(), "snapshot")?;
        // SAFETY: the program passes null or a text, and null or `length` bytes.
        let (name, data) = unsafe { (text(name, "name")?, slice(data, length, "data")?) };
        let source = Source::bytes(name, data.to_vec());
        *snapshot = into_raw(Snapshot::load(vec![source], Vec::new(), options)?);
        Ok(())
    })
}

/// Returns the number of records, deleted ones included; 0 for a null snapshot.
#[unsafe(no_mangle)]
pub extern "C" fn idq_snapshot_count(snapshot: Option<&Snapshot>) -> u64 {
    call_or(0, || {
        snapshot.map_or(0, |snapshot| snapshot.shared.engine.snapshot().rows())
    })
}

/// Returns the name of the API of the records, such as `provisionr`; null for a null snapshot. The text belongs to the
/// snapshot.
#[unsafe(no_mangle)]
pub extern "C" fn idq_snapshot_api(snapshot: Option<&Snapshot>) -> *const c_char {
    snapshot.map_or(ptr::null(), |snapshot| snapshot.shared.api.as_ptr())
}

/// Describes a snapshot as a JSON object on one line:
///
/// - `api`: the name of the API; `records`: the number of records.
/// - `sources`: an array with the `name` and the number of `records` of each, those that were skipped included.
/// - `rejected`: the number of malformed records that were skipped; `rejects`: an array with `source`, `record`, `line`,
///   `offset` (of the record), `field` and `reason` of each, except those that were skipped when a snapshot file was packed.
/// - `ignored`: an array of texts: the entries of folders and archives that are no dumps, each with the reason.
///
/// Later versions may add keys.
#[unsafe(no_mangle)]
pub extern "C" fn idq_snapshot_describe(
    snapshot: Option<&Snapshot>,
    json: Option<&mut MaybeUninit<Text>>,
    error: Option<&mut MaybeUninit<*mut Error>>,
) -> Status {
    call(error, || {
        let json = result(json, Text::NONE, "json")?;
        let snapshot = not_null(snapshot, "snapshot")?;
        *json = Text::new(snapshot.shared.describe().to_string());
        Ok(())
    })
}

/// Frees a snapshot. Its matches and records can still be used, and keep what they need. Null is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn idq_snapshot_free(snapshot: Option<Box<Snapshot>>) {
    free(snapshot);
}

/// Turns the fault of reading a snapshot file that another program has truncated into `IDQ_STATUS_LOAD_FAILED`. Without it,
/// such a read ends the process with SIGBUS. Installs a handler for SIGBUS of the whole process, which is never removed, and
/// passes every other fault to the handler before it; a handler that is set later must call this one. A second call does
/// nothing.
#[unsafe(no_mangle)]
pub extern "C" fn idq_guard_mapped_files(error: Option<&mut MaybeUninit<*mut Error>>) -> Status {
    call(error, || {
        guard_mapped_files().map_err(|error| {
            Failure::new(
                Status::SystemFailed,
                format!("cannot set a handler: {error}"),
            )
        })
    })
}
