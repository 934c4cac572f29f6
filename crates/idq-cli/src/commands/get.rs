use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use idq::Columns;

use crate::arguments::GetArguments;
use crate::failure::{NOT_FOUND, complain};
use crate::output::json_stdout;
use crate::session::{Session, counted, on_threads};

/// Prints the record with an id; each of them, if several have it.
pub(crate) fn run(arguments: &GetArguments) -> Result<ExitCode> {
    let session = Session::new(&arguments.sources)?;
    let (loaded, records) = on_threads(arguments.sources.threads, || {
        let loaded = session.load(Columns::Fields(Vec::new()))?;
        let records = loaded.engine.get(&arguments.id)?;
        Ok((loaded, records))
    })?;
    let mut out = json_stdout();
    for record in &records {
        out.write_all(record)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    if records.is_empty() {
        let id = idq::quote(&arguments.id);
        complain(&format!("no record has the id {id}"));
    }
    session.summary(
        &format!("{} found", counted(records.len() as u64, "record")),
        &loaded,
    );
    Ok(if records.is_empty() {
        ExitCode::from(NOT_FOUND)
    } else {
        ExitCode::SUCCESS
    })
}
