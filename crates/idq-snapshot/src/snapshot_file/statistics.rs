//! The statistics in the metadata of a snapshot file, as JSON.

use idq_api::Api;
use serde::{Deserialize, Serialize};

use crate::columns::statistics::{FieldStatistics, Statistics};

/// The description of the statistics in the metadata.
#[derive(Debug, Serialize, Deserialize)]
pub struct StatisticsDescription {
    /// Counts and ranges of the fields, in the order of the API when the file was packed.
    fields: Vec<FieldDescription>,
    /// Numbers of records by state.
    states: Vec<StateDescription>,
}

/// Statistics of one field. A number counts records, not elements.
#[derive(Debug, Serialize, Deserialize)]
struct FieldDescription {
    /// Dotted name, by which a later version of the API finds the field.
    name: String,
    /// Records with a value that is not empty.
    values: u64,
    /// Records in which the field is null.
    nulls: u64,
    /// Records without the field.
    missing: u64,
    /// Records with an empty document, or with a date that means never.
    empty: u64,
    /// Number of distinct values; absent for documents.
    distinct: Option<u64>,
    /// Least value; absent without values, and if a text of the range is too long.
    least: Option<String>,
    /// Greatest value.
    greatest: Option<String>,
    /// Most frequent values, in descending order of their numbers.
    top: Vec<TopValue>,
}

/// A frequent value, and the number of records with it.
#[derive(Debug, Serialize, Deserialize)]
struct TopValue {
    /// Value as text, whatever the kind of the field.
    value: String,
    /// Number of records with it.
    records: u64,
}

/// Number of records in one state.
#[derive(Debug, Serialize, Deserialize)]
struct StateDescription {
    /// State; absent for the records without one.
    state: Option<String>,
    /// Number of records in it.
    records: u64,
}

/// Maximum length of a text of a range, and of the frequent values of a field together, in bytes. Opening reads the
/// metadata as a whole, and the file contains it twice. The range of a field with longer texts is left out.
const RANGE_BYTES: usize = 4 << 10;
/// Maximum length of the states in bytes. The rarest states beyond it are left out.
const STATES_BYTES: usize = 64 << 10;

impl StatisticsDescription {
    /// Describes statistics, within the maximum lengths of texts.
    pub fn new(api: &Api, statistics: &Statistics) -> Self {
        let field = |field: &FieldStatistics| {
            let range = field.range.as_ref();
            let range =
                range.filter(|(least, greatest)| least.len().max(greatest.len()) <= RANGE_BYTES);
            let (least, greatest) = range.cloned().unzip();
            FieldDescription {
                name: api.fields[field.field].name.to_owned(),
                values: field.values,
                nulls: field.nulls,
                missing: field.missing,
                empty: field.empty,
                distinct: field.distinct,
                least,
                greatest,
                top: top_of(field),
            }
        };
        let state = |(state, records): &(Option<String>, u64)| StateDescription {
            state: state.clone(),
            records: *records,
        };
        Self {
            fields: statistics.fields.iter().map(field).collect(),
            states: most_frequent(&statistics.states).map(state).collect(),
        }
    }

    /// Returns the statistics of the fields that the API has.
    pub fn into_statistics(self, api: &Api) -> Statistics {
        let field = |field: FieldDescription| {
            Some(FieldStatistics {
                field: api.field(&field.name)?,
                values: field.values,
                nulls: field.nulls,
                missing: field.missing,
                empty: field.empty,
                distinct: field.distinct,
                top: (field.top.into_iter())
                    .map(|top| (top.value, top.records))
                    .collect(),
                range: field.least.zip(field.greatest),
            })
        };
        let states = self.states.into_iter();
        Statistics {
            fields: self.fields.into_iter().filter_map(field).collect(),
            states: states.map(|state| (state.state, state.records)).collect(),
        }
    }
}

/// Describes the most frequent values; none if they have more than [`RANGE_BYTES`].
fn top_of(field: &FieldStatistics) -> Vec<TopValue> {
    let bytes: usize = field.top.iter().map(|(value, _)| value.len()).sum();
    if bytes > RANGE_BYTES {
        return Vec::new();
    }
    let top = field.top.iter().cloned();
    top.map(|(value, records)| TopValue { value, records })
        .collect()
}

/// Returns the most frequent states within [`STATES_BYTES`], in their order.
fn most_frequent(states: &[(Option<String>, u64)]) -> impl Iterator<Item = &(Option<String>, u64)> {
    let length = |state: &Option<String>| state.as_ref().map_or(0, String::len);
    let mut by_frequency: Vec<usize> = (0..states.len()).collect();
    by_frequency.sort_by_key(|&at| std::cmp::Reverse(states[at].1));
    let mut bytes = 0;
    // Eight bytes for the number and the punctuation of an entry.
    let fit = by_frequency.iter().take_while(|&&at| {
        bytes += length(&states[at].0) + 8;
        bytes <= STATES_BYTES
    });
    // The order of the statistics is that of the values, not of their numbers.
    let mut fit: Vec<usize> = fit.copied().collect();
    fit.sort_unstable();
    fit.into_iter().map(|at| &states[at])
}
