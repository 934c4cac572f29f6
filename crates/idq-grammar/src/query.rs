//! [`Query`]: a parsed request, before binding.

mod builder;

use std::ops::Range;

use crate::conformance::Conformance;
use crate::error::{Error, ErrorKind, Errors};
use crate::expression::Expression;
use crate::filter::{Filter, FilterValue};
use crate::filter_operator::find_foreign_operator;
use crate::framework::{Given, Reading};
use crate::request::{
    FILTER_PREFIX, FilterName, Notation, Pair, find_nested_sort, find_stray_character,
    parse_flag_name, parse_parameter_name, split_pairs,
};
use crate::sort::{Sort, SortTerm, parse_sort_terms};
use crate::spanned_str::{SpannedStr, trimmed_range};
use crate::text::{Origin, Spanned, Text};
use crate::url_parts::split_url;
use crate::where_expression::{Counts, parse_expression};

/// A parsed request: an `and` of expressions, sort terms and page parameters, with spans, in the given order. An empty
/// query selects all records.
///
/// A query may be built from several texts. Each `add_…_text` method parses one text and adds the parts without
/// mistakes in any case, so that a caller can report the mistakes of all texts at once.
///
/// An embedder chains builder methods instead:
///
/// ```
/// use idq_grammar::{Query, SortTerm};
///
/// let query = Query::new()
///     .filter("state", ["active", "suspended"])
///     .filter("deprovisioned_pending_deactivation", true)
///     .sort(SortTerm::descending("created_at"))
///     .sort("email")
///     .per_page(100);
/// assert_eq!(query.filters().len(), 2);
/// assert_eq!(query.sorts()[0].terms.len(), 2);
/// assert_eq!(query.parameters()[3].value, "-created_at,email");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    texts: Vec<Text>,
    base: Option<Base>,
    parameters: Vec<Parameter>,
    /// Operands of the outermost `and`.
    operands: Vec<Expression>,
    /// Tests in the expressions of the texts.
    counts: Counts,
    sorts: Vec<Sort>,
    pages: Vec<Spanned<String>>,
    per_pages: Vec<Spanned<String>>,
    others: Vec<OtherParameter>,
    /// Reading by which request texts are parsed.
    conformance: Conformance,
    /// Everything that was given, for the framework's reading.
    given: Vec<Given>,
    /// Mistakes in the syntax that the strict reading alone refuses.
    tolerated: Vec<Error>,
}

/// URL or path of a request, as written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Base {
    /// Text before the query string: scheme, authority and path, or the path alone.
    pub base: Spanned<String>,
    /// Path alone, not decoded. Empty for `https://host?page=2`.
    pub path: Spanned<String>,
}

/// One parameter, decoded, in the spelling of a query string: a filter's name is `filter[name]` even if a flag or code
/// gave it without brackets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Parameter {
    /// Name with brackets.
    pub name: String,
    /// Value.
    pub value: String,
}

/// A parameter that is not a filter, expression, sort or page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OtherParameter {
    /// Name; empty for `=value`.
    pub name: Spanned<String>,
    /// Value.
    pub value: Spanned<String>,
}

/// Parsing texts.
impl Query {
    /// Creates an empty query: all records, first page.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an empty query whose request texts are parsed by a reading, by which it should be bound as well. If it is
    /// parsed by the API's own reading and bound strictly, binding refuses the mistakes that only that reading accepts.
    pub fn with_conformance(conformance: Conformance) -> Self {
        Self {
            conformance,
            ..Self::default()
        }
    }

    /// Parses a request as [`Query::parse`] does, by a reading.
    ///
    /// ```
    /// use idq_grammar::{Conformance, Query};
    ///
    /// let text = "filter[state][a]=active&sort[]=-email&discount=5%";
    /// assert!(Query::parse(text).is_err());
    /// let query = Query::parse_as(text, Conformance::Api)?.framework_reading();
    /// assert_eq!(query.filters()[0].name.value, "state");
    /// assert_eq!(query.sorts()[0].terms[0].name.value, "email");
    /// # Ok::<(), idq_grammar::Errors>(())
    /// ```
    ///
    /// # Errors
    /// All mistakes that the reading refuses.
    pub fn parse_as(text: &str, conformance: Conformance) -> Result<Self, Errors> {
        let mut query = Self::with_conformance(conformance);
        query.add_request_text(text)?;
        Ok(query)
    }

    /// Parses a query string (`filter[state]=active&page=2`, with or without a leading `?`), a URL
    /// (`https://host/api/v1/identities?page=2#top`) or a path with a query.
    ///
    /// # Errors
    /// All mistakes: bad escapes, text that is not UTF-8, filters without a proper name, mistakes in expressions.
    pub fn parse(text: &str) -> Result<Self, Errors> {
        Self::parse_as(text, Conformance::Strict)
    }

    /// Parses a request as [`Query::parse_as`] does by the query's reading, and adds its parts. The last of several [`Base`]s counts.
    ///
    /// # Errors
    /// As [`Query::parse`].
    pub fn add_request_text(&mut self, text: &str) -> Result<(), Errors> {
        let number = self.add_text(Origin::Request, text);
        let parts = split_url(text);
        let is_url = parts.target.is_some();
        if let Some(target) = parts.target {
            let literal = |range: Range<usize>| {
                SpannedStr::literal(number, range.start, &text[range]).whole()
            };
            self.base = Some(Base {
                base: literal(target.base),
                path: literal(target.path),
            });
        }
        let mut errors = Vec::new();
        if is_url {
            errors.extend(find_stray_character(number, text));
        }
        let mut pairs = split_pairs(number, text, parts.query, self.conformance);
        errors.append(&mut pairs.refused);
        self.tolerated.append(&mut pairs.tolerated);
        self.others.append(&mut pairs.unreadable);
        for pair in &pairs.pairs {
            let mistakes = self.add_pair(pair).into_iter();
            let (refused, tolerated): (Vec<_>, Vec<_>) =
                mistakes.partition(|error| self.conformance.refuses(&error.kind));
            errors.extend(refused);
            self.tolerated.extend(tolerated);
        }
        // All pairs are decoded before the first name is parsed, so the errors are out of order.
        errors.sort_by_key(|error| error.span);
        self.finish(errors)
    }

    /// Parses a filter flag's `NAME=VALUE` literally: nothing is percent-decoded, and a comma in the value is an
    /// ordinary character. It means `filter[NAME][]=VALUE`, so several flags of one name make a list. The name may be
    /// given in full as well: `filter[NAME]=VALUE`, `NAME[]=VALUE`.
    ///
    /// # Errors
    /// No `=`, an operator of another language in its place (`:`, `==`, `!=`), or no proper name.
    pub fn add_filter_text(&mut self, text: &str) -> Result<(), Errors> {
        let number = self.add_text(Origin::Filter, text);
        if let Some(operator) = find_foreign_operator(text) {
            return self.finish(vec![Error {
                kind: ErrorKind::ForeignOperator {
                    found: text[operator.range.clone()].to_owned(),
                    instead: operator.instead,
                },
                span: Some(SpannedStr::literal(number, 0, text).span(operator.range)),
            }]);
        }
        let Some((name, value)) = text.split_once('=') else {
            let found = text.to_owned();
            let whole = SpannedStr::literal(number, 0, text);
            return self.finish(vec![Error {
                kind: ErrorKind::NoEqualsSign { found },
                span: Some(whole.span(trimmed_range(text))),
            }]);
        };
        let value = SpannedStr::literal(number, name.len() + 1, value);
        let name = SpannedStr::literal(number, 0, name);
        match parse_flag_name(&name) {
            Ok(FilterName { name: range, .. }) => {
                let name = name.spanned(range);
                self.given.push(Given::filter_flag(&name, &value));
                self.add_filter(name, &value, Notation::ListItem);
                Ok(())
            }
            Err(error) => self.finish(vec![error]),
        }
    }

    /// Parses a where flag's expression, in the [grammar of expressions](crate::where_expression), literally. A record
    /// must satisfy it in addition to all other expressions and filters.
    ///
    /// # Errors
    /// All mistakes of the text.
    pub fn add_where_text(&mut self, text: &str) -> Result<(), Errors> {
        let number = self.add_text(Origin::Where, text);
        let errors = self.add_where(&SpannedStr::literal(number, 0, text));
        self.finish(errors)
    }

    /// Parses a sort flag's terms literally: `email,-created_at`. They follow the terms given before. A term without a
    /// name is kept; the binder checks it.
    pub fn add_sort_text(&mut self, text: &str) {
        let number = self.add_text(Origin::Sort, text);
        let terms = parse_sort_terms(&SpannedStr::literal(number, 0, text));
        self.add_sort_terms(terms);
    }

    /// Adds a page flag's text. The binder checks that it is a page number.
    pub fn add_page_text(&mut self, text: &str) {
        let number = self.add_text(Origin::Page, text);
        self.add_page(SpannedStr::literal(number, 0, text).whole());
    }

    /// Adds a page-size flag's text. The binder checks that it is a page size.
    pub fn add_per_page_text(&mut self, text: &str) {
        let number = self.add_text(Origin::PerPage, text);
        self.add_per_page(SpannedStr::literal(number, 0, text).whole());
    }

    /// Returns mistakes with the texts that their spans refer to; success if there are none.
    fn finish(&self, errors: Vec<Error>) -> Result<(), Errors> {
        if errors.is_empty() {
            return Ok(());
        }
        Err(Errors::new(self.texts.clone(), errors))
    }

    /// Adds a text that spans refer to; returns its number.
    fn add_text(&mut self, origin: Origin, text: &str) -> usize {
        self.texts.push(Text::new(origin, text));
        self.texts.len() - 1
    }

    /// Adds a parameter; returns its mistakes.
    fn add_pair(&mut self, Pair { name, value }: &Pair) -> Vec<Error> {
        // An expression is no parameter of the framework.
        if name.as_str() == "where" {
            return self.add_where(value);
        }
        self.given.extend(Given::pair(name, value));
        match name.as_str() {
            "sort" => {
                self.sorts.push(Sort {
                    terms: parse_sort_terms(value),
                    parameter: self.parameters.len(),
                });
                self.add_parameter("sort", value.as_str());
            }
            "page" => self.push_page(value.whole()),
            "per_page" => self.push_per_page(value.whole()),
            other => match parse_parameter_name(name, self.conformance) {
                Some(Ok(filter)) => return self.add_filter_pair(name, value, filter),
                Some(Err(error)) => return vec![error],
                None => {
                    self.add_parameter(other, value.as_str());
                    self.others.push(OtherParameter {
                        name: name.whole(),
                        value: value.whole(),
                    });
                    let is_framework = self.conformance == Conformance::Api;
                    return is_framework
                        .then(|| find_nested_sort(name))
                        .flatten()
                        .into_iter()
                        .collect();
                }
            },
        }
        Vec::new()
    }

    /// Adds a filter of a request text; returns its mistake.
    fn add_filter_pair(
        &mut self,
        name: &SpannedStr,
        value: &SpannedStr,
        filter: FilterName,
    ) -> Vec<Error> {
        if let Some(mistake) = filter.mistake {
            return vec![mistake];
        }
        self.add_filter(name.spanned(filter.name), value, filter.notation);
        Vec::new()
    }

    /// Adds an expression; returns its mistakes.
    fn add_where(&mut self, text: &SpannedStr) -> Vec<Error> {
        match parse_expression(text, &mut self.counts) {
            Ok(expression) => {
                self.add_parameter("where", text.as_str());
                self.push_expression(expression, Some(text.as_str().to_owned()));
                Vec::new()
            }
            Err(errors) => errors,
        }
    }

    /// Adds a filter; an item of a list joins the list of its name.
    fn add_filter(&mut self, name: Spanned<String>, value: &SpannedStr, notation: Notation) {
        let brackets = match notation {
            Notation::Single => "",
            Notation::ListItem => "[]",
        };
        self.add_parameter(&format!("filter[{}]{brackets}", name.value), value.as_str());
        let value = value.whole();
        if notation == Notation::Single {
            let value = FilterValue::Text(value);
            self.push_filter(name, value);
            return;
        }
        // An item joins the last list of its name, unless a single value follows that list: the API then begins a new
        // one.
        let filters = self.operands.iter_mut().rev();
        let same_name = filters
            .filter_map(as_filter_mut)
            .find(|filter| filter.name.value == name.value);
        if let Some(Filter {
            value: FilterValue::List(items),
            ..
        }) = same_name
        {
            items.push(value);
        } else {
            self.push_filter(name, FilterValue::List(vec![value]));
        }
    }

    /// Adds a filter to the operands, which must all hold.
    fn push_filter(&mut self, name: Spanned<String>, value: FilterValue) {
        let filter = Filter { name, value };
        self.operands.push(Expression::Filter(filter));
    }

    /// Adds an expression, and its text if it has one.
    fn push_expression(&mut self, expression: Expression, text: Option<String>) {
        let operand = self.operands.len();
        self.given.push(Given::Expression { operand, text });
        self.operands.push(expression);
    }

    /// Adds terms to the last sort, or to a new sort if there is none.
    fn add_sort_terms(&mut self, terms: Vec<SortTerm>) {
        self.given.push(Given::SortTerms(terms.clone()));
        if self.sorts.is_empty() {
            self.sorts.push(Sort {
                terms: Vec::new(),
                parameter: self.parameters.len(),
            });
            self.add_parameter("sort", "");
        }
        if let Some(sort) = self.sorts.last_mut() {
            sort.terms.extend(terms);
            let value: Vec<String> = sort.terms.iter().map(ToString::to_string).collect();
            self.parameters[sort.parameter].value = value.join(",");
        }
    }

    /// Adds a page number of a flag or from code, which the binder checks.
    fn add_page(&mut self, value: Spanned<String>) {
        let given = Given::parameter("page", &value, &self.texts);
        self.given.push(given);
        self.push_page(value);
    }

    /// Adds a page size of a flag or from code, which the binder checks.
    fn add_per_page(&mut self, value: Spanned<String>) {
        let given = Given::parameter("per_page", &value, &self.texts);
        self.given.push(given);
        self.push_per_page(value);
    }

    /// Adds a page number to those of the strict reading.
    fn push_page(&mut self, value: Spanned<String>) {
        self.add_parameter("page", &value.value);
        self.pages.push(value);
    }

    /// Adds a page size to those of the strict reading.
    fn push_per_page(&mut self, value: Spanned<String>) {
        self.add_parameter("per_page", &value.value);
        self.per_pages.push(value);
    }

    /// Adds a parameter to those that page URLs repeat.
    fn add_parameter(&mut self, name: &str, value: &str) {
        self.parameters.push(Parameter {
            name: name.to_owned(),
            value: value.to_owned(),
        });
    }
}

/// Parts of the query.
impl Query {
    /// Splits the query into the part that selects records (filters and expressions), and all other parameters: sorts,
    /// pages and those of [`others`](Self::others), in the given order within each of these.
    ///
    /// A request whose answer is no page has other parameters: see [`CountParameters`](crate::CountParameters).
    pub fn split_selection(mut self) -> (Self, Vec<OtherParameter>) {
        let mut rest = Vec::new();
        for sort in self.sorts.drain(..) {
            let span = sort.terms.first().and_then(|term| term.name.span);
            let value = self.parameters[sort.parameter].value.clone();
            rest.push(OtherParameter {
                name: Spanned::without_span("sort".to_owned()),
                value: Spanned { value, span },
            });
        }
        let pages = self.pages.drain(..).map(|value| ("page", value));
        let pages = pages.chain(self.per_pages.drain(..).map(|value| ("per_page", value)));
        rest.extend(pages.map(|(name, value)| OtherParameter {
            name: Spanned::without_span(name.to_owned()),
            value,
        }));
        rest.append(&mut self.others);
        self.parameters.retain(|parameter| {
            parameter.name == "where" || parameter.name.starts_with(FILTER_PREFIX)
        });
        self.given.retain(Given::selects);
        (self, rest)
    }

    /// Returns whether nothing was given: no text and no part from code.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.given.is_empty()
    }

    /// Returns the query as the framework of the API's vendor reads it, for the API's own reading: parameters are an
    /// array of arrays, of which the last value at a place counts, and their values are trimmed.
    ///
    /// * Each filter occurs once. An item of a list may be empty: the framework has no value there.
    /// * Sort terms have neither signs nor empty names; a name of signs alone is left for the binder to refuse.
    /// * [`parameters`](Self::parameters) are those of page URLs: all of one array at the place of its first one, items
    ///   of lists with their keys, and without those that have no value.
    /// * Parameters with another meaning or none are no [`others`](Self::others): the framework ignores them.
    #[must_use]
    pub fn framework_reading(&self) -> Self {
        let reading = Reading::new(&self.given, &self.texts);
        let filters = reading.filters.into_iter().map(Expression::Filter);
        let is_expression = |operand: &&Expression| !matches!(operand, Expression::Filter(_));
        let expressions = self.operands.iter().filter(is_expression).cloned();
        Self {
            texts: self.texts.clone(),
            base: self.base.clone(),
            parameters: reading.parameters,
            operands: filters.chain(expressions).collect(),
            counts: self.counts,
            sorts: reading.sort.into_iter().collect(),
            pages: reading.page.into_iter().collect(),
            per_pages: reading.per_page.into_iter().collect(),
            others: Vec::new(),
            conformance: self.conformance,
            given: self.given.clone(),
            tolerated: self.tolerated.clone(),
        }
    }

    /// Returns the mistakes in the syntax that the API's own reading, by which the query was parsed, accepts.
    pub fn tolerated_errors(&self) -> &[Error] {
        &self.tolerated
    }

    /// Returns the operands of the outermost `and`, in the order given: an [`Expression::Filter`] for each filter of a
    /// text or of [`filter`](Self::filter), and the expressions of `where` and [`and_where`](Self::and_where).
    pub fn operands(&self) -> &[Expression] {
        &self.operands
    }

    /// Returns the filters of the whole tree, in the order given. Each repetition of a name is a filter, except for the
    /// items of a list.
    pub fn filters(&self) -> Vec<&Filter> {
        self.operands.iter().flat_map(Expression::filters).collect()
    }

    /// Returns the `sort` parameters in the given order. Terms from flags and from code belong to the last.
    pub fn sorts(&self) -> &[Sort] {
        &self.sorts
    }

    /// Returns the value of each `page` parameter, as given.
    pub fn pages(&self) -> &[Spanned<String>] {
        &self.pages
    }

    /// Returns the value of each `per_page` parameter, as given.
    pub fn per_pages(&self) -> &[Spanned<String>] {
        &self.per_pages
    }

    /// Returns the parameters that are not a filter, expression, sort or page.
    pub fn others(&self) -> &[OtherParameter] {
        &self.others
    }

    /// Returns every parameter in the given order, from which renderers build links to other pages.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Returns the target of a request that was given as a URL or a path.
    pub fn url(&self) -> Option<&Base> {
        self.base.as_ref()
    }

    /// Returns the texts of the spans.
    pub fn texts(&self) -> &[Text] {
        &self.texts
    }
}

/// Returns the filter that an operand is; `None` for any other expression.
fn as_filter_mut(expression: &mut Expression) -> Option<&mut Filter> {
    match expression {
        Expression::Filter(filter) => Some(filter),
        _ => None,
    }
}
