use idq_api::{FilterRule, Match};
use idq_columns::Patterns;
use idq_grammar::{
    Conformance, FilterValue, Query, Spanned, is_relative_date, parse_date, split_list, trim,
};

use super::error::{MAX_SOUGHT_BYTES, MAX_SOUGHT_TEXTS};
use super::{BindError, BindErrorKind, BindOptions};
use crate::condition::{Condition, Leaf};

/// Reads the value of a filter as its rule says.
pub(super) struct Meaning<'q> {
    pub(super) query: &'q Query,
    pub(super) options: BindOptions,
    /// Whether the value is a date relative to the clock.
    pub(super) is_time_dependent: bool,
}

impl Meaning<'_> {
    /// What the filter says; `None` where the API's own reading leaves it without effect.
    pub(super) fn of(
        &mut self,
        rule: &'static FilterRule,
        value: &FilterValue,
    ) -> Result<Option<Condition>, BindError> {
        let parts = self.parts(value);
        if parts.iter().all(|part| part.value.is_empty()) && parts.len() < 2 {
            return self.nothing(rule, &parts);
        }
        let field = rule.field;
        let texts = || parts.iter().map(|part| part.value.clone());
        let full = || texts().filter(|text| !text.is_empty()).collect::<Vec<_>>();
        let leaf = match rule.matching {
            Match::Exact => Leaf::Exact {
                field,
                values: texts().collect(),
            },
            // An empty part is dropped: it would be in every text.
            Match::Partial | Match::Search if full().is_empty() => {
                return self.nothing(rule, &parts);
            }
            Match::Partial => Leaf::Partial {
                field,
                needles: sought(rule, value, full())?,
            },
            Match::Search => Leaf::Search {
                field,
                needles: sought(rule, value, full())?,
            },
            Match::Before => Leaf::Between {
                field,
                start: i64::MIN,
                end: self.date(rule, value)?.end,
            },
            Match::After => Leaf::Between {
                field,
                start: self.date(rule, value)?.start,
                end: i64::MAX,
            },
            Match::Trashed => return self.trashed(rule, value),
            Match::SetUnless { other, value: text } => {
                return self.set_unless(rule, value, other, text);
            }
        };
        Ok(Some(leaf.into()))
    }

    fn is_strict(&self) -> bool {
        self.options.conformance == Conformance::Strict
    }

    fn parts(&self, value: &FilterValue) -> Vec<Spanned<String>> {
        match value {
            FilterValue::Text(text) => split_list(self.query.texts(), text),
            FilterValue::List(parts) => parts.clone(),
        }
    }

    /// A filter without a value: the API ignores it, and deleted records stay out as without it.
    fn nothing(
        &self,
        rule: &FilterRule,
        parts: &[Spanned<String>],
    ) -> Result<Option<Condition>, BindError> {
        if self.is_strict() {
            let span = parts.first().and_then(|part| part.span);
            return Err(BindError {
                kind: BindErrorKind::EmptyValue { name: rule.name },
                span,
            });
        }
        let default = Condition::from(Leaf::Present { field: rule.field }).negated();
        Ok((rule.matching == Match::Trashed).then_some(default))
    }

    /// A value that is one text, whatever commas it has; of a list, the API takes the last.
    fn one(&self, rule: &FilterRule, value: &FilterValue) -> Result<Spanned<String>, BindError> {
        match value {
            FilterValue::Text(text) => Ok(trim(self.query.texts(), text)),
            FilterValue::List(parts) if parts.len() > 1 && self.is_strict() => Err(BindError {
                kind: BindErrorKind::OneValue { name: rule.name },
                span: parts[1].span,
            }),
            FilterValue::List(parts) => Ok(parts.last().map_or_else(
                || Spanned::unwritten(String::new()),
                |part| trim(self.query.texts(), part),
            )),
        }
    }

    fn date(
        &mut self,
        rule: &FilterRule,
        value: &FilterValue,
    ) -> Result<idq_grammar::Interval, BindError> {
        let text = self.one(rule, value)?;
        self.is_time_dependent |= is_relative_date(&text.value);
        parse_date(&text.value, self.options.clock).map_err(|error| BindError {
            kind: BindErrorKind::BadDate {
                name: rule.name,
                error,
            },
            span: text.span,
        })
    }

    fn trashed(
        &self,
        rule: &FilterRule,
        value: &FilterValue,
    ) -> Result<Option<Condition>, BindError> {
        let text = self.one(rule, value)?;
        let deleted = Condition::from(Leaf::Present { field: rule.field });
        match text.value.as_str() {
            "with" => Ok(None),
            "only" => Ok(Some(deleted)),
            "without" => Ok(Some(deleted.negated())),
            // The API takes any other word for the default.
            _ if !self.is_strict() => Ok(Some(deleted.negated())),
            _ => Err(bad_word(rule, "without, with or only", text)),
        }
    }

    fn set_unless(
        &self,
        rule: &FilterRule,
        value: &FilterValue,
        other: usize,
        other_text: &str,
    ) -> Result<Option<Condition>, BindError> {
        let text = self.one(rule, value)?;
        let is_other = Leaf::Exact {
            field: other,
            values: vec![other_text.to_owned()],
        };
        let holds = Condition::And(vec![
            Leaf::Present { field: rule.field }.into(),
            Condition::from(is_other).negated(),
        ]);
        match text.value.as_str() {
            "true" | "1" => Ok(Some(holds)),
            "false" | "0" => Ok(Some(holds.negated())),
            _ => Err(bad_word(rule, "true or false", text)),
        }
    }
}

/// Refuses more texts than one scan is to search for. Only those that contain no other one count.
fn sought(
    rule: &FilterRule,
    value: &FilterValue,
    texts: Vec<String>,
) -> Result<Vec<String>, BindError> {
    let bytes = |texts: &[String]| texts.iter().map(String::len).sum::<usize>();
    let is_bounded =
        |texts: &[String]| texts.len() <= MAX_SOUGHT_TEXTS && bytes(texts) <= MAX_SOUGHT_BYTES;
    // Folding may lengthen a text, by half at most: `Ⱥ` to `ⱥ`. The bound is on what was written, or less.
    if is_bounded(&texts) {
        return Ok(texts);
    }
    let needles = Patterns::new(&texts);
    if is_bounded(needles.texts()) {
        return Ok(needles.texts().to_vec());
    }
    let span = match value {
        FilterValue::Text(text) => text.span,
        FilterValue::List(parts) => parts.first().and_then(|part| part.span),
    };
    Err(BindError {
        kind: BindErrorKind::TooManyTexts {
            name: rule.name,
            texts: needles.texts().len(),
            bytes: bytes(needles.texts()),
        },
        span,
    })
}

fn bad_word(rule: &FilterRule, expected: &'static str, found: Spanned<String>) -> BindError {
    let kind = BindErrorKind::BadWord {
        name: rule.name,
        expected,
        found: found.value,
    };
    BindError {
        kind,
        span: found.span,
    }
}

#[cfg(test)]
mod tests {
    use idq_grammar::{Clock, Conformance, Query};

    use super::*;
    use crate::bind;

    /// The kinds of the errors that binding a query string gives under a reading.
    fn kinds(query: &str, conformance: Conformance) -> Vec<BindErrorKind> {
        let query = Query::parse(query).unwrap();
        let clock = Clock::fixed_at(0);
        let bound = bind(
            &query,
            &idq_api::PROVISIONR,
            BindOptions { conformance, clock },
        );
        let errors = bound.map_or_else(|errors| errors.errors().to_vec(), |_| Vec::new());
        errors
            .into_iter()
            .map(|error| {
                assert!(error.span.is_some(), "{error:?}");
                error.kind
            })
            .collect()
    }

    #[test]
    fn query_with_a_relative_date_is_time_dependent() {
        for (query, expected) in [
            ("filter[created_after]=-90d", true),
            ("filter[created_after]=%2B1d", true),
            ("filter[created_before]= Today", true),
            ("filter[created_before]=now&filter[state]=a", true),
            ("filter[created_after]=2026-01-31", false),
            ("filter[created_after]= 2026-01-31T00:00:00Z", false),
            ("filter[created_after]=", false),
            ("filter[state]=now", false),
            // Of one filter given twice, the second takes effect.
            (
                "filter[created_after]=now&filter[created_after]=2026-01-31",
                false,
            ),
            ("", false),
        ] {
            let parsed = Query::parse(&format!("?{query}")).unwrap();
            let options = BindOptions {
                conformance: Conformance::Api,
                clock: Clock::system(),
            };
            let bound = bind(&parsed, &idq_api::PROVISIONR, options).unwrap();
            assert_eq!(bound.is_time_dependent(), expected, "{query}");
        }
    }

    fn list(count: usize, text: impl Fn(usize) -> String) -> String {
        (0..count).map(text).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn sought_texts_beyond_the_bound_are_refused_under_both_readings() {
        let too_many =
            |name| move |texts, bytes| vec![BindErrorKind::TooManyTexts { name, texts, bytes }];
        let long = "x".repeat(MAX_SOUGHT_BYTES);
        for (list, expected) in [
            (
                list(MAX_SOUGHT_TEXTS, |number| format!("{number:04}")),
                None,
            ),
            (
                list(MAX_SOUGHT_TEXTS + 1, |number| format!("{number:04}")),
                Some((MAX_SOUGHT_TEXTS + 1, 4 * (MAX_SOUGHT_TEXTS + 1))),
            ),
            // Equal texts, and those that contain another, do not count.
            (list(5_000, |number| format!("a{number}")) + ",A", None),
            (list(5_000, |number| format!("{}a", number % 10)), None),
            (long.clone(), None),
            (format!("{long}y"), Some((1, MAX_SOUGHT_BYTES + 1))),
        ] {
            for conformance in [Conformance::Strict, Conformance::Api] {
                for name in ["profile_search", "id_search"] {
                    let query = format!("filter[{name}]={list}");
                    let expected = expected.map(|(texts, bytes)| too_many(name)(texts, bytes));
                    assert_eq!(
                        kinds(&query, conformance),
                        expected.unwrap_or_default(),
                        "{name}, {} bytes",
                        list.len()
                    );
                }
            }
        }
    }

    #[test]
    fn exact_texts_are_not_bounded() {
        let ids = list(20_000, |number| number.to_string());
        for conformance in [Conformance::Strict, Conformance::Api] {
            assert_eq!(kinds(&format!("filter[id]={ids}"), conformance), []);
        }
    }
}
