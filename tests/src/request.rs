use chrono::{DateTime, Utc};
pub use idq_testing::Api;

/// What was asked: decoded parameters in their order, `filter[state]` spelled in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which API is asked.
    pub api: Api,
    /// Names and values. No name comes twice.
    pub parameters: Vec<(String, String)>,
    /// What `now`, `today` and ages count from.
    pub now: DateTime<Utc>,
}

impl Request {
    /// A request in the year 1970, for those to whom the clock means nothing.
    pub fn new(api: Api, parameters: &[(&str, &str)]) -> Self {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            api,
            parameters: parameters.iter().map(owned).collect(),
            now: DateTime::UNIX_EPOCH,
        }
    }

    /// The filters, by the name between the brackets.
    pub(crate) fn filters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix("filter[")?.strip_suffix(']')?;
            Some((name, value.as_str()))
        })
    }

    /// The value of another parameter.
    pub(crate) fn value(&self, wanted: &str) -> Option<&str> {
        let mut parameters = self.parameters.iter();
        let (_, value) = parameters.find(|(name, _)| name == wanted)?;
        Some(value)
    }
}
