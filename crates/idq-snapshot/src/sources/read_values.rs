//! The values that a load has read otherwise than they are spelled, or that an exporter has cut.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The values that a load has read otherwise than RFC 3339 and the API's documentation spell them, and those that look
/// cut by the depth limit of an exporter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReadValues {
    /// The number of dates without a time zone.
    pub local_dates: u64,
    /// The time zone in which they were read; `None` without such dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Whether such dates were read in several zones, because snapshot files are among the sources.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub time_zones_differ: bool,
    /// The number of dates that are the empty text, which counts as null.
    pub empty_dates: u64,
    /// For each field of documents the number of texts, such as `@{…}`, that look as if an exporter had written them in
    /// place of objects below its depth limit. Those one level inside a document are counted if the load has its column.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cut_values: BTreeMap<String, u64>,
    /// The first record with such a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_cut: Option<CutRecord>,
}

/// The position of a record with a text in place of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutRecord {
    /// The name of its source.
    pub source: String,
    /// Its number within the source, from 1.
    pub record: u64,
}

impl ReadValues {
    /// Returns whether every value was read as it is spelled.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds the values of another part of the load.
    pub fn merge(&mut self, other: &Self) {
        self.local_dates += other.local_dates;
        self.empty_dates += other.empty_dates;
        for (field, values) in &other.cut_values {
            *self.cut_values.entry(field.clone()).or_default() += values;
        }
        if self.first_cut.is_none() {
            self.first_cut.clone_from(&other.first_cut);
        }
        self.time_zones_differ |= other.time_zones_differ;
        match (&self.time_zone, &other.time_zone) {
            (Some(one), Some(two)) => self.time_zones_differ |= one != two,
            (None, Some(_)) => self.time_zone.clone_from(&other.time_zone),
            (_, None) => {}
        }
    }
}
