//! `idq unpack`: writes the records of a snapshot file.
//!
//! The records are those of the dumps, verbatim, one a line. The output is complete or absent. `query --all` prints
//! filtered records.

use std::io::{self, BufWriter, IsTerminal};
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use idq::render::TerminalEncoding;
use idq::{Engine, Error, LoadError, LoadErrorKind, is_snapshot_file};
use idq_files::{AtomicFile, OutputKind, check_target, is_special_file, open_regular};
use indicatif::DecimalBytes;

use crate::arguments::UnpackArguments;
use crate::exit::{ExitStatus, cannot_write};
use crate::formats::{refuse_format_name, refuse_snapshot_extension};
use crate::output_checks::{refuse_source, refuse_standard_streams};
use crate::process::signals::remove_unfinished_on_signals;
use crate::process::threads::run_on_threads;
use crate::session::{ProgressDisplay, Verbosity, format_count};
use crate::terminal::{open_device, print_status, stdout};

/// Runs the command.
pub(crate) fn run(arguments: &UnpackArguments) -> Result<ExitStatus> {
    let path = &arguments.file;
    let fail = |kind| Error::from(LoadError::new(&path.display().to_string(), kind));
    // Checked first, because opening a pipe would block.
    if let Err(error) = open_regular(path) {
        return Err(fail(LoadErrorKind::Io(error.into())).into());
    }
    if !is_snapshot_file(path) {
        return Err(fail(LoadErrorKind::NotASnapshot).into());
    }
    refuse_standard_streams(&[path.as_path().into()])?;
    let output = arguments.output.as_deref();
    // `-` is standard output.
    let output = output.filter(|path| path.as_os_str() != "-");
    if let Some(out) = output {
        refuse_source("-o", out, &[path.as_path().into()])?;
        refuse_snapshot_extension(out)?;
        refuse_format_name(out, Some("people.ndjson"))?;
    }
    let started = Instant::now();
    let engine = Engine::open([path.as_path()])?;
    let display = ProgressDisplay::new(Verbosity::from_quiet(arguments.quiet));
    let total = engine.snapshot().rows();
    let progress = |done| display.show_records("unpacking", done, total);
    let written = run_on_threads(None, || match output {
        // A bar on the terminal to which the records are printed would be between them.
        None if io::stdout().is_terminal() => {
            Ok(engine.write_records(&mut stdout(TerminalEncoding::Json))?)
        }
        None => {
            let mut out = stdout(TerminalEncoding::Json);
            Ok(engine.write_records_with_progress(&mut out, progress)?)
        }
        Some(out) => write_file(&engine, out, progress),
    });
    display.finish();
    let bytes = written?;
    if !arguments.quiet {
        let records = format_count(engine.snapshot().rows(), "record");
        let (bytes, took) = (DecimalBytes(bytes), started.elapsed().as_secs_f64());
        print_status(&format!("unpacked {records} ({bytes}) in {took:.2} s"));
    }
    Ok(ExitStatus::SUCCESS)
}

/// Writes the records to a file that appears complete or not at all, or to a device.
fn write_file(engine: &Engine, path: &Path, progress: impl FnMut(u64)) -> Result<u64> {
    let failed = |error: io::Error| cannot_write(path, &error);
    // A reader that closes its pipe early is not an error.
    let failed_in_records = |error| match error {
        Error::Write(error) if error.kind() != io::ErrorKind::BrokenPipe => failed(error),
        error => error.into(),
    };
    if is_special_file(path) {
        let file = open_device(path, TerminalEncoding::Json).map_err(failed)?;
        let written = engine.write_records_with_progress(&mut BufWriter::new(file), progress);
        return written.map_err(failed_in_records);
    }
    check_target(path, OutputKind::File).map_err(failed)?;
    remove_unfinished_on_signals()?;
    let (unfinished, file) = AtomicFile::create(path).map_err(failed)?;
    let written = engine.write_records_with_progress(&mut BufWriter::new(&file), progress);
    let bytes = written.map_err(failed_in_records)?;
    file.sync_all().map_err(failed)?;
    unfinished.commit().map_err(failed)?;
    Ok(bytes)
}
