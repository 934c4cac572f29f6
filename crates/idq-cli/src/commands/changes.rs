//! The code that the commands with several snapshots share: loaded sides, compared paths, and formats of differences.

use std::ffi::OsString;
#[cfg(feature = "export")]
use std::io::BufWriter;
use std::io::{IsTerminal, Write};

use anyhow::Result;
use idq::api::Api;
use idq::columns::RowSet;
use idq::render::TerminalEncoding;
use idq::{BoundQuery, Engine, Snapshot, escape};
use idq_compare::{ChangeFormat, ChangeWriter, ComparedPaths, Side};

use crate::arguments::{
    ChangeArguments, ChangeOutput, ColourChoice, PathArguments, SourceArguments,
};
use crate::exit::UsageError;
use crate::session::{LoadedSession, check_names};
use crate::terminal::{paged_stdout, print_status, stdout_colour, stdout_width};

/// A loaded snapshot, with the records that its request selects.
pub(super) struct LoadedSide<'a> {
    pub(super) name: String,
    loaded: LoadedSession<'a>,
    selected: Option<Vec<RowSet>>,
}

impl<'a> LoadedSide<'a> {
    /// Evaluates the request of a snapshot; `None` selects all records.
    pub(super) fn new(
        sources: &SourceArguments,
        loaded: LoadedSession<'a>,
        query: Option<BoundQuery>,
    ) -> Result<Self> {
        let selected = query.map(|query| loaded.engine.bound(query).row_sets());
        Ok(Self {
            name: escape(&sources.sources[0].to_string_lossy()),
            selected: selected.transpose()?,
            loaded,
        })
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.loaded.engine
    }

    pub(super) fn side(&self) -> Side<'_> {
        Side {
            snapshot: self.engine().snapshot(),
            selected: self.selected.as_deref(),
        }
    }
}

/// Refuses what several snapshots cannot share: standard input, and a file of rejects, in which those of each snapshot
/// would replace those of the one before it.
pub(super) fn check_sources(sources: &SourceArguments) -> Result<(), UsageError> {
    let from_stdin = sources.sources.iter().filter(|name| *name == "-").count();
    let message = if from_stdin > 1 {
        "standard input is named more than once: it can be read only once"
    } else if sources.rejects.is_some() {
        "--rejects keeps the records of one snapshot: run `idq info SNAPSHOT --on-bad-record skip --rejects FILE` for each"
    } else {
        return Ok(());
    };
    Err(UsageError(message.to_owned()))
}

/// Checks that each named path is a field of the API or of some record of a snapshot, so that a misspelt name does not pass
/// for one without differences.
pub(super) fn check_paths(
    paths: &PathArguments,
    output: &ChangeArguments,
    snapshots: &[&Snapshot],
) -> Result<()> {
    for (option, names) in [
        ("--ignore", &paths.ignore),
        ("--only", &paths.only),
        ("--as-set", &paths.as_set),
        ("--context", &output.context),
    ] {
        check_names(option, names, snapshots)?;
    }
    Ok(())
}

/// Returns the options of a load of one snapshot.
pub(super) fn one_source(sources: &SourceArguments, name: &OsString) -> SourceArguments {
    SourceArguments {
        sources: vec![name.clone()],
        ..sources.clone()
    }
}

/// Returns the paths of a comparison.
pub(super) fn compared_paths(arguments: &PathArguments) -> ComparedPaths {
    ComparedPaths {
        ignore: arguments.ignore.clone(),
        only: arguments.only.clone(),
        as_set: arguments.as_set.clone(),
        volatile: arguments.volatile,
    }
}

/// Prints a note on the paths that are left out by default.
pub(super) fn print_volatile_note(arguments: &PathArguments, api: &Api) {
    let volatile = compared_paths(arguments).left_out(api);
    if !volatile.is_empty() {
        print_status(&format!(
            "note: not compared, because of changes that say nothing of the identity: {} (--volatile compares them)",
            volatile.join(", ")
        ));
    }
}

/// Returns the chosen format: by default text on a terminal, and lines elsewhere.
pub(super) fn text_or_lines<F>(chosen: Option<F>, text: F, lines: F) -> F {
    chosen.unwrap_or(if std::io::stdout().is_terminal() {
        text
    } else {
        lines
    })
}

/// Returns the chosen format of differences.
pub(super) fn change_output(chosen: Option<ChangeOutput>) -> ChangeOutput {
    text_or_lines(chosen, ChangeOutput::Text, ChangeOutput::Ndjson)
}

/// Returns standard output for a format.
///
/// # Errors
/// Options of CSV with another format.
pub(super) fn change_stdout(
    format: ChangeOutput,
    arguments: &ChangeArguments,
) -> Result<Box<dyn Write + Send>> {
    let csv = &arguments.csv;
    let (encoding, name) = match format {
        ChangeOutput::Csv => return Ok(csv.output(paged_stdout(TerminalEncoding::Text))),
        ChangeOutput::Text => (TerminalEncoding::Styled, "text"),
        ChangeOutput::Ndjson => (TerminalEncoding::Json, "ndjson"),
        ChangeOutput::Patch => (TerminalEncoding::Json, "patch"),
        #[cfg(feature = "export")]
        ChangeOutput::Parquet => {
            csv.check(false, "parquet", "-o csv")?;
            return parquet_stdout();
        }
    };
    csv.check(false, name, "-o csv")?;
    Ok(paged_stdout(encoding))
}

/// Returns standard output for a file of columns, which is not for a terminal.
#[cfg(feature = "export")]
fn parquet_stdout() -> Result<Box<dyn Write + Send>> {
    if std::io::stdout().is_terminal() {
        let message = "-o parquet is a file, and not for a terminal: add `> changes.parquet`";
        return Err(UsageError(message.to_owned()).into());
    }
    Ok(Box::new(BufWriter::new(std::io::stdout())))
}

/// Returns the writer of a format.
pub(super) fn change_writer(
    format: ChangeOutput,
    arguments: &ChangeArguments,
    colour: ColourChoice,
    api: &Api,
) -> ChangeWriter {
    let context = &arguments.context;
    match format {
        ChangeOutput::Text => {
            ChangeWriter::text(stdout_width(), stdout_colour(colour), context, api)
        }
        ChangeOutput::Ndjson => ChangeWriter::new(ChangeFormat::Ndjson, context),
        ChangeOutput::Csv => {
            let formulas = arguments.csv.formula_policy();
            ChangeWriter::new(ChangeFormat::Csv { formulas }, context)
        }
        ChangeOutput::Patch => ChangeWriter::new(ChangeFormat::Patch, context),
        // A file of columns has a writer of its own; its lines are those of NDJSON.
        #[cfg(feature = "export")]
        ChangeOutput::Parquet => ChangeWriter::new(ChangeFormat::Ndjson, context),
    }
}
