//! The paths of documents, with the numbers of records that have them and the kinds of their values.

use std::borrow::Cow;
use std::collections::BTreeMap;

use idq_columns::{Column, DocumentColumn, RowSet, ValueKind};
use idq_snapshot::{ColumnError, Snapshot};
use rayon::prelude::*;

use crate::attribute::Attribute;
use crate::statistics::visible_columns;

/// The maximum number of paths that are described. Documents whose keys are data may have a path for each record.
pub const MAX_DESCRIBED_PATHS: usize = 10_000;

/// A path of the documents of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathStatistics {
    /// Dotted name, as an expression spells it.
    pub name: String,
    /// Number of records with a value at the path: a scalar, null, or an empty object or array.
    pub records: u64,
    /// Number of values of each kind; a record with an array may have several.
    pub kinds: BTreeMap<ValueKind, u64>,
}

/// The values of a path in some chunks.
#[derive(Debug, Default)]
struct PathCounts {
    /// Number of rows with a value.
    records: u64,
    /// Number of values of each kind.
    kinds: BTreeMap<ValueKind, u64>,
}

/// Describes the paths of a column of documents that have values, in the order of their keys: at most
/// [`MAX_DESCRIBED_PATHS`], and the number of all of them.
///
/// # Errors
/// The column was not loaded, or a snapshot file is damaged.
pub fn document_paths(
    snapshot: &Snapshot,
    column: usize,
) -> Result<(Vec<PathStatistics>, usize), ColumnError> {
    let columns = snapshot.columns(&[column])?;
    let chunks: Vec<_> = visible_columns(&columns, column).collect();
    let counts = chunks
        .into_par_iter()
        .map(|(column, visible)| match column {
            Column::Document(documents) => count_paths(documents, visible),
            _ => BTreeMap::new(),
        })
        .reduce(BTreeMap::new, |mut sum, counts| {
            for (keys, counts) in counts {
                sum.entry(keys).or_default().add(counts);
            }
            sum
        });
    let all = counts.len();
    let described = counts.into_iter().take(MAX_DESCRIBED_PATHS);
    let described = described.map(|(keys, counts)| PathStatistics {
        name: Attribute::Path { column, keys }.name(snapshot.api()),
        records: counts.records,
        kinds: counts.kinds,
    });
    Ok((described.collect(), all))
}

/// Counts the values of each path of a chunk in its visible rows.
fn count_paths(
    documents: &DocumentColumn,
    visible: Option<&RowSet>,
) -> BTreeMap<Vec<String>, PathCounts> {
    let mut paths = BTreeMap::new();
    for path in documents.paths() {
        let texts: Vec<ValueKind> = path.texts().map(|text| text.kind).collect();
        let mut counts = PathCounts::default();
        // The values of one row are consecutive.
        let mut last_row = None;
        for (row, text) in path.occurrences() {
            if visible.is_some_and(|visible| !visible.value(row)) {
                continue;
            }
            // A code without a text, in a damaged file, is no value.
            if let Some(&kind) = texts.get(text) {
                *counts.kinds.entry(kind).or_default() += 1;
                counts.records += u64::from(last_row != Some(row));
                last_row = Some(row);
            }
        }
        if counts.records > 0 {
            let keys = path.keys().into_iter().map(Cow::into_owned).collect();
            paths.insert(keys, counts);
        }
    }
    paths
}

impl PathCounts {
    /// Adds the counts of another chunk.
    fn add(&mut self, other: Self) {
        self.records += other.records;
        for (kind, count) in other.kinds {
            *self.kinds.entry(kind).or_default() += count;
        }
    }
}
