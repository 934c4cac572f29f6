use std::io::{self, BufWriter};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use idq::render::Spelling;
use idq::{Error, LoadError, LoadErrorKind, Snapshot, escape, is_packed};
use idq_files::{AtomicFile, OutputKind, check_target, is_special_file, open_regular};
use indicatif::DecimalBytes;

use crate::arguments::UnpackArguments;
use crate::failure::{WrongRequest, cannot_write};
use crate::output::{json_stdout, open_special, say};
use crate::outputs::{refuse_source, refuse_standard_streams};
use crate::session::counted;
use crate::stop::remove_unfinished_when_stopped;

/// Writes the records of a snapshot file.
pub(crate) fn run(arguments: &UnpackArguments) -> Result<ExitCode> {
    let path = &arguments.file;
    let fail = |kind| Error::from(LoadError::of(&path.display().to_string(), kind));
    if let Err(error) = open_regular(path) {
        return Err(fail(LoadErrorKind::Io(error.into())).into());
    }
    if !is_packed(path) {
        return Err(fail(LoadErrorKind::NotASnapshot).into());
    }
    refuse_standard_streams(&[path.as_path().into()])?;
    let output = arguments.output.as_deref();
    let output = output.filter(|path| path.as_os_str() != "-");
    if let Some(out) = output {
        refuse_source("-o", out, &[path.as_path().into()])?;
        if out.extension().is_some_and(|ending| ending == "idq") {
            let out = escape(&out.to_string_lossy());
            let message = format!(
                "-o {out}: that names a snapshot file, and records are written: name another one"
            );
            return Err(WrongRequest(message).into());
        }
    }
    let started = Instant::now();
    let snapshot = Snapshot::open([path.as_path()])?;
    let bytes = match output {
        None => snapshot.write_records(&mut json_stdout())?,
        Some(out) => write(&snapshot, out)?,
    };
    if !arguments.quiet {
        let records = counted(snapshot.len(), "record");
        let (bytes, took) = (DecimalBytes(bytes), started.elapsed().as_secs_f64());
        say(&format!("unpacked {records} ({bytes}) in {took:.2} s"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes a file that is there as a whole or not at all.
fn write(snapshot: &Snapshot, path: &Path) -> Result<u64> {
    let failed = |error: io::Error| cannot_write(path, &error);
    // Whoever stopped reading a pipe is no failure.
    let failed_in_records = |error| match error {
        Error::Write(error) if error.kind() != io::ErrorKind::BrokenPipe => failed(error),
        error => error.into(),
    };
    if is_special_file(path) {
        let file = open_special(path, Spelling::Json).map_err(failed)?;
        let written = snapshot.write_records(&mut BufWriter::new(file));
        return written.map_err(failed_in_records);
    }
    check_target(path, OutputKind::File).map_err(failed)?;
    remove_unfinished_when_stopped()?;
    let (unfinished, file) = AtomicFile::create(path).map_err(failed)?;
    let written = snapshot.write_records(&mut BufWriter::new(&file));
    let bytes = written.map_err(failed_in_records)?;
    file.sync_all().map_err(failed)?;
    unfinished.commit().map_err(failed)?;
    Ok(bytes)
}
