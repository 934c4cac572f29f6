//! The pairs of records of two snapshots that have equal keys: a hash join.

use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;
use idq::{RowId, Snapshot};
use rayon::prelude::*;

use crate::canonical::canonical_form;
use crate::diff::Side;
use crate::error::Error;
use crate::key::Key;
use crate::key_table::KeyTable;
use crate::path_rules::PathRules;

/// The number of parts of the join, by the first bits of the hashes: those of a million keys fit the caches.
const PARTS: usize = 256;

/// The two versions of a record; one of them may be missing.
///
/// The order is that of the old snapshot, followed by the records that only the new one has, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Versions {
    /// The old row, or [`NO_ROW`].
    old: u32,
    /// The new row, or [`NO_ROW`].
    new: u32,
}

/// No row: a snapshot has fewer rows than this number.
const NO_ROW: u32 = u32::MAX;

impl Versions {
    pub(crate) fn new(old: Option<RowId>, new: Option<RowId>) -> Self {
        let number = |row: Option<RowId>| row.map_or(NO_ROW, |row| row.0);
        Self {
            old: number(old),
            new: number(new),
        }
    }

    /// Returns the row of the old version.
    pub(crate) fn old_row(self) -> Option<RowId> {
        (self.old != NO_ROW).then_some(RowId(self.old))
    }

    /// Returns the row of the new version.
    pub(crate) fn new_row(self) -> Option<RowId> {
        (self.new != NO_ROW).then_some(RowId(self.new))
    }
}

/// All records of two snapshots, paired by their keys.
pub(crate) struct Pairing {
    /// The versions in their order.
    pub(crate) versions: Vec<Versions>,
    /// The records of each key that several records of a snapshot have.
    pub(crate) repeated: Vec<KeyRows>,
}

/// The records of one key, in load order.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyRows {
    pub(crate) old: Vec<RowId>,
    pub(crate) new: Vec<RowId>,
}

impl Pairing {
    /// Joins the records of two snapshots by their keys. Those of repeated keys are set aside.
    pub(crate) fn join(old: &KeyTable, new: &KeyTable) -> Self {
        let (old_parts, new_parts) = rayon::join(
            || parts_by_hash(old.hashes()),
            || parts_by_hash(new.hashes()),
        );
        let parts = old_parts.par_iter().zip(&new_parts);
        let joined = parts.map(|(old_part, new_part)| join_part(old, old_part, new, new_part));
        let joined: Vec<JoinedPart> = joined.collect();
        // By the numbers of keys, so that pairs need no sorting, and texts are read in sequence.
        let mut partners = vec![Partner::None; old.len()];
        let mut is_alone = vec![true; new.len()];
        let mut repeated = Vec::new();
        for part in joined {
            for (old_number, new_number) in part.candidates {
                partners[old_number as usize] = Partner::Key(new_number);
                is_alone[new_number as usize] = false;
            }
            for key in part.repeated {
                for &number in &key.old {
                    partners[number as usize] = Partner::Repeated;
                }
                for &number in &key.new {
                    is_alone[number as usize] = false;
                }
                repeated.push(key.rows(old, new));
            }
        }
        let different = partners
            .par_iter()
            .enumerate()
            .filter_map(|(number, partner)| {
                let Partner::Key(partner) = *partner else {
                    return None;
                };
                (old.text(number as u32) != new.text(partner)).then_some((number, partner))
            });
        let different: Vec<(usize, u32)> = different.collect();
        // Different keys of one hash.
        for (number, partner) in different {
            partners[number] = Partner::None;
            is_alone[partner as usize] = true;
        }
        let mut versions = Vec::with_capacity(old.len().max(new.len()));
        for (number, partner) in partners.into_iter().enumerate() {
            let partner = match partner {
                Partner::Repeated => continue,
                Partner::None => None,
                Partner::Key(partner) => Some(new.row(partner)),
            };
            versions.push(Versions::new(Some(old.row(number as u32)), partner));
        }
        let alone = (0..new.len()).filter(|&number| is_alone[number]);
        versions.extend(alone.map(|number| Versions::new(None, Some(new.row(number as u32)))));
        // The hashes differ from run to run.
        repeated.sort_unstable();
        Self { versions, repeated }
    }
}

/// The key of the new snapshot that belongs to a key of the old one.
#[derive(Debug, Clone, Copy)]
enum Partner {
    /// None.
    None,
    /// The key with this number.
    Key(u32),
    /// None, because several records have the key.
    Repeated,
}

/// The result of the join of one part. Keys that are not in it have no partner.
#[derive(Default)]
struct JoinedPart {
    /// The numbers of keys that alone have their hash on both sides.
    candidates: Vec<(u32, u32)>,
    /// The keys that several records of a snapshot have.
    repeated: Vec<KeyNumbers>,
}

/// The numbers of the keys with one text, in load order.
#[derive(Debug, Default)]
struct KeyNumbers {
    old: Vec<u32>,
    new: Vec<u32>,
}

impl KeyNumbers {
    /// Returns the rows of the keys.
    fn rows(&self, old: &KeyTable, new: &KeyTable) -> KeyRows {
        KeyRows {
            old: self.old.iter().map(|&number| old.row(number)).collect(),
            new: self.new.iter().map(|&number| new.row(number)).collect(),
        }
    }
}

impl JoinedPart {
    /// Adds the keys with one text.
    fn push(&mut self, keys: KeyNumbers) {
        match (&*keys.old, &*keys.new) {
            (&[old], &[new]) => self.candidates.push((old, new)),
            ([], [_]) | ([_], []) => {}
            _ => self.repeated.push(keys),
        }
    }
}

/// The hash of a key, and its number in its table.
type Entry = (u64, u32);

/// Returns the keys of each part, by their hashes, those of one hash in load order.
fn parts_by_hash(hashes: &[u64]) -> Vec<Vec<Entry>> {
    let mut parts: Vec<Vec<Entry>> = (0..PARTS)
        .map(|_| Vec::with_capacity(hashes.len() / PARTS * 5 / 4))
        .collect();
    for (number, &hash) in hashes.iter().enumerate() {
        parts[(hash >> 56) as usize % PARTS].push((hash, number as u32));
    }
    parts.par_iter_mut().for_each(|part| part.sort_unstable());
    parts
}

/// Joins the keys of one part.
fn join_part(old: &KeyTable, old_part: &[Entry], new: &KeyTable, new_part: &[Entry]) -> JoinedPart {
    let mut part = JoinedPart::default();
    let (mut old_rest, mut new_rest) = (old_part, new_part);
    while let Some(&(hash, _)) = old_rest.iter().take(1).chain(new_rest.iter().take(1)).min() {
        let old_run = take_run(&mut old_rest, hash);
        let new_run = take_run(&mut new_rest, hash);
        join_run(old, old_run, new, new_run, &mut part);
    }
    part
}

/// Takes the first keys that have a hash.
fn take_run<'p>(rest: &mut &'p [Entry], hash: u64) -> &'p [Entry] {
    let length = rest.iter().take_while(|entry| entry.0 == hash).count();
    let (run, others) = rest.split_at(length);
    *rest = others;
    run
}

/// Joins the keys of one hash.
fn join_run(
    old: &KeyTable,
    old_run: &[Entry],
    new: &KeyTable,
    new_run: &[Entry],
    part: &mut JoinedPart,
) {
    // Two that may be a pair are compared later, in load order.
    match (old_run, new_run) {
        (&[(_, old_number)], &[(_, new_number)]) => {
            part.candidates.push((old_number, new_number));
            return;
        }
        ([_], []) | ([], [_]) => return,
        _ => {}
    }
    let numbers = |run: &[Entry]| run.iter().map(|&(_, number)| number).collect();
    let keys = KeyNumbers {
        old: numbers(old_run),
        new: numbers(new_run),
    };
    // A run is mostly one text, whose number is compared before its bytes.
    let is_one_text = |keys: &KeyTable, run: &[Entry]| {
        let mut pairs = run.windows(2);
        pairs.all(|pair| keys.have_one_text(pair[0].1, pair[1].1))
    };
    let is_same = match (old_run.first(), new_run.first()) {
        (Some(&(_, old_number)), Some(&(_, new_number))) => {
            old.text(old_number) == new.text(new_number)
        }
        _ => true,
    };
    if is_same && is_one_text(old, old_run) && is_one_text(new, new_run) {
        part.push(keys);
        return;
    }
    // Different keys of one hash.
    let mut by_text: HashMap<&[u8], KeyNumbers> = HashMap::new();
    for number in keys.old {
        by_text
            .entry(old.text(number))
            .or_default()
            .old
            .push(number);
    }
    for number in keys.new {
        by_text
            .entry(new.text(number))
            .or_default()
            .new
            .push(number);
    }
    for keys in by_text.into_values() {
        part.push(keys);
    }
}

impl Pairing {
    /// Keeps the records of which some version is selected.
    pub(crate) fn retain(
        &mut self,
        selects_old: impl Fn(RowId) -> bool,
        selects_new: impl Fn(RowId) -> bool,
    ) {
        self.versions.retain(|pair| {
            pair.old_row().is_some_and(&selects_old) || pair.new_row().is_some_and(&selects_new)
        });
        self.repeated.retain(|key| {
            let mut old = key.old.iter().copied();
            old.any(&selects_old) || key.new.iter().copied().any(&selects_new)
        });
    }

    /// Pairs the records of repeated keys: equal ones first, the others in load order. Those that are left over have no
    /// other version.
    pub(crate) fn pair_repeated(
        &mut self,
        old: &Snapshot,
        new: &Snapshot,
        rules: &PathRules,
    ) -> Result<(), Error> {
        let hasher = DefaultHashBuilder::default();
        let paired = self.repeated.par_iter().map(|key| {
            let old_forms = hash_forms(&key.old, old, rules, &hasher)?;
            let new_forms = hash_forms(&key.new, new, rules, &hasher)?;
            Ok(pair_equal_first(key, &old_forms, &new_forms))
        });
        let paired: Vec<Vec<Versions>> = paired.collect::<Result<_, Error>>()?;
        if !paired.is_empty() {
            self.versions.extend(paired.into_iter().flatten());
            self.versions.par_sort_unstable();
        }
        Ok(())
    }
}

/// Returns the rows of each key that several selected records of a snapshot have, in the order of their first rows.
///
/// The column of the key must be loaded, if it has one.
///
/// # Errors
/// A source that cannot be read.
pub fn repeated_keys(side: Side<'_>, key: &Key) -> Result<Vec<Vec<RowId>>, Error> {
    let hasher = DefaultHashBuilder::default();
    let keys = KeyTable::read(key, side.snapshot, |row| side.selects(row), &hasher)?;
    let repeated = Pairing::join(&keys, &KeyTable::default()).repeated;
    Ok(repeated.into_iter().map(|rows| rows.old).collect())
}

/// Returns a hash of the canonical form of each record.
fn hash_forms(
    rows: &[RowId],
    snapshot: &Snapshot,
    rules: &PathRules,
    hasher: &DefaultHashBuilder,
) -> Result<Vec<u64>, Error> {
    let mut hashes = Vec::with_capacity(rows.len());
    snapshot.for_each_record(rows, &mut snapshot.reader(), |record| {
        let form = canonical_form(record, rules, rules.root())?;
        hashes.push(hasher.hash_one(form));
        Ok::<(), Error>(())
    })?;
    Ok(hashes)
}

/// The positions of the old and of the new version of a record, each in the list of its side.
pub type PairedPositions = (Option<usize>, Option<usize>);

/// Pairs the records of one key: equal ones first, the others in load order. Those that are left over have no other
/// version.
///
/// # Errors
/// Some bytes that are not valid JSON.
pub fn pair_records<R: AsRef<[u8]>>(
    old: &[R],
    new: &[R],
    rules: &PathRules,
) -> Result<Vec<PairedPositions>, Error> {
    let hasher = DefaultHashBuilder::default();
    let hashes = |records: &[R]| {
        let forms = records
            .iter()
            .map(|record| canonical_form(record.as_ref(), rules, rules.root()));
        let hashes = forms.map(|form| Ok(hasher.hash_one(form?)));
        hashes.collect::<Result<Vec<u64>, Error>>()
    };
    let rows = |records: &[R]| (0..records.len() as u32).map(RowId).collect();
    let key = KeyRows {
        old: rows(old),
        new: rows(new),
    };
    let position = |row: Option<RowId>| row.map(|row| row.0 as usize);
    let mut versions = pair_equal_first(&key, &hashes(old)?, &hashes(new)?);
    versions.sort_unstable();
    let pairs = versions.into_iter();
    Ok(pairs
        .map(|pair| (position(pair.old_row()), position(pair.new_row())))
        .collect())
}

/// Pairs records with equal hashes, in load order, and then the others in load order.
fn pair_equal_first(key: &KeyRows, old_hashes: &[u64], new_hashes: &[u64]) -> Vec<Versions> {
    let mut new_by_hash: HashMap<u64, VecDeque<RowId>> = HashMap::new();
    for (&hash, &row) in new_hashes.iter().zip(&key.new) {
        new_by_hash.entry(hash).or_default().push_back(row);
    }
    let mut versions = Vec::new();
    let mut old_rest = VecDeque::new();
    for (hash, &row) in old_hashes.iter().zip(&key.old) {
        match new_by_hash.get_mut(hash).and_then(VecDeque::pop_front) {
            Some(new) => versions.push(Versions::new(Some(row), Some(new))),
            None => old_rest.push_back(row),
        }
    }
    let mut new_rest: Vec<RowId> = new_by_hash.into_values().flatten().collect();
    new_rest.sort_unstable();
    let mut new_rest = VecDeque::from(new_rest);
    while !old_rest.is_empty() || !new_rest.is_empty() {
        versions.push(Versions::new(old_rest.pop_front(), new_rest.pop_front()));
    }
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_keys_of_one_hash_are_no_pair() {
        let key = Key::id(idq::api::Api::provisionr());
        let old = KeyTable::with_hashes(&key, &[("a", 7), ("b", 7), ("c", 9), ("d", 1)]);
        let new = KeyTable::with_hashes(&key, &[("x", 9), ("b", 7), ("b", 7), ("d", 1)]);
        let pairing = Pairing::join(&old, &new);
        let versions =
            |old: Option<u32>, new: Option<u32>| Versions::new(old.map(RowId), new.map(RowId));
        assert_eq!(
            pairing.versions,
            [
                versions(Some(0), None),
                versions(Some(2), None),
                versions(Some(3), Some(3)),
                versions(None, Some(0)),
            ]
        );
        let repeated = KeyRows {
            old: vec![RowId(1)],
            new: vec![RowId(1), RowId(2)],
        };
        assert_eq!(pairing.repeated, [repeated]);
    }
}
