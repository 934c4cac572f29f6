//! Computes statistics of a snapshot: counts, distinct values and ranges, field by field.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hashbrown::HashSet;
use idq_api::Kind;
use idq_columns::{Column, ValueState};
use idq_grammar::format_timestamp;
use idq_snapshot::{ColumnError, ColumnView, FieldStatistics, Snapshot, Statistics};
use rayon::prelude::*;

use crate::condition::{Condition, Leaf};
use crate::predicates::Predicate;

/// Computes the statistics of all visible rows, field by field in parallel.
///
/// # Errors
/// A snapshot file is damaged.
pub fn statistics(snapshot: &Snapshot) -> Result<Statistics, ColumnError> {
    let fields = snapshot.loaded_fields();
    let columns = snapshot.columns(&fields)?;
    Ok(Statistics {
        fields: fields
            .into_par_iter()
            .map(|field| of_field(&columns, field))
            .collect(),
        states: state_counts(snapshot)?,
    })
}

fn of_field(columns: &ColumnView<'_>, field: usize) -> FieldStatistics {
    let (mut nulls, mut missing) = (0, 0);
    let mut values = Values::default();
    for_each_row(columns, field, |column, row| {
        match column.validity().state(row) {
            ValueState::Present => values.add(column, row),
            ValueState::Null => nulls += 1,
            ValueState::Missing => missing += 1,
        }
    });
    let kind = columns.snapshot().api().fields[field].kind;
    FieldStatistics {
        field,
        values: values.count,
        nulls,
        missing,
        distinct: (kind != Kind::Document).then(|| values.distinct()),
        range: values.range(kind),
    }
}

/// Calls `visit` with each visible row and its column.
fn for_each_row<'s>(
    columns: &ColumnView<'s>,
    field: usize,
    mut visit: impl FnMut(&'s Column, usize),
) {
    let chunks = columns.snapshot().chunks().iter();
    for (chunk, &column) in chunks.zip(columns.field(field)) {
        chunk.for_each_visible(|row| visit(column, row));
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
                // Spellings without a limit have an order all the same, as far as a double tells.
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

/// Counts the deleted records of each state; `None` where the API has no deleted records.
///
/// # Errors
/// The state or the time of deletion was not loaded, or a packed snapshot is damaged.
pub fn deleted_state_counts(
    snapshot: &Snapshot,
) -> Result<Option<BTreeMap<Option<String>, u64>>, ColumnError> {
    let api = snapshot.api();
    let Some(rule) = api.trashed_filter() else {
        return Ok(None);
    };
    let columns = snapshot.columns(&[api.state])?;
    let deleted = Condition::from(Leaf::Present { field: rule.field });
    let deleted = Predicate::compile(&deleted, snapshot)?;
    let mut counts: BTreeMap<Option<Cow<'_, str>>, u64> = BTreeMap::new();
    for (chunk, column) in columns.field(api.state).iter().enumerate() {
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

/// The state of a row, if the column can have one.
fn state_of(column: &Column, row: usize) -> Option<Option<Cow<'_, str>>> {
    match column {
        Column::Keyword(column) => Some(column.value(row).map(Cow::Borrowed)),
        Column::Text(column) => Some(column.value(row)),
        _ => None,
    }
}

/// How many records have each state, the most frequent first; `None` counts those without.
///
/// # Errors
/// A snapshot file is damaged. Without the column there are no counts.
pub fn state_counts(snapshot: &Snapshot) -> Result<Vec<(Option<String>, u64)>, ColumnError> {
    let state = snapshot.api().state;
    if !snapshot.has_column(state) {
        return Ok(Vec::new());
    }
    let columns = snapshot.columns(&[state])?;
    let mut counts: BTreeMap<Option<Cow<'_, str>>, u64> = BTreeMap::new();
    for_each_row(&columns, state, |column, row| {
        if let Some(state) = state_of(column, row) {
            *counts.entry(state).or_default() += 1;
        }
    });
    let mut counts: Vec<_> = counts
        .into_iter()
        .map(|(state, count)| (state.map(Cow::into_owned), count))
        .collect();
    counts.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    Ok(counts)
}
