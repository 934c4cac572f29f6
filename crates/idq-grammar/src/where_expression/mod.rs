//! The grammar of `where` expressions: text to an [`Expression`](crate::Expression) with spans.
//!
//! It is the filter grammar of SCIM, RFC 7644 §3.4.2.2, whole:
//!
//! ```text
//! expression = test, "not" "(" expression ")", "(" expression ")", expression "and" expression,
//!              expression "or" expression          ; `not` binds closest, then `and`, then `or`
//! test       = path operator value, path "pr", path "[" expression "]"
//! operator   = "eq" / "ne" / "co" / "sw" / "ew" / "gt" / "ge" / "lt" / "le"
//! value      = JSON text / JSON number / "true" / "false" / "null"
//! ```
//!
//! Keywords may be in any case, and white space is any run of blanks, tabs and line breaks. These are extensions:
//!
//! * `in ["a", 1, true]`: one of a list of values, which is not empty;
//! * `matches "regex"`: a regular expression of the crate `regex`, compiled by [`compile_regex`];
//! * `eq_cs`, `co_cs`, `sw_cs`, `ew_cs`: text with case;
//! * a path as value, `updatedDate lt createdDate`: another attribute. The path starts with a key that is neither in
//!   quotes nor a digit or `-`, unless it has several keys: a text alone is always a value;
//! * `not email pr`: `not` before one test without parentheses;
//! * `emails[type eq "work"].value eq "x"`, which means `emails[type eq "work" and value eq "x"]`. A path is no value
//!   there, because it would start at the value of the brackets;
//! * any number of keys in a path, value paths after such a path, and value paths within value paths, all of which the
//!   RFC restricts.
//!
//! A key has letters and digits of any script, `_`, `-` and `$`, in any position. Other keys are JSON texts:
//! `profile."cost.center"`. A key that starts with `urn:`, as the schemas of SCIM do, ends at the last colon of its
//! path: `urn:example:2.0:User:manager.id` has the keys `urn:example:2.0:User`, `manager` and `id`. Inside the brackets
//! of a value path, paths start at the value.
//!
//! Nesting, tests and regular expressions are limited: [`MAX_DEPTH`], [`MAX_TESTS`], [`MAX_REGEXES`],
//! [`MAX_REGEX_BYTES`].
//!
//! A word `and`, `or` or `not` is a keyword unless an operator follows it; as a path it is best put in quotes.

mod comparison;
mod cursor;
mod error;
mod help;
mod json_text;
mod lexer;
mod parser;
mod path;
mod regex;

pub(crate) use comparison::is_json_number;
pub(crate) use cursor::Counts;
pub use error::ExpressionErrorKind;
pub(crate) use json_text::write_json_text;
pub(crate) use parser::parse_expression;
pub(crate) use path::{is_right_hand_path, parse_path_text, write_path};
pub use regex::compile_regex;

/// Maximum number of parentheses, brackets and negations within each other, because trees are walked recursively.
pub const MAX_DEPTH: usize = 64;

/// Maximum number of comparisons and value paths in the expressions of a query's texts, each of which may scan a
/// column.
pub const MAX_TESTS: usize = 1_000;

/// Maximum number of `matches` in the expressions of a query's texts, because compiling one may take some milliseconds.
pub const MAX_REGEXES: usize = 20;

/// Maximum number of mistakes of an expression, after which parsing stops: a hostile text can have one for each byte.
const MAX_MISTAKES: usize = 100;

/// Maximum size in bytes of a compiled regular expression: enough for long alternatives of words.
pub const MAX_REGEX_BYTES: usize = 1 << 20;
