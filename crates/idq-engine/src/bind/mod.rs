//! Parsed to bound: names are looked up, values are read, everything wrong is collected.

mod error;
mod filter;
mod paging;

use idq_api::{Api, FilterRule, Match};
use idq_grammar::{Clock, Conformance, Direction, FilterValue, Origin, Query, SortTerm, Spanned};

use crate::cancel::Cancel;
use crate::condition::{Condition, Leaf};
use crate::ordering::row_order::SortKey;
use crate::page::BoundQuery;

pub use error::{BindError, BindErrorKind, BindErrors};
use filter::Meaning;

/// How a query is bound.
#[derive(Debug, Clone, Copy)]
pub struct BindOptions {
    /// How strictly it is read.
    pub conformance: Conformance,
    /// What `now`, `today` and ages count from.
    pub clock: Clock,
}

/// Strict, and the system's clock.
impl Default for BindOptions {
    fn default() -> Self {
        Self {
            conformance: Conformance::default(),
            clock: Clock::system(),
        }
    }
}

/// A filter of a bound query.
#[derive(Debug, Clone)]
pub struct BoundFilter {
    /// The row of the API's table.
    pub rule: &'static FilterRule,
    /// What it says; `None` where the API's own reading leaves it without effect.
    pub condition: Option<Condition>,
}

/// Binds a query to an API.
///
/// # Errors
/// Everything that is wrong with the query, at once.
pub fn bind(
    query: &Query,
    api: &'static Api,
    options: BindOptions,
) -> Result<BoundQuery, BindErrors> {
    let mut binder = Binder {
        query,
        api,
        options,
        is_time_dependent: false,
        errors: Vec::new(),
    };
    binder.path();
    let filters = binder.filters();
    let order = binder.order();
    let (page, per_page) = (binder.page(), binder.per_page());
    binder.others();
    let is_time_dependent = binder.is_time_dependent;
    let (texts, mut errors) = (query.texts(), binder.errors);
    if !errors.is_empty() {
        errors.sort_by_key(|error| error.span);
        return Err(BindErrors::new(api, texts.to_vec(), errors));
    }
    let mut conditions: Vec<Condition> = filters
        .iter()
        .filter_map(|filter| filter.condition.clone())
        .collect();
    for rule in api.filters {
        // The filter that applies unless the request says otherwise.
        let given = filters.iter().any(|filter| std::ptr::eq(filter.rule, rule));
        if rule.matching == Match::Trashed && !given {
            conditions.push(Condition::from(Leaf::Present { field: rule.field }).negated());
        }
    }
    let parameters = query.parameters().iter();
    Ok(BoundQuery {
        api,
        filters,
        condition: Condition::And(conditions),
        order,
        is_time_dependent,
        page,
        per_page,
        parameters: parameters
            .filter(|parameter| parameter.name != "page")
            .map(|parameter| (parameter.name.clone(), parameter.value.clone()))
            .collect(),
        url: query.url().map(|url| url.base.value.clone()),
        cancel: Cancel::new(),
    })
}

struct Binder<'q> {
    query: &'q Query,
    api: &'static Api,
    options: BindOptions,
    /// Whether a date that takes effect is relative to the clock.
    is_time_dependent: bool,
    errors: Vec<BindError>,
}

impl Binder<'_> {
    fn is_strict(&self) -> bool {
        self.options.conformance == Conformance::Strict
    }

    fn error(&mut self, kind: BindErrorKind, span: Option<idq_grammar::Span>) {
        self.errors.push(BindError { kind, span });
    }

    /// The path of a URL must be the collection's.
    fn path(&mut self) {
        let Some(url) = self.query.url() else {
            return;
        };
        match idq_api::by_path(&url.path.value) {
            Some((api, None)) if api == self.api => {}
            Some((api, None)) => {
                self.error(
                    BindErrorKind::OtherApi {
                        url: api.title,
                        data: self.api.title,
                    },
                    url.path.span,
                );
            }
            Some((_, Some(id))) => {
                self.error(
                    BindErrorKind::OneIdentity { id: id.to_owned() },
                    url.path.span,
                );
            }
            None => self.error(
                BindErrorKind::UnknownPath {
                    expected: self.api.collection_path,
                },
                url.path.span,
            ),
        }
    }

    fn filters(&mut self) -> Vec<BoundFilter> {
        let mut bound: Vec<BoundFilter> = Vec::new();
        let filters = self.query.filters();
        for (index, filter) in filters.iter().enumerate() {
            let name = &filter.name;
            let Some(rule) = self.api.filter(&name.value) else {
                self.error(
                    BindErrorKind::UnknownFilter {
                        found: name.value.clone(),
                    },
                    name.span,
                );
                continue;
            };
            let same = |other: &idq_grammar::Filter| other.name.value == name.value;
            if self.is_strict() {
                if filters[..index].iter().any(same) {
                    self.error(BindErrorKind::RepeatedFilter { name: rule.name }, name.span);
                    continue;
                }
                if let Err(error) = self.check_flags(rule, &filter.value) {
                    self.errors.push(error);
                    continue;
                }
            } else if filters[index + 1..].iter().any(same) {
                // The API takes the last of several, and never sees the others.
                continue;
            }
            let mut meaning = Meaning {
                query: self.query,
                options: self.options,
                is_time_dependent: false,
            };
            let condition = meaning.of(rule, &filter.value);
            self.is_time_dependent |= meaning.is_time_dependent;
            match condition {
                Ok(condition) => bound.push(BoundFilter { rule, condition }),
                Err(error) => self.errors.push(error),
            }
        }
        bound
    }

    /// Makes sure that flags have values, and that a list is not given half by flags and half by the request's text.
    fn check_flags(&self, rule: &'static FilterRule, value: &FilterValue) -> Result<(), BindError> {
        let FilterValue::List(items) = value else {
            return Ok(());
        };
        let is_flag = |item: &Spanned<String>| {
            let text = item.span.and_then(|span| self.query.texts().get(span.text));
            text.is_some_and(|text| text.origin == Origin::Filter)
        };
        let Some(first) = items.first().map(is_flag) else {
            return Ok(());
        };
        for item in items {
            let name = rule.name;
            let kind = if is_flag(item) != first {
                BindErrorKind::RepeatedFilter { name }
            } else if first && item.value.is_empty() {
                BindErrorKind::EmptyValue { name }
            } else {
                continue;
            };
            let span = item.span;
            return Err(BindError { kind, span });
        }
        Ok(())
    }

    fn order(&mut self) -> Vec<SortKey> {
        let sorts = self.query.sorts();
        if self.is_strict() && sorts.len() > 1 {
            let last = sorts.last().and_then(|sort| sort.terms.first());
            let span = last.and_then(|term| term.name.span);
            self.error(BindErrorKind::RepeatedParameter { name: "sort" }, span);
        }
        let terms = sorts.last().map_or(&[][..], |sort| &sort.terms);
        let order: Vec<SortKey> = terms
            .iter()
            .filter_map(|term| self.order_term(term))
            .collect();
        if !order.is_empty() {
            return order;
        }
        // A sort without a key, which the API ignores, leaves the API's own order as well.
        let ascending = |&field: &usize| SortKey {
            field,
            direction: Direction::Ascending,
        };
        self.api.default_order.iter().map(ascending).collect()
    }

    fn order_term(&mut self, term: &SortTerm) -> Option<SortKey> {
        let name = &term.name;
        if name.value.is_empty() {
            if self.is_strict() {
                self.error(BindErrorKind::EmptySort, name.span);
            }
            return None;
        }
        let rule = self.api.sort(&name.value);
        if rule.is_none() {
            self.error(
                BindErrorKind::UnknownSort {
                    found: name.value.clone(),
                },
                name.span,
            );
        }
        rule.map(|rule| SortKey {
            field: rule.field,
            direction: term.direction,
        })
    }

    /// Parameters that mean nothing to the API, which ignores them.
    fn others(&mut self) {
        if !self.is_strict() {
            return;
        }
        for other in self.query.others() {
            self.error(
                BindErrorKind::UnknownParameter {
                    found: other.name.value.clone(),
                },
                other.name.span,
            );
        }
    }
}
