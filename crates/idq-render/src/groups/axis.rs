//! The rows or the columns of a table of groups: the values of one key, with gaps between dates.

use idq_engine::{KeyColumn, Scale};

use super::text::{thousands, value_text};

/// The longest gap between two dates that is shown value by value; a longer one is one row.
const MAX_GAP: i64 = 60;

/// One row or column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) label: String,
    pub(super) kind: EntryKind,
}

/// The kind of a row or column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    /// The value at a position of the key.
    Value(usize),
    /// Null, missing or empty, by its position.
    Absent(usize),
    /// A value without records, between others.
    Vacant,
    /// Many values without records.
    Gap,
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
pub(super) fn entries(key: &KeyColumn, occurs: impl Fn(usize) -> bool, gaps: Gaps) -> Vec<Entry> {
    let values = 0..key.value_count();
    let positions: Vec<usize> = values.filter(|&position| occurs(position)).collect();
    let mut entries = match (key.scale(), gaps) {
        (Scale::Timeline(unit), Gaps::Shown) => {
            let mut entries: Vec<Entry> = Vec::new();
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
                    entries.push(Entry {
                        label,
                        kind: EntryKind::Gap,
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
    entries.extend(absent.map(|position| Entry {
        label: value_text(key, key.value(position)),
        kind: EntryKind::Absent(position),
    }));
    entries
}

/// Returns the entry of a value.
fn of_position(key: &KeyColumn, position: usize) -> Entry {
    Entry {
        label: value_text(key, key.value(position)),
        kind: EntryKind::Value(position),
    }
}

/// Returns the entry of a value without records.
fn vacant(label: String) -> Entry {
    Entry {
        label,
        kind: EntryKind::Vacant,
    }
}

impl EntryKind {
    /// Returns the position of the value or state; `None` without records.
    pub(super) fn position(self) -> Option<usize> {
        match self {
            Self::Value(position) | Self::Absent(position) => Some(position),
            Self::Vacant | Self::Gap => None,
        }
    }
}
