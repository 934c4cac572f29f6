//! Paths in documents that an expression or a key of a count names and no record has.

use std::borrow::Cow;
use std::collections::BTreeSet;

use idq_columns::{Column, DocumentColumn};
use idq_grammar::nearest;
use idq_snapshot::{ColumnView, Snapshot};
use rayon::prelude::*;

use super::{Hint, HintList};
use crate::attribute::Attribute;

/// Greatest number of keys that are compared with the first key of a path that no record has.
const MAX_COMPARED_KEYS: usize = 5_000;

/// Adds a hint for each path among the attributes that no record has.
pub(super) fn add<'a>(
    hints: &mut HintList,
    attributes: impl IntoIterator<Item = &'a Attribute>,
    snapshot: &Snapshot,
) {
    // A path below one that no record has needs no hint of its own.
    let mut reported: Vec<(usize, &[String])> = Vec::new();
    for attribute in attributes {
        let Attribute::Path { column, keys } = attribute else {
            continue;
        };
        let mut outer = reported.iter();
        if outer.any(|(other, outer)| other == column && keys.starts_with(outer)) {
            continue;
        }
        // Hints are dropped where a snapshot file is damaged: the query itself has reported the damage.
        let Ok(columns) = snapshot.columns_with(&[attribute.part()]) else {
            continue;
        };
        let documents = documents_of(&columns, *column);
        // The number of leading keys that lead to a path of some record, the longest first.
        let known = |documents: &DocumentColumn| {
            let mut counts = (0..=keys.len()).rev();
            counts.find(|&count| is_present(documents, &keys[..count]))
        };
        let known = documents
            .par_iter()
            .filter_map(|documents| known(documents));
        let known = known.max().unwrap_or_default();
        if known == keys.len() {
            // The longest prefix in any chunk counts: other chunks may lack even its first key.
            continue;
        }
        reported.push((*column, keys));
        let name = |keys: Vec<String>| {
            let column = *column;
            Attribute::Path { column, keys }.name(snapshot.api())
        };
        // A key with dots, without quotes, reads as several keys.
        if let Some(dotted) = dotted_keys(&documents, keys) {
            hints.push(|| Hint::DottedKey {
                path: attribute.name(snapshot.api()),
                quoted: name(dotted),
            });
            continue;
        }
        // The first key that no record has is compared with the keys that exist at its place.
        let siblings = keys_below(&documents, &keys[..known]);
        let near = nearest(&keys[known], siblings.iter().map(String::as_str), 1);
        let nearest = near.first().map(|key| {
            let mut keys = keys.clone();
            (*key).clone_into(&mut keys[known]);
            name(keys)
        });
        hints.push(|| Hint::AbsentPath {
            path: attribute.name(snapshot.api()),
            nearest,
        });
    }
}

/// Adds a hint for each path among the attributes at which some record has an object with members.
pub(super) fn add_objects<'a>(
    hints: &mut HintList,
    attributes: impl IntoIterator<Item = &'a Attribute>,
    snapshot: &Snapshot,
) {
    for attribute in attributes {
        let Attribute::Path { column, keys } = attribute else {
            continue;
        };
        let Ok(columns) = snapshot.columns_with(&[attribute.part()]) else {
            continue;
        };
        let documents = documents_of(&columns, *column);
        // The least member stands for all, so the hint does not depend on the order of records.
        if let Some(member) = keys_below(&documents, keys).pop_first() {
            let (column, keys) = (*column, [&keys[..], &[member]].concat());
            hints.push(|| Hint::ObjectCounted {
                path: attribute.name(snapshot.api()),
                member: Attribute::Path { column, keys }.name(snapshot.api()),
            });
        }
    }
}

/// Returns the documents of all chunks.
fn documents_of<'s>(columns: &ColumnView<'s>, column: usize) -> Vec<&'s DocumentColumn> {
    let columns = columns.field(column).iter();
    columns
        .filter_map(|column| match column {
            Column::Document(documents) => Some(documents),
            _ => None,
        })
        .collect()
}

/// Returns whether some record has a value at a path, or below it.
fn is_present(documents: &DocumentColumn, keys: &[String]) -> bool {
    let Some(path) = documents.path(keys) else {
        return false;
    };
    // An object has no value at its own path, but paths below it.
    path.occurrences().next().is_some()
        || paths_with_values(&[documents]).any(|path| starts_with(&path, keys))
}

/// Returns the keys of each path that has a value: a record that was set aside has left its paths, without values.
fn paths_with_values<'d>(
    documents: &[&'d DocumentColumn],
) -> impl Iterator<Item = Vec<Cow<'d, str>>> {
    let paths = documents.iter().flat_map(|documents| documents.paths());
    let paths = paths.filter(|path| path.occurrences().next().is_some());
    paths.map(|path| path.keys())
}

/// Returns whether a path starts with keys.
fn starts_with(path: &[Cow<'_, str>], keys: &[String]) -> bool {
    path.len() >= keys.len() && path.iter().zip(keys).all(|(one, other)| one == other)
}

/// Returns the keys of a path of some record that are spelled like these if a key with dots is not in quotes.
fn dotted_keys(documents: &[&DocumentColumn], keys: &[String]) -> Option<Vec<String>> {
    let spelled = keys.join(".");
    // Both sides are joined by dots, so the comparison ignores where one key ends.
    let same = paths_with_values(documents).find_map(|path| {
        let count = (1..=path.len()).find(|&count| path[..count].join(".") == spelled)?;
        Some(path.into_iter().take(count))
    })?;
    Some(same.map(Cow::into_owned).collect())
}

/// Returns the keys of the objects at a path.
fn keys_below(documents: &[&DocumentColumn], keys: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in paths_with_values(documents) {
        // Keys beyond the limit are not compared; those of the first chunks are.
        if found.len() < MAX_COMPARED_KEYS && starts_with(&path, keys) {
            found.extend(path.into_iter().nth(keys.len()).map(Cow::into_owned));
        }
    }
    found
}
