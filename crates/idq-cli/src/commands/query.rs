use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Result;
use idq::render::{ArrayWriter, Colour, ColumnSet, CsvWriter, Table, write_ndjson};
use idq::{Matches, Row, Snapshot};
use indicatif::HumanCount;

use crate::arguments::{Format, QueryArguments};
use crate::columns::check_columns;
use crate::failure::WrongRequest;
use crate::output::{has_colour, json_stdout, painted_stdout, stdout, terminal_width};
use crate::session::{Read, Session, on_threads};

/// Prints a page of matches, or all of them.
pub(crate) fn run(arguments: &QueryArguments) -> Result<ExitCode> {
    let session = Session::new(&arguments.sources)?;
    let format = arguments.output.unwrap_or_else(default_format);
    if arguments.list.raw_csv && format != Format::Csv {
        let message = "--raw-csv is about the cells of CSV: add -o csv";
        return Err(WrongRequest(message.to_owned()).into());
    }
    if !arguments.list.columns.is_empty() && matches!(format, Format::Json | Format::Ndjson) {
        let message = "--columns chooses the columns of a table or CSV: add -o table or -o csv";
        return Err(WrongRequest(message.to_owned()).into());
    }
    let mut read = Read::sorted(&arguments.request, &arguments.list.sort);
    arguments
        .page
        .iter()
        .for_each(|text| read.query.add_page_text(text));
    arguments
        .per_page
        .iter()
        .for_each(|text| read.query.add_per_page_text(text));
    let page = read.page_that_does_not_count();
    on_threads(arguments.sources.threads, || {
        let (loaded, bound) = session.load_for(&arguments.request, read)?;
        let snapshot = &loaded.snapshot;
        let columns = &arguments.list.columns;
        check_columns(columns, snapshot)?;
        let columns =
            (!columns.is_empty()).then(|| ColumnSet::new(columns.iter().map(String::as_str)));
        let matches = snapshot.bound(bound);
        let printer = Printer {
            arguments,
            snapshot,
            format,
            columns,
        };
        let printed = if arguments.all {
            printer.all(&matches)?
        } else {
            printer.page(&matches)?
        };
        let mut hints = if arguments.all {
            session.hints_of_all(&matches, printed.total, page)
        } else {
            session.hints(&matches, printed.total)
        };
        let columns = &arguments.list.columns;
        hints.extend(session.hints_of_columns(columns, snapshot, &printed.rows)?);
        session.hint(hints);
        let matched = session.matched(&matches, printed.total)?;
        session.summary(&format!("{matched}; {}", printed.extent), &loaded);
        Ok(ExitCode::SUCCESS)
    })
}

fn default_format() -> Format {
    if std::io::stdout().is_terminal() {
        Format::Table
    } else {
        Format::Json
    }
}

struct Printer<'a> {
    arguments: &'a QueryArguments,
    snapshot: &'a Snapshot,
    format: Format,
    columns: Option<ColumnSet>,
}

/// The part of the matches that was printed.
struct Printed {
    /// The number of matches, printed or not.
    total: u64,
    rows: Vec<Row>,
    /// Which part it is, in words.
    extent: String,
}

impl Printer<'_> {
    /// Prints a page.
    fn page(&self, matches: &Matches<'_>) -> Result<Printed> {
        let page = matches.page()?;
        if self.format == Format::Json && !self.arguments.bare {
            let mut out = json_stdout();
            page.write(&mut out)?;
            out.write_all(b"\n")?;
            out.flush()?;
        } else {
            self.records(page.rows())?;
        }
        let (number, last) = (HumanCount(page.number()), HumanCount(page.last()));
        Ok(Printed {
            total: page.total(),
            rows: page.rows().to_vec(),
            extent: format!("page {number} of {last}"),
        })
    }

    /// Prints every match.
    fn all(&self, matches: &Matches<'_>) -> Result<Printed> {
        let rows = matches.rows()?;
        self.records(&rows)?;
        Ok(Printed {
            total: rows.len() as u64,
            rows,
            extent: "all printed".to_owned(),
        })
    }

    fn records(&self, rows: &[Row]) -> Result<()> {
        match self.format {
            Format::Json | Format::Ndjson => self.write(rows, json_stdout()),
            Format::Csv => self.write(rows, stdout()),
            Format::Table => self.write(rows, painted_stdout()),
        }
    }

    fn write(&self, rows: &[Row], mut out: impl Write) -> Result<()> {
        match self.format {
            Format::Json => {
                let mut array = ArrayWriter::new(&mut out);
                self.each(rows, |record| Ok(array.write(record)?))?;
                array.finish()?;
                out.write_all(b"\n")?;
            }
            Format::Ndjson => self.each(rows, |record| Ok(write_ndjson(record, &mut out)?))?,
            Format::Csv => {
                let formulas = self.arguments.list.formulas();
                let api = self.snapshot.api();
                let columns = self.columns.clone();
                let columns = columns
                    .unwrap_or_else(|| ColumnSet::new(api.fields.iter().map(|field| &field.name)));
                let mut csv = CsvWriter::new(&mut out, columns, formulas)?;
                self.each(rows, |record| Ok(csv.write(record)?))?;
                csv.finish()?;
            }
            Format::Table => {
                let api = self.snapshot.api();
                let columns = self.columns.clone().unwrap_or_else(|| {
                    ColumnSet::new(
                        api.table_columns
                            .iter()
                            .map(|&field| &api.fields[field].name),
                    )
                });
                let colour = if has_colour(self.arguments.sources.color) {
                    Colour::Ansi
                } else {
                    Colour::Plain
                };
                let mut table = Table::new(columns, terminal_width(), colour);
                self.each(rows, |record| Ok(table.push(record)?))?;
                table.write(&mut out)?;
            }
        }
        // Before the last of them are out.
        self.snapshot.check_unchanged()?;
        out.flush()?;
        Ok(())
    }

    fn each(&self, rows: &[Row], mut print: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut reader = self.snapshot.reader();
        rows.iter()
            .try_for_each(|&row| print(self.snapshot.record(row, &mut reader)?))
    }
}
