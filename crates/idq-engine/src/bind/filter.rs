//! The value of a filter, by the value syntax of its kind of match.

use idq_api::{FilterRule, ValueSyntax};
use idq_columns::Patterns;
use idq_grammar::{FilterValue, Interval, Spanned, is_relative_date, parse_date, split_list, trim};

use super::error::{MAX_SOUGHT_BYTES, MAX_SOUGHT_TEXTS};
use super::{BindError, BindErrorKind, Binder};
use crate::condition::Condition;
use crate::predicates::{Predicate, Present};

impl Binder<'_> {
    /// Returns the condition of a filter; `None` for a filter that the API's own reading ignores.
    pub(super) fn filter_value(
        &mut self,
        rule: &FilterRule,
        value: &FilterValue,
    ) -> Result<Option<Condition>, BindError> {
        let mut parts = self.parts(value);
        if parts.is_empty() && self.has_only_empty_items(rule, value) {
            // Nothing equals a value that is missing.
            return Ok(Some(Condition::NONE));
        }
        // One empty part is no value; an empty part among several is a text like the others.
        if parts.iter().all(|part| part.value.is_empty()) && parts.len() < 2 {
            return self.bind_empty(rule, &parts);
        }
        let predicate = match rule.match_kind.value_syntax() {
            ValueSyntax::Texts => {
                let texts = parts.into_iter().map(|part| part.value).collect();
                Predicate::from_texts(&rule.match_kind, rule.field, texts)
            }
            ValueSyntax::SearchTexts => {
                // Every text contains the empty text, so an empty part would select all records with a value.
                parts.retain(|part| !part.value.is_empty());
                if parts.is_empty() {
                    return self.bind_empty(rule, &self.parts(value));
                }
                let texts = parts.into_iter().map(|part| part.value).collect();
                let texts = check_sought_texts(rule, value, texts)?;
                Predicate::from_texts(&rule.match_kind, rule.field, texts)
            }
            ValueSyntax::Date => {
                let interval = self.date(rule, value)?;
                Predicate::from_interval(&rule.match_kind, rule.field, interval)
            }
            ValueSyntax::Trashed => return self.bind_trashed(rule, value).map(Some),
            ValueSyntax::Flag => return self.bind_flag(rule, value),
        };
        // A syntax and the constructor of its predicates are both chosen by the kind of match, so they agree.
        debug_assert!(predicate.is_some(), "{} has no predicate", rule.name);
        Ok(predicate.map(Condition::Predicate))
    }

    /// Returns the texts of a value: a single text is split at its commas, a list has its parts already. By the API's
    /// own reading, an empty item of a list is no value.
    fn parts(&self, value: &FilterValue) -> Vec<Spanned<String>> {
        match value {
            FilterValue::Text(text) => split_list(self.query.texts(), text),
            FilterValue::List(parts) if self.is_strict() => parts.clone(),
            FilterValue::List(parts) => {
                let given = parts.iter().filter(|part| !part.value.is_empty());
                given.cloned().collect()
            }
        }
    }

    /// Returns whether the value of an exact filter is a list whose items are all empty, which finds nothing by the
    /// API's own reading.
    fn has_only_empty_items(&self, rule: &FilterRule, value: &FilterValue) -> bool {
        let is_exact = rule.match_kind.value_syntax() == ValueSyntax::Texts;
        !self.is_strict()
            && is_exact
            && matches!(value, FilterValue::List(items) if !items.is_empty())
    }

    /// Binds a filter without a value. The API ignores it, and excludes deleted records as without it.
    fn bind_empty(
        &self,
        rule: &FilterRule,
        parts: &[Spanned<String>],
    ) -> Result<Option<Condition>, BindError> {
        if self.is_strict() {
            let span = parts.first().and_then(|part| part.span);
            let name = rule.name.clone();
            return Err(BindError {
                kind: BindErrorKind::EmptyValue { name },
                span,
            });
        }
        let is_trashed = rule.match_kind.value_syntax() == ValueSyntax::Trashed;
        Ok(is_trashed.then(|| without_deleted(rule)))
    }

    /// Returns the value of a filter that takes one text, commas included; of a list, the API reads the last item with a
    /// value.
    fn single(&self, rule: &FilterRule, value: &FilterValue) -> Result<Spanned<String>, BindError> {
        match value {
            FilterValue::Text(text) => Ok(trim(self.query.texts(), text)),
            FilterValue::List(parts) if parts.len() > 1 && self.is_strict() => Err(BindError {
                // The strict reading points at the first item that the API would not use, which is the second.
                kind: BindErrorKind::OneValue {
                    name: rule.name.clone(),
                },
                span: parts[1].span,
            }),
            FilterValue::List(_) => Ok(self.parts(value).last().map_or_else(
                || Spanned::without_span(String::new()),
                |part| trim(self.query.texts(), part),
            )),
        }
    }

    /// Parses the date of a filter. A date that is relative to the clock marks the whole query as dependent on time, so
    /// its answer is not cached.
    fn date(&mut self, rule: &FilterRule, value: &FilterValue) -> Result<Interval, BindError> {
        let text = self.single(rule, value)?;
        self.is_time_dependent |= is_relative_date(&text.value);
        parse_date(&text.value, self.clock()).map_err(|error| BindError {
            kind: BindErrorKind::BadDate {
                name: rule.name.clone(),
                error,
            },
            span: text.span,
        })
    }

    /// Binds the filter on deleted records, whose rule names the time of their deletion: a record with a value there is
    /// deleted.
    fn bind_trashed(&self, rule: &FilterRule, value: &FilterValue) -> Result<Condition, BindError> {
        if !self.is_strict() && matches!(value, FilterValue::List(_)) {
            // A list is no word, and any other value than a word is the default.
            return Ok(without_deleted(rule));
        }
        let text = self.single(rule, value)?;
        match text.value.as_str() {
            "with" => Ok(Condition::ALL),
            "only" => Ok(Present { field: rule.field }.into()),
            "without" => Ok(without_deleted(rule)),
            // The API reads any other word as the default.
            _ if !self.is_strict() => Ok(without_deleted(rule)),
            _ => Err(bad_word(rule, "without, with or only", text)),
        }
    }

    /// Binds a flag, whose test comes from the description of the API; `false` selects the complement of `true`.
    fn bind_flag(
        &self,
        rule: &FilterRule,
        value: &FilterValue,
    ) -> Result<Option<Condition>, BindError> {
        let text = self.single(rule, value)?;
        let test = rule.match_kind.flag_test(rule.field);
        let condition = test.map(|test| Condition::from_test(&test));
        match text.value.as_str() {
            "true" | "1" => Ok(condition),
            "false" | "0" => Ok(condition.map(Condition::negated)),
            _ => Err(bad_word(rule, "true or false", text)),
        }
    }
}

/// Returns the condition that excludes deleted records.
pub(super) fn without_deleted(rule: &FilterRule) -> Condition {
    Condition::from(Present { field: rule.field }).negated()
}

/// Returns the texts of a search, or an error if they exceed the bounds of one scan. Texts that contain another one are
/// dropped before the count.
fn check_sought_texts(
    rule: &FilterRule,
    value: &FilterValue,
    texts: Vec<String>,
) -> Result<Vec<String>, BindError> {
    // Both limits hold at once: the number of texts and their total length.
    let bytes = |texts: &[String]| texts.iter().map(String::len).sum::<usize>();
    let is_bounded =
        |texts: &[String]| texts.len() <= MAX_SOUGHT_TEXTS && bytes(texts) <= MAX_SOUGHT_BYTES;
    // Folding lengthens a text by half at most (`Ⱥ` to `ⱥ`). The bound holds for the written texts or for the folded
    // ones.
    if is_bounded(&texts) {
        return Ok(texts);
    }
    // Texts are casefolded, and one that contains another is redundant in a search for any of them.
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
            name: rule.name.clone(),
            texts: needles.texts().len(),
            bytes: bytes(needles.texts()),
        },
        span,
    })
}

/// Returns the error of a value that is not one of the words of its filter.
fn bad_word(rule: &FilterRule, expected: &'static str, found: Spanned<String>) -> BindError {
    let kind = BindErrorKind::BadWord {
        name: rule.name.clone(),
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
    use crate::{BindOptions, bind};

    /// Returns the kinds of the errors of binding a query string under a reading.
    fn kinds(query: &str, conformance: Conformance) -> Vec<BindErrorKind> {
        let query = Query::parse(query).unwrap();
        let clock = Clock::fixed_at(0);
        let bound = bind(
            &query,
            idq_api::Api::provisionr(),
            &BindOptions::new(conformance, clock),
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
            // The second of two filters of one name counts.
            (
                "filter[created_after]=now&filter[created_after]=2026-01-31",
                false,
            ),
            ("", false),
        ] {
            let parsed = Query::parse(&format!("?{query}")).unwrap();
            let options = BindOptions::new(Conformance::Api, Clock::system());
            let bound = bind(&parsed, idq_api::Api::provisionr(), &options).unwrap();
            assert_eq!(bound.is_time_dependent(), expected, "{query}");
        }
    }

    /// Returns texts separated by commas.
    fn list(count: usize, text: impl Fn(usize) -> String) -> String {
        (0..count).map(text).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn sought_texts_beyond_the_bound_are_refused_under_both_readings() {
        let too_many = |name: &str, texts, bytes| {
            let name = name.to_owned();
            vec![BindErrorKind::TooManyTexts { name, texts, bytes }]
        };
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
                    let expected = expected.map(|(texts, bytes)| too_many(name, texts, bytes));
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
