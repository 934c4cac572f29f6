//! Regular expressions of `matches`.

use regex::{Regex, RegexBuilder};

use super::{ExpressionErrorKind, MAX_REGEX_BYTES};

/// Compiles the regular expression of a `matches` test: unanchored, with case, in linear time.
///
/// ```
/// let regex = idq_grammar::compile_regex(r"^svc-\d+$")?;
/// assert!(regex.is_match("svc-42"));
/// let error = idq_grammar::compile_regex("svc-(").unwrap_err();
/// assert_eq!(error.help().as_deref(), Some("unclosed group"));
/// # Ok::<(), idq_grammar::ExpressionErrorKind>(())
/// ```
///
/// # Errors
/// The text is no regular expression, or needs more than [`MAX_REGEX_BYTES`].
pub fn compile_regex(text: &str) -> Result<Regex, ExpressionErrorKind> {
    let compiled = RegexBuilder::new(text).size_limit(MAX_REGEX_BYTES).build();
    compiled.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => ExpressionErrorKind::RegexSize,
        error => {
            // The lines before the last repeat the expression.
            let message = error.to_string();
            let last = message.lines().last().unwrap_or_default();
            ExpressionErrorKind::Regex {
                found: text.to_owned(),
                error: last.trim_start_matches("error: ").to_owned(),
            }
        }
    })
}
