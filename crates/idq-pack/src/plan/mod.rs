//! How each field is packed, decided by all its values.

mod arrays;
mod instants;
mod keywords;
mod order;
mod texts;

use arrow_array::Array;
use arrow_buffer::BooleanBuffer;
use idq_api::{Api, Kind};
use idq_columns::{Column, PresenceOf};
use idq_engine::FieldStatistics;
use idq_load::{Chunk, Snapshot};
use rayon::prelude::*;

use crate::format::{ColumnDescription, Form, Role};
use crate::spill::SpillFile;
use texts::{Distinct, Range, Texts};

/// The columns of one field, ready to be made chunk by chunk.
pub(crate) struct FieldPlan {
    pub(crate) field: usize,
    pub(crate) columns: Vec<ColumnDescription>,
    pub(crate) statistics: FieldStatistics,
    values: Values,
}

/// What is worked out before the first chunk is made.
enum Values {
    Dictionary(Distinct),
    /// For each row that counts the rank of its text, where some sort asks for it.
    Texts(Option<Vec<u32>>),
    Uuids(Option<Vec<u32>>),
    Instants,
    Booleans,
    Documents,
}

/// Plans every field that some filter or sort of the API looks at. What is made of long texts goes to the file.
pub(crate) fn plan(snapshot: &Snapshot, spill: Option<&SpillFile>) -> Vec<FieldPlan> {
    let fields = snapshot.api().queried_fields();
    fields
        .into_par_iter()
        .map(|field| {
            let plan = FieldPlan::new(snapshot, field, spill);
            spill.inspect(|spill| spill.release());
            plan
        })
        .collect()
}

impl FieldPlan {
    fn new(snapshot: &Snapshot, field: usize, spill: Option<&SpillFile>) -> Self {
        let api = snapshot.api();
        let kind = api.fields[field].kind;
        let (values, range) = match kind {
            Kind::Text | Kind::Keyword | Kind::Number => {
                let (values, range) = texts(snapshot, field, spill);
                (values, Some(range))
            }
            Kind::Timestamp => (Values::Instants, Some(instants::range(snapshot, field))),
            Kind::Boolean => (Values::Booleans, Some(booleans(snapshot, field))),
            Kind::Document => (Values::Documents, None),
        };
        let [present, nulls, missing] = presence(snapshot, field);
        let name = &api.fields[field].name;
        let mut columns = Vec::new();
        let mut add = |role, form| columns.push(ColumnDescription::new(name, role, form));
        match &values {
            Values::Dictionary(distinct) => add(Role::Value, codes_for(distinct.values.len())),
            Values::Texts(_) => add(Role::Value, Form::Text),
            Values::Uuids(_) => add(Role::Value, Form::Uuid),
            Values::Instants => add(Role::Value, Form::Timestamp),
            Values::Booleans => add(Role::Value, Form::Boolean),
            Values::Documents => add(Role::Search, Form::Places),
        }
        if let Values::Texts(Some(_)) | Values::Uuids(Some(_)) = &values {
            add(Role::Rank, Form::Rank);
        }
        if matches!(values, Values::Documents) && nulls > 0 {
            add(Role::Null, Form::Boolean);
        }
        if missing > 0 {
            add(Role::Missing, Form::Boolean);
        }
        Self {
            field,
            columns,
            statistics: FieldStatistics {
                field,
                values: present,
                nulls,
                missing,
                distinct: range.as_ref().map(|range| range.distinct),
                range: range.and_then(|range| range.ends),
            },
            values,
        }
    }
}

/// A dictionary pays where rows share a text two by two on average.
const ROWS_A_TEXT: u64 = 2;

/// The most bytes of distinct texts: Arrow's offsets have to reach their end.
const MAX_BYTES: usize = 1 << 30;

/// Bytes of the dictionaries of all fields, which are written at one time.
pub(crate) fn dictionary_bytes(plans: &[FieldPlan]) -> u64 {
    let bytes = plans.iter().map(|plan| match &plan.values {
        Values::Dictionary(distinct) => {
            distinct.values.value_data().len() + 4 * distinct.values.len()
        }
        _ => 0,
    });
    bytes.sum::<usize>() as u64
}

/// How texts are stored, and what there is of them.
fn texts(snapshot: &Snapshot, field: usize, spill: Option<&SpillFile>) -> (Values, Range) {
    let most = (snapshot.rows() / ROWS_A_TEXT).max(1);
    if let Some((distinct, range)) = keywords::distinct(snapshot, field, most, spill) {
        return (Values::Dictionary(distinct), range);
    }
    let texts = Texts::of(snapshot, field, spill);
    let range = texts.range(spill);
    if range.distinct <= most
        && let Some(distinct) = texts.distinct(MAX_BYTES, spill)
    {
        return (Values::Dictionary(distinct), range);
    }
    let ranks = is_sorted(snapshot.api(), field).then(|| texts.ranks());
    let values = if are_uuids(snapshot, field) {
        Values::Uuids(ranks)
    } else {
        Values::Texts(ranks)
    };
    (values, range)
}

/// Whether some sort looks at the field.
fn is_sorted(api: &Api, field: usize) -> bool {
    api.default_order.contains(&field) || api.sorts.iter().any(|rule| rule.field == field)
}

/// Whether every chunk has found nothing but UUIDs, and some chunk has.
fn are_uuids(snapshot: &Snapshot, field: usize) -> bool {
    let mut columns = snapshot
        .chunks()
        .iter()
        .map(|chunk| match chunk.column(field) {
            Some(Column::Text(column)) => column.uuids().is_some(),
            _ => false,
        });
    !snapshot.chunks().is_empty() && columns.all(|are| are)
}

/// The narrowest codes for a dictionary of so many texts.
fn codes_for(texts: usize) -> Form {
    match texts {
        0..=0x100 => Form::Dictionary8,
        0x101..=0x1_0000 => Form::Dictionary16,
        _ => Form::Dictionary32,
    }
}

/// How many rows have a value, null, or nothing.
fn presence(snapshot: &Snapshot, field: usize) -> [u64; 3] {
    let mut counts = [0; 3];
    for chunk in snapshot.chunks() {
        let Some(column) = chunk.column(field) else {
            continue;
        };
        let presence = column.presence();
        if presence.present_if_not_all().is_none() {
            counts[0] += live_rows(chunk) as u64;
            continue;
        }
        for_each_live(chunk, |row| {
            let kind = match presence.of(row) {
                PresenceOf::Present => 0,
                PresenceOf::Null => 1,
                PresenceOf::Missing => 2,
            };
            counts[kind] += 1;
        });
    }
    counts
}

fn booleans(snapshot: &Snapshot, field: usize) -> Range {
    let mut seen = [false; 2];
    for chunk in snapshot.chunks() {
        if let Some(Column::Boolean(column)) = chunk.column(field) {
            for_each_live(chunk, |row| {
                if let Some(value) = column.value(row) {
                    seen[usize::from(value)] = true;
                }
            });
        }
    }
    Range {
        distinct: seen.iter().filter(|seen| **seen).count() as u64,
        ends: (seen != [false, false]).then(|| ((!seen[0]).to_string(), seen[1].to_string())),
    }
}

/// Calls with each row of a chunk that counts.
pub(crate) fn for_each_live(chunk: &Chunk, visit: impl FnMut(usize)) {
    match chunk.live() {
        Some(live) => live.set_indices().for_each(visit),
        None => (0..chunk.rows()).for_each(visit),
    }
}

/// How many rows of a chunk count.
pub(crate) fn live_rows(chunk: &Chunk) -> usize {
    chunk
        .live()
        .map_or(chunk.rows(), BooleanBuffer::count_set_bits)
}
