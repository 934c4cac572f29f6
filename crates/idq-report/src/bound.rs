//! Reports on the records of one API.

use std::sync::Arc;

use idq::api::Api;
use idq::columns::RowSet;
use idq::date::format_timestamp;
use idq::{
    BindOptions, BoundKeys, BoundQuery, Clock, ColumnPart, Conformance, CountRequest,
    DeletedRecords, Engine, Expression, GroupValue, Groups, KeyOptions, Query, RowId, bind,
    bind_keys,
};
use idq_compare::{Fold, Key, Side, repeated_keys};

use crate::definition::{ApiDefinition, Report, SectionDefinition};
use crate::error::Error;
use crate::findings::{FindingRow, Findings};
use crate::result::{
    FieldCounts, FileStatement, Population, ReportResult, SectionResult, Undecided, Unit,
};

/// The parameters of a report.
#[derive(Debug, Clone, Copy)]
pub struct Parameters {
    /// The number of days; `None` for the default of the report.
    pub days: Option<u32>,
    /// The clock that ages are counted from.
    pub clock: Clock,
}

/// The report's own number of days, and the system's clock, in UTC.
impl Default for Parameters {
    fn default() -> Self {
        Self {
            days: None,
            clock: Clock::system(),
        }
    }
}

/// A report with its parameters, bound to an API.
#[derive(Debug)]
pub struct BoundReport<'r> {
    /// The report of every API.
    report: &'r Report,
    /// Its part for this API.
    definition: &'r ApiDefinition,
    api: Arc<Api>,
    /// The number of days that the expressions have been filled with.
    days: Option<u32>,
    clock: Clock,
    /// The deleted records, if the API has any.
    deleted: Option<BoundQuery>,
    /// The records that are looked at.
    population: BoundQuery,
    /// Those that are in no section and not undecided; `None` if some section is no expression.
    unaffected: Option<BoundQuery>,
    /// The reasons for which records are in no section although they could belong to one, without their counts.
    undecided: Vec<(Undecided, BoundQuery)>,
    /// The kinds of findings, in the order of the definition.
    sections: Vec<BoundSection<'r>>,
}

/// A section that is bound to an API.
#[derive(Debug)]
struct BoundSection<'r> {
    /// The section as it was defined.
    definition: &'r SectionDefinition,
    /// The expression that runs, with that of the population; printed with the result.
    expression: Option<String>,
    /// The same, bound.
    query: BoundQuery,
    /// The keys by which the findings are counted.
    counts: Vec<BoundKeys>,
    /// The key that several records of a finding share; `None` if each record is a finding of its own.
    duplicates: Option<Key>,
}

impl<'r> BoundReport<'r> {
    /// Binds a report to an API.
    ///
    /// # Errors
    /// A report without an answer for this API, a definition that does not suit the API, a number of days for a report
    /// without any.
    pub fn new(report: &'r Report, api: &Arc<Api>, parameters: &Parameters) -> Result<Self, Error> {
        let unanswerable = |reason: &str| Error::Unanswerable {
            report: report.name.clone(),
            api: api.title.clone(),
            reason: reason.to_owned(),
        };
        let definition = report
            .api
            .get(&api.name)
            .ok_or_else(|| unanswerable("it is defined for other APIs alone"))?;
        if let Some(reason) = &definition.unanswerable {
            return Err(unanswerable(reason));
        }
        let days = days_of(report, parameters)?;
        // Every expression is parsed before the load: a mistake in a definition is reported at once.
        let binder = Binder {
            report,
            api,
            days,
            clock: parameters.clock,
        };
        let population = match &definition.population {
            Some(text) => vec![binder.parse("population", text)?],
            None => Vec::new(),
        };
        // The conjunction of the population and of more expressions.
        let within = |more: Vec<Expression>| {
            let mut operands = population.clone();
            for expression in more {
                match expression {
                    Expression::And(more) => operands.extend(more),
                    other => operands.push(other),
                }
            }
            match <[Expression; 1]>::try_from(operands) {
                Ok([alone]) => alone,
                Err(operands) => Expression::And(operands),
            }
        };
        let mut decided = Vec::new();
        let mut sections = Vec::with_capacity(definition.sections.len());
        for section in &definition.sections {
            let part = format!("section {}", section.name);
            let condition = match &section.r#where {
                Some(text) => vec![binder.parse(&part, text)?],
                None => Vec::new(),
            };
            // Shared keys are no condition on one record, so their section cannot be part of a negation.
            if section.duplicates.is_none() {
                decided.push(Expression::And(condition.clone()));
            }
            let expression = within(condition);
            let counts = section.counts.iter().map(|key| binder.keys(&part, key));
            let duplicates = section.duplicates.as_deref();
            sections.push(BoundSection {
                definition: section,
                expression: expression.to_text(),
                query: binder.bind(&part, expression)?,
                counts: counts.collect::<Result<_, _>>()?,
                duplicates: duplicates.map(|key| binder.key(&part, key)).transpose()?,
            });
        }
        let mut undecided = Vec::with_capacity(definition.undecided.len());
        for definition in &definition.undecided {
            let condition = binder.parse("undecided", &definition.r#where)?;
            decided.push(condition.clone());
            let expression = within(vec![condition]);
            let counted = Undecided {
                reason: binder.fill(&definition.reason),
                expression: expression.to_text(),
                records: 0,
            };
            undecided.push((counted, binder.bind("undecided", expression)?));
        }
        // The rest of the population is counted by an expression too, so that the numbers of a report add up by
        // evaluation, and not by subtraction.
        let has_duplicates = sections.iter().any(|section| section.duplicates.is_some());
        let unaffected = (!has_duplicates).then(|| within(vec![!Expression::Or(decided)]));
        let unaffected = unaffected.map(|expression| binder.bind("sections", expression));
        // The API's own default leaves deleted records out; the statement on the population says how many.
        let trashed = Query::new().filter("trashed", "only");
        Ok(Self {
            deleted: match api.trashed_filter() {
                Some(_) => Some(binder.bind_query("population", &trashed)?),
                None => None,
            },
            population: binder.bind("population", within(Vec::new()))?,
            unaffected: unaffected.transpose()?,
            undecided,
            sections,
            report,
            definition,
            api: Arc::clone(api),
            days,
            clock: parameters.clock,
        })
    }

    /// Returns the names of the fields and paths that the findings print or share.
    pub fn names(&self) -> Vec<String> {
        let sections = self.sections.iter();
        let keys = sections.filter_map(|section| section.duplicates.as_ref()?.path());
        self.definition
            .columns
            .iter()
            .cloned()
            .chain(keys)
            .collect()
    }

    /// Returns the parts of columns that the report needs.
    pub fn parts(&self) -> Vec<ColumnPart> {
        let sections = self.sections.iter();
        let queries = sections.clone().map(|section| &section.query);
        let queries = queries
            .chain([&self.population])
            .chain(&self.deleted)
            .chain(&self.unaffected)
            .chain(self.undecided.iter().map(|(_, query)| query));
        let counts = sections.clone().flat_map(|section| &section.counts);
        let keys = sections.filter_map(|section| section.duplicates.as_ref()?.column());
        let mut parts: Vec<ColumnPart> = queries.flat_map(BoundQuery::parts).collect();
        parts.extend(counts.flat_map(BoundKeys::parts));
        parts.extend(keys.map(ColumnPart::from));
        parts.sort_unstable();
        parts.dedup();
        parts
    }

    /// Runs the report on a snapshot of its API, which was read from `files`.
    ///
    /// # Errors
    /// A column that was not loaded, a path of an expression that no record has, a source that cannot be read.
    pub fn run<'e>(
        &self,
        engine: &'e Engine,
        files: Vec<FileStatement>,
    ) -> Result<ReportResult<'e>, Error> {
        self.check_names(engine)?;
        let count = |query: &BoundQuery| engine.bound(query.clone()).count();
        let snapshot = engine.snapshot();
        let deleted = self.deleted.as_ref().map(count).transpose()?;
        let looked_at = count(&self.population)?;
        // Records that are not deleted and do not satisfy the expression of the population.
        let others = snapshot.rows() - deleted.unwrap_or(0) - looked_at;
        let undecided = self.undecided.iter().map(|(undecided, query)| {
            Ok(Undecided {
                records: count(query)?,
                ..undecided.clone()
            })
        });
        let fill = |text: &String| fill(text, self.days);
        let population = Population {
            api: self.api.title.clone(),
            files,
            records: snapshot.rows(),
            rejected: snapshot.rejects().len() as u64 + snapshot.rejected_before(),
            deleted,
            expression: self.definition.population.as_ref().map(fill),
            left_out: self
                .definition
                .left_out
                .as_ref()
                .map(|reason| (fill(reason), others)),
            looked_at,
            undecided: undecided.collect::<Result<_, Error>>()?,
            unaffected: self.unaffected.as_ref().map(count).transpose()?,
        };
        let sections = self.sections.iter();
        Ok(ReportResult {
            populations: vec![population],
            sections: sections
                .map(|section| self.run_section(section, engine))
                .collect::<Result<_, _>>()?,
            ..ReportResult::of(self.report, self.days, self.clock)
        })
    }

    /// Checks that some record has each path that the API does not document: a misspelt name would find nothing.
    fn check_names(&self, engine: &Engine) -> Result<(), Error> {
        let snapshot = engine.snapshot();
        let error = |part: String, message: String| Error::Definition {
            report: self.report.name.clone(),
            part,
            message,
        };
        let undecided = self.undecided.iter().map(|(_, query)| ("undecided", query));
        for (part, query) in [("population", &self.population)]
            .into_iter()
            .chain(undecided)
        {
            let checked = query.check_names(snapshot);
            checked.map_err(|wrong| error(part.to_owned(), wrong.to_string()))?;
        }
        for section in &self.sections {
            let part = || format!("section {}", section.definition.name);
            let checked = section.query.check_names(snapshot);
            checked.map_err(|wrong| error(part(), wrong.to_string()))?;
            for keys in &section.counts {
                let checked = keys.check_names(snapshot);
                checked.map_err(|wrong| error(part(), wrong.to_string()))?;
            }
        }
        Ok(())
    }

    /// Finds the records of a section.
    fn run_section<'e>(
        &self,
        section: &BoundSection<'_>,
        engine: &'e Engine,
    ) -> Result<SectionResult<'e>, Error> {
        let matches = engine.bound(section.query.clone());
        // A section lists groups of records, nothing but their number, or records.
        let (rows, count, unit) = match &section.duplicates {
            Some(key) => {
                let selected = matches.row_sets()?;
                let (rows, values) = duplicates(engine, &selected, key)?;
                (rows, values, Unit::Value)
            }
            None if !section.definition.list => (Vec::new(), matches.count()?, Unit::Record),
            None => {
                let rows = matches.rows()?;
                let count = rows.len() as u64;
                let line = |row: RowId| FindingRow {
                    group: 0,
                    rows: [Some(row), None],
                };
                (rows.into_iter().map(line).collect(), count, Unit::Record)
            }
        };
        let names = section.definition.counts.iter();
        let counts = names.zip(&section.counts).map(|(name, keys)| {
            let groups = matches.count_by_keys(keys)?;
            Ok(field_counts(name, &groups))
        });
        let columns = &self.definition.columns;
        let id = [self.api.fields[self.api.id].name.clone()];
        // A finding without any column could not be followed up.
        let columns = if columns.is_empty() { &id[..] } else { columns };
        Ok(SectionResult {
            name: section.definition.name.clone(),
            title: fill(&section.definition.title, self.days),
            expression: section.expression.clone(),
            detail: section
                .duplicates
                .as_ref()
                .map(|key| format!("several records have one {key}")),
            count,
            unit,
            counts: counts.collect::<Result<_, Error>>()?,
            findings: section.definition.list.then(|| {
                let has_group = section.duplicates.is_some();
                Findings::of_snapshot(engine.snapshot(), columns, rows, has_group)
            }),
        })
    }
}

impl ReportResult<'_> {
    /// Returns the result of a report, without populations and findings.
    pub(crate) fn of(report: &Report, days: Option<u32>, clock: Clock) -> Self {
        Self {
            name: report.name.clone(),
            title: fill(&report.title, days),
            definition: fill(&report.definition, days),
            reference: report.reference.as_deref().map(|text| fill(text, days)),
            days,
            now: format_timestamp(clock.micros()),
            populations: Vec::new(),
            sections: Vec::new(),
        }
    }
}

/// Returns the number of days of a report.
pub(crate) fn days_of(report: &Report, parameters: &Parameters) -> Result<Option<u32>, Error> {
    match (report.days, parameters.days) {
        (None, Some(_)) => Err(Error::NoDays(report.name.clone())),
        (default, days) => Ok(days.or(default)),
    }
}

/// Puts the number of days into a text.
pub(crate) fn fill(text: &str, days: Option<u32>) -> String {
    match days {
        Some(days) => text.replace("{days}", &days.to_string()),
        None => text.to_owned(),
    }
}

/// Binds the parts of a report.
/// Each error names the part of the definition that it is in, so that authors of reports find it.
struct Binder<'b> {
    report: &'b Report,
    api: &'b Arc<Api>,
    days: Option<u32>,
    clock: Clock,
}

impl Binder<'_> {
    /// Returns an error that names the part of the definition.
    fn error(&self, part: &str, message: &impl ToString) -> Error {
        Error::Definition {
            report: self.report.name.clone(),
            part: part.to_owned(),
            message: message.to_string(),
        }
    }

    /// Puts the number of days into a text.
    fn fill(&self, text: &str) -> String {
        fill(text, self.days)
    }

    /// Parses an expression of the definition.
    fn parse(&self, part: &str, text: &str) -> Result<Expression, Error> {
        Expression::parse(&self.fill(text)).map_err(|error| self.error(part, &error))
    }

    /// Binds an expression, under the API's default for deleted records.
    fn bind(&self, part: &str, expression: Expression) -> Result<BoundQuery, Error> {
        self.bind_query(part, &Query::new().and_where(expression))
    }

    /// Binds a query with filters of the API itself.
    fn bind_query(&self, part: &str, query: &Query) -> Result<BoundQuery, Error> {
        let options = BindOptions {
            deleted: DeletedRecords::Excluded,
            ..BindOptions::new(Conformance::Strict, self.clock)
        };
        bind(query, self.api, &options).map_err(|error| self.error(part, &error))
    }

    /// Binds a key of a count, in the form of `idq count --by`.
    fn keys(&self, part: &str, key: &str) -> Result<BoundKeys, Error> {
        let mut request = CountRequest::new();
        request
            .add_by_text(key)
            .map_err(|error| self.error(part, &error))?;
        bind_keys(&request, self.api, &KeyOptions { clock: self.clock })
            .map_err(|error| self.error(part, &error))
    }

    /// Parses a key that records share, with its foldings.
    fn key(&self, part: &str, text: &str) -> Result<Key, Error> {
        let none: &[Fold] = &[];
        let key = Key::parse_folded(text, none, self.api);
        let key = key.map_err(|error| self.error(part, &error))?;
        let is_id = key.column() == Some(self.api.id) && key.folds().is_empty();
        // An empty id is one that records can share.
        Ok(if is_id { Key::id(self.api) } else { key })
    }
}

/// Returns the records whose key several selected records have, in groups, and the number of groups.
fn duplicates(
    engine: &Engine,
    selected: &[RowSet],
    key: &Key,
) -> Result<(Vec<FindingRow>, u64), Error> {
    let side = Side {
        snapshot: engine.snapshot(),
        selected: Some(selected),
    };
    let groups = repeated_keys(side, key)?;
    let count = groups.len() as u64;
    let numbered = (1..).zip(groups);
    let rows = numbered.flat_map(|(group, rows)| {
        rows.into_iter().map(move |row| FindingRow {
            group,
            rows: [Some(row), None],
        })
    });
    Ok((rows.collect(), count))
}

/// Returns the counts of one key, in the order of its groups: dates and ages by their values, others by their numbers.
fn field_counts(key: &str, groups: &Groups) -> FieldCounts {
    let values = groups.iter().map(|group| {
        let label: Vec<String> = group.values().map(label).collect();
        (label.join(", "), group.count)
    });
    FieldCounts {
        key: key.to_owned(),
        values: values.collect(),
    }
}

/// Returns the text of a value of a key.
fn label(value: GroupValue<'_>) -> String {
    match value.text() {
        Some(text) => text.to_owned(),
        None => format!("({})", value.presence()),
    }
}
