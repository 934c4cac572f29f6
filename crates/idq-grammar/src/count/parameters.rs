//! The parameters of a count in a request: `by=state&top=3&having=>1&timezone=Europe/Berlin`.

use super::{CountErrorKind, CountRequest};
use crate::date::TimeZone;
use crate::error::{Error, ErrorKind, Errors};
use crate::query::OtherParameter;
use crate::text::Spanned;

/// The parameters of a count, parsed: those of a query string that select no records.
///
/// ```
/// use idq_grammar::{CountParameters, Query};
///
/// let query = Query::parse("filter[state]=active&by=vendor_id&by=email:domain&top=3&page=2")?;
/// let (selection, others) = query.split_selection();
/// assert_eq!(selection.filters().len(), 1);
///
/// let (parameters, errors) = CountParameters::parse(others);
/// assert!(errors.is_empty());
/// assert_eq!(parameters.request.keys().len(), 2);
/// assert_eq!(parameters.request.top_values(), Some(3));
/// assert_eq!(parameters.unknown[0].name.value, "page");
/// # Ok::<(), idq_grammar::Errors>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct CountParameters {
    /// The keys of `by`, and the limits of `top` and `having`.
    pub request: CountRequest,
    /// The time zone of `timezone`; `None` without one.
    pub time_zone: Option<TimeZone>,
    /// The parameters that a count does not have.
    pub unknown: Vec<OtherParameter>,
}

impl CountParameters {
    /// The names of the parameters, in the order in which messages list them.
    pub const NAMES: [&'static str; 4] = ["by", "top", "having", "timezone"];

    /// Parses the parameters of a count. Those without mistakes are added in any case, so that a caller can report the
    /// mistakes of all stages at once; each mistake is a [`ErrorKind::Count`].
    pub fn parse(parameters: Vec<OtherParameter>) -> (Self, Vec<Error>) {
        let (mut parsed, mut errors) = (Self::default(), Vec::new());
        // Only `by` may be repeated: of two limits, neither is more likely to be meant.
        let mut given = Vec::new();
        for parameter in parameters {
            let name = Self::NAMES
                .into_iter()
                .find(|name| *name == parameter.name.value);
            match name {
                None => parsed.unknown.push(parameter),
                Some(name) if name != "by" && given.contains(&name) => {
                    let kind = CountErrorKind::Repeated { name };
                    errors.push(error(kind, &parameter.name));
                }
                Some(name) => {
                    given.push(name);
                    errors.extend(parsed.add(name, &parameter.value));
                }
            }
        }
        (parsed, errors)
    }

    /// Adds the value of a parameter, and returns its mistakes. Their spans are those of the whole value: an escaped value
    /// has no other position in the query string.
    fn add(&mut self, name: &str, value: &Spanned<String>) -> Vec<Error> {
        let text = value.value.as_str();
        let errors_of = |added: Result<(), Errors>| {
            let errors = added.err();
            let errors = errors.iter().flat_map(Errors::errors);
            let errors = errors.map(|error| Error {
                kind: error.kind.clone(),
                span: value.span,
            });
            errors.collect()
        };
        match name {
            "by" => errors_of(self.request.add_by_text(text)),
            "having" => errors_of(self.request.add_having_text(text)),
            "top" => match parse_top(text) {
                Some(top) => {
                    self.request.top = Some(top);
                    Vec::new()
                }
                None => {
                    let found = text.to_owned();
                    vec![error(CountErrorKind::NotATop { found }, value)]
                }
            },
            _ => match text.parse() {
                Ok(time_zone) => {
                    self.time_zone = Some(time_zone);
                    Vec::new()
                }
                Err(found) => vec![error(CountErrorKind::TimeZone(found), value)],
            },
        }
    }
}

/// Parses a number of values that are kept, from 1.
fn parse_top(text: &str) -> Option<u64> {
    let text = text.trim();
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&top| is_number && top > 0)
}

/// Returns an error of this kind at a name or a value.
fn error(kind: CountErrorKind, at: &Spanned<String>) -> Error {
    Error {
        kind: ErrorKind::Count(kind),
        span: at.span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Query;

    /// Returns the parsed parameters of a query string in one line, and the mistakes with their help, one a line.
    fn parsed(text: &str) -> String {
        let (selection, others) = Query::parse(text).expect("a request").split_selection();
        let (parameters, errors) = CountParameters::parse(others);
        let request = &parameters.request;
        let keys = request.keys().iter().map(|key| format!("[{key}]"));
        let keys = format!("keys{}", keys.collect::<String>());
        let unknown = parameters.unknown.iter();
        let unknown: Vec<&str> = unknown.map(|each| each.name.value.as_str()).collect();
        let mut lines = vec![format!(
            "{keys} top {:?}, having {:?}, zone {:?}, unknown {unknown:?}, selection {}",
            request.top_values(),
            request.having_comparison().map(|having| having.to_string()),
            parameters.time_zone.map(|zone| zone.to_string()),
            selection.operands().len(),
        )];
        for error in &errors {
            let (parameter, help) = match &error.kind {
                ErrorKind::Count(kind) => (kind.parameter(), kind.help()),
                _ => ("", None),
            };
            let help = help.unwrap_or_default();
            let span = error.span.map_or(0..0, |span| span.start..span.end);
            lines.push(format!("{parameter} {span:?}: {error}; {help}"));
        }
        lines.join("\n")
    }

    #[test]
    fn count_parameters_in_every_spelling_are_parsed() {
        insta::assert_snapshot!(parsed("by=state,email:domain&by=a:prefix(2)&filter[state]=x&where=email%20pr"), @"keys[state][email:domain][a:prefix(2)] top None, having None, zone None, unknown [], selection 2");
        insta::assert_snapshot!(parsed("by=state&top=3&having=>1&timezone=Europe/Berlin"), @r#"keys[state] top Some(3), having Some(">1"), zone Some("Europe/Berlin"), unknown [], selection 0"#);
        insta::assert_snapshot!(parsed("by=state&having=%3E%3D+2&timezone=%2B05:45&sort=-email&page=2&per_page=3&x=y"), @r#"keys[state] top None, having Some(">=2"), zone Some("+05:45"), unknown ["sort", "page", "per_page", "x"], selection 0"#);
    }

    #[test]
    fn count_parameter_with_a_mistake_is_reported_with_the_others() {
        insta::assert_snapshot!(parsed("by=email:domian,&top=0&having=1&timezone=Berlin"), @"
        keys top None, having None, zone None, unknown [], selection 0
        by 3..16: expected a bucket, found `domian`; did you mean `domain`? the buckets are year, quarter, month, week, day, weekday, hour, age(30d,90d,365d), domain, prefix(3), fold, presence
        by 3..16: expected FIELD or FIELD:BUCKET, found nothing; write the name of a field, such as `state`, or a field and a bucket, such as `timestamp.created_at:month`
        top 21..22: expected a whole number from 1 for top, found `0`; write a number, such as `10`
        having 30..31: expected a comparison of the count, found `1`; write an operator (=, !=, <, <=, >, >=) and a whole number: '>1' in a shell, `%3E1` in a URL
        timezone 41..47: expected a time zone, found `Berlin`; did you mean `Europe/Berlin`? write an IANA name such as `Europe/Berlin`, an offset such as `+02:00`, or `UTC`
        ");
        insta::assert_snapshot!(parsed("by=&top=&having=&timezone="), @"
        keys top None, having None, zone None, unknown [], selection 0
        by 3..3: expected FIELD or FIELD:BUCKET, found nothing; write the name of a field, such as `state`, or a field and a bucket, such as `timestamp.created_at:month`
        top 8..8: expected a whole number from 1 for top, found nothing; write a number, such as `10`
        having 16..16: expected a comparison of the count, found nothing; write an operator (=, !=, <, <=, >, >=) and a whole number: '>1' in a shell, `%3E1` in a URL
        timezone 26..26: expected a time zone, found nothing; write an IANA name such as `Europe/Berlin`, an offset such as `+02:00`, or `UTC`
        ");
        insta::assert_snapshot!(parsed("by=a&top=1&top=2&having=>1&having=>1&timezone=UTC&timezone=UTC&timezone=+02:00"), @r#"
        keys[a] top Some(1), having Some(">1"), zone Some("UTC"), unknown [], selection 0
        top 11..14: expected one top, found another; write one top
        having 27..33: expected one having, found another; write one having
        timezone 50..58: expected one timezone, found another; write one timezone
        timezone 63..71: expected one timezone, found another; write one timezone
        "#);
        insta::assert_snapshot!(parsed("top=+3&timezone=+02:00"), @"
        keys top Some(3), having None, zone None, unknown [], selection 0
        timezone 16..22: expected a time zone, found `02:00`; write `+02:00`, or in a URL `%2B02:00`
        ");
        insta::assert_snapshot!(parsed("top=3.5&top=99999999999999999999"), @"
        keys top None, having None, zone None, unknown [], selection 0
        top 4..7: expected a whole number from 1 for top, found `3.5`; write a number, such as `10`
        top 8..11: expected one top, found another; write one top
        ");
    }
}
