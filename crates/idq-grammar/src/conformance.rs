//! [`Conformance`]: the two readings of a request, and the decisions by which they differ in the grammar.

use crate::error::ErrorKind;
use crate::framework::parse_page_number;

/// Strictness with which a request is parsed and bound.
///
/// The API's own reading is that of the framework of its vendor, Laravel: parameters are an array of arrays, of which
/// the last value at a place counts, and values are trimmed. [`Query::framework_reading`](crate::Query::framework_reading)
/// derives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Conformance {
    /// Every likely mistake is an error: for the library and the command line.
    #[default]
    Strict,
    /// The API's own, more lenient reading: for the HTTP server.
    Api,
}

impl Conformance {
    /// Returns whether a mistake in the syntax is an error. The API's own reading has a meaning for the others.
    pub(crate) fn refuses(self, kind: &ErrorKind) -> bool {
        match self {
            Self::Strict => true,
            Self::Api => !matches!(
                kind,
                // A `%` is literal; `filter=abc` is no filter; any key in brackets makes a list.
                ErrorKind::BadEscape { .. } | ErrorKind::NoFilterName | ErrorKind::ListIndex { .. }
            ),
        }
    }

    /// Returns whether bytes that are not UTF-8 are accepted in a parameter of this name, which may be decoded in part.
    pub(crate) fn accepts_any_bytes(self, name: &str) -> bool {
        self == Self::Api && !is_read(name)
    }

    /// Parses a trimmed page number or page size, from 1; `None` for any other text.
    ///
    /// ```
    /// use idq_grammar::Conformance;
    ///
    /// assert_eq!(Conformance::Strict.parse_page_number("02"), Some(2));
    /// assert_eq!(Conformance::Api.parse_page_number("02"), None);
    /// assert_eq!(Conformance::Api.parse_page_number("+2"), Some(2));
    /// ```
    pub fn parse_page_number(self, text: &str) -> Option<u64> {
        match self {
            Self::Strict => {
                // The parser of the standard library accepts a sign.
                let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
                let number = text.parse().ok().filter(|_| is_number);
                number.filter(|&number| number > 0)
            }
            Self::Api => parse_page_number(text),
        }
    }
}

/// Returns whether a reading gives a meaning to the parameters of this name, with its brackets.
fn is_read(name: &str) -> bool {
    let name = name.trim_start_matches(' ');
    let end = name.find('[').unwrap_or(name.len());
    ["filter", "sort", "page", "per_page", "where"].contains(&&name[..end])
}
