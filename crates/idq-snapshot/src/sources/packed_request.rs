//! The request by which records were packed.

use serde::{Deserialize, Serialize};

/// The request by which records were packed, as it was written. A file without one has all records of its sources.
///
/// It may contain personal data, such as an e-mail address, as the records of the file do. It is never logged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PackedRequest {
    /// Conditions that all records satisfy: an expression, or a filter as a parameter (`filter[state]=active`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<String>,
    /// Whether the records are instead those in which something that the expressions compare has no value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown_only: bool,
    /// Sample of the records that satisfy the conditions, in words; `None` if all were packed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
    /// Time zone of the days in the conditions; `None` if none was given, which is UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Time to which dates in the conditions are relative, in RFC 3339; `None` if no date is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
}

impl PackedRequest {
    /// Returns whether nothing was given.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
