//! Counts of differences by kind and by field.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::{Diff, RecordChange, RecordDifference};
use crate::error::Error;
use crate::value_change::ValueChange;

/// The numbers of records that differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of records that only the new snapshot has.
    pub added: u64,
    /// Number of records that only the old snapshot has.
    pub removed: u64,
    /// Number of records that both snapshots have and that differ.
    pub changed: u64,
    /// For each field and path, the number of records in which it differs.
    pub fields: BTreeMap<String, u64>,
}

impl Tally {
    /// Counts the differences.
    ///
    /// # Errors
    /// As for [`Diff::for_each`].
    pub fn of(diff: &Diff<'_>) -> Result<Self, Error> {
        let mut tally = Self::default();
        diff.for_each(
            |part: &mut Self, difference| {
                part.add(difference);
                Ok(())
            },
            |part| {
                tally.merge(part);
                Ok(())
            },
        )?;
        Ok(tally)
    }

    /// Counts a record that differs.
    pub fn add(&mut self, difference: &RecordDifference<'_>) {
        match &difference.change {
            RecordChange::Added(_) => self.added += 1,
            RecordChange::Removed(_) => self.removed += 1,
            RecordChange::Changed { values, .. } => {
                self.changed += 1;
                let fields: BTreeSet<String> = values.iter().map(ValueChange::field).collect();
                for field in fields {
                    *self.fields.entry(field).or_default() += 1;
                }
            }
        }
    }

    /// Adds the counts of other records.
    pub fn merge(&mut self, other: Self) {
        self.added += other.added;
        self.removed += other.removed;
        self.changed += other.changed;
        for (field, records) in other.fields {
            *self.fields.entry(field).or_default() += records;
        }
    }

    /// Returns whether no record differs.
    pub fn is_empty(&self) -> bool {
        self.added + self.removed + self.changed == 0
    }

    /// Returns the fields with the numbers of records in which they differ, the most frequent first, and equally frequent
    /// ones by name.
    pub fn fields_by_frequency(&self) -> Vec<(&str, u64)> {
        let fields = self.fields.iter();
        let mut fields: Vec<(&str, u64)> = fields.map(|(name, &count)| (&**name, count)).collect();
        fields.sort_by_key(|&(_, records)| std::cmp::Reverse(records));
        fields
    }
}
