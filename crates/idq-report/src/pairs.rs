//! Reports on two systems, whose records are matched.

use std::sync::Arc;

use idq::api::Api;
use idq::{BindOptions, Clock, ColumnPart, Engine, Query, RowId, Snapshot, bind};
use idq_compare::{
    EvaluatedCondition, MatchGroup, MatchRule, MatchSide, Matching, PairCondition, Side, Situation,
};

use crate::bound::{Parameters, days_of, fill};
use crate::definition::{MatchDefinition, PairSectionDefinition, Report};
use crate::error::Error;
use crate::findings::{FindingRow, Findings};
use crate::result::{FileStatement, Population, ReportResult, SectionResult, Undecided, Unit};

/// A report with its parameters on two systems.
#[derive(Debug)]
pub struct PairReport<'r> {
    /// The report of one or two systems.
    report: &'r Report,
    /// Its part for two systems.
    definition: &'r MatchDefinition,
    /// The number of days that the expressions have been filled with.
    days: Option<u32>,
    /// The clock of relative times, the same for both sides.
    clock: Clock,
    /// The condition of each section, in their order.
    conditions: Vec<PairCondition>,
    /// The printed values, each with its side.
    columns: Vec<(MatchSide, String)>,
}

impl<'r> PairReport<'r> {
    /// Checks a report; `None` for one that is not defined for two systems.
    ///
    /// # Errors
    /// Expressions or columns that are none.
    pub fn new(report: &'r Report, parameters: &Parameters) -> Result<Option<Self>, Error> {
        let Some(definition) = &report.matching else {
            return Ok(None);
        };
        let days = days_of(report, parameters)?;
        let conditions = definition.sections.iter().map(|section| {
            PairCondition::parse(&[fill(&section.r#where, days)])
                .map_err(|wrong| error(report, &format!("section {}", section.name), &wrong))
        });
        let columns = definition.columns.iter().map(|name| {
            MatchSide::split_name(name).map_err(|wrong| error(report, "columns", &wrong))
        });
        Ok(Some(Self {
            conditions: conditions.collect::<Result<_, _>>()?,
            columns: columns.collect::<Result<_, _>>()?,
            report,
            definition,
            days,
            clock: parameters.clock,
        }))
    }

    /// Returns the side of the records of an API.
    pub fn side_of(&self, api: &Api) -> Option<MatchSide> {
        let names = [&self.definition.left, &self.definition.right];
        let mut sides = MatchSide::ALL.into_iter().zip(names);
        sides
            .find(|(_, name)| **name == api.name)
            .map(|(side, _)| side)
    }

    /// Returns the parts of columns that a side needs.
    pub fn parts(&self, side: MatchSide, api: &Arc<Api>) -> Vec<ColumnPart> {
        let rules = self.definition.on.iter();
        // A mistake is reported when the report runs.
        let keys = rules.filter_map(|rule| MatchRule::parse_key(rule, side, api).ok()?.column());
        let options = PairCondition::bind_options(self.clock);
        let conditions = self.conditions.iter();
        let queries = conditions.flat_map(|condition| condition.queries(side));
        let bound = queries.filter_map(|query| bind(&query, api, &options).ok());
        // Findings name the records by their ids. By default, deleted records take no part.
        let default = bind(&Query::new(), api, &BindOptions::default());
        keys.chain([api.id])
            .map(ColumnPart::from)
            .chain(bound.chain(default).flat_map(|bound| bound.parts()))
            .collect()
    }

    /// Returns the names of the fields and paths of a side that the findings print, and by which records are matched.
    pub fn names(&self, side: MatchSide, api: &Api) -> Vec<String> {
        let rules = self.definition.on.iter();
        let keys = rules.filter_map(|rule| MatchRule::parse_key(rule, side, api).ok()?.path());
        let columns = self.columns.iter().filter(|(of, _)| *of == side);
        columns.map(|(_, name)| name.clone()).chain(keys).collect()
    }

    /// Runs the report. The files are those of the left and of the right side.
    ///
    /// # Errors
    /// Rules and expressions that do not suit the APIs, a column that was not loaded, a source that cannot be read.
    pub fn run<'e>(
        &self,
        engines: [&'e Engine; 2],
        files: [Vec<FileStatement>; 2],
    ) -> Result<ReportResult<'e>, Error> {
        let [left, right] = engines;
        let rules = self.definition.on.iter().map(|rule| {
            MatchRule::parse(rule, left.api(), right.api())
                .map_err(|wrong| error(self.report, "on", &wrong))
        });
        let rules: Vec<MatchRule> = rules.collect::<Result<_, _>>()?;
        // Matching counts every record unless filters say otherwise; a report leaves deleted ones out.
        let mut selected = Vec::with_capacity(engines.len());
        for engine in engines {
            selected.push(engine.matches(&Query::new())?.row_sets()?);
        }
        let side = |index: usize| Side {
            snapshot: engines[index].snapshot(),
            selected: Some(&selected[index]),
        };
        let cardinality = self.definition.cardinality.into();
        // Records are matched once, for all sections.
        let matching = Matching::new(side(0), side(1), rules, cardinality)?;
        let mut sections = Vec::with_capacity(self.conditions.len());
        for (definition, condition) in self.definition.sections.iter().zip(&self.conditions) {
            let condition = condition
                .evaluate(left, right, self.clock)
                .map_err(|wrong| {
                    error(self.report, &format!("section {}", definition.name), &wrong)
                })?;
            sections.push(self.run_section(definition, &condition, &matching, engines));
        }
        let sides = MatchSide::ALL.into_iter().zip(engines).zip(files);
        Ok(ReportResult {
            populations: sides
                .map(|((side, engine), files)| population(side, engine, &matching, files))
                .collect(),
            sections,
            ..ReportResult::of(self.report, self.days, self.clock)
        })
    }

    /// Finds the groups of a section.
    fn run_section<'e>(
        &self,
        definition: &PairSectionDefinition,
        condition: &EvaluatedCondition,
        matching: &Matching<'_>,
        engines: [&'e Engine; 2],
    ) -> SectionResult<'e> {
        let situations: Vec<Situation> = definition
            .situations
            .iter()
            .map(|&situation| situation.into())
            .collect();
        let snapshots = engines.map(Engine::snapshot);
        let mut rows = Vec::new();
        let mut count = 0;
        for group in matching.groups() {
            // The situation is known for the whole group, so it is checked before any record is read.
            if !situations.is_empty() && !situations.contains(&group.situation) {
                continue;
            }
            let lines = satisfying_lines(&group, condition, snapshots);
            if !lines.is_empty() {
                count += 1;
                let lines = lines.into_iter();
                rows.extend(lines.map(|rows| FindingRow { group: count, rows }));
            }
        }
        let names: Vec<&str> = situations
            .iter()
            .map(|situation| situation.name())
            .collect();
        let rules = self.definition.on.join(", then ");
        SectionResult {
            name: definition.name.clone(),
            title: fill(&definition.title, self.days),
            expression: Some(fill(&definition.r#where, self.days)),
            detail: Some(
                format!("{} by {rules}", names.join(" or "))
                    .trim()
                    .to_owned(),
            ),
            count,
            unit: Unit::Group,
            counts: Vec::new(),
            findings: Some(Findings::of_pair(snapshots, &self.columns, rows)),
        }
    }
}

/// Returns the lines of a group that satisfy a condition: the pairs of a linked group, and the records of another one that
/// do so together with some record of the other side.
fn satisfying_lines(
    group: &MatchGroup<'_>,
    condition: &EvaluatedCondition,
    snapshots: [&Snapshot; 2],
) -> Vec<[Option<RowId>; 2]> {
    let rows = |side, rows, others| condition.rows_that_hold(snapshots, side, rows, others);
    let (left, right) = (
        rows(MatchSide::Left, group.left, group.right),
        rows(MatchSide::Right, group.right, group.left),
    );
    // One side of a linked group has one record, so these rows are those of its pairs.
    let lines = group.situation.lines(&left, &right).into_iter();
    lines
        .map(|[left, right]| [left.copied(), right.copied()])
        .collect()
}

/// Returns the statement on the records of a side.
fn population(
    side: MatchSide,
    engine: &Engine,
    matching: &Matching<'_>,
    files: Vec<FileStatement>,
) -> Population {
    let snapshot = engine.snapshot();
    let has_deleted = snapshot.api().trashed_filter().is_some();
    let tally = matching.tally();
    let looked_at = [tally.left, tally.right][side as usize];
    // A record without a value for a rule may still be matched by another rule, so these counts can overlap.
    let rules = matching.rules().iter().zip(&tally.rules);
    let undecided = rules.map(|(rule, tally)| Undecided {
        reason: format!("without a value for {rule}"),
        expression: None,
        records: [tally.left_without_value, tally.right_without_value][side as usize],
    });
    Population {
        api: snapshot.api().title.clone(),
        files,
        records: snapshot.rows(),
        rejected: snapshot.rejects().len() as u64 + snapshot.rejected_before(),
        deleted: has_deleted.then(|| snapshot.rows() - looked_at),
        looked_at,
        undecided: undecided.collect(),
        ..Population::default()
    }
}

/// Returns an error that names the part of the definition.
fn error(report: &Report, part: &str, message: &impl ToString) -> Error {
    Error::Definition {
        report: report.name.clone(),
        part: part.to_owned(),
        message: message.to_string(),
    }
}
