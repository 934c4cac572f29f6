//! [`Query`]: a parsed request, before binding.

use std::ops::Range;

use crate::error::{Error, ErrorKind, Errors};
use crate::expression::Expression;
use crate::filter::{Filter, FilterValue};
use crate::request::{
    FILTER_PREFIX, FilterName, Notation, Pair, find_stray_character, parse_flag_name,
    parse_parameter_name, split_pairs,
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

    /// Parses a query string (`filter[state]=active&page=2`, with or without a leading `?`), a URL
    /// (`https://host/api/v1/identities?page=2#top`) or a path with a query.
    ///
    /// # Errors
    /// All mistakes: bad escapes, text that is not UTF-8, filters without a proper name, mistakes in expressions.
    pub fn parse(text: &str) -> Result<Self, Errors> {
        let mut query = Self::new();
        query.add_request_text(text)?;
        Ok(query)
    }

    /// Parses a request as [`Query::parse`] does, and adds its parts. The last of several [`Base`]s counts.
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
        for pair in split_pairs(number, text, parts.query, &mut errors) {
            errors.extend(self.add_pair(&pair));
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
    /// No `=`, or no proper name.
    pub fn add_filter_text(&mut self, text: &str) -> Result<(), Errors> {
        let number = self.add_text(Origin::Filter, text);
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
                self.add_filter(name.spanned(range), &value, Notation::ListItem);
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
        match name.as_str() {
            "sort" => {
                self.sorts.push(Sort {
                    terms: parse_sort_terms(value),
                    parameter: self.parameters.len(),
                });
                self.add_parameter("sort", value.as_str());
            }
            "page" => self.add_page(value.whole()),
            "per_page" => self.add_per_page(value.whole()),
            "where" => return self.add_where(value),
            other => match parse_parameter_name(name) {
                Some(Ok(FilterName {
                    name: range,
                    notation,
                })) => self.add_filter(name.spanned(range), value, notation),
                Some(Err(error)) => return vec![error],
                None => {
                    self.add_parameter(other, value.as_str());
                    self.others.push(OtherParameter {
                        name: name.whole(),
                        value: value.whole(),
                    });
                }
            },
        }
        Vec::new()
    }

    /// Adds an expression; returns its mistakes.
    fn add_where(&mut self, text: &SpannedStr) -> Vec<Error> {
        match parse_expression(text, &mut self.counts) {
            Ok(expression) => {
                self.add_parameter("where", text.as_str());
                self.operands.push(expression);
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

    /// Adds terms to the last sort, or to a new sort if there is none.
    fn add_sort_terms(&mut self, terms: Vec<SortTerm>) {
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

    /// Adds a page number, which the binder checks.
    fn add_page(&mut self, value: Spanned<String>) {
        self.add_parameter("page", &value.value);
        self.pages.push(value);
    }

    /// Adds a page size, which the binder checks.
    fn add_per_page(&mut self, value: Spanned<String>) {
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

/// Building a query in code.
impl Query {
    /// Adds a filter. The name has no brackets (`state`). Commas in a text separate parts where the filter takes a
    /// list, as in a request; in a `Vec`, an array or a slice they are ordinary characters.
    #[must_use]
    pub fn filter(mut self, name: impl Into<String>, value: impl Into<FilterValue>) -> Self {
        let name = name.into();
        let value = value.into();
        match &value {
            FilterValue::Text(text) => {
                self.add_parameter(&format!("filter[{name}]"), &text.value);
            }
            FilterValue::List(items) => {
                for item in items {
                    self.add_parameter(&format!("filter[{name}][]"), &item.value);
                }
            }
        }
        self.push_filter(Spanned::without_span(name), value);
        self
    }

    /// Adds an expression, which a record must satisfy in addition to all operands before it.
    ///
    /// The filters of an expression may repeat those given before, and each other. A lone filter is added as a
    /// conjunction of one operand, so that it may repeat a filter as well.
    ///
    /// The expression is a parameter `where`, which links to other pages repeat, if it has a
    /// [spelling](Expression::to_text). One with filters has none: [`parameters`](Self::parameters), and so the links,
    /// leave it out. Its parts have no spans in the query.
    #[must_use]
    pub fn and_where(mut self, expression: Expression) -> Self {
        if let Some(text) = expression.to_text() {
            self.add_parameter("where", &text);
        }
        // Spans of the expression would be in the texts of another query.
        let expression = expression.without_spans();
        self.operands.push(match expression {
            Expression::Filter(_) => Expression::And(vec![expression]),
            tree => tree,
        });
        self
    }

    /// Adds a sort term after all others.
    #[must_use]
    pub fn sort(mut self, term: impl Into<SortTerm>) -> Self {
        self.add_sort_terms(vec![term.into()]);
        self
    }

    /// Sets the page, counted from 1, and replaces any other.
    #[must_use]
    pub fn page(mut self, number: u64) -> Self {
        self.pages.clear();
        self.remove_parameters("page");
        self.add_page(Spanned::without_span(number.to_string()));
        self
    }

    /// Sets the number of records on a page, and replaces any other.
    #[must_use]
    pub fn per_page(mut self, records: u64) -> Self {
        self.per_pages.clear();
        self.remove_parameters("per_page");
        self.add_per_page(Spanned::without_span(records.to_string()));
        self
    }

    /// Removes the parameters of this name, and adjusts the positions of the sorts' parameters.
    fn remove_parameters(&mut self, name: &str) {
        for sort in &mut self.sorts {
            let before = &self.parameters[..sort.parameter];
            sort.parameter -= before.iter().filter(|each| each.name == name).count();
        }
        self.parameters.retain(|parameter| parameter.name != name);
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
        (self, rest)
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
