//! Matching: which records of two snapshots, of any APIs, belong to one identity.

mod batch;
mod condition;
mod rule;
mod writer;

use std::borrow::Cow;
use std::collections::BTreeMap;

use hashbrown::DefaultHashBuilder;
use idq::{RowId, Snapshot};
use rayon::prelude::*;

use crate::diff::Side;
use crate::error::Error;
use crate::fold::Fold;
use crate::key_table::KeyTable;
use crate::pairing::Pairing;

pub use condition::{ConditionError, EvaluatedCondition, MatchSide, PairCondition};
pub use rule::{MatchRule, RuleError};
pub use writer::{MatchFormat, MatchWriter};

/// The number of records that may be linked with one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cardinality {
    /// One record of each side; several candidates are disputed.
    #[default]
    OneToOne,
    /// Any number of right records with one left record.
    OneToMany,
    /// Any number of left records with one right record.
    ManyToOne,
}

/// The situation of some records, in the words of identity governance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Situation {
    /// They belong to one identity.
    Linked,
    /// Several candidates have the same value: the rules do not decide.
    Disputed,
    /// No rule finds a record of the other side.
    Unmatched,
}

impl Situation {
    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::Disputed => "disputed",
            Self::Unmatched => "unmatched",
        }
    }
}

/// The records of two snapshots in groups that belong together, each record in one group.
#[derive(Debug)]
pub struct Matching<'s> {
    left: Side<'s>,
    right: Side<'s>,
    rules: Vec<MatchRule>,
    /// The groups in the order of their first left records, followed by those without one in the order of the right ones.
    groups: Vec<GroupRows>,
    /// The rows of all groups, one group after another: first those of the left, then those of the right snapshot.
    rows: Vec<RowId>,
    tally: MatchTally,
}

/// A group of records as a range of rows.
#[derive(Debug, Clone, Copy)]
struct GroupRows {
    start: usize,
    left: u32,
    right: u32,
    /// The number of the rule that found the group; [`NO_RULE`] for unmatched records.
    rule: u16,
    situation: Situation,
}

/// The rule of records that no rule matches.
const NO_RULE: u16 = u16::MAX;

/// Some records that belong together, or one that is unmatched.
#[derive(Debug, Clone, Copy)]
pub struct MatchGroup<'m> {
    /// The situation.
    pub situation: Situation,
    /// The rule that has decided; `None` for an unmatched record.
    pub rule: Option<&'m MatchRule>,
    /// The rows of the left snapshot, in load order.
    pub left: &'m [RowId],
    /// The rows of the right snapshot, in load order.
    pub right: &'m [RowId],
}

impl Situation {
    /// Returns the lines of a table of groups, of a group of this situation: the pairs of a linked one, and the records of
    /// another one, each alone, because they are no pairs.
    pub fn lines<'r, R>(self, left: &'r [R], right: &'r [R]) -> Vec<[Option<&'r R>; 2]> {
        if self == Self::Linked {
            let pairs = pairs_of(left, right);
            return pairs
                .map(|(left, right)| [Some(left), Some(right)])
                .collect();
        }
        let left = left.iter().map(|record| [Some(record), None]);
        let right = right.iter().map(|record| [None, Some(record)]);
        left.chain(right).collect()
    }
}

/// The numbers of a matching.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MatchTally {
    /// Number of left records that take part.
    pub left: u64,
    /// Number of right records that take part.
    pub right: u64,
    /// Number of linked groups.
    pub linked: u64,
    /// Number of disputed groups.
    pub disputed: u64,
    /// Number of left records in disputed groups.
    pub disputed_left: u64,
    /// Number of right records in disputed groups.
    pub disputed_right: u64,
    /// Number of unmatched left records.
    pub unmatched_left: u64,
    /// Number of unmatched right records.
    pub unmatched_right: u64,
    /// The numbers of each rule, in order.
    pub rules: Vec<RuleTally>,
}

/// The numbers of a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleTally {
    /// Number of linked pairs whose values are equal as spelled (`None`), or need a folding and those before it.
    pub pairs: BTreeMap<Option<Fold>, u64>,
    /// Number of disputed groups.
    pub disputed: u64,
    /// Number of left records without a value.
    pub left_without_value: u64,
    /// Number of right records without a value.
    pub right_without_value: u64,
    /// Number of open records of both sides whose candidates had all been decided by earlier rules.
    pub taken: u64,
}

/// The records that no rule has decided yet.
struct Open {
    left: Vec<bool>,
    right: Vec<bool>,
}

impl<'s> Matching<'s> {
    /// Matches the selected records of two snapshots. The first rule that finds candidates for a record decides it: as
    /// linked if their numbers are those of the cardinality, and as disputed otherwise. Records without a value, or with an
    /// empty one, have no candidates by that rule.
    ///
    /// The columns of the rules must be loaded.
    ///
    /// # Errors
    /// A source that cannot be read.
    pub fn new(
        left: Side<'s>,
        right: Side<'s>,
        rules: Vec<MatchRule>,
        cardinality: Cardinality,
    ) -> Result<Self, Error> {
        let mut open = Open {
            left: open_rows(left),
            right: open_rows(right),
        };
        let mut tally = MatchTally {
            left: open.left.iter().filter(|&&is_open| is_open).count() as u64,
            right: open.right.iter().filter(|&&is_open| is_open).count() as u64,
            ..MatchTally::default()
        };
        let mut matching = Self {
            left,
            right,
            rules: Vec::new(),
            groups: Vec::with_capacity(tally.left.max(tally.right) as usize),
            rows: Vec::with_capacity((tally.left + tally.right) as usize),
            tally: MatchTally::default(),
        };
        for (number, rule) in rules.iter().enumerate() {
            let number = u16::try_from(number).unwrap_or(NO_RULE - 1);
            let rule_tally = matching.apply(rule, number, cardinality, &mut open)?;
            tally.rules.push(rule_tally);
        }
        matching.rules = rules;
        for (rows, is_left) in [(&open.left, true), (&open.right, false)] {
            for (row, _) in rows.iter().enumerate().filter(|(_, is_open)| **is_open) {
                let row = [RowId(row as u32)];
                let (left, right): (&[_], &[_]) = if is_left { (&row, &[]) } else { (&[], &row) };
                matching.push(left, right, NO_RULE, Situation::Unmatched);
            }
        }
        for group in &matching.groups {
            let (left, right) = (u64::from(group.left), u64::from(group.right));
            match group.situation {
                Situation::Linked => tally.linked += 1,
                Situation::Disputed => {
                    tally.disputed += 1;
                    tally.disputed_left += left;
                    tally.disputed_right += right;
                }
                Situation::Unmatched => {
                    tally.unmatched_left += left;
                    tally.unmatched_right += right;
                }
            }
        }
        matching.tally = tally;
        let rows = &matching.rows;
        matching
            .groups
            .par_sort_unstable_by_key(|group| (group.left == 0, rows[group.start]));
        Ok(matching)
    }

    /// Applies a rule to the open records.
    fn apply(
        &mut self,
        rule: &MatchRule,
        number: u16,
        cardinality: Cardinality,
        open: &mut Open,
    ) -> Result<RuleTally, Error> {
        let hasher = DefaultHashBuilder::default();
        let (left, right) = (self.left, self.right);
        let (left_keys, right_keys) = rayon::join(
            || KeyTable::read(&rule.left, left.snapshot, |row| left.selects(row), &hasher),
            || {
                KeyTable::read(
                    &rule.right,
                    right.snapshot,
                    |row| right.selects(row),
                    &hasher,
                )
            },
        );
        let (left_keys, right_keys) = (left_keys?, right_keys?);
        let mut tally = RuleTally {
            left_without_value: left_keys.without_key,
            right_without_value: right_keys.without_key,
            ..RuleTally::default()
        };
        let pairing = Pairing::join(&left_keys, &right_keys);
        let first_group = self.groups.len();
        for versions in &pairing.versions {
            if let (Some(left), Some(right)) = (versions.old_row(), versions.new_row()) {
                self.decide(&[left], &[right], number, cardinality, open, &mut tally);
            }
        }
        for key in &pairing.repeated {
            self.decide(&key.old, &key.new, number, cardinality, open, &mut tally);
        }
        let count = |groups: &[GroupRows]| {
            let mut pairs: BTreeMap<Option<Fold>, u64> = BTreeMap::new();
            for &group in groups {
                let group = self.group(group);
                if group.situation == Situation::Linked {
                    for (&left, &right) in pairs_of(group.left, group.right) {
                        let (left, right) = (left_keys.spelling(left), right_keys.spelling(right));
                        *pairs.entry(rule.deciding_fold(left, right)).or_default() += 1;
                    }
                }
            }
            pairs
        };
        let new = &self.groups[first_group..];
        let counted: Vec<_> = new.par_chunks(GROUPS_PER_TASK).map(count).collect();
        for (fold, pairs) in counted.into_iter().flatten() {
            *tally.pairs.entry(fold).or_default() += pairs;
        }
        Ok(tally)
    }

    /// Decides the open records of those that have one key.
    fn decide(
        &mut self,
        left: &[RowId],
        right: &[RowId],
        rule: u16,
        cardinality: Cardinality,
        open: &mut Open,
        tally: &mut RuleTally,
    ) {
        let open_left = open_of(left, &open.left);
        let open_right = open_of(right, &open.right);
        let (left_count, right_count) = (open_left.len(), open_right.len());
        if left_count == 0 || right_count == 0 {
            if !left.is_empty() && !right.is_empty() {
                tally.taken += (left_count + right_count) as u64;
            }
            return;
        }
        let is_linked = match cardinality {
            Cardinality::OneToOne => left_count == 1 && right_count == 1,
            Cardinality::OneToMany => left_count == 1,
            Cardinality::ManyToOne => right_count == 1,
        };
        let situation = if is_linked {
            Situation::Linked
        } else {
            tally.disputed += 1;
            Situation::Disputed
        };
        for row in open_left.iter() {
            open.left[row.0 as usize] = false;
        }
        for row in open_right.iter() {
            open.right[row.0 as usize] = false;
        }
        self.push(&open_left, &open_right, rule, situation);
    }

    /// Adds a group.
    fn push(&mut self, left: &[RowId], right: &[RowId], rule: u16, situation: Situation) {
        self.groups.push(GroupRows {
            start: self.rows.len(),
            left: left.len() as u32,
            right: right.len() as u32,
            rule,
            situation,
        });
        self.rows.extend_from_slice(left);
        self.rows.extend_from_slice(right);
    }

    /// Returns the numbers of the matching.
    pub fn tally(&self) -> &MatchTally {
        &self.tally
    }

    /// Returns the rules, in order.
    pub fn rules(&self) -> &[MatchRule] {
        &self.rules
    }

    /// Shows the records of copies of both snapshots, such as masked ones, whose rows are those of the snapshots.
    /// Conditions are evaluated before.
    #[must_use]
    pub fn showing(mut self, [left, right]: [&'s Snapshot; 2]) -> Self {
        self.left.snapshot = left;
        self.right.snapshot = right;
        self
    }

    /// Returns the snapshot of a side.
    pub fn snapshot(&self, side: MatchSide) -> &'s Snapshot {
        match side {
            MatchSide::Left => self.left.snapshot,
            MatchSide::Right => self.right.snapshot,
        }
    }

    /// Returns the groups: in the order of their first left records, followed by unmatched right records in their order.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = MatchGroup<'_>> {
        self.groups.iter().map(|&group| self.group(group))
    }

    /// Returns a group.
    fn group(&self, group: GroupRows) -> MatchGroup<'_> {
        let rows = &self.rows[group.start..];
        let (left, rest) = rows.split_at(group.left as usize);
        MatchGroup {
            situation: group.situation,
            rule: self.rules.get(usize::from(group.rule)),
            left,
            right: &rest[..group.right as usize],
        }
    }

    /// Keeps the groups that `keeps` accepts; the numbers stay those of all groups.
    pub fn retain(&mut self, keeps: impl Fn(MatchGroup<'_>) -> bool + Sync) {
        let groups = self.groups.par_iter().copied();
        self.groups = groups.filter(|&group| keeps(self.group(group))).collect();
    }

    /// Keeps the groups of which some pair of records satisfies a condition.
    pub fn retain_satisfying(&mut self, condition: &EvaluatedCondition) {
        let snapshots = MatchSide::ALL.map(|side| self.snapshot(side));
        self.retain(|group| condition.holds_for_some(snapshots, group.left, group.right));
    }
}

/// The number of groups that one task counts.
const GROUPS_PER_TASK: usize = 16 * 1024;

/// Returns the pairs of a linked group, one side of which has one record.
fn pairs_of<'r, R>(left: &'r [R], right: &'r [R]) -> impl Iterator<Item = (&'r R, &'r R)> {
    let left = left.iter();
    left.flat_map(move |left| right.iter().map(move |right| (left, right)))
}

/// Returns the open ones of some rows.
fn open_of<'r>(rows: &'r [RowId], open: &[bool]) -> Cow<'r, [RowId]> {
    let is_open = |row: &&RowId| open[row.0 as usize];
    if rows.iter().all(|row| is_open(&row)) {
        return Cow::Borrowed(rows);
    }
    Cow::Owned(rows.iter().filter(is_open).copied().collect())
}

/// Returns for each row of a snapshot whether it takes part.
fn open_rows(side: Side<'_>) -> Vec<bool> {
    let snapshot = side.snapshot;
    let chunks = snapshot.chunks();
    let mut open = vec![false; snapshot.all_rows()];
    for (number, chunk) in chunks.iter().enumerate() {
        chunk.for_each_visible(|row| {
            let row = snapshot.row_id(number, row);
            open[row.0 as usize] = side.selects(row);
        });
    }
    open
}
