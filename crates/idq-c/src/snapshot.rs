//! Loaded snapshots.

use std::ffi::{CString, c_char};
use std::sync::Arc;

use idq::{Cancel, Engine, Loader, Source, expand};
use rayon::ThreadPool;
use serde_json::{Value, json};

use crate::border::{Out, call, call_or, free, object, slice, text, texts};
use crate::bytes::{Bytes, c_string};
use crate::error::{Error, Failure, Status};
use crate::options::Options;

/// A loaded snapshot. Any number of threads may use it at the same time.
#[derive(Debug)]
pub struct Snapshot {
    pub(crate) loaded: Arc<Loaded>,
}

/// The content of a snapshot, which its matches share.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) engine: Engine,
    /// The name of the API, for C.
    api: CString,
    /// The entries of folders and archives that are no dumps, each with the reason.
    ignored: Vec<String>,
    /// The threads of this snapshot; `None` for those of the process.
    threads: Option<ThreadPool>,
}

impl Loaded {
    /// Loads sources.
    fn load(
        sources: Vec<Source>,
        ignored: Vec<String>,
        options: &Options,
    ) -> Result<Self, Failure> {
        if sources.is_empty() {
            let message = "paths: expected a source, found none";
            return Err(Failure::argument(message.to_owned()));
        }
        let threads = options.start_threads()?;
        let cancel = Cancel::new();
        let report = options
            .callback
            .map(|callback| callback.reporter(cancel.clone()));
        let settings = &options.settings;
        let load = || {
            let mut loader = Loader::new(sources).cancelled_by(cancel.clone());
            if let Some(report) = &report {
                loader = loader.progress(report);
            }
            Engine::load(settings.apply(loader)?)
        };
        let engine = match &threads {
            Some(threads) => threads.install(load)?,
            None => load()?,
        };
        // A load of a few records may be done before it sees the flag.
        if cancel.is_cancelled() {
            return Err(idq::Error::Cancelled.into());
        }
        Ok(Self {
            api: c_string(engine.api().name.as_str()),
            engine,
            ignored,
            threads,
        })
    }

    /// Does work on the threads of the snapshot.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.threads {
            Some(threads) => threads.install(work),
            None => work(),
        }
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

/// Loads sources, in this order, into a snapshot. A path is that of a dump, a snapshot file, a folder or an archive, a
/// pattern, or `-` for standard input, as for the command. Null options are those by default.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_open(
    paths: *const *const c_char,
    path_count: usize,
    options: *const Options,
    snapshot: *mut *mut Snapshot,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the caller passes pointers as the header says.
    unsafe {
        call(error, || {
            let out = Out::object(snapshot, "snapshot")?;
            let paths = texts(paths, path_count, "paths")?;
            let default = Options::default();
            let options = options.as_ref().unwrap_or(&default);
            let expansion = expand(&paths)?;
            let ignored = expansion.ignored.iter().map(ToString::to_string);
            let loaded = Loaded::load(expansion.sources, ignored.collect(), options)?;
            out.give(Snapshot {
                loaded: Arc::new(loaded),
            });
            Ok(())
        })
    }
}

/// Loads the bytes of a dump, which are copied. Errors call it `name`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_open_bytes(
    name: *const c_char,
    data: *const u8,
    length: usize,
    options: *const Options,
    snapshot: *mut *mut Snapshot,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the caller passes pointers as the header says.
    unsafe {
        call(error, || {
            let out = Out::object(snapshot, "snapshot")?;
            let source = Source::bytes(text(name, "name")?, slice(data, length, "data")?.to_vec());
            let default = Options::default();
            let options = options.as_ref().unwrap_or(&default);
            let loaded = Loaded::load(vec![source], Vec::new(), options)?;
            out.give(Snapshot {
                loaded: Arc::new(loaded),
            });
            Ok(())
        })
    }
}

/// Returns the number of records, deleted ones included; 0 for null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_snapshot_count(snapshot: *const Snapshot) -> u64 {
    // SAFETY: the caller passes pointers as the header says.
    let snapshot = unsafe { snapshot.as_ref() };
    call_or(0, || {
        snapshot.map_or(0, |snapshot| snapshot.loaded.engine.snapshot().rows())
    })
}

/// Returns the name of the API of the records, such as `provisionr`, which lives as long as the snapshot; null for null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_snapshot_api(snapshot: *const Snapshot) -> *const c_char {
    // SAFETY: the caller passes pointers as the header says.
    let snapshot = unsafe { snapshot.as_ref() };
    snapshot.map_or(std::ptr::null(), |snapshot| snapshot.loaded.api.as_ptr())
}

/// Describes a snapshot as a JSON object: `api`; `records`; `sources`, each with `name` and `records`; `rejected`, the
/// number of malformed records that were skipped, and `rejects` with the place and the reason of each, which a packed
/// snapshot no longer has; `ignored`, the entries of folders and archives that are no dumps, each with the reason. Later
/// versions may add keys.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_snapshot_describe(
    snapshot: *const Snapshot,
    json: *mut Bytes,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the caller passes pointers as the header says.
    unsafe {
        call(error, || {
            let out = Out::new(json, Bytes::NONE, "json")?;
            let snapshot = object(snapshot, "snapshot")?;
            out.write(Bytes::new(snapshot.loaded.describe().to_string()));
            Ok(())
        })
    }
}

/// Frees a snapshot. Its matches and records can still be used, and keep what they need. Null does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_snapshot_free(snapshot: *mut Snapshot) {
    // SAFETY: the caller passes pointers as the header says.
    unsafe { free(snapshot) }
}
