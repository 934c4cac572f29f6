//! Binding: names are looked up in the API, values are parsed, and every mistake is collected.
//!
//! The rules of the APIs concern plain filters: the [`Expression::Filter`](idq_grammar::Expression::Filter)s that are
//! operands of the request's top `and`, which those of a query string are.
//!
//! * Strictly, a plain filter given twice is a mistake; by the API's own reading, the last one counts. That reading is
//!   [`Query::framework_reading`], which has each plain filter once, so binding sees no repetition.
//! * A list of the API's own reading has no value for an empty item.
//! * Inside a nested expression each filter counts separately, however often its name occurs.
//! * A filter that the API's own reading ignores (one without a value) is no operand of its `and` or `or`, and an
//!   expression that is left without operands is ignored as well.
//! * Comparisons and value paths test attributes: fields of the API, paths in documents, undocumented members. They
//!   are read strictly under both readings.
//! * Deleted records are excluded from the whole request, unless the filter on them occurs anywhere in the tree.

mod attribute;
mod comparison;
mod conditions;
mod element;
mod error;
mod expression;
mod filter;
mod literal;
mod paging;

use std::borrow::Cow;
use std::sync::Arc;

use idq_api::{Api, ApiRegistry};
use idq_grammar::{Clock, Conformance, Direction, Query, SortTerm, Span, TimeZone};
use idq_snapshot::Cancel;

use crate::attribute::Attribute;
use crate::bound_query::{BoundQuery, Selects};
use crate::condition::Condition;
use crate::ordering::row_order::SortKey;
use crate::predicates::ValueTest;

pub(crate) use attribute::resolve_attribute;
pub(crate) use conditions::{has_value, is_never};
pub use error::{BindError, BindErrorKind, BindErrors, ListedNames, Side};
use filter::without_deleted;

/// Options of binding.
#[derive(Debug, Clone)]
pub struct BindOptions {
    /// Strictness of the reading.
    pub conformance: Conformance,
    /// Clock from which `now`, `today` and ages count. Its time zone is that of the days, months and years of a request
    /// that is read strictly.
    pub clock: Clock,
    /// Time zone of the days, months and years under the API's own reading. The APIs read them in UTC; only a request
    /// that names a zone itself has another one.
    pub api_time_zone: TimeZone,
    /// Treatment of deleted records in a request without a filter on them.
    pub deleted: DeletedRecords,
    /// APIs whose URLs are recognised.
    pub apis: ApiRegistry,
}

impl BindOptions {
    /// Creates options with the built-in APIs.
    pub fn new(conformance: Conformance, clock: Clock) -> Self {
        Self {
            conformance,
            clock,
            api_time_zone: TimeZone::UTC,
            deleted: DeletedRecords::default(),
            apis: ApiRegistry::default(),
        }
    }
}

/// Treatment of deleted records in a request without a filter on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeletedRecords {
    /// They are excluded, as the API excludes them.
    #[default]
    Excluded,
    /// They are selected like all others.
    Included,
}

/// The strict reading, and the system's clock in UTC.
impl Default for BindOptions {
    fn default() -> Self {
        Self::new(Conformance::default(), Clock::system())
    }
}

/// A plain filter of a bound query.
#[derive(Debug, Clone)]
pub struct BoundFilter {
    /// Position of the filter in [`Api::filters`].
    pub rule: usize,
    /// Condition of the filter; `None` for a filter that the API's own reading ignores.
    pub condition: Option<Condition>,
}

/// Binds a query to an API.
///
/// # Errors
/// Every mistake in the query, at once.
pub fn bind(
    query: &Query,
    api: &Arc<Api>,
    options: &BindOptions,
) -> Result<BoundQuery, BindErrors> {
    let query = match options.conformance {
        Conformance::Strict => Cow::Borrowed(query),
        Conformance::Api => Cow::Owned(query.framework_reading()),
    };
    bind_reading(&query, api, options)
}

/// Binds a query that is read by the conformance of the options.
fn bind_reading(
    query: &Query,
    api: &Arc<Api>,
    options: &BindOptions,
) -> Result<BoundQuery, BindErrors> {
    let mut binder = Binder::new(query, api, options);
    binder.check_syntax();
    binder.check_path();
    let filters = binder.plain_filters();
    let nested = binder.nested_expressions();
    let order = binder.order();
    let (page, per_page) = (binder.page(), binder.per_page());
    binder.check_other_parameters();
    if !binder.errors.is_empty() {
        let (texts, mut errors) = (query.texts(), binder.errors);
        errors.sort_by_key(|error| error.span);
        return Err(BindErrors::new(Arc::clone(api), texts.to_vec(), errors));
    }
    let applies = options.deleted == DeletedRecords::Excluded && !binder.has_trashed_filter;
    let trashed_filter = api.trashed_filter().filter(|_| applies);
    let default_condition = trashed_filter.map(|rule| without_deleted(&api.filters[rule]));
    let parameters = query.parameters().iter();
    let mut bound = BoundQuery {
        api: Arc::clone(api),
        filters,
        nested,
        default_condition,
        condition: Condition::ALL,
        order,
        tested: binder.tested,
        named: binder.named,
        selects: Selects::Satisfied,
        undocumented: binder.undocumented,
        texts: query.texts().to_vec(),
        is_time_dependent: binder.is_time_dependent,
        page,
        per_page,
        parameters: parameters
            .filter(|parameter| parameter.name != "page")
            .map(|parameter| (parameter.name.clone(), parameter.value.clone()))
            .collect(),
        url: query.url().map(|url| url.base.value.clone()),
        cancel: Cancel::new(),
    };
    bound.condition = bound.condition_where(|_| true, bound.default_condition.as_ref());
    Ok(bound)
}

/// A request that is being bound, and its mistakes.
struct Binder<'q> {
    query: &'q Query,
    api: &'q Arc<Api>,
    options: &'q BindOptions,
    errors: Vec<BindError>,
    /// Whether the filter on deleted records occurs anywhere.
    has_trashed_filter: bool,
    /// Whether a date of a filter that counts is relative to the clock.
    is_time_dependent: bool,
    /// The attributes that expressions test, each once.
    tested: Vec<TestedAttribute>,
    /// The attributes that expressions name, also in the brackets of value paths, each once.
    named: Vec<NamedAttribute>,
    /// The paths of expressions that the API does not document.
    undocumented: Vec<UndocumentedPath>,
}

/// A path of an expression that the API does not document.
#[derive(Debug, Clone)]
pub(crate) struct UndocumentedPath {
    /// Dotted path.
    pub(crate) path: String,
    /// Span of the path.
    pub(crate) span: Option<Span>,
    /// Side of the operator.
    pub(crate) side: Side,
}

/// An attribute that an expression tests.
#[derive(Debug, Clone)]
pub(crate) struct TestedAttribute {
    /// Dotted name.
    pub(crate) name: String,
    /// Attribute.
    pub(crate) attribute: Attribute,
    /// Whether the attribute is compared with a value or with another attribute, so that the test hides the records
    /// without a value; the others test its presence alone.
    pub(crate) is_compared: bool,
    /// Tests of a value in a document; a value that suits none of them is of another kind.
    pub(crate) tests: Vec<ValueTest>,
}

/// An attribute that an expression names, for hints.
#[derive(Debug, Clone)]
pub(crate) struct NamedAttribute {
    /// Attribute; one in the brackets of a value path has the keys from the document.
    pub(crate) attribute: Attribute,
    /// Texts with which it is compared by `eq`, `ne` or `in`, as its values compare.
    pub(crate) equals: Vec<String>,
}

impl<'q> Binder<'q> {
    /// Creates a binder of a request of which nothing is bound yet.
    fn new(query: &'q Query, api: &'q Arc<Api>, options: &'q BindOptions) -> Self {
        Self {
            query,
            api,
            options,
            errors: Vec::new(),
            has_trashed_filter: false,
            is_time_dependent: false,
            tested: Vec::new(),
            named: Vec::new(),
            undocumented: Vec::new(),
        }
    }
}

impl Binder<'_> {
    /// Returns whether possible mistakes are errors, instead of being read as the API reads them.
    fn is_strict(&self) -> bool {
        self.options.conformance == Conformance::Strict
    }

    /// Returns the clock by which dates of the request are read.
    fn clock(&self) -> Clock {
        match self.options.conformance {
            Conformance::Strict => self.options.clock,
            // The APIs read days in UTC, whatever the caller's time zone is.
            Conformance::Api => {
                let time_zone = self.options.api_time_zone;
                self.options.clock.with_time_zone(time_zone)
            }
        }
    }

    /// Notes an attribute that an expression names.
    fn named(&mut self, attribute: &Attribute) {
        self.named_entry(attribute);
    }

    /// Notes a text with which an attribute is compared for equality.
    fn named_equal(&mut self, attribute: &Attribute, text: &str) {
        self.named_entry(attribute).equals.push(text.to_owned());
    }

    /// Returns the entry of an attribute among the named ones.
    fn named_entry(&mut self, attribute: &Attribute) -> &mut NamedAttribute {
        let mut known = self.named.iter();
        let index = match known.position(|named| named.attribute == *attribute) {
            Some(index) => index,
            None => {
                self.named.push(NamedAttribute {
                    attribute: attribute.clone(),
                    equals: Vec::new(),
                });
                self.named.len() - 1
            }
        };
        &mut self.named[index]
    }

    /// Adds a mistake at its place in the request; binding continues, so that all of them are reported together.
    fn error(&mut self, kind: BindErrorKind, span: Option<Span>) {
        self.errors.push(BindError { kind, span });
    }

    /// Reports mistakes in the syntax that the API's own reading has accepted, if the request is bound strictly.
    fn check_syntax(&mut self) {
        if !self.is_strict() {
            return;
        }
        for error in self.query.tolerated_errors() {
            self.error(BindErrorKind::Syntax(error.kind.clone()), error.span);
        }
    }

    /// Checks that the path of a URL is the collection's.
    fn check_path(&mut self) {
        let Some(url) = self.query.url() else {
            return;
        };
        let (own, path) = (ApiRegistry::new([Arc::clone(self.api)]), &url.path.value);
        // The query's API may be missing in the registry.
        match own
            .by_path(path)
            .or_else(|| self.options.apis.by_path(path))
        {
            Some((api, None)) if api == self.api => {}
            Some((api, None)) => {
                self.error(
                    BindErrorKind::OtherApi {
                        url: api.title.clone(),
                        data: self.api.title.clone(),
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
                    expected: self.api.collection_path.clone(),
                },
                url.path.span,
            ),
        }
    }

    /// Binds the last `sort` parameter: strictly, another one is a mistake.
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
        // The API ignores a sort without a key, so its own order holds.
        let ascending = |&field: &usize| SortKey {
            field,
            direction: Direction::Ascending,
        };
        self.api.default_order.iter().map(ascending).collect()
    }

    /// Binds one sort key; `None` where it is ignored or wrong.
    fn order_term(&mut self, term: &SortTerm) -> Option<SortKey> {
        let name = &term.name;
        if name.value.is_empty() {
            self.error(BindErrorKind::EmptySort, name.span);
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

    /// Reports parameters that the API ignores.
    fn check_other_parameters(&mut self) {
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
