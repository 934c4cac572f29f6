//! Statistics of a snapshot: states, distinct values and ranges by field, from the group-by kernel.

use std::borrow::Cow;
use std::collections::BTreeMap;

use idq_api::Kind;
use idq_columns::kernels::{Groups, group_by};
use idq_columns::{Column, RowSet};
use idq_grammar::format_timestamp;
use idq_snapshot::Snapshot;
use rayon::prelude::*;

use crate::condition::{Condition, Leaf};
use crate::evaluate::{EvaluateError, require};
use crate::predicates::Predicate;

/// The contents of a snapshot, field by field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    /// The fields that were loaded, in table order.
    pub fields: Vec<FieldStatistics>,
    /// The number of records by the name of their state; `None` counts those without one.
    pub states: Vec<(Option<String>, u64)>,
}

/// The contents of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldStatistics {
    /// The field's position in the API's table.
    pub field: usize,
    /// Records with a value.
    pub values: u64,
    /// Records with null.
    pub nulls: u64,
    /// Records without the field.
    pub missing: u64,
    /// Distinct values; `None` for documents.
    pub distinct: Option<u64>,
    /// The least and the greatest value: texts by their bytes, numbers by their size, instants by time.
    pub range: Option<(String, String)>,
}

/// Computes the statistics of all visible rows, fields in parallel.
pub fn statistics(snapshot: &Snapshot) -> Statistics {
    let api = snapshot.api();
    let is_loaded = |field: &usize| {
        let mut chunks = snapshot.chunks().iter();
        chunks.all(|chunk| chunk.column(*field).is_some())
    };
    let fields: Vec<usize> = (0..api.fields.len()).filter(is_loaded).collect();
    Statistics {
        fields: fields
            .into_par_iter()
            .map(|field| field_statistics(snapshot, field))
            .collect(),
        states: state_counts(snapshot),
    }
}

fn field_statistics(snapshot: &Snapshot, field: usize) -> FieldStatistics {
    let groups = group_by(visible_columns(snapshot, field));
    let kind = snapshot.api().fields[field].kind;
    FieldStatistics {
        field,
        values: groups.states.present,
        nulls: groups.states.null,
        missing: groups.states.missing,
        distinct: (kind != Kind::Document).then(|| groups.distinct()),
        range: range(&groups, kind),
    }
}

/// Returns the column of a field in each chunk, and the rows that deduplication left.
fn visible_columns(
    snapshot: &Snapshot,
    field: usize,
) -> impl Iterator<Item = (&Column, Option<&RowSet>)> {
    let chunks = snapshot.chunks().iter();
    chunks.filter_map(move |chunk| Some((chunk.column(field)?, chunk.visible_rows())))
}

/// Returns the least and the greatest value of a field.
fn range(groups: &Groups<'_>, kind: Kind) -> Option<(String, String)> {
    match kind {
        Kind::Text | Kind::Keyword => {
            let (least, greatest) = (groups.texts.keys().min()?, groups.texts.keys().max()?);
            Some((least.to_string(), greatest.to_string()))
        }
        Kind::Number => {
            // Numbers are stored by their spelling, of any length; a double is exact enough to order them.
            let size = |text: &Cow<'_, str>| text.parse::<f64>().unwrap_or(f64::NAN);
            let by_size =
                |one: &&Cow<'_, str>, other: &&Cow<'_, str>| size(one).total_cmp(&size(other));
            let least = groups.texts.keys().min_by(by_size)?;
            let greatest = groups.texts.keys().max_by(by_size)?;
            Some((least.to_string(), greatest.to_string()))
        }
        Kind::Timestamp => {
            let (least, greatest) = (groups.instants.keys().min()?, groups.instants.keys().max()?);
            Some((format_timestamp(*least), format_timestamp(*greatest)))
        }
        Kind::Boolean => match groups.booleans.map(|rows| rows > 0) {
            [false, false] => None,
            [has_false, has_true] => Some(((!has_false).to_string(), has_true.to_string())),
        },
        Kind::Document => None,
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
    let deleted = Condition::from(Leaf::Present { field: rule.field });
    let deleted = Predicate::compile(&deleted, snapshot)?;
    let chunks = snapshot.chunks().iter();
    let deleted: Vec<RowSet> = chunks.map(|chunk| deleted.rows(chunk)).collect();
    let columns = visible_columns(snapshot, api.state).zip(&deleted);
    let groups = group_by(columns.map(|((column, _), rows)| (column, Some(rows))));
    Ok(Some(counts_by_text(groups).collect()))
}

/// Counts the visible records by state, the most frequent state first; `None` counts those without one.
pub fn state_counts(snapshot: &Snapshot) -> Vec<(Option<String>, u64)> {
    let groups = group_by(visible_columns(snapshot, snapshot.api().state));
    let mut counts: Vec<_> = counts_by_text(groups).collect();
    counts.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    counts
}

/// Returns the number of rows by text; `None` counts the rows without one, if there are some.
fn counts_by_text(groups: Groups<'_>) -> impl Iterator<Item = (Option<String>, u64)> {
    let absent = groups.absent();
    let texts = groups.texts.into_iter();
    let texts = texts.map(|(text, rows)| (Some(text.into_owned()), rows));
    texts.chain((absent > 0).then_some((None, absent)))
}
