//! [`BoundQuery`]: a bound request, and its evaluation to a page.

use std::ops::Range;
use std::sync::Arc;

use idq_api::{Api, FilterRule};
use idq_columns::RowSet;
use idq_grammar::Text;
use idq_snapshot::{Cancel, ColumnError, ColumnPart, RowId, Snapshot};

use crate::bind::{
    BindError, BindErrorKind, BindErrors, BoundFilter, NamedAttribute, TestedAttribute,
    UndocumentedPath, has_value,
};
use crate::caches::Caches;
use crate::condition::Condition;
use crate::evaluate::evaluate_filter;
use crate::indexed_page::{page_of_index, sorted_index};
use crate::ordering::row_order::{RowOrder, SortKey};
use crate::page::Page;
use crate::unindexed_page::{page_by_top_k, page_in_load_order};

/// A query whose names and values belong to one API.
#[derive(Debug, Clone)]
pub struct BoundQuery {
    /// API of all names and values.
    pub(crate) api: Arc<Api>,
    /// Plain filters of the request.
    pub(crate) filters: Vec<BoundFilter>,
    /// Conditions of the request's nested expressions.
    pub(crate) nested: Vec<Condition>,
    /// Exclusion of deleted records, unless the request has a filter on them.
    pub(crate) default_condition: Option<Condition>,
    /// Conjunction of the plain filters, the nested expressions and the default condition.
    pub(crate) condition: Condition,
    /// Sort keys; none for load order.
    pub(crate) order: Vec<SortKey>,
    /// Attributes that expressions test.
    pub(crate) tested: Vec<TestedAttribute>,
    /// Attributes that expressions name, for hints.
    pub(crate) named: Vec<NamedAttribute>,
    /// Records that the expressions select.
    pub(crate) selects: Selects,
    /// Paths of expressions that the API does not document.
    pub(crate) undocumented: Vec<UndocumentedPath>,
    /// Texts of the spans.
    pub(crate) texts: Vec<Text>,
    /// Whether a date is relative to the clock, so that the answer depends on the time of binding.
    pub(crate) is_time_dependent: bool,
    /// Number of the page, from 1.
    pub(crate) page: u64,
    /// Number of records on a page.
    pub(crate) per_page: u64,
    /// Parameters of the request but the page, decoded: page links repeat them.
    pub(crate) parameters: Vec<(String, String)>,
    /// URL of the request up to its parameters.
    pub(crate) url: Option<String>,
    /// Flag that stops an evaluation between chunks.
    pub(crate) cancel: Cancel,
}

/// Records that the expressions of a query select.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selects {
    /// Those that satisfy the expressions.
    Satisfied,
    /// Those in which an attribute that the expressions compare has no value: see [`BoundQuery::only_unknown`].
    Unknown,
}

impl BoundQuery {
    /// Returns the API that the query is bound to.
    pub fn api(&self) -> &Arc<Api> {
        &self.api
    }

    /// Returns the condition of the whole request, defaults included.
    pub fn condition(&self) -> &Condition {
        &self.condition
    }

    /// Returns the plain filters of the request: those that are no part of a nested expression.
    pub fn filters(&self) -> &[BoundFilter] {
        &self.filters
    }

    /// Returns the API's rule of a filter of this query.
    pub fn rule(&self, filter: &BoundFilter) -> &FilterRule {
        &self.api.filters[filter.rule]
    }

    /// Returns the condition of the nested expressions and of the plain filters that `keep` accepts, with `default`
    /// instead of the default condition.
    pub(crate) fn condition_where(
        &self,
        keep: impl Fn(&BoundFilter) -> bool,
        default: Option<&Condition>,
    ) -> Condition {
        let filters = self.filters.iter().filter(|filter| keep(filter));
        let conditions = filters.filter_map(|filter| filter.condition.as_ref());
        let conditions = conditions.chain(&self.nested).chain(default);
        Condition::all(conditions.cloned())
    }

    /// Checks that each path of an expression that the API does not document is in some record.
    ///
    /// # Errors
    /// Every path that no record has, with the nearest documented names.
    pub fn check_names(&self, snapshot: &Snapshot) -> Result<(), BindErrors> {
        let errors = unknown_attributes(&self.undocumented, snapshot);
        if errors.is_empty() {
            return Ok(());
        }
        let errors = BindErrors::new(Arc::clone(&self.api), self.texts.clone(), errors);
        Err(errors.with_names(undocumented_members(snapshot)))
    }

    /// Returns whether the query has an expression that tests attributes.
    pub fn has_expression(&self) -> bool {
        !self.tested.is_empty()
    }

    /// Returns the names of the attributes that the expressions test, in their order.
    pub fn tested_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.tested.iter().map(|tested| tested.name.as_str())
    }

    /// Returns the names of the attributes that the expressions compare with something, in their order.
    pub fn compared_names(&self) -> impl Iterator<Item = &str> {
        let compared = self.tested.iter().filter(|tested| tested.is_compared);
        compared.map(|tested| tested.name.as_str())
    }

    /// Returns the records that the expressions select.
    pub fn selects(&self) -> Selects {
        self.selects
    }

    /// Returns the query for the records of the same population in which an attribute that the expressions compare has
    /// no value; `None` if they compare none.
    #[must_use]
    pub fn only_unknown(mut self) -> Option<Self> {
        let compared = self.tested.iter().filter(|tested| tested.is_compared);
        let absent: Vec<Condition> = compared
            .map(|tested| has_value(&self.api, &tested.attribute).negated())
            .collect();
        if absent.is_empty() {
            return None;
        }
        self.selects = Selects::Unknown;
        // The population stays: the plain filters and the default condition.
        self.nested = vec![Condition::Or(absent)];
        self.condition = self.condition_where(|_| true, self.default_condition.as_ref());
        Some(self)
    }

    /// Returns the condition without the nested expressions: that of the records among which these select.
    pub(crate) fn population(&self) -> Condition {
        let filters = self.filters.iter();
        let conditions = filters.filter_map(|filter| filter.condition.as_ref());
        Condition::all(conditions.chain(&self.default_condition).cloned())
    }

    /// Returns the sort keys, most significant first; load order follows them.
    pub fn order(&self) -> &[SortKey] {
        &self.order
    }

    /// Returns whether a filter's date is relative to the clock (`now`, `today`, an age), so that the same request may
    /// select other records later.
    pub fn is_time_dependent(&self) -> bool {
        self.is_time_dependent
    }

    /// Returns the number of the requested page, from 1.
    pub fn page_number(&self) -> u64 {
        self.page
    }

    /// Returns the number of records on a page.
    pub fn per_page(&self) -> u64 {
        self.per_page
    }

    /// Returns the request's parameters but the page, decoded, in their order: page links repeat them.
    pub fn parameters(&self) -> &[(String, String)] {
        &self.parameters
    }

    /// Returns the URL of the request up to its parameters; `None` for a request without one.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Returns the query with a flag that stops its evaluation.
    ///
    /// Once the flag is set, results are incomplete: a caller checks [`is_cancelled`](Self::is_cancelled) after each.
    #[must_use]
    pub fn cancelled_by(self, cancel: Cancel) -> Self {
        Self { cancel, ..self }
    }

    /// Returns the query without an order, for a caller that only counts: the columns of the order are then not needed.
    #[must_use]
    pub fn unordered(self) -> Self {
        Self {
            order: Vec::new(),
            ..self
        }
    }

    /// Returns whether the query is cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Returns the fields of the whole condition and of the order, ascending: the columns that evaluation needs.
    pub fn fields(&self) -> Vec<usize> {
        let mut fields: Vec<usize> = self.parts().iter().map(|part| part.column).collect();
        fields.dedup();
        fields
    }

    /// Returns the parts of columns that evaluation of the condition and of the order needs, ascending.
    pub fn parts(&self) -> Vec<ColumnPart> {
        let mut parts = self.condition.parts();
        parts.extend(self.tested.iter().map(|tested| tested.attribute.part()));
        parts.extend(self.order.iter().map(|term| term.field.into()));
        parts.sort_unstable();
        parts.dedup();
        parts
    }

    /// Returns the requested page and the number of matching records.
    ///
    /// # Errors
    /// A field that the query reads has not been loaded, or a snapshot file is damaged.
    pub fn page(&self, snapshot: &Snapshot, caches: &Caches) -> Result<Page, ColumnError> {
        let index = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let start = (self.page - 1).saturating_mul(self.per_page);
        let end = start.saturating_add(self.per_page);
        let (rows, total) = self.select(snapshot, caches, index(start)..index(end))?;
        Ok(Page {
            rows,
            total,
            page: self.page,
            per_page: self.per_page,
        })
    }

    /// Returns the rows of all matching records in order, independent of the requested page.
    ///
    /// # Errors
    /// As for [`page`](Self::page).
    pub fn all(&self, snapshot: &Snapshot, caches: &Caches) -> Result<Vec<RowId>, ColumnError> {
        self.select(snapshot, caches, 0..usize::MAX)
            .map(|(rows, _)| rows)
    }

    /// Returns the rows of all matching records, as a set for each chunk.
    ///
    /// # Errors
    /// As for [`page`](Self::page).
    pub fn row_sets(
        &self,
        snapshot: &Snapshot,
        caches: &Caches,
    ) -> Result<Vec<RowSet>, ColumnError> {
        let matches = evaluate_filter(&self.condition, snapshot, caches, &self.cancel)?;
        let selections = matches.chunks.iter().map(|chunk| chunk.selection.clone());
        let chunks = snapshot.chunks().iter();
        Ok(selections
            .zip(chunks)
            .map(|(selection, chunk)| selection.into_rows(chunk.rows()))
            .collect())
    }

    /// Returns the number of matching records.
    ///
    /// # Errors
    /// As for [`page`](Self::page).
    pub fn count(&self, snapshot: &Snapshot, caches: &Caches) -> Result<u64, ColumnError> {
        Ok(evaluate_filter(&self.condition, snapshot, caches, &self.cancel)?.total as u64)
    }

    /// Evaluates the condition, and selects the rows at the positions `wanted` in the order of the request. Also
    /// returns the number of all matches.
    fn select(
        &self,
        snapshot: &Snapshot,
        caches: &Caches,
        wanted: Range<usize>,
    ) -> Result<(Vec<RowId>, u64), ColumnError> {
        // A missing column is an error even if no record matches.
        snapshot.read_columns(&self.order_fields())?;
        let matches = evaluate_filter(&self.condition, snapshot, caches, &self.cancel)?;
        let total = matches.total as u64;
        let wanted = wanted.start.min(matches.total)..wanted.end.min(matches.total);
        let rows = if wanted.is_empty() || self.is_cancelled() {
            Vec::new()
        // From the cheapest access path to the most expensive: load order, a sorted index, top-k.
        } else if self.order.is_empty() {
            page_in_load_order(&matches, snapshot, wanted)
        } else if let Some(index) = sorted_index(&self.order, &matches, snapshot, caches, &wanted)?
        {
            page_of_index(&index, &matches, snapshot, wanted)
        } else {
            let order = RowOrder::for_page(&self.order, snapshot)?;
            page_by_top_k(&matches, &order, snapshot, wanted)
        };
        Ok((rows, total))
    }

    /// Returns the fields by which the request sorts.
    fn order_fields(&self) -> Vec<usize> {
        self.order.iter().map(|term| term.field).collect()
    }
}

/// Returns the members that the API does not document, as an expression spells them.
pub(crate) fn undocumented_members(snapshot: &Snapshot) -> impl Iterator<Item = String> {
    snapshot.unknown_fields().map(str::to_owned)
}

/// Returns an error for each path that the API does not document and no record has.
pub(crate) fn unknown_attributes(
    undocumented: &[UndocumentedPath],
    snapshot: &Snapshot,
) -> Vec<BindError> {
    let is_known = |path: &str| {
        let mut known = snapshot.unknown_fields();
        known.any(|known| {
            let rest = path.strip_prefix(known);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    // A load that has seen more undocumented keys than it lists cannot tell.
    if snapshot.has_more_unknown_fields() {
        return Vec::new();
    }
    let unknown = undocumented.iter().filter(|each| !is_known(&each.path));
    unknown
        .map(|unknown| BindError {
            kind: BindErrorKind::UnknownAttribute {
                found: unknown.path.clone(),
                side: unknown.side,
            },
            span: unknown.span,
        })
        .collect()
}
