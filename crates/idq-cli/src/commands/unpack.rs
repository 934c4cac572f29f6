use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use idq::{LoadError, LoadErrorKind, Row, Snapshot, is_packed};
use idq_files::{Unfinished, check_path, is_special};

use crate::arguments::UnpackArguments;
use crate::failure::cannot_write;
use crate::output::stdout;
use crate::rejects::refuse_source;
use crate::stop::remove_unfinished_when_stopped;

/// Writes the records of a snapshot file.
pub(crate) fn run(arguments: &UnpackArguments) -> Result<ExitCode> {
    let path = &arguments.file;
    let fail = |kind| idq::Error::from(LoadError::of(&path.display().to_string(), kind));
    if let Err(error) = File::open(path) {
        return Err(fail(LoadErrorKind::Io(error)).into());
    }
    if !is_packed(path) {
        return Err(fail(LoadErrorKind::NotASnapshot).into());
    }
    if let Some(out) = &arguments.output {
        refuse_source("-o", out, &[path.as_path().into()])?;
    }
    let snapshot = Snapshot::open([path.as_path()])?;
    match &arguments.output {
        None => records(&snapshot, &mut stdout())?,
        Some(out) => write(&snapshot, out)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes a file that is there as a whole or not at all.
fn write(snapshot: &Snapshot, path: &Path) -> Result<()> {
    let failed = |error: io::Error| cannot_write(path, &error);
    if is_special(path) {
        let file = File::options().write(true).open(path).map_err(failed)?;
        return records(snapshot, &mut BufWriter::new(file));
    }
    check_path(path, false).map_err(failed)?;
    remove_unfinished_when_stopped()?;
    let (unfinished, file) = Unfinished::file(path).map_err(failed)?;
    records(snapshot, &mut BufWriter::new(&file))?;
    file.sync_all().map_err(failed)?;
    unfinished.put().map_err(failed)
}

fn records(snapshot: &Snapshot, out: &mut impl Write) -> Result<()> {
    let mut reader = snapshot.reader();
    for row in 0..snapshot.loaded().all_rows() as u32 {
        out.write_all(snapshot.record(Row(row), &mut reader)?)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}
