//! Statistics of a snapshot: values, nulls, distinct values and ranges by field, and records by state.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hashbrown::HashSet;
use idq_api::Kind;
use idq_columns::{Column, PresenceOf};
use idq_grammar::format_timestamp;
use idq_load::Snapshot;
use rayon::prelude::*;

use crate::compiled::CompiledCondition;
use crate::evaluate::{EvaluateError, require};
use crate::predicates::Present;

/// Statistics of a snapshot, field by field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    /// Loaded fields, in the order of the API's description.
    pub fields: Vec<FieldStatistics>,
    /// Number of records by state, the most frequent first; `None` counts those without one.
    pub states: Vec<(Option<String>, u64)>,
}

/// Statistics of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldStatistics {
    /// Position of the field in the API's description.
    pub field: usize,
    /// Number of records with a value.
    pub values: u64,
    /// Number of records with null.
    pub nulls: u64,
    /// Number of records without the field.
    pub missing: u64,
    /// Number of distinct values; `None` for documents.
    pub distinct: Option<u64>,
    /// Least and greatest value: texts by their bytes, numbers by their size, instants by time.
    pub range: Option<(String, String)>,
}

/// Computes the statistics of the visible rows, fields in parallel.
pub fn statistics(snapshot: &Snapshot) -> Statistics {
    let api = snapshot.api();
    let loaded = |field: &usize| {
        snapshot
            .chunks()
            .iter()
            .all(|chunk| chunk.column(*field).is_some())
    };
    let fields: Vec<usize> = (0..api.fields.len()).filter(loaded).collect();
    Statistics {
        fields: fields
            .into_par_iter()
            .map(|field| field_statistics(snapshot, field))
            .collect(),
        states: state_counts(snapshot),
    }
}

fn field_statistics(snapshot: &Snapshot, field: usize) -> FieldStatistics {
    let (mut nulls, mut missing) = (0, 0);
    let mut values = Values::default();
    for_each_row(snapshot, field, |column, row| {
        match column.presence().of(row) {
            PresenceOf::Present => values.add(column, row),
            PresenceOf::Null => nulls += 1,
            PresenceOf::Missing => missing += 1,
        }
    });
    let kind = snapshot.api().fields[field].kind;
    FieldStatistics {
        field,
        values: values.count,
        nulls,
        missing,
        distinct: (kind != Kind::Document).then(|| values.distinct()),
        range: values.range(kind),
    }
}

fn for_each_row<'s>(
    snapshot: &'s Snapshot,
    field: usize,
    mut visit: impl FnMut(&'s Column, usize),
) {
    for chunk in snapshot.chunks() {
        let Some(column) = chunk.column(field) else {
            continue;
        };
        match chunk.live() {
            Some(live) => live.set_indices().for_each(|row| visit(column, row)),
            None => (0..chunk.rows()).for_each(|row| visit(column, row)),
        }
    }
}

#[derive(Default)]
struct Values<'s> {
    count: u64,
    texts: HashSet<Cow<'s, str>>,
    instants: HashSet<i64>,
    booleans: [bool; 2],
}

impl<'s> Values<'s> {
    fn add(&mut self, column: &'s Column, row: usize) {
        self.count += 1;
        match column {
            Column::Text(column) => self.texts.extend(column.value(row)),
            Column::Keyword(column) => self.texts.extend(column.value(row).map(Cow::Borrowed)),
            Column::Timestamp(column) => self.instants.extend(column.value(row)),
            Column::Boolean(column) => {
                self.booleans[usize::from(column.value(row) == Some(true))] = true;
            }
            Column::Document(_) => {}
        }
    }

    fn distinct(&self) -> u64 {
        let booleans = self.booleans.iter().filter(|seen| **seen).count();
        (self.texts.len() + self.instants.len() + booleans) as u64
    }

    fn range(&self, kind: Kind) -> Option<(String, String)> {
        let owned = |(least, greatest): (&Cow<'_, str>, &Cow<'_, str>)| {
            (least.to_string(), greatest.to_string())
        };
        match kind {
            Kind::Text | Kind::Keyword => self
                .texts
                .iter()
                .min()
                .zip(self.texts.iter().max())
                .map(owned),
            Kind::Number => {
                // Numbers of any precision are compared as doubles.
                let size = |text: &Cow<'_, str>| text.parse::<f64>().unwrap_or(f64::NAN);
                let by_size =
                    |one: &&Cow<'_, str>, other: &&Cow<'_, str>| size(one).total_cmp(&size(other));
                let least = self.texts.iter().min_by(by_size);
                least.zip(self.texts.iter().max_by(by_size)).map(owned)
            }
            Kind::Timestamp => {
                let least = self
                    .instants
                    .iter()
                    .min()
                    .map(|instant| format_timestamp(*instant));
                least.zip(
                    self.instants
                        .iter()
                        .max()
                        .map(|instant| format_timestamp(*instant)),
                )
            }
            Kind::Boolean => match self.booleans {
                [false, false] => None,
                [has_false, has_true] => Some(((!has_false).to_string(), has_true.to_string())),
            },
            Kind::Document => None,
        }
    }
}

/// Counts the deleted records by state; `None` where the API has no deleted records.
///
/// # Errors
/// The state or the time of deletion was not loaded, or a packed snapshot is damaged.
pub fn deleted_state_counts(
    snapshot: &Snapshot,
) -> Result<Option<BTreeMap<Option<String>, u64>>, EvaluateError> {
    let api = snapshot.api();
    let Some(rule) = api.trashed_filter() else {
        return Ok(None);
    };
    require(snapshot, [api.state])?;
    let field = api.filters[rule].field;
    let deleted = CompiledCondition::new(&Present { field }.into(), snapshot)?;
    let mut counts: BTreeMap<Option<Cow<'_, str>>, u64> = BTreeMap::new();
    for chunk in snapshot.chunks() {
        let Some(column) = chunk.column(api.state) else {
            continue;
        };
        for row in deleted.rows(chunk).set_indices() {
            if let Some(state) = state_of(column, row) {
                *counts.entry(state).or_default() += 1;
            }
        }
    }
    let counts = counts.into_iter();
    let counts = counts.map(|(state, count)| (state.map(Cow::into_owned), count));
    Ok(Some(counts.collect()))
}

/// Returns the state of a row; `None` for a column of another kind.
fn state_of(column: &Column, row: usize) -> Option<Option<Cow<'_, str>>> {
    match column {
        Column::Keyword(column) => Some(column.value(row).map(Cow::Borrowed)),
        Column::Text(column) => Some(column.value(row)),
        _ => None,
    }
}

/// Counts the visible rows by state, the most frequent first; `None` counts those without one.
pub fn state_counts(snapshot: &Snapshot) -> Vec<(Option<String>, u64)> {
    let mut counts: BTreeMap<Option<Cow<'_, str>>, u64> = BTreeMap::new();
    for_each_row(snapshot, snapshot.api().state, |column, row| {
        if let Some(state) = state_of(column, row) {
            *counts.entry(state).or_default() += 1;
        }
    });
    let mut counts: Vec<_> = counts
        .into_iter()
        .map(|(state, count)| (state.map(Cow::into_owned), count))
        .collect();
    counts.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    counts
}
