//! `idq count`: prints the number of matching records, or their numbers by keys.
//!
//! Without keys, standard output has only the number, for scripts; with keys it has the groups in an output format.
//! `--chart` also draws the groups in a file. Standard error has hints, such as the nearest value of a filter without
//! matches, and a summary.

use std::io::{IsTerminal, Write};

use anyhow::Result;
use idq::render::{
    GroupTable, TerminalEncoding, write_groups_csv, write_groups_json, write_groups_ndjson,
};
use idq::{BoundKeys, Groups, Matches};

#[cfg(feature = "chart")]
use super::chart::{self, ChartFile};
use crate::arguments::{BarChoice, CountArguments, GroupArguments, GroupFormat, formula_policy};
use crate::exit::ExitStatus;
use crate::process::threads::run_on_threads;
use crate::session::{LoadedSession, ParsedRequest, Session, format_count};
use crate::terminal::{paged_stdout, stdout, stdout_colour, stdout_width};

/// The width of the longest bar: a wider one would be far from its label.
pub(super) const MAX_BAR_WIDTH: usize = 40;

/// Runs the command.
pub(crate) fn run(arguments: &CountArguments) -> Result<ExitStatus> {
    let session = Session::new(&arguments.sources, arguments.request.context())?;
    let mut request = ParsedRequest::new(&arguments.request).without_order();
    if !arguments.groups.by.is_empty() {
        request = request.with_keys(&arguments.groups);
    }
    #[cfg(feature = "chart")]
    let chart = ChartFile::new(arguments, session.sources(), request.key_count())?;
    let (loaded, output) = run_on_threads(arguments.sources.threads, || {
        let (loaded, bound) = session.load_bound(&arguments.request, request)?;
        let matches = loaded.engine.bound(bound.query);
        let output = evaluate(&loaded, &matches, bound.keys.as_ref())?;
        #[cfg(feature = "chart")]
        let output = match &chart {
            Some(chart) => output.with_chart(chart, arguments, &loaded, &matches)?,
            None => output,
        };
        Ok((loaded, output))
    })?;
    match &output.groups {
        None => {
            let mut out = stdout(TerminalEncoding::Text);
            writeln!(out, "{}", output.total)?;
            out.flush()?;
        }
        Some(groups) => print_groups(groups, arguments)?,
    }
    loaded.print_hints(output.hints);
    loaded.print_summary(&output.description);
    loaded.print_account(output.account);
    Ok(ExitStatus::SUCCESS)
}

/// The result of the command.
struct CountResult {
    /// The number of matches.
    total: u64,
    /// The groups, if there are keys.
    groups: Option<Groups>,
    hints: Vec<String>,
    description: String,
    account: Option<String>,
}

#[cfg(feature = "chart")]
impl CountResult {
    /// Draws the groups, and adds the file to the description.
    fn with_chart(
        mut self,
        chart: &ChartFile<'_>,
        arguments: &CountArguments,
        loaded: &LoadedSession<'_>,
        matches: &Matches<'_>,
    ) -> Result<Self> {
        if let Some(groups) = &self.groups {
            let population = chart::population(loaded, matches, self.total)?;
            let hint = chart.write(arguments, groups, population)?;
            self.hints.extend(hint);
            self.description.push_str(&chart.describe());
        }
        Ok(self)
    }
}

/// Counts the matches, in groups if there are keys.
fn evaluate(
    loaded: &LoadedSession<'_>,
    matches: &Matches<'_>,
    keys: Option<&BoundKeys>,
) -> Result<CountResult> {
    let groups = keys.map(|keys| matches.count_by_keys(keys)).transpose()?;
    let total = match &groups {
        Some(groups) => groups.total(),
        None => matches.count()?,
    };
    let mut description = loaded.describe_matches(matches, total)?;
    if let Some(groups) = &groups {
        description.push_str(&format!("; {}", describe_groups(groups)));
    }
    let mut hints = keys.map_or_else(Vec::new, |keys| loaded.hints_for_keys(matches, keys));
    // An expression and a key may name the same path.
    let of_query = loaded.hints(matches, total).into_iter();
    let others: Vec<String> = of_query.filter(|hint| !hints.contains(hint)).collect();
    hints.extend(others);
    Ok(CountResult {
        total,
        hints,
        account: loaded.describe_account(matches)?,
        groups,
        description,
    })
}

/// Returns the number of groups in words, and the number of those that a comparison has left out.
fn describe_groups(groups: &Groups) -> String {
    let printed = format_count(groups.len() as u64, "group");
    let left_out = groups.left_out();
    if left_out.groups == 0 {
        return printed;
    }
    let (left_out, records) = (
        format_count(left_out.groups, "group"),
        format_count(left_out.records, "record"),
    );
    format!("{printed} ({left_out} with {records} left out by --having)")
}

/// Prints groups to standard output.
fn print_groups(groups: &Groups, arguments: &CountArguments) -> Result<()> {
    let GroupArguments {
        output, raw_csv, ..
    } = &arguments.groups;
    let default = if std::io::stdout().is_terminal() {
        GroupFormat::Table
    } else {
        GroupFormat::Json
    };
    match output.unwrap_or(default) {
        GroupFormat::Table => {
            let mut out = paged_stdout(TerminalEncoding::Styled);
            table(arguments).write(groups, &mut out)?;
            out.flush()?;
        }
        GroupFormat::Json => {
            let mut out = paged_stdout(TerminalEncoding::Json);
            write_groups_json(groups, &mut out)?;
            writeln!(out)?;
            out.flush()?;
        }
        GroupFormat::Ndjson => {
            let mut out = paged_stdout(TerminalEncoding::Json);
            write_groups_ndjson(groups, &mut out)?;
            out.flush()?;
        }
        GroupFormat::Csv => {
            let formulas = formula_policy(*raw_csv);
            let mut out = paged_stdout(TerminalEncoding::Text);
            write_groups_csv(groups, formulas, &mut out)?;
            out.flush()?;
        }
    }
    Ok(())
}

/// Returns the layout of a table of groups.
fn table(arguments: &CountArguments) -> GroupTable {
    let has_bars = match arguments.groups.bars {
        BarChoice::Auto => std::io::stdout().is_terminal(),
        BarChoice::Always => true,
        BarChoice::Never => false,
    };
    GroupTable {
        width: stdout_width(),
        colour: stdout_colour(arguments.sources.color),
        bars: has_bars.then_some(MAX_BAR_WIDTH),
    }
}
