//! Statistics of a snapshot: states, distinct values and ranges by field, from kernels over whole fields.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use idq_api::Kind;
use idq_columns::kernels::{TextCounter, ValueCounts, distinct_instants, group_by};
use idq_columns::{Column, RowSet, StateCounts, compare_numbers};
use idq_grammar::format_timestamp;
use idq_snapshot::{
    Chunk, ColumnError, ColumnView, FieldStatistics, MAX_TOP_VALUES, Snapshot, Statistics, recur,
    top_values,
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
            .map_init(TextCounter::new, |counter, field| {
                field_statistics(&columns, field, counter)
            })
            .collect(),
        states: state_counts(snapshot)?,
    })
}

fn field_statistics(
    columns: &ColumnView<'_>,
    field: usize,
    counter: &mut TextCounter,
) -> FieldStatistics {
    let described = &columns.snapshot().api().fields[field];
    let chunks: Vec<_> = visible_columns(columns, field).collect();
    let mut states = StateCounts::default();
    for (column, visible) in &chunks {
        states += column.validity().count(*visible);
    }
    let values = match described.kind {
        Kind::Text | Kind::Keyword => texts(&chunks, counter),
        Kind::Timestamp => instants(&chunks, &described.never),
        Kind::Number | Kind::Boolean => groups(&chunks, described.kind),
        Kind::Document => Values {
            empty: empty_documents(columns, field),
            ..Values::default()
        },
    };
    FieldStatistics {
        field,
        values: states.present - values.empty,
        nulls: states.null,
        missing: states.missing,
        empty: values.empty,
        distinct: values.distinct,
        range: values.range,
        top: values.top,
    }
}

/// The part of [`FieldStatistics`] that depends on the kind of a field.
#[derive(Default)]
struct Values {
    /// Number of empty values.
    empty: u64,
    /// Number of distinct values, if they are counted.
    distinct: Option<u64>,
    /// The least and the greatest value.
    range: Option<(String, String)>,
    /// The most frequent values.
    top: Vec<(String, u64)>,
}

/// Describes texts.
fn texts(chunks: &[(&Column, Option<&RowSet>)], counter: &mut TextCounter) -> Values {
    let texts = counter.count(chunks, MAX_TOP_VALUES);
    Values {
        distinct: Some(texts.distinct),
        range: texts.range,
        top: if recur(texts.distinct, texts.rows) {
            texts.frequent
        } else {
            Vec::new()
        },
        ..Values::default()
    }
}

/// Describes instants. Those that mean never are empty values, so that neither the range nor the number of distinct
/// values has them. The most frequent ones are left out, because instants are mostly distinct.
fn instants(chunks: &[(&Column, Option<&RowSet>)], never: &[i64]) -> Values {
    let instants = distinct_instants(chunks, never);
    let text = |(least, greatest)| (format_timestamp(least), format_timestamp(greatest));
    Values {
        empty: instants.excluded,
        distinct: Some(instants.distinct),
        range: instants.range.map(text),
        ..Values::default()
    }
}

/// Describes numbers and booleans, whose distinct values are compared by their meaning.
fn groups(chunks: &[(&Column, Option<&RowSet>)], kind: Kind) -> Values {
    let groups = group_by(chunks.iter().copied());
    Values {
        distinct: Some(groups.distinct()),
        range: range(&groups, kind),
        top: top(groups),
        ..Values::default()
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

/// Returns the most frequent numbers or booleans.
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

/// Returns the least and the greatest number or boolean.
fn range(groups: &ValueCounts<'_>, kind: Kind) -> Option<(String, String)> {
    match kind {
        Kind::Number => {
            let texts = groups.texts.keys().map(AsRef::as_ref);
            number_range(texts).map(|(least, greatest)| (least.to_owned(), greatest.to_owned()))
        }
        Kind::Boolean => match groups.booleans.map(|rows| rows > 0) {
            [false, false] => None,
            [has_false, has_true] => Some(((!has_false).to_string(), has_true.to_string())),
        },
        Kind::Text | Kind::Keyword | Kind::Timestamp | Kind::Document => None,
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
