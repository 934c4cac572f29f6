//! The rows or the columns of a grid of groups: the values of one key, with gaps between dates.

use idq_engine::{GroupValue, KeyColumn, Scale};

use super::text::{thousands, value_text};
use crate::format::table::CellStyle;

/// The longest gap between two dates that is shown value by value; a longer one is one row.
const MAX_GAP: i64 = 60;

/// One row or column of a [`GroupGrid`](super::GroupGrid).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridEntry {
    /// The label; texts that are no values are in parentheses.
    pub label: String,
    /// The kind.
    pub kind: EntryKind,
    /// The position of the value or state among those of the key; `None` without records.
    pub(super) position: Option<usize>,
}

/// The kind of a row or column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A value.
    Value,
    /// A value without records, between others.
    Vacant,
    /// A number of consecutive values without records.
    Gap(u64),
    /// Null.
    Null,
    /// The records do not have the field.
    Missing,
    /// An empty array or object.
    Empty,
    /// A number of values that are not among the top ones.
    Other(u64),
}

/// Whether values without records are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gaps {
    /// Between dates, and in small sets of values.
    Shown,
    /// Nowhere, because some values with records are not shown either.
    Hidden,
}

/// Returns the entries of a key whose positions satisfy `occurs`.
pub(super) fn entries(
    key: &KeyColumn,
    occurs: impl Fn(usize) -> bool,
    gaps: Gaps,
) -> Vec<GridEntry> {
    let values = 0..key.value_count();
    let positions: Vec<usize> = values.filter(|&position| occurs(position)).collect();
    let mut entries = match (key.scale(), gaps) {
        (Scale::Timeline(unit), Gaps::Shown) => {
            let mut entries: Vec<GridEntry> = Vec::new();
            let mut last: Option<i64> = None;
            for position in positions {
                let Some(id) = key.id(position) else {
                    // A text among dates follows them.
                    entries.push(of_position(key, position));
                    continue;
                };
                // The ids before this one that no value has.
                let first = last.map_or(id, |last| last + 1);
                if id - first > MAX_GAP {
                    let label = format!("⋮ {} without records", thousands((id - first) as u64));
                    entries.push(GridEntry {
                        label,
                        kind: EntryKind::Gap((id - first) as u64),
                        position: None,
                    });
                } else {
                    entries.extend((first..id).map(|id| vacant(unit.label(id))));
                }
                entries.push(of_position(key, position));
                last = Some(id);
            }
            entries
        }
        (Scale::Closed(labels), Gaps::Shown) if !positions.is_empty() => {
            let labels = (0..).zip(labels);
            let entry = |(id, label): (i64, &String)| {
                let position = positions
                    .iter()
                    .find(|&&position| key.id(position) == Some(id));
                position.map_or_else(
                    || vacant(label.clone()),
                    |&position| of_position(key, position),
                )
            };
            let outside = positions
                .iter()
                .filter(|&&position| key.id(position).is_none());
            let outside = outside.map(|&position| of_position(key, position));
            labels.map(entry).chain(outside).collect()
        }
        _ => positions
            .into_iter()
            .map(|position| of_position(key, position))
            .collect(),
    };
    let absent = (key.value_count()..key.position_count()).filter(|&position| occurs(position));
    entries.extend(absent.map(|position| of_position(key, position)));
    entries
}

/// Returns the entry of a value, or of null, missing or empty.
fn of_position(key: &KeyColumn, position: usize) -> GridEntry {
    let value = key.value(position);
    GridEntry {
        label: value_text(key, value),
        kind: match value {
            GroupValue::Value(..) => EntryKind::Value,
            GroupValue::Null => EntryKind::Null,
            GroupValue::Missing => EntryKind::Missing,
            GroupValue::Empty => EntryKind::Empty,
        },
        position: Some(position),
    }
}

/// Returns the entry of a value without records.
fn vacant(label: String) -> GridEntry {
    GridEntry {
        label,
        kind: EntryKind::Vacant,
        position: None,
    }
}

impl EntryKind {
    /// Returns the style of the row in a table.
    pub(super) fn style(self) -> CellStyle {
        match self {
            Self::Value | Self::Vacant => CellStyle::Normal,
            _ => CellStyle::Dim,
        }
    }
}
