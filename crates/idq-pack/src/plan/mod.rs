//! Plans the columns of a snapshot file: the encoding of each field, chosen by all values of the snapshot.
//!
//! Repeated texts become one dictionary for all chunks, in the field's order, so that a code is its own rank. Mostly
//! distinct texts are stored one by one, without a prefix or suffix that many share, and with a column of ranks if some
//! sort of the API uses the field.

mod affixes;
mod arrays;
mod distinct_texts;
mod instants;
mod prefixed;
mod sorted_texts;

use arrow_array::Array;
use idq_api::{Api, Kind};
use idq_columns::{Column, StateCounts, ValueState, kernels};
use idq_engine::{empty_documents, number_range};
use idq_snapshot::snapshot_file::format::{ColumnDescription, ColumnEncoding, ColumnPurpose};
use idq_snapshot::{ColumnView, FieldStatistics, SpillFile, top_values};
use rayon::prelude::*;

use affixes::Affixes;
use sorted_texts::{SortedTexts, TextDictionary, ValueRange, visible_texts};

/// The planned columns of one field, whose arrays are made chunk by chunk.
pub(crate) struct FieldPlan {
    /// Position of the field among the columns of the API.
    pub(crate) field: usize,
    /// Columns of the file for the field, in their order.
    pub(crate) columns: Vec<ColumnDescription>,
    /// Statistics, which the same pass over the values computes.
    pub(crate) statistics: FieldStatistics,
    /// Values from which arrays are made.
    values: Values,
}

/// The parts of a plan that need the values of all chunks.
enum Values {
    /// Repeated texts: distinct values, and a code for each row.
    Dictionary(TextDictionary),
    /// For each visible row the rank of its text, if some sort of the API uses the field.
    Texts(Option<Vec<u32>>),
    /// As for [`Values::Texts`].
    Uuids(Option<Vec<u32>>),
    /// As for [`Values::Texts`], of texts that share their start or their end with others.
    Affixed(Affixes, Option<Vec<u32>>),
    /// Dates, which are stored as they are in memory.
    Instants,
    /// Booleans, or the presence of an object.
    Booleans,
    /// Documents, path by path.
    Documents,
}

/// Plans every column of the API. Intermediate texts are written to the spill file, if there is one.
pub(crate) fn plan(columns: &ColumnView<'_>, spill: Option<&SpillFile>) -> Vec<FieldPlan> {
    let api = columns.snapshot().api();
    let fields = 0..api.column_count();
    // The pages of the spill file that a field touched are not needed by the next one.
    let release = || spill.inspect(|spill| spill.release());
    let mut plans: Vec<Result<FieldPlan, Prefixed>> = fields
        .into_par_iter()
        .map(|field| {
            let plan = match prefixed::prefix_of(columns, field, spill) {
                Some(prefix) => Err(Prefixed { field, prefix }),
                None => Ok(FieldPlan::new(columns, field, spill)),
            };
            release();
            plan
        })
        .collect();
    // The statistics of prefixed texts follow from those of the ids, so they come last.
    let ids = plans[api.id]
        .as_ref()
        .ok()
        .map(|plan| plan.statistics.clone());
    for plan in &mut plans {
        if let Err(Prefixed { field, prefix }) = plan {
            let ids = ids.as_ref();
            let range =
                ids.and_then(|ids| prefixed::range_of(prefix, ids, columns.snapshot().rows()));
            *plan = Ok(match range {
                Some(range) => FieldPlan::with(columns, *field, (Values::Texts(None), Some(range))),
                None => FieldPlan::new(columns, *field, spill),
            });
            release();
        }
    }
    plans.into_iter().flatten().collect()
}

/// A field whose texts are a prefix and the id of the record.
struct Prefixed {
    /// Position of the field among the columns of the API.
    field: usize,
    /// The prefix.
    prefix: String,
}

impl FieldPlan {
    /// Reads all values of a field, and chooses its columns.
    fn new(columns: &ColumnView<'_>, field: usize, spill: Option<&SpillFile>) -> Self {
        let kind = columns.snapshot().api().column_kind(field);
        let values = match kind {
            Kind::Text | Kind::Keyword => {
                let (values, range) = texts(columns, field, spill);
                (values, Some(range))
            }
            // Numbers are stored as texts, in their spelling; only their range compares them as numbers.
            Kind::Number => {
                let (values, range) = texts(columns, field, spill);
                let min_max = numbers(columns, field, &values);
                (values, Some(ValueRange { min_max, ..range }))
            }
            Kind::Timestamp => (Values::Instants, None),
            Kind::Boolean => (Values::Booleans, Some(booleans(columns, field))),
            Kind::Document => (Values::Documents, None),
        };
        Self::with(columns, field, values)
    }

    /// Chooses the columns of a field by its values and their range.
    fn with(
        columns: &ColumnView<'_>,
        field: usize,
        (values, mut range): (Values, Option<ValueRange>),
    ) -> Self {
        let api = columns.snapshot().api();
        let mut empty = empty_documents(columns, field);
        if let Values::Instants = values {
            // Dates that mean never count as empty in the statistics.
            let (of_instants, never) = instants::range(columns, field);
            (range, empty) = (Some(of_instants), never);
        }
        let states = count_states(columns, field);
        let top = top(columns, field, &values);
        let name = api.column_name(field);
        // Objects of fields follow the fields among the columns of the API.
        let is_object = field >= api.fields.len();
        let mut columns = Vec::new();
        let mut add =
            |purpose, encoding| columns.push(ColumnDescription::new(name, purpose, encoding));
        match &values {
            Values::Dictionary(dictionary) => {
                add(
                    ColumnPurpose::Value,
                    narrowest_codes(dictionary.values.len()),
                );
            }
            Values::Texts(_) => add(ColumnPurpose::Value, ColumnEncoding::Text),
            Values::Uuids(_) => add(ColumnPurpose::Value, ColumnEncoding::Uuid),
            Values::Affixed(affixes, _) => add(ColumnPurpose::Value, affixes.encoding()),
            Values::Instants => add(ColumnPurpose::Value, ColumnEncoding::Timestamp),
            Values::Booleans if is_object => add(ColumnPurpose::Presence, ColumnEncoding::Boolean),
            Values::Booleans => add(ColumnPurpose::Value, ColumnEncoding::Boolean),
            Values::Documents => add(ColumnPurpose::Document, ColumnEncoding::Paths),
        }
        if let Values::Affixed(affixes, _) = &values {
            add(ColumnPurpose::Affix, affixes.affix_encoding());
        }
        // The codes of a dictionary are ranks already.
        if let Values::Texts(Some(_)) | Values::Uuids(Some(_)) | Values::Affixed(_, Some(_)) =
            &values
        {
            add(ColumnPurpose::Rank, ColumnEncoding::Rank);
        }
        if matches!(values, Values::Documents) && states.null > 0 {
            add(ColumnPurpose::Null, ColumnEncoding::Boolean);
        }
        // Files without missing values have no column for them, which is the usual case.
        if states.missing > 0 {
            add(ColumnPurpose::Missing, ColumnEncoding::Boolean);
        }
        Self {
            field,
            columns,
            statistics: FieldStatistics {
                field,
                values: states.present - empty,
                nulls: states.null,
                missing: states.missing,
                empty,
                top,
                distinct: range.as_ref().map(|range| range.distinct),
                range: range.and_then(|range| range.min_max),
            },
            values,
        }
    }
}

/// A dictionary is smaller than the texts if each is in at least this number of rows on average.
const MIN_ROWS_PER_VALUE: u64 = 2;

/// The maximum bytes of a dictionary: Arrow's 32-bit offsets must reach its end.
const MAX_DICTIONARY_BYTES: usize = 1 << 30;

/// Returns the bytes of the dictionaries of all fields, which are in memory at the same time.
pub(crate) fn dictionary_bytes(plans: &[FieldPlan]) -> u64 {
    let bytes = plans.iter().map(|plan| match &plan.values {
        Values::Dictionary(dictionary) => {
            dictionary.values.value_data().len() + 4 * dictionary.values.len()
        }
        _ => 0,
    });
    bytes.sum::<usize>() as u64
}

/// Chooses the encoding of texts, and returns their statistics.
fn texts(
    columns: &ColumnView<'_>,
    field: usize,
    spill: Option<&SpillFile>,
) -> (Values, ValueRange) {
    let max_values = (columns.snapshot().rows() / MIN_ROWS_PER_VALUE).max(1);
    // Hashing finds few distinct texts in one pass; it gives up on more, which are sorted.
    let hashed = distinct_texts::hashed_dictionary(columns, field, max_values, spill);
    if let Some((dictionary, range)) = hashed {
        return (Values::Dictionary(dictionary), range);
    }
    let texts = SortedTexts::from_columns(columns, field, spill);
    let range = texts.range(spill);
    if range.distinct <= max_values
        && let Some(dictionary) = texts.dictionary(MAX_DICTIONARY_BYTES, spill)
    {
        return (Values::Dictionary(dictionary), range);
    }
    // Ranks cost four bytes a row, so only fields that the API sorts by have them.
    let ranks = is_sorted(columns.snapshot().api(), field).then(|| texts.ranks());
    let values = if are_uuids(columns, field) {
        Values::Uuids(ranks)
    } else if let Some(affixes) = Affixes::of(columns, field, spill) {
        Values::Affixed(affixes, ranks)
    } else {
        Values::Texts(ranks)
    };
    (values, range)
}

/// Returns the most frequent values of a field. Values without a dictionary are mostly distinct.
fn top(columns: &ColumnView<'_>, field: usize, values: &Values) -> Vec<(String, u64)> {
    match values {
        Values::Dictionary(dictionary) => {
            // Codes are those of visible rows, chunk by chunk.
            let mut counts = vec![0u64; dictionary.values.len()];
            let mut codes = dictionary.codes.iter();
            for chunk in columns.chunks() {
                let validity = chunk.column(field).validity();
                chunk.for_each_visible(|row| {
                    if let Some(&code) = codes.next()
                        && validity.state(row) == ValueState::Present
                    {
                        counts[code as usize] += 1;
                    }
                });
            }
            top_values(dictionary.values.iter().flatten().zip(counts))
        }
        Values::Booleans => {
            let chunks = columns.chunks();
            let chunks = chunks.map(|chunk| (chunk.column(field), chunk.visible_rows()));
            let counts = kernels::group_by(chunks).booleans;
            let counts = ["false", "true"].into_iter().zip(counts);
            top_values(counts.filter(|(_, count)| *count > 0))
        }
        _ => Vec::new(),
    }
}

/// Returns the least and the greatest number of a field.
fn numbers(columns: &ColumnView<'_>, field: usize, values: &Values) -> Option<(String, String)> {
    // Each value of a dictionary occurs, so its values have the same range as the rows.
    let texts = match values {
        Values::Dictionary(dictionary) => vec![dictionary.values.clone()],
        _ => columns
            .chunks()
            .map(|chunk| visible_texts(chunk, field))
            .collect(),
    };
    let texts = texts.iter().flat_map(|texts| texts.iter().flatten());
    let (least, greatest) = number_range(texts)?;
    Some((least.to_owned(), greatest.to_owned()))
}

/// Returns whether some sort of the API uses a field.
fn is_sorted(api: &Api, field: usize) -> bool {
    api.default_order.contains(&field) || api.sorts.iter().any(|rule| rule.field == field)
}

/// Returns whether every chunk stores a field as UUIDs, and there is a chunk.
fn are_uuids(columns: &ColumnView<'_>, field: usize) -> bool {
    let mut columns = columns.chunks().map(|chunk| match chunk.column(field) {
        Column::Text(column) => column.uuids().is_some(),
        _ => false,
    });
    columns.len() > 0 && columns.all(|are_uuids| are_uuids)
}

/// Returns the narrowest codes for a dictionary of `values` texts.
fn narrowest_codes(values: usize) -> ColumnEncoding {
    match values {
        0..=0x100 => ColumnEncoding::Dictionary8,
        0x101..=0x1_0000 => ColumnEncoding::Dictionary16,
        _ => ColumnEncoding::Dictionary32,
    }
}

/// Counts the visible rows by the state of their value.
fn count_states(columns: &ColumnView<'_>, field: usize) -> StateCounts {
    let mut states = StateCounts::default();
    for chunk in columns.chunks() {
        states += chunk.column(field).validity().count(chunk.visible_rows());
    }
    states
}

/// Returns the distinct values of a field of booleans, and their range: false is less than true.
fn booleans(columns: &ColumnView<'_>, field: usize) -> ValueRange {
    let chunks = columns.chunks();
    let groups = kernels::group_by(chunks.map(|chunk| (chunk.column(field), chunk.visible_rows())));
    let [has_false, has_true] = groups.booleans.map(|rows| rows > 0);
    ValueRange {
        distinct: groups.distinct(),
        // The least value is true only if false does not occur.
        min_max: (has_false || has_true).then(|| ((!has_false).to_string(), has_true.to_string())),
    }
}
