use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use hashbrown::HashSet;
use idq_columns::{CodeSet, Column, Dictionary, Patterns, RowSet, casefold, kernels};
use idq_snapshot::{ChunkColumns, ColumnView, Snapshot};
use rayon::prelude::*;

use super::{MOST_VALUES, listed};
use crate::condition::{Condition, Leaf};
use crate::page::BoundQuery;
use crate::predicates::Predicate;

/// With more values than this no other spellings are looked for.
const MOST_NEEDLES: usize = 64;

/// Tells of the records that an exact filter leaves out only because their text has other capitals: the filter at
/// `index` of the query's. The other filters hold for them.
pub(super) fn hint(query: &BoundQuery, snapshot: &Snapshot, index: usize) -> Option<String> {
    let filter = &query.filters()[index];
    let Some(Condition::Leaf(Leaf::Exact { field, values })) = &filter.condition else {
        return None;
    };
    let wanted = Wanted::new(values)?;
    let rest = Predicate::compile(&others(query, index), snapshot).ok()?;
    let columns = snapshot.columns(&[*field]).ok()?;
    let known = wanted.known(&columns, *field);
    let found = (0..snapshot.chunks().len())
        .into_par_iter()
        .map(|chunk| {
            let chunk = columns.chunk(chunk);
            let likely = wanted.likely(chunk, *field, &known);
            wanted.found_in(chunk, *field, likely, &rest)
        })
        .reduce(Found::default, Found::and);
    if found.rows == 0 {
        return None;
    }
    let name = filter.rule.name;
    let more = match found.rows {
        1 => "1 more record has".to_owned(),
        rows => format!("{rows} more records have"),
    };
    let spellings = listed(found.spellings.iter().map(String::as_str));
    let help = match query.api().filter(&format!("{name}_search")) {
        Some(partial) => format!("; filter[{}] does not", partial.name),
        None => String::new(),
    };
    Some(format!(
        "filter[{name}] minds upper and lower case: {more} {spellings}{help}"
    ))
}

/// The condition of the query without one of its filters.
fn others(query: &BoundQuery, index: usize) -> Condition {
    let Condition::And(conditions) = query.condition() else {
        return query.condition().clone();
    };
    // Filters have their conditions in order; those that apply by themselves follow.
    let before = query.filters()[..index].iter();
    let place = before.filter(|filter| filter.condition.is_some()).count();
    let mut conditions = conditions.clone();
    conditions.remove(place);
    Condition::And(conditions)
}

/// The texts of an exact filter in which case makes a difference.
struct Wanted<'v> {
    exact: HashSet<&'v str>,
    folded: HashSet<Cow<'v, str>>,
    needles: Patterns,
}

/// Records with a text of another spelling.
#[derive(Default)]
struct Found {
    rows: usize,
    /// Some of the spellings: enough to list them and to tell that there are more.
    spellings: BTreeSet<String>,
}

impl<'v> Wanted<'v> {
    fn new(values: &'v [String]) -> Option<Self> {
        let cased = |text: &&str| text.to_lowercase() != text.to_uppercase();
        let exact: HashSet<&str> = values.iter().map(String::as_str).collect();
        let cased: Vec<&str> = exact.iter().copied().filter(cased).collect();
        (!cased.is_empty() && cased.len() <= MOST_NEEDLES).then(|| Self {
            folded: cased.iter().map(|text| casefold(text)).collect(),
            needles: Patterns::new(&cased),
            exact,
        })
    }

    /// Whether a text is another spelling of one that is wanted.
    fn is_other(&self, text: &str) -> bool {
        self.folded.contains(&*casefold(text)) && !self.exact.contains(text)
    }

    /// Works out for each dictionary of a field which of its texts are other spellings: chunks share dictionaries.
    fn known(&self, columns: &ColumnView<'_>, field: usize) -> Vec<(Arc<Dictionary>, CodeSet)> {
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
                let holding = dictionary.codes_matching(|text| self.is_other(text));
                (dictionary, holding)
            })
            .collect()
    }

    /// Finds the rows that may have another spelling.
    fn likely(
        &self,
        chunk: ChunkColumns<'_>,
        field: usize,
        known: &[(Arc<Dictionary>, CodeSet)],
    ) -> Option<RowSet> {
        let rows = match chunk.column(field) {
            Column::Text(column) => kernels::text_contains(column, &self.needles),
            Column::Keyword(column) => {
                let shared = column.dictionary_arc();
                let mut known = known.iter();
                let (_, holding) = known.find(|(dictionary, _)| Arc::ptr_eq(dictionary, shared))?;
                column.filter_codes(holding)
            }
            _ => return None,
        };
        (rows.count_set_bits() > 0).then_some(rows)
    }

    fn found_in(
        &self,
        chunk: ChunkColumns<'_>,
        field: usize,
        likely: Option<RowSet>,
        rest: &Predicate<'_>,
    ) -> Found {
        let mut found = Found::default();
        let Some(likely) = likely else {
            return found;
        };
        let rows: RowSet = &likely & &rest.rows(chunk.index());
        for row in rows.set_indices() {
            let text = match chunk.column(field) {
                Column::Text(column) => column.value(row),
                Column::Keyword(column) => column.value(row).map(Cow::Borrowed),
                _ => None,
            };
            if let Some(text) = text.filter(|text| self.is_other(text)) {
                found.rows += 1;
                found.add(text.into_owned());
            }
        }
        found
    }
}

impl Found {
    fn add(&mut self, spelling: String) {
        self.spellings.insert(spelling);
        // The least are kept, so that the hint does not depend on the number of threads.
        if self.spellings.len() > MOST_VALUES + 1 {
            self.spellings.pop_last();
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.rows += other.rows;
        other
            .spellings
            .into_iter()
            .for_each(|spelling| self.add(spelling));
        self
    }
}
