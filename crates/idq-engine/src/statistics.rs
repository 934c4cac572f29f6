//! Statistics of a snapshot: states, distinct values and ranges by field, from the group-by kernel.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use idq_api::Kind;
use idq_columns::kernels::{ValueCounts, group_by};
use idq_columns::{Column, RowSet, compare_numbers};
use idq_grammar::format_timestamp;
use idq_snapshot::{
    Chunk, ColumnError, ColumnView, FieldStatistics, Snapshot, Statistics, top_values,
};
use rayon::prelude::*;

use crate::compiled::CompiledCondition;
use crate::predicates::Present;

/// Computes the statistics of all visible rows, fields in parallel.
///
/// # Errors
/// A snapshot file is damaged.
pub fn statistics(snapshot: &Snapshot) -> Result<Statistics, ColumnError> {
    let fields = snapshot.loaded_fields();
    let columns = snapshot.columns(&fields)?;
    Ok(Statistics {
        fields: fields
            .into_par_iter()
            .map(|field| field_statistics(&columns, field))
            .collect(),
        states: state_counts(snapshot)?,
    })
}

fn field_statistics(columns: &ColumnView<'_>, field: usize) -> FieldStatistics {
    // Instants that mean never are taken out of the groups, so that neither the range nor the number of distinct
    // values has them.
    let mut groups = group_by(visible_columns(columns, field));
    let described = &columns.snapshot().api().fields[field];
    let never = described.never.iter();
    let never: u64 = never
        .filter_map(|never| groups.instants.remove(never))
        .sum();
    let empty = never + empty_documents(columns, field);
    FieldStatistics {
        field,
        values: groups.states.present - empty,
        nulls: groups.states.null,
        missing: groups.states.missing,
        empty,
        distinct: (described.kind != Kind::Document).then(|| groups.distinct()),
        range: range(&groups, described.kind),
        top: top(groups),
    }
}

/// Counts the visible documents of a field in which everything is null or empty; 0 for other fields.
pub fn empty_documents(columns: &ColumnView<'_>, field: usize) -> u64 {
    let empty = |(column, visible): (&Column, Option<&RowSet>)| match column {
        Column::Document(documents) => {
            let empty = documents.presence::<&str>(&[]).empty;
            let empty = visible.map_or_else(|| empty.clone(), |visible| &empty & visible);
            empty.count_set_bits() as u64
        }
        _ => 0,
    };
    visible_columns(columns, field).map(empty).sum()
}

/// Returns the most frequent values of a field, whose instants are left out because they are mostly distinct.
fn top(groups: ValueCounts<'_>) -> Vec<(String, u64)> {
    let booleans = ["false", "true"].into_iter().zip(groups.booleans);
    let booleans = booleans.filter(|(_, count)| *count > 0);
    let booleans = booleans.map(|(value, count)| (Cow::Borrowed(value), count));
    top_values(groups.texts.into_iter().chain(booleans))
}

/// Returns the column of a field in each chunk, and the rows that deduplication left, for [`group_by`].
pub(crate) fn visible_columns<'s>(
    columns: &ColumnView<'s>,
    field: usize,
) -> impl Iterator<Item = (&'s Column, Option<&'s RowSet>)> {
    let chunks = columns.snapshot().chunks().iter();
    let visible = chunks.map(Chunk::visible_rows);
    columns.field(field).iter().copied().zip(visible)
}

/// Returns the least and the greatest value of a field.
fn range(groups: &ValueCounts<'_>, kind: Kind) -> Option<(String, String)> {
    match kind {
        Kind::Text | Kind::Keyword => {
            let (least, greatest) = (groups.texts.keys().min()?, groups.texts.keys().max()?);
            Some((least.to_string(), greatest.to_string()))
        }
        Kind::Number => {
            let texts = groups.texts.keys().map(AsRef::as_ref);
            number_range(texts).map(|(least, greatest)| (least.to_owned(), greatest.to_owned()))
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

/// Returns the least and the greatest of numbers in their JSON spellings. Of equal numbers, the least spelling counts.
pub fn number_range<'t>(
    texts: impl Iterator<Item = &'t str> + Clone,
) -> Option<(&'t str, &'t str)> {
    let by_value = |one: &&str, other: &&str| {
        let order = compare_numbers(one.as_bytes(), other.as_bytes());
        order.unwrap_or(Ordering::Equal)
    };
    let least = texts
        .clone()
        .min_by(|one, other| by_value(one, other).then(one.cmp(other)))?;
    let greatest = texts.max_by(|one, other| by_value(one, other).then(other.cmp(one)))?;
    Some((least, greatest))
}

/// Counts the deleted records by state; `None` where the API has no deleted records.
///
/// # Errors
/// The state or the time of deletion was not loaded, or a snapshot file is damaged.
pub fn deleted_state_counts(
    snapshot: &Snapshot,
) -> Result<Option<BTreeMap<Option<String>, u64>>, ColumnError> {
    let api = snapshot.api();
    let Some(rule) = api.trashed_filter() else {
        return Ok(None);
    };
    let columns = snapshot.columns(&[api.state])?;
    let field = api.filters[rule].field;
    let deleted = CompiledCondition::new(&Present { field }.into(), snapshot)?;
    let chunks = 0..snapshot.chunks().len();
    let deleted: Vec<RowSet> = chunks.map(|chunk| deleted.rows(chunk)).collect();
    let states = columns.field(api.state).iter().copied();
    let groups = group_by(states.zip(deleted.iter().map(Some)));
    Ok(Some(counts_by_text(groups).collect()))
}

/// Counts the visible records by state, the most frequent state first; `None` counts those without one.
///
/// # Errors
/// A snapshot file is damaged. Without the column there are no counts.
pub fn state_counts(snapshot: &Snapshot) -> Result<Vec<(Option<String>, u64)>, ColumnError> {
    let state = snapshot.api().state;
    if !snapshot.has_column(state) {
        return Ok(Vec::new());
    }
    let columns = snapshot.columns(&[state])?;
    let groups = group_by(visible_columns(&columns, state));
    let mut counts: Vec<_> = counts_by_text(groups).collect();
    counts.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    Ok(counts)
}

/// Returns the number of rows by text; `None` counts the rows without one, if there are some.
fn counts_by_text(groups: ValueCounts<'_>) -> impl Iterator<Item = (Option<String>, u64)> {
    let absent = groups.absent();
    let texts = groups.texts.into_iter();
    let texts = texts.map(|(text, rows)| (Some(text.into_owned()), rows));
    texts.chain((absent > 0).then_some((None, absent)))
}
