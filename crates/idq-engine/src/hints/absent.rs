//! Hints on values of exact filters that no record has.

use std::borrow::Cow;
use std::collections::BTreeSet;

use hashbrown::HashSet;
use idq_api::Kind;
use idq_columns::kernels::group_by;
use idq_grammar::nearest;
use idq_snapshot::{ColumnView, Snapshot};

use super::HintList;
use super::hint::{Advice, Hint, ValueList};
use crate::predicates::Exact;
use crate::statistics::visible_columns;

/// Greatest number of distinct values that are compared with a misspelt one: the time of a comparison is the product of
/// both lengths.
const MAX_COMPARED_VALUES: usize = 10_000;

/// Greatest number of near values that a hint suggests.
const MAX_SUGGESTED_VALUES: usize = 3;

/// Adds a hint for each value of an exact filter on a keyword field that no record has.
pub(super) fn add(hints: &mut HintList, snapshot: &Snapshot, filter: &str, exact: &Exact) {
    let &Exact { field, ref values } = exact;
    if snapshot.api().fields[field].kind != Kind::Keyword {
        return;
    }
    // Without the column there is nothing to compare the values with.
    let Ok(columns) = snapshot.columns(&[field]) else {
        return;
    };
    let present = PresentValues::new(&columns, field, values);
    let mut reported: HashSet<&str> = HashSet::new();
    for value in values {
        if present.found.contains(value.as_str()) || !reported.insert(value) {
            continue;
        }
        hints.push(|| Hint::AbsentValue {
            filter: filter.to_owned(),
            value: value.clone(),
            advice: present.advise(value),
        });
    }
}

/// Values of a field: those of the filter, and those to suggest instead.
struct PresentValues<'s, 'v> {
    /// Values of the filter that some record has.
    found: HashSet<&'v str>,
    /// Least values by their bytes, at most [`MAX_COMPARED_VALUES`].
    texts: BTreeSet<Cow<'s, str>>,
    /// Whether the field has more values.
    has_more: bool,
}

impl<'s, 'v> PresentValues<'s, 'v> {
    fn new(columns: &ColumnView<'s>, field: usize, values: &'v [String]) -> Self {
        let sought: HashSet<&str> = values.iter().map(String::as_str).collect();
        let mut present = Self {
            found: HashSet::new(),
            texts: BTreeSet::new(),
            has_more: false,
        };
        let groups = group_by(visible_columns(columns, field));
        let texts = groups.texts.into_keys();
        texts.for_each(|text| present.add(text, &sought));
        present
    }

    fn add(&mut self, text: Cow<'s, str>, sought: &HashSet<&'v str>) {
        self.found.extend(sought.get(&*text).copied());
        // Most of many values are greater than all kept ones.
        if self.has_more && self.texts.last().is_some_and(|last| *last <= text) {
            return;
        }
        self.texts.insert(text);
        if self.texts.len() > MAX_COMPARED_VALUES {
            self.texts.pop_last();
            self.has_more = true;
        }
    }

    /// Returns whether records have a part of a value between commas, which suggests that the value was meant as a list.
    fn has_parts(&self, value: &str) -> bool {
        value.contains(',')
            && value
                .split(',')
                .any(|part| self.texts.contains(part.trim()))
    }

    /// Returns the nearest values, or the first values if none is near.
    fn advise(&self, value: &str) -> Advice {
        if self.has_parts(value) {
            return Advice::Separate;
        }
        if self.has_more {
            return Advice::TooMany {
                compared: MAX_COMPARED_VALUES,
            };
        }
        let texts = self.texts.iter().map(|text| &**text);
        let near = nearest(value, texts.clone(), MAX_SUGGESTED_VALUES);
        Advice::Others(if near.is_empty() {
            ValueList::new(texts)
        } else {
            ValueList::new(near.into_iter())
        })
    }
}
