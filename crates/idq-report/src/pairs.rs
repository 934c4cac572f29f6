//! Reports on two systems, whose records are matched.

use std::sync::Arc;

use idq::api::Api;
use idq::{AttributePath, BindOptions, Clock, ColumnPart, Engine, Query, RowId, bind};
use idq_compare::{
    Cardinality, MatchGroup, MatchRule, MatchSide, Matching, PairCondition, Side, Situation,
};

use crate::bound::{Parameters, days_of, fill};
use crate::definition::{MatchDefinition, Report};
use crate::error::Error;
use crate::findings::{FindingRow, Findings};
use crate::result::{FileStatement, Population, ReportResult, SectionResult, Unit};

/// A report with its parameters on two systems.
#[derive(Debug)]
pub struct PairReport<'r> {
    report: &'r Report,
    definition: &'r MatchDefinition,
    days: Option<u32>,
    clock: Clock,
    conditions: Vec<PairCondition>,
    columns: Vec<(MatchSide, String)>,
    cardinality: Cardinality,
}

impl<'r> PairReport<'r> {
    /// Checks a report; `None` for one that is not defined for two systems.
    ///
    /// # Errors
    /// Expressions, columns or words that are none.
    pub fn new(report: &'r Report, parameters: &Parameters) -> Result<Option<Self>, Error> {
        let Some(definition) = &report.matching else {
            return Ok(None);
        };
        let days = days_of(report, parameters)?;
        let error = |part: &str, message: String| Error::Definition {
            report: report.name.clone(),
            part: part.to_owned(),
            message,
        };
        let conditions = definition.sections.iter().map(|section| {
            PairCondition::parse(&[fill(&section.r#where, days)])
                .map_err(|wrong| error(&format!("section {}", section.name), wrong.to_string()))
        });
        let columns = definition.columns.iter().map(|name| {
            MatchSide::split(&AttributePath::from(name.as_str()))
                .map(|(side, path)| (side, path.to_string()))
                .ok_or_else(|| {
                    error(
                        "columns",
                        format!("expected left.NAME or right.NAME, found {name}"),
                    )
                })
        });
        let cardinality = match definition.cardinality.as_deref() {
            None | Some("one-to-one") => Cardinality::OneToOne,
            Some("one-to-many") => Cardinality::OneToMany,
            Some("many-to-one") => Cardinality::ManyToOne,
            Some(other) => return Err(error("cardinality", format!("found {other}"))),
        };
        for section in &definition.sections {
            for name in &section.situations {
                if !SITUATIONS.iter().any(|situation| situation.name() == name) {
                    let part = format!("section {}", section.name);
                    return Err(error(
                        &part,
                        format!("expected linked, disputed or unmatched, found {name}"),
                    ));
                }
            }
        }
        Ok(Some(Self {
            conditions: conditions.collect::<Result<_, _>>()?,
            columns: columns.collect::<Result<_, _>>()?,
            cardinality,
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
        let queries = self
            .conditions
            .iter()
            .flat_map(|condition| condition.queries(side));
        let bound = queries.filter_map(|query| bind(&query, api, &options).ok());
        // By default, deleted records take no part.
        let default = bind(&Query::new(), api, &BindOptions::default());
        keys.map(ColumnPart::from)
            .chain(bound.chain(default).flat_map(|bound| bound.parts()))
            .collect()
    }

    /// Runs the report. The files are those of the left and of the right side.
    ///
    /// # Errors
    /// Rules that do not suit the APIs, a column that was not loaded, a source that cannot be read.
    pub fn run<'e>(
        &self,
        engines: [&'e Engine; 2],
        files: [Vec<FileStatement>; 2],
    ) -> Result<ReportResult<'e>, Error> {
        let [left, right] = engines;
        let rules = self.definition.on.iter().map(|rule| {
            MatchRule::parse(rule, left.api(), right.api()).map_err(|error| Error::Definition {
                report: self.report.name.clone(),
                part: "on".to_owned(),
                message: error.to_string(),
            })
        });
        let rules: Vec<MatchRule> = rules.collect::<Result<_, _>>()?;
        let snapshots = engines.map(Engine::snapshot);
        let mut sections = Vec::with_capacity(self.conditions.len());
        let mut selected = Vec::with_capacity(engines.len());
        let mut populations = Vec::with_capacity(engines.len());
        for (engine, files) in engines.into_iter().zip(files) {
            let matches = engine.matches(&Query::new())?;
            populations.push(population(engine, matches.count()?, files));
            selected.push(matches.row_sets()?);
        }
        let side = |index: usize| Side {
            snapshot: snapshots[index],
            selected: Some(&selected[index]),
        };
        for (definition, condition) in self.definition.sections.iter().zip(&self.conditions) {
            let mut matching = Matching::new(side(0), side(1), rules.clone(), self.cardinality)?;
            let is_wanted = |group: MatchGroup<'_>| {
                let situations = &definition.situations;
                situations.is_empty()
                    || situations
                        .iter()
                        .any(|name| *name == group.situation.name())
            };
            matching.retain(is_wanted);
            matching.retain_satisfying(&condition.evaluate(left, right, self.clock)?);
            let rows = lines(&matching);
            sections.push(SectionResult {
                name: definition.name.clone(),
                title: fill(&definition.title, self.days),
                expression: Some(format!(
                    "{}, matched on {}",
                    fill(&definition.r#where, self.days),
                    self.definition.on.join(", then ")
                )),
                count: matching.groups().len() as u64,
                unit: Unit::Group,
                counts: Vec::new(),
                findings: Some(Findings::of_pair(snapshots, &self.columns, rows)),
            });
        }
        Ok(ReportResult {
            populations,
            sections,
            ..ReportResult::of(self.report, self.days, self.clock)
        })
    }
}

/// Returns the statement on the records of a side, of which `looked_at` are not deleted.
fn population(engine: &Engine, looked_at: u64, files: Vec<FileStatement>) -> Population {
    let snapshot = engine.snapshot();
    let has_deleted = snapshot.api().trashed_filter().is_some();
    Population {
        api: snapshot.api().title.clone(),
        files,
        records: snapshot.rows(),
        rejected: snapshot.rejects().len() as u64 + snapshot.rejected_before(),
        deleted: has_deleted.then(|| snapshot.rows() - looked_at),
        looked_at,
        ..Population::default()
    }
}

/// All situations.
const SITUATIONS: [Situation; 3] = [Situation::Linked, Situation::Disputed, Situation::Unmatched];

/// Returns the lines of all groups: the pairs of linked ones, and the records of others, each alone.
fn lines(matching: &Matching<'_>) -> Vec<FindingRow> {
    let mut lines = Vec::new();
    for (number, group) in (1..).zip(matching.groups()) {
        let mut push = |left: Option<RowId>, right: Option<RowId>| {
            lines.push(FindingRow {
                group: number,
                rows: [left, right],
            });
        };
        if group.situation == Situation::Linked {
            for &left in group.left {
                for &right in group.right {
                    push(Some(left), Some(right));
                }
            }
        } else {
            group.left.iter().for_each(|&left| push(Some(left), None));
            group
                .right
                .iter()
                .for_each(|&right| push(None, Some(right)));
        }
    }
    lines
}
