//! Requests of the oracle.

use chrono::DateTime;
use chrono_tz::Tz;
use idq_testing::Generator;

use crate::date::Now;

/// An API that the oracle implements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OracleApi {
    /// Provisionr's directory identities.
    Provisionr,
    /// Permission Assist's identities.
    PermissionAssist,
}

impl OracleApi {
    /// Returns the generator of the API's records.
    pub fn generator(self) -> Generator {
        match self {
            Self::Provisionr => Generator::PROVISIONR,
            Self::PermissionAssist => Generator::PERMISSION_ASSIST,
        }
    }
}

/// A request: decoded parameters in their order, with full names such as `filter[state]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The API of the request.
    pub api: OracleApi,
    /// Names and values; names are unique.
    pub parameters: Vec<(String, String)>,
    /// A further condition, besides the filters among the parameters.
    pub tree: Option<Tree>,
    /// The clock of `now`, `today` and ages, and the time zone of days.
    pub now: Now,
}

/// A boolean tree of filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// All operands hold.
    And(Vec<Tree>),
    /// At least one operand holds.
    Or(Vec<Tree>),
    /// The operand does not hold.
    Not(Box<Tree>),
    /// A filter's name and value.
    Filter(String, String),
}

impl Tree {
    /// Returns whether a filter of this name occurs anywhere.
    pub(crate) fn has_filter(&self, wanted: &str) -> bool {
        match self {
            Self::And(trees) | Self::Or(trees) => trees.iter().any(|tree| tree.has_filter(wanted)),
            Self::Not(tree) => tree.has_filter(wanted),
            Self::Filter(name, _) => name == wanted,
        }
    }
}

impl Request {
    /// Creates a request whose clock is in the year 1970 and in UTC, for requests without a relative date.
    pub fn new(api: OracleApi, parameters: &[(&str, &str)]) -> Self {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            api,
            parameters: parameters.iter().map(owned).collect(),
            tree: None,
            now: DateTime::UNIX_EPOCH.with_timezone(&Tz::UTC),
        }
    }

    /// Returns the filters by the name between the brackets.
    pub(crate) fn filters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix("filter[")?.strip_suffix(']')?;
            Some((name, value.as_str()))
        })
    }

    /// Returns the value of a parameter that is not a filter.
    pub(crate) fn value(&self, wanted: &str) -> Option<&str> {
        let mut parameters = self.parameters.iter();
        let (_, value) = parameters.find(|(name, _)| name == wanted)?;
        Some(value)
    }
}
