use std::fs::File;
use std::io::{BufWriter, Write};
use std::process::ExitCode;

use anyhow::Result;
use idq::{LoadError, LoadErrorKind, Row, Snapshot, is_packed};

use crate::arguments::UnpackArguments;
use crate::failure::cannot_write;
use crate::output::stdout;

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
    let snapshot = Snapshot::open([path.as_path()])?;
    match &arguments.output {
        None => records(&snapshot, &mut stdout())?,
        Some(path) => {
            let file = File::create(path).map_err(|error| cannot_write(path, &error))?;
            records(&snapshot, &mut BufWriter::new(file))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn records(snapshot: &Snapshot, out: &mut impl Write) -> Result<()> {
    let mut reader = snapshot.reader();
    for row in 0..snapshot.loaded().all_rows() as u32 {
        out.write_all(snapshot.record(Row(row), &mut reader)?)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}
