//! The Python module `idq._idq`, which the package `idq` re-exports: classes over the library, one file each.
//!
//! In the order in which a program meets them:
//!
//! * [`snapshot`]: `open` loads sources; a `Snapshot` has their records.
//! * [`matches`]: a request as a chain of methods; its matches are counted, paged, listed, or handed over as Arrow.
//! * [`record`], [`page`], [`groups`]: the parts of an answer.
//! * [`compare`] and [`report`]: differences, matched records, and reports, as the commands print them.
//! * [`running`]: work without the interpreter's lock, which an interrupt ends.
//! * [`errors`]: the exceptions of the library's errors.
//!
//! Classes are frozen and hold shared snapshots, so that threads can use one object at the same time.

mod arrow;
mod compare;
mod errors;
mod groups;
mod html;
mod matches;
mod page;
mod record;
mod report;
mod running;
mod snapshot;
mod values;

use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs the command with these words, the first of which is the name of the program, and returns its exit status.
#[pyfunction]
fn run_command(py: Python<'_>, words: Vec<OsString>) -> u8 {
    // The command has its own threads and handlers, and ends with the process.
    py.detach(|| idq_cli::run(words)).code()
}

/// The classes and functions of the package.
#[pymodule(gil_used = false)]
mod _idq {
    #[pymodule_export]
    use super::compare::{Diff, Matching, diff, match_};
    #[pymodule_export]
    use super::groups::{Group, Groups};
    #[pymodule_export]
    use super::matches::{Matches, RecordIterator};
    #[pymodule_export]
    use super::page::Page;
    #[pymodule_export]
    use super::record::Record;
    #[pymodule_export]
    use super::report::{Report, Section, reports};
    #[pymodule_export]
    use super::run_command;
    #[pymodule_export]
    use super::running::set_threads;
    #[pymodule_export]
    use super::snapshot::{Snapshot, open};

    use pyo3::prelude::*;

    /// Sets the version, and the handler that a mapped snapshot file needs.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        idq::guard_mapped_files()?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
