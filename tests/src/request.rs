use chrono::{DateTime, Utc};
pub use idq_testing::Api;

/// A request: decoded parameters in their order, with full names such as `filter[state]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The API of the request.
    pub api: Api,
    /// Names and values; names are unique.
    pub parameters: Vec<(String, String)>,
    /// The clock of `now`, `today` and ages.
    pub now: DateTime<Utc>,
}

impl Request {
    /// Creates a request whose clock is in the year 1970, for requests without a relative date.
    pub fn new(api: Api, parameters: &[(&str, &str)]) -> Self {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            api,
            parameters: parameters.iter().map(owned).collect(),
            now: DateTime::UNIX_EPOCH,
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
