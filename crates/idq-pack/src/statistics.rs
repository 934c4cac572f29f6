//! What the fields hold, as the metadata tell of it.

use idq_api::Api;
use idq_engine::{FieldStatistics, Statistics};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StatisticsDescription {
    fields: Vec<FieldDescription>,
    states: Vec<StateDescription>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FieldDescription {
    name: String,
    values: u64,
    nulls: u64,
    missing: u64,
    distinct: Option<u64>,
    least: Option<String>,
    greatest: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct StateDescription {
    state: Option<String>,
    records: u64,
}

impl StatisticsDescription {
    pub(crate) fn new(api: &Api, statistics: &Statistics) -> Self {
        let field = |field: &FieldStatistics| {
            let (least, greatest) = field.range.clone().unzip();
            FieldDescription {
                name: api.fields[field.field].name.to_owned(),
                values: field.values,
                nulls: field.nulls,
                missing: field.missing,
                distinct: field.distinct,
                least,
                greatest,
            }
        };
        let state = |(state, records): &(Option<String>, u64)| StateDescription {
            state: state.clone(),
            records: *records,
        };
        Self {
            fields: statistics.fields.iter().map(field).collect(),
            states: statistics.states.iter().map(state).collect(),
        }
    }

    pub(crate) fn into_statistics(self, api: &Api) -> Statistics {
        let field = |field: FieldDescription| {
            Some(FieldStatistics {
                field: api.field(&field.name)?,
                values: field.values,
                nulls: field.nulls,
                missing: field.missing,
                distinct: field.distinct,
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
