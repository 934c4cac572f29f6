//! The statistics in the metadata of a snapshot file, as JSON.

use idq_api::Api;
use serde::{Deserialize, Serialize};

use crate::statistics::{FieldStatistics, Statistics};

/// The description of the statistics in the metadata.
#[derive(Debug, Serialize, Deserialize)]
pub struct StatisticsDescription {
    fields: Vec<FieldDescription>,
    states: Vec<StateDescription>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FieldDescription {
    name: String,
    values: u64,
    nulls: u64,
    missing: u64,
    empty: u64,
    distinct: Option<u64>,
    least: Option<String>,
    greatest: Option<String>,
    top: Vec<TopValue>,
}

/// A frequent value, and the number of records with it.
#[derive(Debug, Serialize, Deserialize)]
struct TopValue {
    value: String,
    records: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct StateDescription {
    state: Option<String>,
    records: u64,
}

/// Maximum lengths of texts in the metadata, which opening reads as a whole and which the file contains twice. The
/// range of a field with longer texts is left out, as are the rarest states beyond the maximum.
const RANGE_BYTES: usize = 4 << 10;
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
    let fit = by_frequency.iter().take_while(|&&at| {
        bytes += length(&states[at].0) + 8;
        bytes <= STATES_BYTES
    });
    let mut fit: Vec<usize> = fit.copied().collect();
    fit.sort_unstable();
    fit.into_iter().map(|at| &states[at])
}
