//! Hints on records whose text differs by case alone from the one that a filter or an expression compares with.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use hashbrown::HashSet;
use idq_api::Collation;
use idq_columns::{CodeSet, Column, Dictionary, Patterns, RowSet, casefold, kernels};
use idq_snapshot::{ChunkColumns, ColumnView, Snapshot};
use rayon::prelude::*;

use super::hint::{Hint, HintSubject, MAX_LISTED_VALUES, ValueList};
use crate::attribute::Attribute;
use crate::bind::{BoundFilter, NamedAttribute};
use crate::bound_query::BoundQuery;
use crate::compiled::CompiledCondition;
use crate::condition::Condition;
use crate::predicates::Exact;

/// Greatest number of values whose case variants are searched for.
const MAX_NEEDLES: usize = 64;

/// Returns a hint on a plain filter of the query, whose condition is `exact`, if it excludes records only because of
/// case. The counted records satisfy the other filters.
pub(super) fn filter_hint(
    query: &BoundQuery,
    snapshot: &Snapshot,
    filter: &BoundFilter,
    exact: &Exact,
) -> Option<Hint> {
    let Exact { field, values } = exact;
    // Filters are compared by address, because a query may have two equal ones.
    let is_other = |other: &BoundFilter| !std::ptr::eq(other, filter);
    let others = query.condition_where(is_other, query.default_condition.as_ref());
    let variants = find_variants(snapshot, *field, values, &others)?;
    let name = &query.rule(filter).name;
    // By convention, the filter on parts of a field's text has the suffix `_search`, and ignores case.
    let search = query.api().filter(&format!("{name}_search"));
    let search = search.map(|rule| rule.name.clone());
    Some(variants.hint(HintSubject::Filter(name.clone()), search))
}

/// Returns a hint on a field that expressions compare with texts, with case, if records have these texts in another
/// case. The counted records are those among which the expressions select.
pub(super) fn attribute_hint(
    query: &BoundQuery,
    snapshot: &Snapshot,
    named: &NamedAttribute,
) -> Option<Hint> {
    let Attribute::Field(field) = named.attribute else {
        return None;
    };
    // A field that is compared without case has no variants.
    if query.api().fields[field].collation != Collation::Bytes {
        return None;
    }
    let variants = find_variants(snapshot, field, &named.equals, &query.population())?;
    let name = named.attribute.name(query.api());
    Some(variants.hint(HintSubject::Attribute(name), None))
}

/// Finds the records that satisfy a condition and whose text in a field is a case variant of a value; `None` if there
/// are none.
fn find_variants(
    snapshot: &Snapshot,
    field: usize,
    values: &[String],
    condition: &Condition,
) -> Option<CaseVariants> {
    // A failure gives no hint: the query itself reports it.
    let folded = CasedValues::new(values)?;
    let condition = CompiledCondition::new(condition, snapshot).ok()?;
    let columns = snapshot.columns(&[field]).ok()?;
    let codes = folded.codes(&columns, field);
    let variants = (0..snapshot.chunks().len())
        .into_par_iter()
        .map(|chunk| {
            let chunk = columns.chunk(chunk);
            let candidates = folded.candidates(chunk, field, &codes);
            folded.variants(chunk, field, candidates, &condition)
        })
        .reduce(CaseVariants::default, CaseVariants::merge);
    (variants.rows > 0).then_some(variants)
}

/// Values of an exact filter that have case variants.
struct CasedValues<'v> {
    /// Values as written: a text that equals one of them is selected already.
    exact: HashSet<&'v str>,
    /// Casefolded values.
    folded: HashSet<Cow<'v, str>>,
    /// Casefolded values, prepared for a search.
    needles: Patterns,
}

/// Records whose text is a case variant of a value.
#[derive(Default)]
struct CaseVariants {
    /// Number of these records.
    rows: usize,
    /// Least spellings by their bytes: one more than a hint lists.
    spellings: BTreeSet<String>,
}

impl<'v> CasedValues<'v> {
    /// Selects the values that have a case; `None` if there are none, or more than [`MAX_NEEDLES`].
    fn new(values: &'v [String]) -> Option<Self> {
        // Texts without letters, such as numbers, have no case variants.
        let cased = |text: &&str| text.to_lowercase() != text.to_uppercase();
        let exact: HashSet<&str> = values.iter().map(String::as_str).collect();
        let cased: Vec<&str> = exact.iter().copied().filter(cased).collect();
        (!cased.is_empty() && cased.len() <= MAX_NEEDLES).then(|| Self {
            folded: cased.iter().map(|text| casefold(text)).collect(),
            needles: Patterns::new(&cased),
            exact,
        })
    }

    /// Returns whether a text is a case variant of a value, and no value itself.
    fn is_variant(&self, text: &str) -> bool {
        self.folded.contains(&*casefold(text)) && !self.exact.contains(text)
    }

    /// Finds the codes of variants in each dictionary of a field once, because chunks share dictionaries.
    fn codes(&self, columns: &ColumnView<'_>, field: usize) -> Vec<(Arc<Dictionary>, CodeSet)> {
        let mut dictionaries: Vec<Arc<Dictionary>> = Vec::new();
        for column in columns.field(field) {
            if let Column::Keyword(column) = column {
                let dictionary = column.dictionary_arc();
                if dictionaries
                    .last()
                    .is_none_or(|last| !Arc::ptr_eq(last, dictionary))
                {
                    dictionaries.push(Arc::clone(dictionary));
                }
            }
        }
        let dictionaries = dictionaries.into_par_iter();
        dictionaries
            .map(|dictionary| {
                let codes = dictionary.codes_matching(|text| self.is_variant(text));
                (dictionary, codes)
            })
            .collect()
    }

    /// Finds the rows that may have a variant; `None` if there are none.
    fn candidates(
        &self,
        chunk: ChunkColumns<'_>,
        field: usize,
        codes: &[(Arc<Dictionary>, CodeSet)],
    ) -> Option<RowSet> {
        let rows = match chunk.column(field) {
            // A search for parts finds a superset of the variants; `variants` compares whole texts.
            Column::Text(column) => kernels::text_contains(column, &self.needles),
            Column::Keyword(column) => {
                let shared = column.dictionary_arc();
                let mut codes = codes.iter();
                let (_, codes) = codes.find(|(dictionary, _)| Arc::ptr_eq(dictionary, shared))?;
                column.filter_codes(codes)
            }
            _ => return None,
        };
        (rows.count_set_bits() > 0).then_some(rows)
    }

    /// Collects the variants among the candidates that satisfy a condition.
    fn variants(
        &self,
        chunk: ChunkColumns<'_>,
        field: usize,
        candidates: Option<RowSet>,
        others: &CompiledCondition<'_>,
    ) -> CaseVariants {
        let mut found = CaseVariants::default();
        let Some(candidates) = candidates else {
            return found;
        };
        // The rows of the condition are computed only in chunks with candidates.
        let rows: RowSet = &candidates & &others.rows(chunk.index());
        for row in rows.set_indices() {
            let text = match chunk.column(field) {
                Column::Text(column) => column.value(row),
                Column::Keyword(column) => column.value(row).map(Cow::Borrowed),
                _ => None,
            };
            if let Some(text) = text.filter(|text| self.is_variant(text)) {
                found.rows += 1;
                found.add(text.into_owned());
            }
        }
        found
    }
}

impl CaseVariants {
    /// Returns the hint on these records; `search` is a filter of the same field that ignores case.
    fn hint(self, subject: HintSubject, search: Option<String>) -> Hint {
        Hint::OtherCase {
            subject,
            records: self.rows,
            spellings: ValueList::new(self.spellings.iter().map(String::as_str)),
            search,
        }
    }

    /// Adds a spelling, and drops the greatest one beyond the limit.
    fn add(&mut self, spelling: String) {
        self.spellings.insert(spelling);
        // The least spellings are kept, so that the hint is independent of the number of threads.
        if self.spellings.len() > MAX_LISTED_VALUES + 1 {
            self.spellings.pop_last();
        }
    }

    /// Joins the records of two sets of chunks.
    fn merge(mut self, other: Self) -> Self {
        self.rows += other.rows;
        other
            .spellings
            .into_iter()
            .for_each(|spelling| self.add(spelling));
        self
    }
}
