//! The differences between two snapshots.

use hashbrown::DefaultHashBuilder;
use idq::columns::RowSet;
use idq::json::{Cell, Cells};
use idq::render::{TaskDivision, ordered_parallel, rows_per_task};
use idq::{RowId, Snapshot};

use crate::error::Error;
use crate::key::Key;
use crate::key_table::KeyTable;
use crate::pairing::{Pairing, Versions};
use crate::path_rules::PathRules;
use crate::record_diff::diff_records;
use crate::value_change::ValueChange;
use crate::versions_reader::VersionsReader;

/// One of the two snapshots of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct Side<'s> {
    /// The snapshot.
    pub snapshot: &'s Snapshot,
    /// The rows that a request selects, as a set for each chunk; `None` for all.
    pub selected: Option<&'s [RowSet]>,
}

/// The differences between two snapshots of one API, found by one pass over both versions of each record.
#[derive(Debug)]
pub struct Diff<'s> {
    old: &'s Snapshot,
    new: &'s Snapshot,
    rules: PathRules,
    /// The versions of each compared record, in order.
    versions: Vec<Versions>,
    population: Population,
}

/// The records of a comparison, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Population {
    /// Number of compared records of the old snapshot.
    pub old: u64,
    /// Number of compared records of the new snapshot.
    pub new: u64,
    /// Number of records of the old snapshot without a key, which are compared with nothing.
    pub old_without_key: u64,
    /// Number of records of the new snapshot without a key, which are compared with nothing.
    pub new_without_key: u64,
    /// Number of keys that several compared records of one snapshot have.
    pub repeated_keys: u64,
}

/// A record that differs between the two snapshots.
#[derive(Debug)]
pub struct RecordDifference<'a> {
    /// The id of the new version, or of the old one if there is no new one.
    pub id: String,
    /// The versions and their differences.
    pub change: RecordChange<'a>,
}

/// The kind of a difference, with the bytes of the record as in its dump.
#[derive(Debug)]
pub enum RecordChange<'a> {
    /// The new snapshot alone has the record.
    Added(&'a [u8]),
    /// The old snapshot alone has the record.
    Removed(&'a [u8]),
    /// Both snapshots have the record.
    Changed {
        /// The old version.
        old: &'a [u8],
        /// The new version.
        new: &'a [u8],
        /// The values that differ; at least one.
        values: Vec<ValueChange<'a>>,
    },
}

impl<'a> RecordChange<'a> {
    /// Compares the old and the new version of a record; `None` if they do not differ, or if there is neither.
    ///
    /// # Errors
    /// Some bytes that are not valid JSON.
    pub fn between(
        old: Option<&'a [u8]>,
        new: Option<&'a [u8]>,
        rules: &PathRules,
    ) -> Result<Option<Self>, Error> {
        Ok(match (old, new) {
            (Some(old), Some(new)) => {
                let values = diff_records(old, new, rules)?;
                (!values.is_empty()).then_some(Self::Changed { old, new, values })
            }
            (Some(old), None) => Some(Self::Removed(old)),
            (None, Some(new)) => Some(Self::Added(new)),
            (None, None) => None,
        })
    }

    /// Returns the name of the kind: `added`, `removed` or `changed`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Added(_) => "added",
            Self::Removed(_) => "removed",
            Self::Changed { .. } => "changed",
        }
    }

    /// Returns the newest version of the record.
    pub fn newest(&self) -> &[u8] {
        match self {
            Self::Added(record) | Self::Removed(record) => record,
            Self::Changed { new, .. } => new,
        }
    }
}

impl<'s> Diff<'s> {
    /// Pairs the records of two snapshots by a key. A record is compared if its old or its new version is selected.
    ///
    /// The column of the key must be loaded, if it has one.
    ///
    /// # Errors
    /// Snapshots of different APIs, a key that no record has, a source that cannot be read.
    pub fn new(old: Side<'s>, new: Side<'s>, key: &Key, rules: PathRules) -> Result<Self, Error> {
        let (old_api, new_api) = (old.snapshot.api(), new.snapshot.api());
        if old_api != new_api {
            return Err(Error::OtherApi {
                old: old_api.title.clone(),
                new: new_api.title.clone(),
            });
        }
        let hasher = DefaultHashBuilder::default();
        let (old_keys, new_keys) = rayon::join(
            || KeyTable::read(key, old.snapshot, |_| true, &hasher),
            || KeyTable::read(key, new.snapshot, |_| true, &hasher),
        );
        let (old_keys, new_keys) = (old_keys?, new_keys?);
        if old_keys.is_empty() && new_keys.is_empty() && !key.takes_empty() {
            return Err(Error::no_keys(key, old_api));
        }
        let mut pairing = Pairing::join(&old_keys, &new_keys);
        pairing.pair_repeated(old.snapshot, new.snapshot, &rules)?;
        if old.selected.is_some() || new.selected.is_some() {
            pairing.retain(|row| old.selects(row), |row| new.selects(row));
        }
        let repeated_keys = pairing.repeated.len() as u64;
        let versions = pairing.versions;
        let population = Population {
            old: versions
                .iter()
                .filter(|pair| pair.old_row().is_some())
                .count() as u64,
            new: versions
                .iter()
                .filter(|pair| pair.new_row().is_some())
                .count() as u64,
            old_without_key: old_keys.without_key,
            new_without_key: new_keys.without_key,
            repeated_keys,
        };
        Ok(Self {
            old: old.snapshot,
            new: new.snapshot,
            rules,
            versions,
            population,
        })
    }

    /// Reads the records from copies of both snapshots, such as masked ones, whose rows are those of the snapshots.
    #[must_use]
    pub fn showing(self, old: &'s Snapshot, new: &'s Snapshot) -> Self {
        Self { old, new, ..self }
    }

    /// Returns the numbers of compared records.
    pub fn population(&self) -> Population {
        self.population
    }

    /// Calls `visit` with each record that differs, in parallel, and `consume` with the results in order: that of the
    /// old snapshot, followed by the added records in the order of the new one. `visit` collects the differences of some
    /// consecutive records in one result.
    ///
    /// Memory is bounded by the results of some thousand records for each thread.
    ///
    /// # Errors
    /// A record that cannot be read, because its source has changed or is damaged; the first error of `visit` and
    /// `consume`.
    pub fn for_each<T: Default + Send>(
        &self,
        visit: impl Fn(&mut T, &RecordDifference<'_>) -> Result<(), Error> + Sync,
        mut consume: impl FnMut(T) -> Result<(), Error> + Send,
    ) -> Result<(), Error> {
        let id = &self.new.api().fields[self.new.api().id].name;
        let id = Cells::new([id]);
        let visit_task = |versions: &[Versions]| {
            let mut result = T::default();
            let mut reader = VersionsReader::new(self.old, self.new);
            reader.for_each_unequal(versions, |old, new| {
                let Some(change) = RecordChange::between(old, new, &self.rules)? else {
                    return Ok(());
                };
                let id = match id
                    .read_valid(change.newest())?
                    .first()
                    .map(|cell| cell.cell)
                {
                    Some(Cell::Scalar(id)) => id.to_text().into_owned(),
                    _ => String::new(),
                };
                visit(&mut result, &RecordDifference { id, change })
            })?;
            Ok(result)
        };
        let consume = |results: Vec<T>| results.into_iter().try_for_each(&mut consume);
        let rows = rows_per_task(self.old).min(rows_per_task(self.new));
        self.old.while_unchanged(|| {
            self.new.while_unchanged(|| {
                ordered_parallel(
                    &self.versions,
                    TaskDivision::of_items(rows),
                    &|_| {},
                    visit_task,
                    consume,
                )
            })
        })
    }
}

impl<'s> Side<'s> {
    /// Returns a snapshot of which all records are selected.
    pub fn all(snapshot: &'s Snapshot) -> Self {
        Self {
            snapshot,
            selected: None,
        }
    }

    /// Returns whether a row is selected.
    pub(crate) fn selects(&self, row: RowId) -> bool {
        self.selected.is_none_or(|selected| {
            let (chunk, row) = self.snapshot.locate(row);
            selected[chunk].value(row)
        })
    }
}
