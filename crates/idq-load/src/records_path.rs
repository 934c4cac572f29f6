//! The path to the records of a dump whose records are wrapped in other objects.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use idq_grammar::AttributePath;

/// The keys of the objects around the records of a dump, outermost first. Arrays at any depth are entered.
///
/// ```
/// use idq_load::RecordsPath;
///
/// // {"hits":{"hits":[{"_source":{"id":…}}]}}
/// let path: RecordsPath = "hits.hits._source".parse()?;
/// assert_eq!(path.keys(), ["hits", "hits", "_source"]);
/// assert_eq!(path.to_string(), "hits.hits._source");
/// # Ok::<(), idq_load::RecordsPathError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RecordsPath(Arc<[String]>);

/// The error of a text that is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected keys with dots between them, such as `response.users`, with a key in double quotes if it has a dot"
)]
pub struct RecordsPathError;

impl RecordsPath {
    /// Creates the path of some keys, at least one.
    pub(crate) fn new(keys: Vec<String>) -> Self {
        Self(keys.into())
    }

    /// Returns the keys.
    pub fn keys(&self) -> &[String] {
        &self.0
    }
}

impl FromStr for RecordsPath {
    type Err = RecordsPathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let keys = AttributePath::parse(text).ok_or(RecordsPathError)?.keys;
        Ok(Self::new(keys))
    }
}

impl fmt::Display for RecordsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        AttributePath::new(self.keys()).fmt(f)
    }
}
