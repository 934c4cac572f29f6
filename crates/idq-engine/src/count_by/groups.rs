//! [`Groups`]: the result of a count by keys.

use std::ops::Range;

use idq_grammar::{Bucket, CountComparison};

use super::interner::TextArena;

/// The groups of a count: for each combination of keys that occurs, the number of matches.
///
/// The counts of [`iter`](Self::iter), [`others`](Self::others) and [`left_out`](Self::left_out) sum to
/// [`total`](Self::total). The order is the same on any number of threads: groups are ordered by their keys, first key
/// first. The values of dates, ages and prefixes are in their own order, those of other keys by the number of matches,
/// greatest first, and then by value. Null, missing and empty follow all values.
///
/// A group takes its distinct texts, and some twelve bytes.
#[derive(Debug, Clone)]
pub struct Groups {
    /// Keys, in the order of the request.
    pub(super) keys: Vec<KeyColumn>,
    /// For each group the position of each key among [`KeyColumn::position_count`].
    pub(super) codes: Vec<u32>,
    /// Number of matches of each group.
    pub(super) counts: Vec<u64>,
    /// The number of groups that [`top`](idq_grammar::CountRequest::top) kept; the others follow.
    pub(super) kept: usize,
    /// Number of matches of all groups, those that were left out included.
    pub(super) total: u64,
    /// Comparison that leaves groups out by their counts.
    pub(super) having: Option<CountComparison>,
    /// Groups that the comparison has left out.
    pub(super) left_out: LeftOut,
}

/// The groups that a comparison of their counts has left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeftOut {
    /// The number of groups.
    pub groups: u64,
    /// The sum of their counts.
    pub records: u64,
}

/// One key of [`Groups`]: its name, and its values in the order of the groups.
#[derive(Debug, Clone)]
pub struct KeyColumn {
    /// Name of the attribute in the API's spelling, with the bucket.
    pub(super) name: String,
    /// Part of the values by which matches are counted.
    pub(super) bucket: Bucket,
    /// The type of each value; empty if all are texts.
    pub(super) types: Vec<ValueType>,
    /// Order of the values.
    pub(super) order: ValueOrder,
    /// The text of each value.
    pub(super) texts: TextArena,
    /// The number of each value among the possible values of its bucket; empty for a key without an order of its own.
    pub(super) ids: Vec<Option<i64>>,
    /// Possible values of the bucket, by which gaps are filled.
    pub(super) scale: Scale,
}

/// The JSON type of the values of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ValueType {
    /// A string.
    Text,
    /// A number, in the spelling of its first record.
    Number,
    /// `true` or `false`.
    Boolean,
    /// An array: the distinct values of a record with several.
    List,
}

/// The order of the values of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueOrder {
    /// By the number of matches, greatest first.
    Count,
    /// By the values: dates, ages, prefixes.
    Value,
}

/// The possible values of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scale {
    /// Any values.
    Open,
    /// The calendar, in which a gap between two values can be filled.
    Timeline(TimelineUnit),
    /// Few values, each of which can be shown: the hours of a day, the days of a week, age groups.
    Closed(Vec<String>),
}

/// A unit of the calendar whose values form a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimelineUnit(pub(super) super::calendar::CalendarUnit);

impl TimelineUnit {
    /// Returns the text of the value of a number.
    pub fn label(self, id: i64) -> String {
        self.0.label(id)
    }
}

/// The key of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GroupValue<'g> {
    /// The text of a value and its type; that of a number, a boolean or a list is JSON.
    Value(&'g str, ValueType),
    /// Null.
    Null,
    /// The records do not have the field.
    Missing,
    /// An empty array or an empty object.
    Empty,
}

impl<'g> GroupValue<'g> {
    /// Returns the word for the state of the value: `value`, `null`, `missing` or `empty`.
    pub fn presence(self) -> &'static str {
        match self {
            Self::Value(..) => "value",
            Self::Null => "null",
            Self::Missing => "missing",
            Self::Empty => "empty",
        }
    }

    /// Returns the text of a value.
    pub fn text(self) -> Option<&'g str> {
        match self {
            Self::Value(text, _) => Some(text),
            _ => None,
        }
    }
}

/// One group.
#[derive(Debug, Clone, Copy)]
pub struct Group<'g> {
    /// Keys of all groups, which have the names and texts.
    keys: &'g [KeyColumn],
    /// The position of each key among [`KeyColumn::position_count`].
    pub positions: &'g [u32],
    /// The number of matches.
    pub count: u64,
}

impl<'g> Group<'g> {
    /// Returns the keys, in the order of the request.
    pub fn values(&self) -> impl ExactSizeIterator<Item = GroupValue<'g>> + use<'g> {
        let keys = self.keys.iter().zip(self.positions);
        keys.map(|(key, &position)| key.value(position as usize))
    }

    /// Returns the first key.
    pub fn value(&self) -> GroupValue<'g> {
        self.values().next().unwrap_or(GroupValue::Missing)
    }
}

impl KeyColumn {
    /// Returns the name: the field's dotted name, and the bucket.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the bucket.
    pub fn bucket(&self) -> &Bucket {
        &self.bucket
    }

    /// Returns whether all values are `true` or `false`; at least one is.
    pub fn is_boolean(&self) -> bool {
        let mut types = self.types.iter();
        !self.types.is_empty() && types.all(|value_type| *value_type == ValueType::Boolean)
    }

    /// Returns the order of the values.
    pub fn order(&self) -> ValueOrder {
        self.order
    }

    /// Returns the possible values.
    pub fn scale(&self) -> &Scale {
        &self.scale
    }

    /// Returns the number of distinct values.
    pub fn value_count(&self) -> usize {
        self.texts.len()
    }

    /// Returns the number of positions: one for each value, then null, missing and empty.
    pub fn position_count(&self) -> usize {
        self.texts.len() + 3
    }

    /// Returns the value at a position.
    pub fn value(&self, position: usize) -> GroupValue<'_> {
        match position.checked_sub(self.texts.len()) {
            None => {
                let value_type = self.types.get(position).copied();
                GroupValue::Value(
                    self.texts.get(position),
                    value_type.unwrap_or(ValueType::Text),
                )
            }
            Some(0) => GroupValue::Null,
            Some(1) => GroupValue::Missing,
            Some(_) => GroupValue::Empty,
        }
    }

    /// Returns the number of the value at a position on its [scale](Self::scale); `None` for a value outside it, such
    /// as a text among dates.
    pub fn id(&self, position: usize) -> Option<i64> {
        self.ids.get(position).copied().flatten()
    }
}

impl Groups {
    /// Returns the keys.
    pub fn keys(&self) -> &[KeyColumn] {
        &self.keys
    }

    /// Returns the number of groups, without those of [`others`](Self::others).
    pub fn len(&self) -> usize {
        self.kept
    }

    /// Returns whether there are no groups.
    pub fn is_empty(&self) -> bool {
        self.kept == 0
    }

    /// Returns the number of matches, in groups or left out.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Returns the groups in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Group<'_>> {
        self.range(0..self.kept)
    }

    /// Returns the groups of the values that [`top`](idq_grammar::CountRequest::top) did not keep.
    pub fn others(&self) -> impl ExactSizeIterator<Item = Group<'_>> {
        self.range(self.kept..self.counts.len())
    }

    /// Returns the number of matches in [`others`](Self::others).
    pub fn other(&self) -> u64 {
        self.others().map(|group| group.count).sum()
    }

    /// Returns the comparison that the count of each group satisfies.
    pub fn having(&self) -> Option<CountComparison> {
        self.having
    }

    /// Returns the number of values of the first key that were not kept.
    pub fn other_values(&self) -> u64 {
        let mut positions: Vec<u32> = self.others().map(|group| group.positions[0]).collect();
        positions.dedup();
        positions.len() as u64
    }

    /// Returns whether every group of the count is in [`iter`](Self::iter).
    pub fn is_complete(&self) -> bool {
        self.kept == self.counts.len() && self.left_out.groups == 0
    }

    /// Returns the groups that the comparison of their counts has left out.
    pub fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// Returns the number of matches at each position of a key, in [`iter`](Self::iter) and [`others`](Self::others).
    pub fn totals(&self, key: usize) -> Vec<u64> {
        let mut totals = vec![0; self.keys[key].position_count()];
        for group in self.iter().chain(self.others()) {
            totals[group.positions[key] as usize] += group.count;
        }
        totals
    }

    /// Returns the groups of a range.
    fn range(&self, range: Range<usize>) -> impl ExactSizeIterator<Item = Group<'_>> {
        let width = self.keys.len();
        range.map(move |group| Group {
            keys: &self.keys,
            positions: &self.codes[group * width..(group + 1) * width],
            count: self.counts[group],
        })
    }
}
