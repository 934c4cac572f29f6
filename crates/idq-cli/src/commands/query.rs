//! `idq query`: prints a page of matching records, or all of them, in an output format.
//!
//! A page is printed in the envelope of the API, if the format has one, or as its records. Records are encoded by the
//! sink of the format. Standard error has hints and a summary.

use std::io::{IsTerminal, Write};

use anyhow::Result;
use idq::api::Api;
use idq::render::{
    ColumnSet, FORMATS, FormulaRisk, OutputFormat, PageStyle, SinkOptions, TerminalEncoding,
    TextFormat, list_alternatives, text_columns, write_rows,
};
use idq::{ColumnPart, Columns, Engine, Matches, Page, RowId, Snapshot, render};
use indicatif::HumanCount;

use crate::arguments::{JsonLayout, QueryArguments};
use crate::exit::{ExitStatus, UsageError};
use crate::process::threads::run_on_threads;
use crate::session::{
    LearnedMasking, Masking, ParsedRequest, ProgressDisplay, Session, check_columns,
};
use crate::terminal::{paged_stdout_for, stdout_colour, stdout_width};

/// Runs the command.
pub(crate) fn run(arguments: &QueryArguments) -> Result<ExitStatus> {
    let session = Session::new(&arguments.sources, arguments.request.context())?;
    // Errors of options come before those of sources, which may take long to find.
    let format = match arguments.output {
        Some(format) => format,
        None => default_format(arguments)?,
    };
    check_options(arguments, &format.description)?;
    let masking = Masking::new(&arguments.mask, &arguments.sources)?;
    let request = ParsedRequest::new(&arguments.request)
        .with_order(&arguments.list)
        .with_page(arguments.page.as_deref(), arguments.per_page.as_deref());
    // Taken before the request is bound, which consumes it.
    let page_hint = request.ignored_page_hint();
    run_on_threads(arguments.sources.threads, || {
        let (loaded, bound) = session.load_for(&arguments.request, request, |api| {
            let mut fields = printed_fields(arguments, format, api);
            fields.extend(arguments.list.part_field(api));
            fields
        })?;
        let snapshot = loaded.engine.snapshot();
        let columns = &arguments.list.columns;
        check_columns(columns, snapshot)?;
        let context = arguments.request.context();
        let masking = masking.map(|masking| masking.learn(&[snapshot], context));
        let masking = masking.transpose()?;
        let matches = loaded.engine.bound(bound);
        let printer = Printer {
            arguments,
            snapshot,
            format,
            masking: masking.as_ref(),
        };
        let (printed, mut hints) = if arguments.prints_all() {
            let printed = printer.print_all(&matches)?;
            let hints = loaded.hints_for_all_matches(&matches, printed.total, page_hint);
            (printed, hints)
        } else {
            let printed = printer.print_page(&matches)?;
            let hints = loaded.hints(&matches, printed.total);
            (printed, hints)
        };
        hints.extend(loaded.hints_for_columns(columns, &printed.rows)?);
        loaded.print_hints(hints);
        let matched = loaded.describe_matches(&matches, printed.total)?;
        loaded.print_summary(&format!("{matched}; {}", printed.extent));
        loaded.print_account(loaded.describe_account(&matches)?);
        Ok(ExitStatus::SUCCESS)
    })
}

/// Refuses options that the format does not have.
fn check_options(arguments: &QueryArguments, format: &OutputFormat) -> Result<()> {
    let name = format.name;
    let alternatives = |is_suitable: fn(&OutputFormat) -> bool| {
        let formats = FORMATS.iter().map(|format| &format.description);
        list_alternatives(formats.filter(|format| is_suitable(format)))
    };
    let is_csv = format.formulas == FormulaRisk::Present;
    let suitable = alternatives(|format| format.formulas == FormulaRisk::Present);
    let way = format!("-o {suitable}");
    arguments.list.csv.check(is_csv, name, &way)?;
    if arguments.wide && format.name != "table" {
        return Err(UsageError(format!("--wide does not apply to {name}: add -o table")).into());
    }
    arguments.pretty.check(name)?;
    if !arguments.list.columns.is_empty() && !format.has_columns() {
        let suitable = alternatives(OutputFormat::has_columns);
        let message = format!("--columns does not apply to {name}: add -o {suitable}");
        return Err(UsageError(message).into());
    }
    Ok(())
}

/// Returns the fields that the output takes from columns: those of CSV with every match. The records of a page are
/// read faster than their columns are loaded.
fn printed_fields(arguments: &QueryArguments, format: &TextFormat, api: &Api) -> Vec<usize> {
    let columns = &arguments.list.columns;
    let takes_columns =
        arguments.prints_all() && format.description.name == render::CSV.description.name;
    let fields = if !takes_columns {
        None
    } else if columns.is_empty() {
        text_columns(api, format.description.default_columns(api))
    } else {
        text_columns(api, columns)
    };
    fields.unwrap_or_default()
}

/// Returns the format without `--output`.
fn default_format(arguments: &QueryArguments) -> Result<&'static TextFormat> {
    let name =
        if std::io::stdout().is_terminal() && arguments.pretty.layout() == JsonLayout::AsWritten {
            "table"
        } else {
            "json"
        };
    render::format_named(name).ok_or_else(|| anyhow::anyhow!("no format {name}"))
}

/// Prints records to standard output.
struct Printer<'a> {
    arguments: &'a QueryArguments,
    snapshot: &'a Snapshot,
    format: &'static TextFormat,
    masking: Option<&'a LearnedMasking<'a>>,
}

/// The printed records.
struct Printed {
    /// The number of matches, printed or not.
    total: u64,
    rows: Vec<RowId>,
    /// The printed part of the matches, in words.
    extent: String,
}

impl Printer<'_> {
    /// Prints the requested page.
    fn print_page(&self, matches: &Matches<'_>) -> Result<Printed> {
        let page = matches.page()?;
        if self.format.page_style == PageStyle::Envelope && !self.arguments.bare {
            let mut out = self.output();
            match self.masking {
                Some(masking) => self.write_masked_page(&page, matches, masking, &mut out)?,
                None => page.write(&mut out)?,
            }
            out.write_all(b"\n")?;
            out.flush()?;
        } else {
            self.print_records(page.rows())?;
        }
        let (number, last) = (HumanCount(page.number()), HumanCount(page.last()));
        Ok(Printed {
            total: page.total(),
            rows: page.rows().to_vec(),
            extent: format!("page {number} of {last}"),
        })
    }

    /// Prints all matches.
    fn print_all(&self, matches: &Matches<'_>) -> Result<Printed> {
        let rows = matches.rows()?;
        let total = rows.len() as u64;
        let list = &self.arguments.list;
        let rows = list.take(self.snapshot, rows)?;
        self.print_records(&rows)?;
        Ok(Printed {
            total,
            extent: format!("{} printed", list.extent(rows.len())),
            rows,
        })
    }

    /// Writes a page of masked records in the envelope of the API.
    fn write_masked_page(
        &self,
        page: &Page<'_>,
        matches: &Matches<'_>,
        masking: &LearnedMasking<'_>,
        mut out: &mut dyn Write,
    ) -> Result<()> {
        let copy = self.masked_copy(masking, page.rows())?;
        let copy = copy.snapshot();
        let mut reader = copy.reader();
        let records = copy
            .visible_rows()
            .map(|row| Ok(copy.record(row, &mut reader)?.to_vec()));
        let records = records.collect::<Result<Vec<_>>>()?;
        let parameters = matches.query().parameters().iter().map(|(name, value)| {
            let value = masking.mask_parameter(copy.api(), name, value);
            (name.clone(), value)
        });
        let parameters: Vec<(String, String)> = parameters.collect();
        Ok(page.write_records(&records, &parameters, &mut out)?)
    }

    /// Returns a masked copy of records, with the columns from which they are printed.
    fn masked_copy(&self, masking: &LearnedMasking<'_>, rows: &[RowId]) -> Result<Engine> {
        let fields = printed_fields(self.arguments, self.format, self.snapshot.api());
        let columns = Columns::Parts(fields.into_iter().map(ColumnPart::from).collect());
        masking.copy(self.snapshot, rows, columns)
    }

    /// Prints these records without an envelope.
    fn print_records(&self, rows: &[RowId]) -> Result<()> {
        match self.masking {
            Some(masking) => {
                let copy = self.masked_copy(masking, rows)?;
                let rows: Vec<RowId> = copy.snapshot().visible_rows().collect();
                self.print_records_of(copy.snapshot(), &rows)
            }
            None => self.print_records_of(self.snapshot, rows),
        }
    }

    /// Prints these records of a snapshot without an envelope.
    fn print_records_of(&self, snapshot: &Snapshot, rows: &[RowId]) -> Result<()> {
        let mut out = self.output();
        let options = self.sink_options();
        let display = self.progress();
        let total = rows.len() as u64;
        let progress = |done| {
            if let Some(display) = &display {
                display.show_records("printing", done, total);
            }
        };
        // Checked before the last buffer is flushed, so that the records of a changed file do not look complete.
        let written = snapshot.while_unchanged(|| {
            write_rows(snapshot, self.format, &options, rows, &progress, &mut out)
        });
        if let Some(display) = &display {
            display.finish();
        }
        match written {
            Err(render::Error::Read(error)) => return Err(error.into()),
            written => written?,
        }
        out.flush()?;
        Ok(())
    }

    /// Returns the options of the sink. A format ignores those that do not apply to it.
    fn sink_options(&self) -> SinkOptions {
        let list = &self.arguments.list;
        let columns = if list.columns.is_empty() {
            ColumnSet::new(self.format.description.default_columns(self.snapshot.api()))
        } else {
            ColumnSet::new(list.columns.iter().map(String::as_str))
        };
        SinkOptions {
            columns,
            formulas: list.csv.formula_policy(),
            colour: stdout_colour(self.arguments.sources.color),
            width: stdout_width().filter(|_| !self.arguments.wide),
            ..SinkOptions::default()
        }
    }

    /// Returns standard output, indented if requested.
    fn output(&self) -> Box<dyn Write + Send> {
        let out = paged_stdout_for(self.arguments.pretty.layout(), self.encoding());
        self.arguments.list.csv.output(out)
    }

    /// Returns a display of progress; `None` if the records themselves are printed on a terminal.
    fn progress(&self) -> Option<ProgressDisplay> {
        let verbosity = self.arguments.sources.verbosity();
        (!std::io::stdout().is_terminal()).then(|| ProgressDisplay::new(verbosity))
    }

    /// Returns the encoding for a terminal.
    fn encoding(&self) -> TerminalEncoding {
        let encoding = self.format.description.terminal;
        encoding.unwrap_or(TerminalEncoding::Text)
    }
}
