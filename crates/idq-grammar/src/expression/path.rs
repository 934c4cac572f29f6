//! Paths of attributes.

use std::fmt;

use crate::text::Span;
use crate::where_expression::{parse_path_text, write_path};

/// Path of an attribute, key by key. Displays as it is parsed: keys separated by dots, in quotes where needed.
///
/// ```
/// use idq_grammar::AttributePath;
///
/// let path = AttributePath::from(r#"profile."cost.center".id"#);
/// assert_eq!(path.keys, ["profile", "cost.center", "id"]);
/// let path = AttributePath::from("urn:example:2.0:User:manager.id");
/// assert_eq!(path.keys, ["urn:example:2.0:User", "manager", "id"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AttributePath {
    /// Keys, outermost first.
    pub keys: Vec<String>,
    /// Span of the path; `None` for one from code.
    pub span: Option<Span>,
}

impl AttributePath {
    /// Creates the path of `keys`, outermost first. A key may contain any character.
    pub fn new<K: Into<String>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self {
            keys: keys.into_iter().map(Into::into).collect(),
            span: None,
        }
    }

    /// Parses a path as in an expression; `None` for a text that is no path.
    pub fn parse(text: &str) -> Option<Self> {
        parse_path_text(text).map(Self::new)
    }
}

/// Parses a path as in an expression. A text that is none, because a key would need quotes, is keys joined by dots.
///
/// ```
/// use idq_grammar::AttributePath;
///
/// let path = AttributePath::from("profile.cost center");
/// assert_eq!(path.keys, ["profile", "cost center"]);
/// ```
impl From<&str> for AttributePath {
    fn from(text: &str) -> Self {
        match parse_path_text(text) {
            Some(keys) => Self::new(keys),
            None => Self::new(text.split('.')),
        }
    }
}

/// Parses a path as for `&str`.
impl From<String> for AttributePath {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_path(formatter, &self.keys)
    }
}
