//! `idq match`: prints which records of two systems belong to one identity.

use std::io::{IsTerminal, Write};
use std::time::Instant;

use anyhow::Result;
use idq::api::Api;
use idq::json::{Cell, Scalar};
use idq::render::{
    FormulaPolicy, GroupTable, TerminalEncoding, append_csv_line, text_cell, write_bar_list,
};
use idq::{Clock, ColumnPart, Engine, bind, escape};
use idq_compare::{
    Fold, MatchFormat, MatchRule, MatchSide, MatchTally, MatchWriter, Matching, PairCondition,
    RuleError, Situation, describing_names,
};
use indicatif::HumanCount;

use super::changes::{LoadedSide, check_sources, one_source, text_or_lines};
use super::count::MAX_BAR_WIDTH;
use crate::arguments::{MatchArguments, MatchOutput, SourceArguments};
use crate::exit::{ExitStatus, UsageError};
use crate::process::threads::run_on_threads;
use crate::session::{Masking, ParsedRequest, Session, check_names, clock, format_count};
use crate::terminal::{paged_stdout, print_status, stdout_colour, stdout_width};

/// Runs the command.
///
/// Both sides are loaded with the columns of the rules and of the expressions alone. With masks, records are matched by
/// their own values, and printed from masked copies.
pub(crate) fn run(arguments: &MatchArguments) -> Result<ExitStatus> {
    check_sources(&arguments.sources)?;
    let plan = Plan::new(arguments)?;
    let masking = Masking::new(&arguments.mask, &arguments.sources)?;
    run_on_threads(arguments.sources.threads, || {
        let [left, right] = MatchSide::ALL.map(|side| side_sources(arguments, side));
        let left = load(&left, MatchSide::Left, &plan)?;
        let right = load(&right, MatchSide::Right, &plan)?;
        let snapshots = [left.engine().snapshot(), right.engine().snapshot()];
        let context = arguments.request(0).context();
        let masking = masking.map(|masking| masking.learn(&snapshots, context));
        let copies = masking.map(|masking| masking?.copy_sides(snapshots));
        let copies = copies.transpose()?;
        plan.print(&left, &right, copies.as_ref())
    })?;
    Ok(ExitStatus::SUCCESS)
}

/// Returns the options of the load of a side.
fn side_sources(arguments: &MatchArguments, side: MatchSide) -> SourceArguments {
    let sources = &arguments.sources;
    let api = match side {
        MatchSide::Left => &arguments.left_api,
        MatchSide::Right => &arguments.right_api,
    };
    SourceArguments {
        // The option of one side is stronger than the option of both.
        api: api.clone().or_else(|| sources.api.clone()),
        ..one_source(sources, &sources.sources[side as usize])
    }
}

/// The command line, checked as far as it can be before the APIs of both sides are known.
struct Plan<'a> {
    /// The options as they were given.
    arguments: &'a MatchArguments,
    /// The conjunction of all `-w` expressions.
    condition: PairCondition,
    /// The clock of relative times, the same for both sides.
    clock: Clock,
    /// The printed values; `None` if the command names none.
    columns: Option<Vec<(MatchSide, String)>>,
    output: MatchOutput,
}

/// Loads a side.
fn load<'a>(
    sources: &'a SourceArguments,
    side: MatchSide,
    plan: &Plan<'_>,
) -> Result<LoadedSide<'a>> {
    let arguments = plan.arguments.request(side as usize);
    let session = Session::new(sources, arguments.context())?;
    let request = ParsedRequest::new(&arguments).with_deleted_records();
    let selects_all = request.is_empty();
    let options = PairCondition::bind_options(plan.clock);
    let (loaded, query) = session.load_for(&arguments, request, |api| {
        // The API of the file is known here, and with it the columns that the rules read.
        // A mistake in a rule or in an expression is reported after the load.
        let rules = plan.arguments.on.iter();
        let keys = rules.filter_map(|rule| MatchRule::parse_key(rule, side, api).ok()?.column());
        let queries = plan.condition.queries(side);
        let bound = queries.filter_map(|query| bind(&query, api, &options).ok());
        // Pairs and groups are printed with the ids of their records.
        keys.chain([api.id])
            .map(ColumnPart::from)
            .chain(bound.flat_map(|bound| bound.parts()))
            .collect::<Vec<_>>()
    })?;
    LoadedSide::new(sources, loaded, (!selects_all).then_some(query))
}

impl<'a> Plan<'a> {
    /// Checks everything that needs no API: the syntax of rules and expressions, the sides of columns, options of other
    /// formats.
    ///
    /// # Errors
    /// A mistake on the command line.
    fn new(arguments: &'a MatchArguments) -> Result<Self> {
        for rule in &arguments.on {
            // Fields are known with the APIs.
            for side in MatchSide::ALL {
                let parsed = MatchRule::parse_key(rule, side, Api::provisionr());
                if let Err(error @ RuleError::Syntax(_)) = parsed {
                    return Err(rule_error(&error).into());
                }
            }
        }
        let output = text_or_lines(arguments.output, MatchOutput::Text, MatchOutput::Ndjson);
        let name = match output {
            MatchOutput::Text => "text",
            MatchOutput::Csv => "csv",
            MatchOutput::Ndjson => "ndjson",
        };
        arguments
            .csv
            .check(output == MatchOutput::Csv, name, "-o csv")?;
        let condition = PairCondition::parse(&arguments.expressions);
        let condition = condition.map_err(|error| UsageError(format!("-w: {error}")))?;
        let columns = arguments.columns.iter().map(|name| {
            MatchSide::split_name(name).map_err(|error| UsageError(format!("--columns: {error}")))
        });
        // An error of the command line precedes the load, which may take minutes.
        let mut named = Vec::new();
        for column in columns {
            let column = column?;
            // A name that is repeated would be a member twice.
            if !named.contains(&column) {
                named.push(column);
            }
        }
        Ok(Self {
            arguments,
            condition,
            clock: clock(&arguments.request(0))?,
            columns: (!named.is_empty()).then_some(named),
            output,
        })
    }

    /// Matches both sides and prints the result, with the values of the copies if there are any.
    fn print(
        &self,
        left: &LoadedSide<'_>,
        right: &LoadedSide<'_>,
        copies: Option<&[Engine; 2]>,
    ) -> Result<()> {
        let started = Instant::now();
        let arguments = self.arguments;
        let apis = [left, right].map(|side| side.engine().api());
        let rules = arguments.on.iter();
        let rules = rules.map(|rule| MatchRule::parse(rule, apis[0], apis[1]));
        let rules = rules.collect::<Result<Vec<_>, _>>();
        let rules = rules.map_err(|error| rule_error(&error))?;
        // A path that no record has would match nothing, without a word: most likely it is misspelt.
        for (index, side) in [left, right].into_iter().enumerate() {
            let paths = rules.iter().filter_map(|rule| rule.keys()[index].path());
            let snapshots = [side.engine().snapshot()];
            check_names("--on", &paths.collect::<Vec<_>>(), &snapshots)?;
            let columns = self.columns.iter().flatten();
            let columns = columns.filter(|(of, _)| *of as usize == index);
            let columns: Vec<String> = columns.map(|(_, name)| name.clone()).collect();
            check_names("--columns", &columns, &snapshots)?;
        }
        let cardinality = arguments.cardinality.into();
        let mut matching = Matching::new(left.side(), right.side(), rules, cardinality)?;
        let groups = matching.groups().len() as u64;
        if !arguments.expressions.is_empty() {
            let condition = self
                .condition
                .evaluate(left.engine(), right.engine(), self.clock);
            matching
                .retain_satisfying(&condition.map_err(|error| UsageError(format!("-w: {error}")))?);
        }
        // The status line says how many groups the expressions and the situations left.
        let satisfying = matching.groups().len() as u64;
        if !arguments.situation.is_empty() {
            let situations: Vec<Situation> = arguments
                .situation
                .iter()
                .map(|&situation| situation.into())
                .collect();
            matching.retain(|group| situations.contains(&group.situation));
        }
        if let Some(copies) = copies {
            matching = matching.showing(copies.each_ref().map(Engine::snapshot));
        }
        // From here on nothing decides any more: a copy has other values in the same rows.
        let mut out = match self.output {
            MatchOutput::Text => paged_stdout(TerminalEncoding::Styled),
            MatchOutput::Csv => arguments.csv.output(paged_stdout(TerminalEncoding::Text)),
            MatchOutput::Ndjson => paged_stdout(TerminalEncoding::Json),
        };
        let names = [left.name.as_str(), right.name.as_str()];
        if arguments.by_rule {
            self.write_rules(&matching, names, &mut out)?;
        } else {
            self.write_groups(&matching, names, &mut out)?;
        }
        out.flush()?;
        if !arguments.sources.quiet {
            print_notes(&matching);
            let tally = matching.tally();
            let satisfied = if arguments.expressions.is_empty() {
                String::new()
            } else {
                let verb = if satisfying == 1 {
                    "satisfies"
                } else {
                    "satisfy"
                };
                format!(
                    "{} of {} {verb} -w; ",
                    HumanCount(satisfying),
                    format_count(groups, "group"),
                )
            };
            print_status(&format!(
                "{satisfied}{} linked, {} disputed, {} unmatched; matched {} of {} with {} of {} in {:.2} s",
                HumanCount(tally.linked),
                HumanCount(tally.disputed),
                HumanCount(tally.unmatched_left + tally.unmatched_right),
                format_count(tally.left, "record"),
                left.name,
                HumanCount(tally.right),
                right.name,
                started.elapsed().as_secs_f64(),
            ));
        }
        Ok(())
    }

    /// Writes the groups.
    fn write_groups(
        &self,
        matching: &Matching<'_>,
        names: [&str; 2],
        out: &mut (impl Write + Send),
    ) -> Result<()> {
        let arguments = self.arguments;
        let format = match self.output {
            MatchOutput::Text => MatchFormat::Text {
                width: stdout_width(),
                colour: stdout_colour(arguments.sources.color),
            },
            MatchOutput::Ndjson => MatchFormat::Ndjson,
            MatchOutput::Csv => MatchFormat::Csv {
                formulas: arguments.csv.formula_policy(),
            },
        };
        let columns = match &self.columns {
            Some(columns) => columns.clone(),
            // People recognize records by names and addresses, programs by the ids that each line has anyway.
            None if self.output == MatchOutput::Text => MatchSide::ALL
                .into_iter()
                .flat_map(|side| {
                    let names = describing_names(matching.snapshot(side).api());
                    names.into_iter().map(move |name| (side, name))
                })
                .collect(),
            None => Vec::new(),
        };
        let writer = MatchWriter::new(format, columns);
        out.write_all(&writer.header())?;
        if self.output != MatchOutput::Text {
            writer.write(matching, |written| Ok(out.write_all(&written)?))?;
            return Ok(());
        }
        self.write_rules(matching, names, out)?;
        // The groups are written after the counts, and a blank line between both only if there are any.
        let mut first = Vec::new();
        let show = usize::try_from(arguments.show).unwrap_or(usize::MAX);
        writer.write_first(matching, show, |written| {
            first.extend_from_slice(&written);
            Ok(())
        })?;
        if !first.is_empty() {
            writeln!(out)?;
        }
        out.write_all(&first)?;
        let more = matching.groups().len().saturating_sub(show) as u64;
        if more > 0 && show > 0 {
            let more = format_count(more, "more group");
            writeln!(out, "{more}: --show N shows N, -o ndjson all")?;
        }
        Ok(())
    }

    /// Writes the number of pairs that each rule and each folding has linked.
    fn write_rules(
        &self,
        matching: &Matching<'_>,
        names: [&str; 2],
        out: &mut impl Write,
    ) -> Result<()> {
        let counts = rule_counts(matching);
        match self.output {
            MatchOutput::Text => {
                writeln!(out, "{} ↔ {}", names[0], names[1])?;
                write_tally(matching.tally(), out)?;
                // A rule may have several rows: one for each folding that it took, and one for its disputed groups.
                let rows: Vec<(String, u64)> = counts
                    .iter()
                    .map(|row| (format!("{}: {}", escape(&row.rule), row.result), row.count))
                    .collect();
                let rows: Vec<(&str, u64)> = rows
                    .iter()
                    .map(|(name, count)| (name.as_str(), *count))
                    .collect();
                if rows.is_empty() {
                    return Ok(());
                }
                writeln!(out)?;
                let table = GroupTable {
                    width: stdout_width(),
                    colour: stdout_colour(self.arguments.sources.color),
                    bars: std::io::stdout().is_terminal().then_some(MAX_BAR_WIDTH),
                };
                write_bar_list(&table, ["rule: result", "pairs, groups"], &rows, out)?;
            }
            MatchOutput::Csv => {
                let mut lines = Vec::new();
                let header = ["rule", "result", "count"].map(text_cell);
                append_csv_line(header, FormulaPolicy::Keep, &mut lines);
                for row in counts {
                    let count = row.count.to_string();
                    let cells = [
                        text_cell(&row.rule),
                        text_cell(row.result),
                        Cell::Scalar(Scalar::Number(&count)),
                    ];
                    append_csv_line(cells, self.arguments.csv.formula_policy(), &mut lines);
                }
                out.write_all(&lines)?;
            }
            MatchOutput::Ndjson => {
                for row in counts {
                    let (rule, count) = (serde_json::Value::from(row.rule), row.count);
                    let result = row.result;
                    writeln!(
                        out,
                        "{{\"rule\":{rule},\"result\":\"{result}\",\"count\":{count}}}"
                    )?;
                }
            }
        }
        Ok(())
    }
}

/// The number of pairs that a rule has linked by one folding, or of groups that it leaves disputed.
struct RuleCount {
    rule: String,
    /// `exact`, the name of a folding, `disputed`, or `none` for a rule that decides nothing.
    result: &'static str,
    count: u64,
}

/// Returns the counts of all rules, without zeros but for a rule that decides nothing.
fn rule_counts(matching: &Matching<'_>) -> Vec<RuleCount> {
    let mut counts = Vec::new();
    for (rule, tally) in matching.rules().iter().zip(&matching.tally().rules) {
        let pairs = tally.pairs.iter();
        let pairs = pairs.map(|(fold, &pairs)| (fold.map_or("exact", Fold::name), pairs));
        let disputed = (tally.disputed > 0).then_some(("disputed", tally.disputed));
        let mut results: Vec<(&str, u64)> = pairs.chain(disputed).collect();
        // A rule that decided nothing is likely a mistake, and has a row that says so.
        if results.is_empty() {
            results.push(("none", 0));
        }
        counts.extend(results.into_iter().map(|(result, count)| RuleCount {
            rule: rule.to_string(),
            result,
            count,
        }));
    }
    counts
}

/// Writes the numbers of groups for people.
fn write_tally(tally: &MatchTally, out: &mut impl Write) -> Result<()> {
    writeln!(out, "linked    {}", HumanCount(tally.linked))?;
    let disputed = if tally.disputed > 0 {
        format!(
            " ({} left, {} right)",
            HumanCount(tally.disputed_left),
            HumanCount(tally.disputed_right)
        )
    } else {
        String::new()
    };
    writeln!(out, "disputed  {}{disputed}", HumanCount(tally.disputed))?;
    writeln!(
        out,
        "unmatched {} left, {} right",
        HumanCount(tally.unmatched_left),
        HumanCount(tally.unmatched_right)
    )?;
    Ok(())
}

/// Prints notes on what the rules could not see.
fn print_notes(matching: &Matching<'_>) {
    for (rule, tally) in matching.rules().iter().zip(&matching.tally().rules) {
        let rule = escape(&rule.to_string());
        let (left, right) = (tally.left_without_value, tally.right_without_value);
        if left + right > 0 {
            print_status(&format!(
                "note: {rule}: no value in {} ({} left, {} right)",
                format_count(left + right, "record"),
                HumanCount(left),
                HumanCount(right),
            ));
        }
        if tally.taken > 0 {
            print_status(&format!(
                "note: {rule}: all candidates of {} were decided by an earlier rule",
                format_count(tally.taken, "record"),
            ));
        }
    }
}

/// Returns the error of a rule.
fn rule_error(error: &RuleError) -> UsageError {
    UsageError(format!("--on: {error}"))
}
