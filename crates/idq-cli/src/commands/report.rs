//! `idq report`: answers a question of an access review or an audit.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::Path;

use anyhow::{Result, anyhow};
use clap::ValueEnum;
use idq::render::{GroupTable, TerminalEncoding, write_wrapped};
use idq::{Engine, Loader, Snapshot, Source, escape, expand};
use idq_compare::MatchSide;
use idq_report::{
    BoundReport, Error, PairReport, Parameters, Report, ReportResult, SourceFiles, writer,
};

use super::changes::{check_sources, one_source};
use super::count::MAX_BAR_WIDTH;
use crate::advice::near_topics;
use crate::arguments::{ReportArguments, ReportOutput, SourceArguments};
use crate::exit::{ExitStatus, UsageError};
use crate::process::threads::run_on_threads;
use crate::session::{
    LearnedMasking, LoadedSession, Masking, ParsedRequest, Session, check_names, clock,
    format_count,
};
use crate::terminal::{paged_stdout, print_status, stdout_colour, stdout_width};

/// Runs the command.
pub(crate) fn run(arguments: &ReportArguments) -> Result<ExitStatus> {
    if arguments.list {
        return list();
    }
    let format = arguments.output.to_possible_value();
    let format = format
        .as_ref()
        .map_or("", clap::builder::PossibleValue::get_name);
    let is_csv = arguments.output == ReportOutput::Csv;
    arguments.csv.check(is_csv, format, "-o csv")?;
    #[cfg(feature = "export")]
    if arguments.output == ReportOutput::Xlsx && std::io::stdout().is_terminal() {
        let message = "-o xlsx is a file, and not for a terminal: add `> report.xlsx`";
        return Err(UsageError(message.to_owned()).into());
    }
    // The name of a built-in report stands in the place of the first source; a definition of one's own has an option.
    let own;
    let (report, names) = match &arguments.report {
        Some(path) => {
            own = read_report(path)?;
            (&own, &arguments.sources.sources[..])
        }
        None => {
            let (name, names) = arguments
                .sources
                .sources
                .split_first()
                .ok_or_else(|| anyhow!("clap requires a name"))?;
            (report_named(name)?, names)
        }
    };
    if names.is_empty() {
        let name = &report.name;
        let message =
            format!("expected a source after the name of the report: `idq report {name} FILE`");
        return Err(UsageError(message).into());
    }
    let sources = SourceArguments {
        sources: names.to_vec(),
        ..arguments.sources.clone()
    };
    let parameters = Parameters {
        days: arguments.days,
        clock: clock(&arguments.request())?,
    };
    let masking = Masking::new(&arguments.mask, &arguments.sources)?;
    run_on_threads(arguments.sources.threads, || {
        let pair = PairReport::new(report, &parameters).map_err(report_error)?;
        if let Some(pair) = pair
            && let Some(sides) = sides(&pair, &sources)?
        {
            check_sources(&sources)?;
            if sources.api.is_some() {
                let message = "--api: a report on two systems takes one API from each source";
                return Err(UsageError(message.to_owned()).into());
            }
            return run_pair(&pair, &sides, arguments, masking);
        }
        // The state of the files is noted before the load, and compared after it: the hash is that of the records.
        let (files, session) = open(&sources, arguments)?;
        let request = ParsedRequest::new(&arguments.request());
        let (loaded, _) = session.load_for(&arguments.request(), request, |api| {
            // The API decides which part of the report runs, and so which columns are loaded.
            // An API without an answer is reported after the load.
            let bound = BoundReport::new(report, api, &parameters);
            bound.map_or_else(|_| Vec::new(), |bound| bound.parts())
        })?;
        let bound = BoundReport::new(report, loaded.engine.api(), &parameters);
        let bound = bound.map_err(report_error)?;
        let snapshot = loaded.engine.snapshot();
        check_names(
            &format!("the report {}", report.name),
            &bound.names(),
            &[snapshot],
        )?;
        let context = arguments.request().context();
        let masking = masking.map(|masking| masking.learn(&[snapshot], context));
        let masking = masking.transpose()?;
        let copy = masking.as_ref().map(|masking| masking.copy_all(snapshot));
        let copy = copy.transpose()?;
        // A snapshot file that changes would give other records.
        snapshot.while_unchanged(|| {
            let result = bound.run(&loaded.engine, files.statements()?);
            let mut result = result.map_err(report_error)?;
            if let (Some(masking), Some(copy)) = (&masking, &copy) {
                mask(&mut result, masking, &[copy], arguments.report.is_some());
            }
            print(&result, arguments)
        })?;
        loaded.print_summary_with_total_time(&format!("report {}", report.name));
        Ok(ExitStatus::SUCCESS)
    })
}

/// Runs a report on two systems.
fn run_pair(
    pair: &PairReport<'_>,
    sides: &[SourceArguments; 2],
    arguments: &ReportArguments,
    masking: Option<Masking<'_>>,
) -> Result<ExitStatus> {
    let [left, right] = sides;
    // Each side has a load of its own, with the columns that the rules and its half of the expressions read.
    let load = |sources, side| -> Result<(SourceFiles, LoadedSession<'_>)> {
        let (files, session) = open(sources, arguments)?;
        let request = ParsedRequest::new(&arguments.request());
        let (loaded, _) =
            session.load_for(&arguments.request(), request, |api| pair.parts(side, api))?;
        Ok((files, loaded))
    };
    let (left_files, left) = load(left, MatchSide::Left)?;
    let (right_files, right) = load(right, MatchSide::Right)?;
    let engines = [&left.engine, &right.engine];
    for (side, engine) in MatchSide::ALL.into_iter().zip(engines) {
        let names = pair.names(side, engine.api());
        check_names(
            &format!("the report's {} side", side.name()),
            &names,
            &[engine.snapshot()],
        )?;
    }
    let snapshots = engines.map(Engine::snapshot);
    let context = arguments.request().context();
    let masking = masking.map(|masking| masking.learn(&snapshots, context));
    let masking = masking.transpose()?;
    let copies = masking
        .as_ref()
        .map(|masking| masking.copy_sides(snapshots));
    let copies = copies.transpose()?;
    snapshots[0].while_unchanged(|| {
        snapshots[1].while_unchanged(|| {
            let files = [left_files.statements()?, right_files.statements()?];
            let mut result = pair.run(engines, files).map_err(report_error)?;
            if let (Some(masking), Some([left, right])) = (&masking, &copies) {
                mask(
                    &mut result,
                    masking,
                    &[left, right],
                    arguments.report.is_some(),
                );
            }
            print(&result, arguments)
        })
    })?;
    if !arguments.sources.quiet {
        let records = |engine: &Engine| format_count(engine.snapshot().rows(), "record");
        let [left, right] = engines.map(records);
        print_status(&format!("report of two systems: {left} with {right}"));
    }
    Ok(ExitStatus::SUCCESS)
}

/// Puts pseudonyms into a result: the findings are read from masked copies. The expressions of a report of one's own may
/// have personal values.
fn mask<'e>(
    result: &mut ReportResult<'e>,
    masking: &LearnedMasking<'_>,
    copies: &[&'e Engine],
    is_own: bool,
) {
    // A page that is passed on must say it itself.
    let names = masking.names();
    result.definition.push_str(&format!(
        " Findings have pseudonyms in place of values (--mask {names})."
    ));
    let snapshots: Vec<&Snapshot> = copies.iter().map(|copy| copy.snapshot()).collect();
    // A report on two systems has no counts by values, so one API is enough to find the kind of a value.
    let api = copies[0].api();
    let mut expressions: Vec<&mut String> = Vec::new();
    for population in &mut result.populations {
        expressions.extend(&mut population.expression);
        let undecided = population.undecided.iter_mut();
        expressions.extend(undecided.filter_map(|undecided| undecided.expression.as_mut()));
    }
    for section in &mut result.sections {
        expressions.extend(&mut section.expression);
        if let Some(findings) = &mut section.findings {
            findings.show(&snapshots);
        }
        for counts in &mut section.counts {
            // `NAME:BUCKET`; a colon inside quotation marks belongs to the name.
            let (name, bucket) = match counts.key.rsplit_once(':') {
                Some((name, bucket)) if !bucket.contains('"') => (name, Some(bucket)),
                _ => (counts.key.as_str(), None),
            };
            // Other buckets are parts of dates and numbers, or domains, which keep what they have.
            let is_kept = match bucket {
                None | Some("fold") => false,
                Some("domain") => masking.keeps_domains(),
                Some(_) => true,
            };
            for (value, _) in counts.values.iter_mut().filter(|_| !is_kept) {
                if !is_no_value(value) {
                    *value = masking.mask_value(api, name, value);
                }
            }
        }
    }
    for expression in expressions.into_iter().filter(|_| is_own) {
        *expression = masking.mask_expression(expression);
    }
}

/// Returns whether a label stands for the records without a value.
fn is_no_value(label: &str) -> bool {
    matches!(label, "(null)" | "(missing)" | "(empty)")
}

/// Returns the sources of the left and of the right side, if there are two of them, one of each API.
fn sides(pair: &PairReport<'_>, sources: &SourceArguments) -> Result<Option<[SourceArguments; 2]>> {
    let [one, other] = &sources.sources[..] else {
        return Ok(None);
    };
    // The order on the command line does not matter: the APIs decide which source is the left one.
    let side = |name: &OsString| -> Result<Option<MatchSide>> {
        // A source that can be read only once is not looked at before it is loaded.
        let rereadable = |source: &Source| matches!(source, Source::File(_) | Source::Bytes { .. });
        let Ok(expansion) = expand(std::slice::from_ref(name)) else {
            return Ok(None);
        };
        if !expansion.sources.iter().all(rereadable) {
            return Ok(None);
        }
        let options = sources.read.options(idq::TimeZone::UTC);
        let detected = Loader::new(expansion.sources)
            .on_bad_record(sources.on_bad_record.into())
            .read_options(options)
            .detect();
        // The load reports what cannot be read.
        let api = detected.ok().flatten();
        Ok(api.and_then(|api| pair.side_of(&api)))
    };
    Ok(match (side(one)?, side(other)?) {
        // One of them is of this report, and the other could be its counterpart.
        (Some(_), None) | (None, Some(_)) => {
            let message = "the API of one of the two sources is unknown: a report on two systems needs two sources with \
                           records that can be read twice, so no pipes";
            return Err(UsageError(message.to_owned()).into());
        }
        (Some(MatchSide::Left), Some(MatchSide::Right)) => {
            Some([one_source(sources, one), one_source(sources, other)])
        }
        (Some(MatchSide::Right), Some(MatchSide::Left)) => {
            Some([one_source(sources, other), one_source(sources, one)])
        }
        _ => None,
    })
}

/// Opens sources, and notes the state of their files.
fn open<'a>(
    sources: &'a SourceArguments,
    arguments: &ReportArguments,
) -> Result<(SourceFiles, Session<'a>)> {
    // Folders and patterns are expanded here, so that every file has its own statement.
    let session = Session::new(sources, arguments.request().context())?;
    let files = SourceFiles::of(session.sources());
    Ok((files, session))
}

/// Prints a result.
fn print(result: &ReportResult<'_>, arguments: &ReportArguments) -> Result<()> {
    #[cfg(feature = "export")]
    if arguments.output == ReportOutput::Xlsx {
        return print_workbook(result, arguments);
    }
    let show = |default| {
        let show = arguments
            .show
            .map(|show| usize::try_from(show).unwrap_or(usize::MAX));
        show.unwrap_or(default)
    };
    let out = paged_stdout(match arguments.output {
        ReportOutput::Table => TerminalEncoding::Styled,
        ReportOutput::Html | ReportOutput::Csv => TerminalEncoding::Text,
        ReportOutput::Json => TerminalEncoding::Json,
        #[cfg(feature = "export")]
        ReportOutput::Xlsx => TerminalEncoding::Text,
    });
    let mut out = match arguments.output {
        ReportOutput::Csv => arguments.csv.output(out),
        _ => out,
    };
    let written = match arguments.output {
        ReportOutput::Table => {
            let options = writer::TextOptions {
                table: GroupTable {
                    width: stdout_width(),
                    colour: stdout_colour(arguments.sources.color),
                    bars: std::io::stdout().is_terminal().then_some(MAX_BAR_WIDTH),
                },
                show: show(writer::TEXT_FINDINGS),
            };
            writer::write_text(result, &options, &mut out)
        }
        ReportOutput::Html => writer::write_html(result, show(writer::PAGE_FINDINGS), &mut out),
        ReportOutput::Json => writer::write_json(result, &mut out),
        ReportOutput::Csv => writer::write_csv(result, arguments.csv.formula_policy(), &mut out),
        #[cfg(feature = "export")]
        ReportOutput::Xlsx => Ok(()),
    };
    written.map_err(report_error)?;
    Ok(out.flush()?)
}

/// Writes a result as a workbook to standard output.
#[cfg(feature = "export")]
fn print_workbook(result: &ReportResult<'_>, arguments: &ReportArguments) -> Result<()> {
    let mut out = std::io::stdout();
    let shortened = writer::write_xlsx(result, &mut out).map_err(report_error)?;
    out.flush()?;
    if shortened > 0 && !arguments.sources.quiet {
        let values = format_count(shortened, "value");
        print_status(&format!(
            "note: {values} too long for a cell were cut: -o csv has them in full"
        ));
    }
    Ok(())
}

/// Prints the reports of idq.
fn list() -> Result<ExitStatus> {
    let mut out = paged_stdout(TerminalEncoding::Text);
    for report in Report::built_in() {
        let days = match report.days {
            Some(days) => format!(" (--days {days})"),
            None => String::new(),
        };
        writeln!(out, "{}{days}", report.name)?;
        let definition = report.definition.replace("{days}", "N");
        write_wrapped(&definition, "  ", stdout_width(), &mut out)?;
    }
    out.flush()?;
    Ok(ExitStatus::SUCCESS)
}

/// Returns the report of a name.
fn report_named(name: &OsString) -> Result<&'static Report, UsageError> {
    let name = name.to_string_lossy();
    Report::named(&name).ok_or_else(|| {
        let names = Report::built_in().iter().map(|report| report.name.as_str());
        let near = near_topics(&name, names);
        let is_definition = Path::new(&*name).extension() == Some("toml".as_ref());
        let list = if is_definition {
            format!(
                "\n  help: `idq report --report {}` runs a report of your own",
                escape(&name)
            )
        } else {
            "\n  help: `idq report --list` lists the reports, --report FILE.toml runs your own"
                .to_owned()
        };
        UsageError(format!(
            "expected the name of a report, found {}{near}{list}",
            idq::quote(&name)
        ))
    })
}

/// Reads a definition.
fn read_report(path: &Path) -> Result<Report> {
    let name = escape(&path.to_string_lossy());
    let text = std::fs::read_to_string(path)
        .map_err(|error| UsageError(format!("--report: {name}: {error}")))?;
    Report::parse(&text).map_err(|error| UsageError(format!("--report: {name}: {error}")).into())
}

/// Returns the error of a report, as one of the command line if that is wrong.
fn report_error(error: Error) -> anyhow::Error {
    match error {
        // Unwrapped, so that the report of errors recognizes a closed pipe.
        Error::Write(error) => error.into(),
        Error::Unanswerable { .. } | Error::Definition { .. } | Error::NoDays(_) => {
            UsageError(error.to_string()).into()
        }
        error => error.into(),
    }
}
