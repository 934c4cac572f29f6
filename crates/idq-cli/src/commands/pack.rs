//! `idq pack`: writes dumps into a snapshot file, within a bound on memory.
//!
//! The bound on memory is checked three times: from the number of records of snapshot files among the sources, from the
//! number of loaded records, and by the packer from the columns. A bound that is too small is refused with one that
//! suffices. Large columns are written to a temporary file instead of memory where the bound requires it.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use idq::{
    Columns, PackOptions, PackProgress, RowId, SnapshotFile, Source, SpillFile, default_memory,
    is_snapshot_file, memory_for_rows, threads_for_memory, wants_spill,
};
use idq_files::{OutputKind, check_target, is_special_file, parent_folder};
use indicatif::DecimalBytes;

use crate::arguments::PackArguments;
use crate::exit::{ExitStatus, UsageError, cannot_write};
use crate::formats::{refuse_format_name, refuse_record_extension};
use crate::output_checks::{refuse_rejects_file, refuse_source};
use crate::process::signals::remove_unfinished_on_signals;
use crate::process::threads::run_on_threads;
use crate::session::{Masking, ParsedRequest, ProgressDisplay, Session, format_count};

/// Runs the command.
pub(crate) fn run(arguments: &PackArguments) -> Result<ExitStatus> {
    let session = Session::new(&arguments.sources, arguments.request.context())?;
    let path = &arguments.output;
    if path.as_os_str() == "-" || is_special_file(path) {
        let path = path.display();
        let message =
            format!("-o {path}: expected a file, because a snapshot file is memory-mapped");
        return Err(UsageError(message).into());
    }
    // The session is consumed by the load.
    let sources = session.sources().to_vec();
    refuse_source("-o", path, &sources)?;
    refuse_rejects_file("-o", path, arguments.sources.rejects.as_deref())?;
    refuse_record_extension(path)?;
    refuse_format_name(path, Some("people.idq"))?;
    check_target(path, OutputKind::File).map_err(|error| cannot_write(path, &error))?;
    let memory = arguments.memory.unwrap_or_else(default_memory);
    // The number of records that deduplication drops is not known before the load.
    let records = if arguments.sources.dedupe {
        0
    } else {
        packed_records(&sources)
    };
    check_memory(records, memory)?;
    let masking = Masking::new(&arguments.mask, &arguments.sources)?;
    if let Some(masking) = &masking {
        masking.check_output(path)?;
    }
    // From here on there are temporary files.
    remove_unfinished_on_signals()?;
    run_on_threads(limit_threads(arguments.sources.threads, memory), || {
        // The load and the packer share the file.
        let spill = create_spill(path, &sources, memory)?;
        let mut loaded = session.load_within(Columns::All, memory, spill.clone())?;
        let request = ParsedRequest::new(&arguments.request).with_deleted_records();
        let (mut packed_request, account) = loaded.retain(&arguments.request, request)?;
        if let Some(sample) = arguments.sample.sample() {
            let snapshot = loaded.engine.snapshot();
            let rows: Vec<RowId> = snapshot.visible_rows().collect();
            let rows = sample.choose(snapshot, &rows).map_err(idq::Error::from)?;
            loaded.engine.retain_rows(&rows)?;
            packed_request.sample = Some(sample.to_string());
        }
        check_memory(loaded.engine.snapshot().rows(), memory)?;
        let copy = match masking {
            Some(masking) => {
                let snapshot = loaded.engine.snapshot();
                let masking = masking.learn(&[snapshot], arguments.request.context())?;
                for condition in &mut packed_request.conditions {
                    *condition = masking.mask_condition(snapshot.api(), condition);
                }
                let rows: Vec<RowId> = snapshot.visible_rows().collect();
                Some(masking.copy(snapshot, &rows, Columns::All)?)
            }
            None => None,
        };
        let engine = copy.as_ref().unwrap_or(&loaded.engine);
        let display = ProgressDisplay::new(arguments.sources.verbosity());
        let report = |progress: PackProgress| display.show_pack(progress);
        let options = PackOptions {
            level: arguments.level,
            progress: Some(&report),
            spill: spill.as_deref(),
            memory: Some(memory),
            request: packed_request,
        };
        let packed = engine.pack(path, &options);
        display.finish();
        let length = packed.map_err(|error| match error {
            idq::Error::Pack(idq::PackError::Write(error)) => cannot_write(path, &error),
            idq::Error::Pack(idq::PackError::Memory { needed }) => {
                memory_error(loaded.engine.snapshot().rows(), needed, memory)
            }
            error => error.into(),
        })?;
        if loaded.engine.snapshot().rows() == 0 {
            loaded
                .print_warning("no record satisfies the request: the snapshot file has no records");
        }
        let records = format_count(loaded.engine.snapshot().rows(), "record");
        let length = DecimalBytes(length);
        loaded.print_summary_with_total_time(&format!("packed {records} into {length}"));
        loaded.print_account(account);
        Ok(ExitStatus::SUCCESS)
    })
}

/// Refuses a bound on memory that is too small for `records` records.
fn check_memory(records: u64, memory: u64) -> Result<()> {
    let needed = memory_for_rows(records);
    if needed <= memory {
        return Ok(());
    }
    Err(memory_error(records, needed, memory))
}

/// Returns the number of threads that fits the bound on memory, at most `requested` or the number of cores.
fn limit_threads(requested: Option<u16>, memory: u64) -> Option<u16> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let limit = threads_for_memory(memory);
    if requested.map_or(cores, usize::from) <= limit {
        return requested;
    }
    u16::try_from(limit).ok()
}

/// Returns the error for a bound on memory that is too small, with a bound that suffices.
fn memory_error(records: u64, needed: u64, memory: u64) -> anyhow::Error {
    let requirement = match records {
        0 => "packing takes at least".to_owned(),
        records => format!("packing {} takes up to", format_count(records, "record")),
    };
    // The estimate becomes more precise during the load, so 2% are added for the suggested bound to suffice.
    let megabytes = (needed + needed / 50).div_ceil(1_000_000);
    let allowed = DecimalBytes(memory);
    let message = format!(
        "--memory: {requirement} {megabytes} MB, more than the bound of {allowed}: use --memory {megabytes}MB or more"
    );
    UsageError(message).into()
}

/// Returns the number of records in the snapshot files among the sources, which is known before the load.
fn packed_records(sources: &[Source]) -> u64 {
    let files = sources.iter().filter_map(|source| match source {
        // A damaged file is an error of the load.
        Source::File(path) if is_snapshot_file(path) => SnapshotFile::open(path).ok(),
        _ => None,
    });
    files.map(|file| file.records()).sum()
}

/// Creates a temporary file for large columns next to the output, if the bound on memory requires one.
fn create_spill(path: &Path, sources: &[Source], memory: u64) -> Result<Option<Arc<SpillFile>>> {
    if !wants_spill(sources, memory) {
        return Ok(None);
    }
    let folder = parent_folder(path);
    let file = SpillFile::in_folder(folder).map_err(|error| cannot_write(folder, &error))?;
    Ok(Some(Arc::new(file)))
}
