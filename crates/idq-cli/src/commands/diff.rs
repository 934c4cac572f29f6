//! `idq diff`: prints the differences between snapshots, each of which is compared with the one before it.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use idq::api::Api;
use idq::json::{Cell, Scalar, Text};
use idq::render::{GroupTable, append_csv_line, write_bar_list};
use idq::{Engine, escape};
use idq_compare::{ChangeWriter, Diff, Error, Key, RecordDifference, Side, Tally};
use indicatif::HumanCount;

use super::changes::{
    change_output, change_stdout, change_writer, one_source, path_rules, print_volatile_note,
    refuse_rejects,
};
use crate::arguments::{ChangeOutput, DiffArguments, SourceArguments};
use crate::exit::{STATUS_DIFFERENT, UsageError};
use crate::process::threads::run_on_threads;
use crate::session::{LoadedSession, ParsedRequest, Session, format_count};
use crate::terminal::{print_status, stdout_colour, stdout_width};

/// The width of the longest bar.
const MAX_BAR_WIDTH: usize = 40;

/// Runs the command.
pub(crate) fn run(arguments: &DiffArguments) -> Result<ExitCode> {
    refuse_rejects(&arguments.sources)?;
    let is_different = run_on_threads(arguments.sources.threads, || {
        let mut output = Output::new(arguments)?;
        let snapshots = arguments.sources.sources.iter();
        let snapshots: Vec<SourceArguments> = snapshots
            .map(|name| one_source(&arguments.sources, name))
            .collect();
        let mut is_different = false;
        let mut old = Snapshot::load(&snapshots[0], arguments)?;
        for (step, sources) in snapshots[1..].iter().enumerate() {
            let new = Snapshot::load(sources, arguments)?;
            is_different |= compare(&old, &new, step, arguments, &mut output)?;
            old = new;
        }
        output.finish()?;
        Ok(is_different)
    })?;
    Ok(if is_different {
        ExitCode::from(STATUS_DIFFERENT)
    } else {
        ExitCode::SUCCESS
    })
}

/// A loaded snapshot, with the records that the request selects.
struct Snapshot<'a> {
    name: String,
    loaded: LoadedSession<'a>,
    selected: Option<Vec<idq::columns::RowSet>>,
}

impl<'a> Snapshot<'a> {
    fn load(sources: &'a SourceArguments, arguments: &DiffArguments) -> Result<Self> {
        let session = Session::new(sources, arguments.request.context())?;
        let request = ParsedRequest::new(&arguments.request).with_deleted_records();
        let is_empty = request.is_empty();
        let (loaded, query) = session.load_for(&arguments.request, request, |api| {
            // A mistake in the key is reported after the load.
            let key = key(arguments, api).ok().and_then(|key| key.column());
            key.into_iter().collect()
        })?;
        let selected = if is_empty {
            None
        } else {
            Some(loaded.engine.bound(query).row_sets()?)
        };
        Ok(Self {
            name: escape(&sources.sources[0].to_string_lossy()),
            loaded,
            selected,
        })
    }

    fn engine(&self) -> &Engine {
        &self.loaded.engine
    }

    fn side(&self) -> Side<'_> {
        Side {
            snapshot: self.engine().snapshot(),
            selected: self.selected.clone(),
        }
    }
}

/// Compares two snapshots, and returns whether they differ.
fn compare(
    old: &Snapshot<'_>,
    new: &Snapshot<'_>,
    step: usize,
    arguments: &DiffArguments,
    output: &mut Output<'_>,
) -> Result<bool> {
    let started = Instant::now();
    let api = new.engine().api();
    let key = key(arguments, api)?;
    let rules = path_rules(&arguments.paths, api);
    let diff = Diff::new(&old.side(), &new.side(), &key, rules).map_err(usage_error)?;
    let tally = output.write(&diff, old, new, step)?;
    if !arguments.sources.quiet {
        print_notes(&diff, &key, api, arguments);
        let population = diff.population();
        let unchanged = population.old - tally.removed - tally.changed;
        print_status(&format!(
            "{} added, {} removed, {} changed, {} unchanged: {} in {}, {} in {}; compared in {:.2} s",
            HumanCount(tally.added),
            HumanCount(tally.removed),
            HumanCount(tally.changed),
            HumanCount(unchanged),
            format_count(population.old, "record"),
            old.name,
            HumanCount(population.new),
            new.name,
            started.elapsed().as_secs_f64(),
        ));
    }
    Ok(!tally.is_empty())
}

/// Returns the error of a comparison, as one of the command line if that is wrong.
fn usage_error(error: Error) -> anyhow::Error {
    match error {
        Error::NoKeys { .. } => UsageError(format!("--by: {error}")).into(),
        Error::OtherApi { .. } => UsageError(error.to_string()).into(),
        error => error.into(),
    }
}

/// Returns the key by which records are paired.
fn key(arguments: &DiffArguments, api: &Api) -> Result<Key, UsageError> {
    match &arguments.by {
        None => Ok(Key::id(api)),
        Some(text) => Key::parse(text, api).map_err(|error| UsageError(format!("--by: {error}"))),
    }
}

/// Prints notes on everything that was not compared.
fn print_notes(diff: &Diff<'_>, key: &Key, api: &Api, arguments: &DiffArguments) {
    let population = diff.population();
    if population.repeated_keys > 0 {
        let keys = format_count(population.repeated_keys, "repeated value");
        print_status(&format!(
            "note: {keys} of {key}: equal records cancel, the others are paired in load order"
        ));
    }
    let without = population.old_without_key + population.new_without_key;
    if without > 0 {
        print_status(&format!(
            "note: {} without {key} were compared with nothing ({} of the old and {} of the new snapshot)",
            format_count(without, "record"),
            HumanCount(population.old_without_key),
            HumanCount(population.new_without_key),
        ));
    }
    print_volatile_note(&arguments.paths, api);
}

/// The output of all comparisons of a command.
struct Output<'a> {
    arguments: &'a DiffArguments,
    format: ChangeOutput,
    out: Box<dyn Write + Send>,
}

/// The differences of some consecutive records.
#[derive(Default)]
struct Part {
    tally: Tally,
    text: Vec<u8>,
    /// The end of each record's text.
    ends: Vec<usize>,
}

impl<'a> Output<'a> {
    fn new(arguments: &'a DiffArguments) -> Result<Self> {
        let format = change_output(arguments.output.output);
        if arguments.by_field && format == ChangeOutput::Patch {
            let message = "--by-field prints counts: expected -o text, ndjson or csv";
            return Err(UsageError(message.to_owned()).into());
        }
        Ok(Self {
            arguments,
            format,
            out: change_stdout(format),
        })
    }

    /// Returns the writer of the differences between two snapshots.
    fn writer(&self, old: &Snapshot<'_>, new: &Snapshot<'_>) -> ChangeWriter {
        let writer = change_writer(
            self.format,
            &self.arguments.output,
            self.arguments.sources.color,
            new.engine().api(),
        );
        // Two snapshots need no names.
        if self.format == ChangeOutput::Text || self.arguments.sources.sources.len() == 2 {
            return writer;
        }
        writer
            .with_member("from", &old.name)
            .with_member("to", &new.name)
    }

    /// Writes the differences between two snapshots, and counts them.
    fn write(
        &mut self,
        diff: &Diff<'_>,
        old: &Snapshot<'_>,
        new: &Snapshot<'_>,
        step: usize,
    ) -> Result<Tally> {
        if self.arguments.by_field {
            let tally = Tally::of(diff)?;
            self.write_fields(&tally)?;
            return Ok(tally);
        }
        let writer = self.writer(old, new);
        if step == 0 {
            self.out.write_all(&writer.header())?;
        }
        let visit = |part: &mut Part, difference: &RecordDifference<'_>| {
            part.tally.add(difference);
            writer.append(difference, &mut part.text)?;
            part.ends.push(part.text.len());
            Ok(())
        };
        let mut tally = Tally::default();
        if self.format != ChangeOutput::Text {
            diff.for_each(visit, |part: Part| {
                self.out.write_all(&part.text)?;
                tally.merge(part.tally);
                Ok(())
            })?;
            return Ok(tally);
        }
        // The counts precede the first differences.
        let mut first = Vec::new();
        let mut shown = 0;
        diff.for_each(visit, |part: Part| {
            let wanted = usize::try_from(self.arguments.show - shown).unwrap_or(usize::MAX);
            let taken = wanted.min(part.ends.len());
            if let Some(last) = taken.checked_sub(1) {
                first.extend_from_slice(&part.text[..part.ends[last]]);
                shown += taken as u64;
            }
            tally.merge(part.tally);
            Ok(())
        })?;
        if step > 0 {
            writeln!(self.out)?;
        }
        writeln!(self.out, "{} → {}", old.name, new.name)?;
        self.write_fields(&tally)?;
        if !first.is_empty() {
            writeln!(self.out)?;
        }
        self.out.write_all(&first)?;
        let differences = tally.added + tally.removed + tally.changed;
        if shown < differences {
            let more = format_count(differences - shown, "more record");
            writeln!(self.out, "{more}: --show N shows N, -o ndjson all")?;
        }
        Ok(tally)
    }

    /// Writes the number of records in which each field differs.
    fn write_fields(&mut self, tally: &Tally) -> Result<()> {
        let fields = tally.fields_by_frequency();
        match self.format {
            ChangeOutput::Text => {
                for (name, records) in [
                    ("added", tally.added),
                    ("removed", tally.removed),
                    ("changed", tally.changed),
                ] {
                    writeln!(self.out, "{name:8} {}", HumanCount(records))?;
                }
                if fields.is_empty() {
                    return Ok(());
                }
                writeln!(self.out)?;
                let table = GroupTable {
                    width: stdout_width(),
                    colour: stdout_colour(self.arguments.sources.color),
                    bars: std::io::stdout().is_terminal().then_some(MAX_BAR_WIDTH),
                };
                write_bar_list(&table, ["field", "records"], &fields, &mut self.out)?;
            }
            ChangeOutput::Csv => {
                let mut lines = b"field,records\n".to_vec();
                for (field, records) in fields {
                    let field = Cell::Scalar(Scalar::String(Text::from_raw(field, false)));
                    let records = records.to_string();
                    let records = Cell::Scalar(Scalar::Number(&records));
                    append_csv_line(
                        [field, records],
                        self.arguments.output.formula_policy(),
                        &mut lines,
                    );
                }
                self.out.write_all(&lines)?;
            }
            ChangeOutput::Ndjson | ChangeOutput::Patch => {
                for (field, records) in fields {
                    let line = serde_json::json!({"field": field, "records": records});
                    writeln!(self.out, "{line}")?;
                }
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        Ok(self.out.flush()?)
    }
}
