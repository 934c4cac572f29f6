//! Hints on values that a filter or an expression compares with exactly and no record has.

use std::borrow::Cow;
use std::collections::BTreeSet;

use hashbrown::HashSet;
use idq_api::{Collation, Kind};
use idq_columns::kernels::group_by;
use idq_columns::{Column, ValueKind, casefold};
use idq_grammar::nearest;
use idq_snapshot::{ColumnView, Snapshot};

use super::HintList;
use super::hint::{Advice, Hint, HintSubject, ValueList};
use crate::attribute::Attribute;
use crate::bind::NamedAttribute;
use crate::predicates::{Case, Exact};
use crate::statistics::visible_columns;

/// Greatest number of distinct values that are compared with a misspelt one: the time of a comparison is the product of
/// both lengths.
const MAX_COMPARED_VALUES: usize = 10_000;

/// Greatest number of near values that a hint suggests.
const MAX_SUGGESTED_VALUES: usize = 3;

/// Adds a hint for each value of an exact filter on a keyword field that no record has.
pub(super) fn add_of_filter(
    hints: &mut HintList,
    snapshot: &Snapshot,
    filter: &str,
    exact: &Exact,
) {
    let attribute = Attribute::Field(exact.field);
    let subject = HintSubject::Filter(filter.to_owned());
    add(
        hints,
        snapshot,
        &subject,
        &attribute,
        &exact.values,
        Case::Exact,
    );
}

/// Adds a hint for each text that expressions compare an attribute with and no record has.
pub(super) fn add_of_attribute(hints: &mut HintList, snapshot: &Snapshot, named: &NamedAttribute) {
    let api = snapshot.api();
    let case = match named.attribute {
        Attribute::Field(field) if api.fields[field].collation == Collation::Bytes => Case::Exact,
        _ => Case::Folded,
    };
    let subject = HintSubject::Attribute(named.attribute.name(api));
    add(
        hints,
        snapshot,
        &subject,
        &named.attribute,
        &named.equals,
        case,
    );
}

/// Adds a hint for each value that no record has, if the attribute is one whose values recur.
fn add(
    hints: &mut HintList,
    snapshot: &Snapshot,
    subject: &HintSubject,
    attribute: &Attribute,
    values: &[String],
    case: Case,
) {
    if values.is_empty() {
        return;
    }
    // The values of texts and other kinds are mostly distinct, so a list of them would not help.
    if let Attribute::Field(field) = *attribute
        && snapshot.api().fields[field].kind != Kind::Keyword
    {
        return;
    }
    // Without the column there is nothing to compare the values with.
    let Ok(columns) = snapshot.columns_with(&[attribute.part()]) else {
        return;
    };
    let present = PresentValues::new(&columns, attribute, values, case);
    // A path without texts has a hint of its own, or is counted as one with values of another type.
    if present.texts.is_empty() && matches!(attribute, Attribute::Path { .. }) {
        return;
    }
    let mut reported: HashSet<&str> = HashSet::new();
    for value in values {
        if present.found.contains(&*form(value, case)) || !reported.insert(value) {
            continue;
        }
        // Advice takes time, so it is computed only for hints that are kept.
        hints.push(|| Hint::AbsentValue {
            subject: subject.clone(),
            value: value.clone(),
            advice: present.advise(value, subject),
        });
    }
}

/// Returns the form of a text that is compared.
fn form(text: &str, case: Case) -> Cow<'_, str> {
    match case {
        Case::Exact => Cow::Borrowed(text),
        Case::Folded => casefold(text),
    }
}

/// Values of an attribute: those that are compared with, and those to suggest instead.
struct PresentValues<'s> {
    /// Forms of the compared values that some record has.
    found: HashSet<String>,
    /// Least values by their bytes, at most [`MAX_COMPARED_VALUES`].
    texts: BTreeSet<Cow<'s, str>>,
    /// Whether the attribute has more values.
    has_more: bool,
}

impl<'s> PresentValues<'s> {
    /// Collects the values of an attribute in the visible rows; `values` are those that are compared with it.
    fn new(columns: &ColumnView<'s>, attribute: &Attribute, values: &[String], case: Case) -> Self {
        let sought: HashSet<Cow<'_, str>> = values.iter().map(|value| form(value, case)).collect();
        let mut present = Self {
            found: HashSet::new(),
            texts: BTreeSet::new(),
            has_more: false,
        };
        match attribute {
            Attribute::Path { column, keys } => {
                // Dropped duplicates do not count, although their values are in the columns.
                let visible = visible_columns(columns, *column);
                let texts = visible.flat_map(|(column, visible)| {
                    path_texts(column, keys, |row| {
                        visible.is_none_or(|rows| rows.value(row))
                    })
                });
                texts.for_each(|text| present.add(text, &sought, case));
            }
            _ => {
                // The values of a field are grouped anyway, with one entry for each distinct text.
                let groups = group_by(visible_columns(columns, attribute.column()));
                let texts = groups.texts.into_keys();
                texts.for_each(|text| present.add(text, &sought, case));
            }
        }
        present
    }

    /// Adds a value, and drops the greatest one beyond the limit: the kept ones are the same on any number of threads.
    fn add(&mut self, text: Cow<'s, str>, sought: &HashSet<Cow<'_, str>>, case: Case) {
        if let Some(found) = sought.get(&*form(&text, case)) {
            self.found.insert(found.clone().into_owned());
        }
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

    /// Returns whether records have a part of a value between commas, which suggests that the value was meant as a
    /// list.
    fn has_parts(&self, value: &str) -> bool {
        value.contains(',')
            && value
                .split(',')
                .any(|part| self.texts.contains(part.trim()))
    }

    /// Returns the nearest values, or the first values if none is near.
    fn advise(&self, value: &str, subject: &HintSubject) -> Advice {
        // A list in one text is the likeliest mistake, so it precedes the nearest names.
        if self.has_parts(value) {
            return match subject {
                HintSubject::Filter(_) => Advice::Separate,
                HintSubject::Attribute(_) => Advice::SeparateInList,
            };
        }
        // The nearest of all values is unknown if only some were compared.
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

/// Returns the distinct strings at a path of documents in the rows that `is_visible` accepts, as written.
fn path_texts<'s>(
    column: &'s Column,
    keys: &[String],
    is_visible: impl Fn(usize) -> bool,
) -> Vec<Cow<'s, str>> {
    let Column::Document(documents) = column else {
        return Vec::new();
    };
    let Some(path) = documents.path(keys) else {
        return Vec::new();
    };
    // Occurrences refer to texts by position, so each distinct text is converted once.
    let texts: Vec<_> = path.texts().collect();
    let mut is_used = vec![false; texts.len()];
    for (row, text) in path.occurrences() {
        // A position without a text, in a damaged file, is no value.
        if let Some(is_used) = is_used.get_mut(text) {
            *is_used |= is_visible(row);
        }
    }
    let strings = texts.iter().zip(is_used);
    let strings = strings.filter(|(text, is_used)| *is_used && text.kind == ValueKind::String);
    strings
        .map(|(text, _)| String::from_utf8_lossy(text.original))
        .collect()
}
