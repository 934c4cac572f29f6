//! `idq diff`: prints the differences between snapshots, each of which is compared with the one before it.

use std::collections::VecDeque;
use std::io::{IsTerminal, Write};
use std::time::Instant;

use anyhow::Result;
use idq::Snapshot;
use idq::api::Api;
use idq::json::{Cell, Scalar};
use idq::render::{FormulaPolicy, GroupTable, append_csv_line, text_cell, write_bar_list};
#[cfg(feature = "export")]
use idq_compare::ChangeBatch;
use idq_compare::{ChangeWriter, Diff, Error, Key, RecordDifference, Tally};
#[cfg(feature = "export")]
use idq_export::{BatchWriter, ExportFormat};
use indicatif::HumanCount;

use super::changes::{
    LoadedSide, change_output, change_stdout, change_writer, check_paths, check_sources,
    compared_paths, one_source, print_volatile_note,
};
use super::count::MAX_BAR_WIDTH;
use crate::arguments::{ChangeOutput, DiffArguments, SourceArguments};
use crate::exit::{ExitStatus, STATUS_DIFFERENT, UsageError};
use crate::process::threads::run_on_threads;
use crate::session::{LearnedMasking, Masking, ParsedRequest, Session, format_count};
use crate::terminal::{print_status, stdout_colour, stdout_width};

/// Runs the command.
///
/// A chain of snapshots is compared pair by pair; at most two of them are in memory at a time, except with masks.
pub(crate) fn run(arguments: &DiffArguments) -> Result<ExitStatus> {
    check_sources(&arguments.sources)?;
    let masking = Masking::new(&arguments.mask, &arguments.sources)?;
    if arguments.mask.mask_dates && arguments.by.is_some() {
        let message = "--mask-dates shifts dates by the id of a record, and --by compares records of several ids";
        return Err(UsageError(message.to_owned()).into());
    }
    let is_different = run_on_threads(arguments.sources.threads, || {
        let mut output = Output::new(arguments)?;
        let snapshots = arguments.sources.sources.iter();
        let snapshots: Vec<SourceArguments> = snapshots
            .map(|name| one_source(&arguments.sources, name))
            .collect();
        // The exit status is that of the whole chain.
        let mut is_different = false;
        // With masks, all are loaded first: a value of the last snapshot may stand in a text of the first one.
        let mut loaded = VecDeque::new();
        let masking = match masking {
            Some(masking) => {
                for sources in &snapshots {
                    loaded.push_back(load(sources, arguments)?);
                }
                let sides = loaded.iter().map(|side| side.engine().snapshot());
                let sides: Vec<&Snapshot> = sides.collect();
                Some(masking.learn(&sides, arguments.request.context())?)
            }
            None => None,
        };
        let mut next = |sources| match loaded.pop_front() {
            Some(side) => Ok(side),
            None => load(sources, arguments),
        };
        // A snapshot is the new one of its first comparison and the old one of its second: it is loaded once.
        let mut old = next(&snapshots[0])?;
        for (step, sources) in snapshots[1..].iter().enumerate() {
            let new = next(sources)?;
            is_different |= compare(&old, &new, step, arguments, masking.as_ref(), &mut output)?;
            old = new;
        }
        output.finish()?;
        Ok(is_different)
    })?;
    Ok(if is_different {
        ExitStatus::from(STATUS_DIFFERENT)
    } else {
        ExitStatus::SUCCESS
    })
}

/// Loads a snapshot.
fn load<'a>(sources: &'a SourceArguments, arguments: &DiffArguments) -> Result<LoadedSide<'a>> {
    // Filters select differences, by the old or by the new version of a record, so every record is loaded.
    let session = Session::new(sources, arguments.request.context())?;
    let request = ParsedRequest::new(&arguments.request).with_deleted_records();
    let selects_all = request.is_empty();
    let (loaded, query) = session.load_for(&arguments.request, request, |api| {
        // A mistake in the key is reported after the load.
        let key = key(arguments, api).ok().and_then(|key| key.column());
        key.into_iter().collect::<Vec<usize>>()
    })?;
    LoadedSide::new(sources, loaded, (!selects_all).then_some(query))
}

/// Compares two snapshots, and returns whether they differ.
fn compare(
    old: &LoadedSide<'_>,
    new: &LoadedSide<'_>,
    step: usize,
    arguments: &DiffArguments,
    masking: Option<&LearnedMasking<'_>>,
    output: &mut Output<'_>,
) -> Result<bool> {
    let started = Instant::now();
    let api = new.engine().api();
    let key = key(arguments, api)?;
    let snapshots = [old.engine().snapshot(), new.engine().snapshot()];
    check_paths(&arguments.paths, &arguments.output, &snapshots)?;
    let rules = compared_paths(&arguments.paths).rules(api);
    let copies = masking.map(|masking| masking.copy_sides(snapshots));
    let copies = copies.transpose()?;
    let diff = Diff::new(old.side(), new.side(), &key, rules).map_err(usage_error)?;
    // Differences are found in the original values, and printed with pseudonyms.
    let diff = match &copies {
        Some([old, new]) => diff.showing(old.snapshot(), new.snapshot()),
        None => diff,
    };
    let tally = output.write(&diff, old, new, step)?;
    if !arguments.sources.quiet {
        print_notes(&diff, &key);
        if step == 0 {
            print_volatile_note(&arguments.paths, api);
        }
        let population = diff.population();
        // An old record that was neither removed nor changed has an equal version in the new snapshot.
        let unchanged = population.old - tally.removed - tally.changed;
        print_status(&format!(
            "{} added, {} removed, {} changed, {} unchanged; compared {} of {} with {} of {} in {:.2} s",
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
        // No record has the key: a misspelt name, and not a damaged file.
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
fn print_notes(diff: &Diff<'_>, key: &Key) {
    let population = diff.population();
    // Records that share a key are told, because their pairs are a convention.
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
}

/// The output of all comparisons of a command.
struct Output<'a> {
    arguments: &'a DiffArguments,
    format: ChangeOutput,
    out: Box<dyn Write + Send>,
    /// The file of columns, once it has started; it has taken `out`.
    #[cfg(feature = "export")]
    parquet: Option<BatchWriter<'a>>,
}

/// The differences of some consecutive records.
#[derive(Default)]
struct Part {
    tally: Tally,
    text: Vec<u8>,
    /// The end of each record's text.
    ends: Vec<usize>,
    /// The number of records of the chosen kinds.
    printed: u64,
}

impl<'a> Output<'a> {
    fn new(arguments: &'a DiffArguments) -> Result<Self> {
        let format = change_output(arguments.output.output);
        // A patch is a sequence of operations, in which counts have no place.
        #[cfg(feature = "export")]
        let has_counts = !matches!(format, ChangeOutput::Patch | ChangeOutput::Parquet);
        #[cfg(not(feature = "export"))]
        let has_counts = format != ChangeOutput::Patch;
        if arguments.by_field && !has_counts {
            let message = "--by-field prints counts: expected -o text, ndjson or csv";
            return Err(UsageError(message.to_owned()).into());
        }
        Ok(Self {
            arguments,
            format,
            out: change_stdout(format, &arguments.output)?,
            #[cfg(feature = "export")]
            parquet: None,
        })
    }

    /// Returns the writer of the differences between two snapshots.
    fn writer(&self, old: &LoadedSide<'_>, new: &LoadedSide<'_>) -> ChangeWriter {
        let writer = change_writer(
            self.format,
            &self.arguments.output,
            self.arguments.sources.color,
            new.engine().api(),
        );
        // A heading names both sides of a text, a member of each line those of the other formats.
        if self.format == ChangeOutput::Text {
            return writer;
        }
        let sides = self.sides(old, new).into_iter();
        sides.fold(writer, |writer, (name, side)| {
            writer.with_member(name, side)
        })
    }

    /// Writes the differences between two snapshots, and counts them.
    fn write(
        &mut self,
        diff: &Diff<'_>,
        old: &LoadedSide<'_>,
        new: &LoadedSide<'_>,
        step: usize,
    ) -> Result<Tally> {
        if self.arguments.by_field {
            let tally = Tally::of(diff)?;
            self.write_fields(&tally, old, new, step)?;
            return Ok(tally);
        }
        #[cfg(feature = "export")]
        if self.format == ChangeOutput::Parquet {
            return self.write_batches(diff, old, new);
        }
        let writer = self.writer(old, new);
        if step == 0 {
            self.out.write_all(&writer.header())?;
        }
        // People see the first differences and the counts of all, programs see all.
        let show = if self.format == ChangeOutput::Text {
            usize::try_from(self.arguments.show).unwrap_or(usize::MAX)
        } else {
            usize::MAX
        };
        let visit = |part: &mut Part, difference: &RecordDifference<'_>| {
            part.tally.add(difference);
            if !self.arguments.prints(&difference.change) {
                return Ok(());
            }
            part.printed += 1;
            // No part shows more than all together.
            if part.ends.len() < show {
                writer.append(difference, &mut part.text)?;
                part.ends.push(part.text.len());
            }
            Ok(())
        };
        let mut tally = Tally::default();
        if self.format != ChangeOutput::Text {
            let out = &mut self.out;
            // Parts arrive in load order, whichever thread compared them.
            diff.for_each(visit, |part: Part| {
                out.write_all(&part.text)?;
                tally.merge(part.tally);
                Ok(())
            })?;
            return Ok(tally);
        }
        // The counts precede the first differences.
        let mut first = Vec::new();
        let (mut shown, mut printed) = (0, 0);
        diff.for_each(visit, |part: Part| {
            // A thread does not know how many records the parts before its own show, so each keeps enough for all.
            let wanted = usize::try_from(self.arguments.show - shown).unwrap_or(usize::MAX);
            let taken = wanted.min(part.ends.len());
            if let Some(last) = taken.checked_sub(1) {
                first.extend_from_slice(&part.text[..part.ends[last]]);
                shown += taken as u64;
            }
            printed += part.printed;
            tally.merge(part.tally);
            Ok(())
        })?;
        self.write_fields(&tally, old, new, step)?;
        if !first.is_empty() {
            writeln!(self.out)?;
        }
        self.out.write_all(&first)?;
        if shown < printed && self.arguments.show > 0 {
            let more = format_count(printed - shown, "more record");
            writeln!(self.out, "{more}: --show N shows N, -o ndjson all")?;
        }
        Ok(tally)
    }

    /// Writes the differences between two snapshots as columns, and counts them. All comparisons are in one file.
    #[cfg(feature = "export")]
    fn write_batches(
        &mut self,
        diff: &Diff<'_>,
        old: &LoadedSide<'_>,
        new: &LoadedSide<'_>,
    ) -> Result<Tally> {
        let (names, members): (Vec<&str>, Vec<String>) = self
            .sides(old, new)
            .into_iter()
            .map(|(name, side)| (name, side.to_owned()))
            .unzip();
        let context = &self.arguments.output.context;
        let schema = ChangeBatch::schema(context, &names);
        if self.parquet.is_none() {
            let out = std::mem::replace(&mut self.out, Box::new(std::io::sink()));
            self.parquet = Some(BatchWriter::new(ExportFormat::PARQUET, out, &schema)?);
        }
        let Some(writer) = &mut self.parquet else {
            return Ok(Tally::default());
        };
        let mut tally = Tally::default();
        diff.for_each(
            |(tally, batch): &mut (Tally, Option<ChangeBatch>), difference| {
                tally.add(difference);
                if !self.arguments.prints(&difference.change) {
                    return Ok(());
                }
                let batch = batch.get_or_insert_with(|| ChangeBatch::new(context, &members));
                batch.append(difference)
            },
            |(part, batch)| {
                tally.merge(part);
                if let Some(mut batch) = batch {
                    let batch = batch.finish(&schema)?;
                    writer.write(&batch).map_err(|error| match error {
                        // The report of errors recognizes a closed pipe.
                        idq_export::Error::Output(error) => error,
                        error => std::io::Error::other(error),
                    })?;
                }
                Ok(())
            },
        )?;
        Ok(tally)
    }

    /// Writes the number of records in which each field differs.
    fn write_fields(
        &mut self,
        tally: &Tally,
        old: &LoadedSide<'_>,
        new: &LoadedSide<'_>,
        step: usize,
    ) -> Result<()> {
        let fields = tally.fields_by_frequency();
        if self.format == ChangeOutput::Text {
            if step > 0 {
                writeln!(self.out)?;
            }
            writeln!(self.out, "{} → {}", old.name, new.name)?;
            return self.write_field_table(tally, &fields);
        }
        // The lines of all comparisons are one table: the header is written once.
        let sides = self.sides(old, new);
        let mut lines = Vec::new();
        if self.format == ChangeOutput::Csv {
            if step == 0 {
                let names = sides.iter().map(|&(name, _)| name);
                let header = names.chain(["field", "records"]).map(text_cell);
                append_csv_line(header, FormulaPolicy::Keep, &mut lines);
            }
            for (field, records) in fields {
                let count = records.to_string();
                let count = Cell::Scalar(Scalar::Number(&count));
                let texts = sides.iter().map(|&(_, name)| name).chain([field]);
                let cells = texts.map(text_cell).chain([count]);
                append_csv_line(
                    cells,
                    self.arguments.output.csv.formula_policy(),
                    &mut lines,
                );
            }
        } else {
            for (field, records) in fields {
                let mut line = serde_json::Map::new();
                line.extend(
                    sides
                        .iter()
                        .map(|&(name, side)| (name.to_owned(), side.into())),
                );
                line.insert("field".to_owned(), field.into());
                line.insert("records".to_owned(), records.into());
                writeln!(lines, "{}", serde_json::Value::Object(line))?;
            }
        }
        Ok(self.out.write_all(&lines)?)
    }

    /// Writes the counts of a comparison for people.
    fn write_field_table(&mut self, tally: &Tally, fields: &[(&str, u64)]) -> Result<()> {
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
        Ok(write_bar_list(
            &table,
            ["field", "records"],
            fields,
            &mut self.out,
        )?)
    }

    /// Returns the names of both sides, as members of each line. One comparison alone needs none.
    fn sides<'s>(
        &self,
        old: &'s LoadedSide<'_>,
        new: &'s LoadedSide<'_>,
    ) -> Vec<(&'static str, &'s str)> {
        if self.arguments.sources.sources.len() == 2 {
            return Vec::new();
        }
        vec![("from", &old.name), ("to", &new.name)]
    }

    fn finish(mut self) -> Result<()> {
        #[cfg(feature = "export")]
        if let Some(writer) = self.parquet {
            return Ok(writer.finish()?);
        }
        Ok(self.out.flush()?)
    }
}
