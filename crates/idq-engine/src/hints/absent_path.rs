//! Paths in documents that an expression tests and no record has.

use std::collections::BTreeSet;

use idq_columns::{Column, DocumentColumn};
use idq_grammar::nearest;
use idq_snapshot::Snapshot;
use rayon::prelude::*;

use super::{Hint, HintList};
use crate::attribute::Attribute;
use crate::bound_query::BoundQuery;

/// The maximum number of keys that are compared with the first key of a path that no record has.
const MAX_COMPARED_KEYS: usize = 5_000;

/// Adds a hint for each path of the query's expressions that no record has.
pub(super) fn add(hints: &mut HintList, query: &BoundQuery, snapshot: &Snapshot) {
    for tested in &query.tested {
        let Attribute::Path { column, keys } = &tested.attribute else {
            continue;
        };
        // Hints are dropped where a snapshot file is damaged: the query itself has reported the damage.
        let Ok(columns) = snapshot.columns_with(&[tested.attribute.part()]) else {
            continue;
        };
        let documents: Vec<&DocumentColumn> = (columns.field(*column).iter())
            .filter_map(|column| match column {
                Column::Document(documents) => Some(documents),
                _ => None,
            })
            .collect();
        // The number of leading keys that lead to a path of some record.
        let known = |documents: &DocumentColumn| {
            let mut counts = (0..=keys.len()).rev();
            counts.find(|&count| documents.path(&keys[..count]).is_some())
        };
        let known = documents
            .par_iter()
            .filter_map(|documents| known(documents));
        let known = known.max().unwrap_or_default();
        if known == keys.len() {
            continue;
        }
        let siblings = keys_below(&documents, &keys[..known]);
        let near = nearest(&keys[known], siblings.iter().map(String::as_str), 1);
        let nearest = near.first().map(|key| {
            let mut keys = keys.clone();
            (*key).clone_into(&mut keys[known]);
            let column = *column;
            Attribute::Path { column, keys }.name(query.api())
        });
        hints.push(|| Hint::AbsentPath {
            path: tested.name.clone(),
            nearest,
        });
    }
}

/// Returns the keys of the objects at a path.
fn keys_below(documents: &[&DocumentColumn], keys: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for documents in documents {
        for path in documents.paths() {
            let path = path.keys();
            if found.len() < MAX_COMPARED_KEYS
                && path.len() == keys.len() + 1
                && path.iter().zip(keys).all(|(one, other)| one == other)
            {
                found.extend(path.last().map(ToString::to_string));
            }
        }
    }
    found
}
