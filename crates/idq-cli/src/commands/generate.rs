//! `idq generate`: writes a synthetic dump.
//!
//! Generated dumps are for tests, benchmarks and demonstrations: they have the structure and the escaping of the API's
//! own output, with invented values.

use std::fs::File;
use std::io::{BufWriter, Write};

use anyhow::{Result, anyhow};
use idq::render::TerminalEncoding;
use idq_generate::{Generator, Options, Shape, Style, write, write_with_progress};
use indicatif::DecimalBytes;

use crate::arguments::{DumpShape, DumpStyle, GenerateArguments, api_named};
use crate::exit::{ExitStatus, UsageError, cannot_write};
use crate::formats::refuse_format_name;
use crate::process::threads::run_on_threads;
use crate::session::{ProgressDisplay, Verbosity, format_count};
use crate::terminal::{print_status, stdout};

/// Runs the command.
pub(crate) fn run(arguments: &GenerateArguments) -> Result<ExitStatus> {
    let generator = api_named(&arguments.api)
        .and_then(|api| Generator::from_name(api.generator.as_deref()?))
        .ok_or_else(|| anyhow!("{}: no generator writes dumps of this API", arguments.api))?;
    let shape = match arguments.shape {
        DumpShape::Array => Shape::Array,
        DumpShape::Ndjson => Shape::Ndjson,
        DumpShape::Pages => Shape::Pages,
    };
    let options = Options::new(generator)
        .rows(arguments.rows)
        .seed(arguments.seed)
        .shape(shape)
        .style(style(arguments.style));
    options.check().map_err(|error| {
        UsageError(format!(
            "{error}; use --shape array, --shape pages or another --style"
        ))
    })?;
    // `-` is standard output, as for the other commands.
    let output = arguments.output.as_deref();
    if let Some(path) = output {
        refuse_format_name(path, None)?;
    }
    let display = ProgressDisplay::new(Verbosity::from_quiet(arguments.quiet));
    let progress = |done| display.show_records("generating", done, arguments.rows);
    let bytes = match output.filter(|path| path.as_os_str() != "-") {
        Some(path) => {
            // Not atomic: a dump can be generated again.
            let create = || -> std::io::Result<u64> {
                let mut out = BufWriter::new(File::create(path)?);
                let bytes = write_with_progress(&options, &mut out, progress)?;
                out.flush()?;
                Ok(bytes)
            };
            let written = run_on_threads(arguments.threads, || Ok(create()));
            display.finish();
            written?.map_err(|error| cannot_write(path, &error))?
        }
        None => {
            let written = run_on_threads(arguments.threads, || {
                let mut out = stdout(TerminalEncoding::Json);
                let bytes = write(&options, &mut out)?;
                out.flush()?;
                Ok(bytes)
            });
            written?
        }
    };
    if !arguments.quiet {
        print_status(&format!(
            "wrote {} ({})",
            format_count(arguments.rows, "record"),
            DecimalBytes(bytes)
        ));
    }
    Ok(ExitStatus::SUCCESS)
}

/// Returns the style of the argument.
fn style(style: DumpStyle) -> Style {
    match style {
        DumpStyle::Server => Style::Server,
        DumpStyle::Compact => Style::Compact,
        DumpStyle::Spaced => Style::Spaced,
        DumpStyle::Indented => Style::Indented,
        DumpStyle::Sorted => Style::Sorted,
        DumpStyle::Shuffled => Style::Shuffled,
        DumpStyle::DataKeys => Style::DataKeys,
        DumpStyle::Sparse => Style::Sparse,
        DumpStyle::RawUtf8 => Style::RawUtf8,
        DumpStyle::MixedMetadata => Style::MixedMetadata,
    }
}
