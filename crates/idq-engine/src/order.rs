use std::cmp::Ordering;

use arrow_array::Array;
use hashbrown::HashMap;
use idq_api::Collation;
use idq_columns::{Column, fold};
use idq_grammar::Direction;
use idq_load::Snapshot;

use crate::evaluate::NotLoaded;

/// A field to order by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderTerm {
    /// The field's position in the API's table.
    pub field: usize,
    /// Which way.
    pub direction: Direction,
}

/// A match on its way to its place: ordered by prefix, then by the order's keys, then by load position.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    /// The start of the first key, so that most comparisons need no more.
    pub(crate) prefix: u64,
    pub(crate) chunk: u32,
    pub(crate) row: u32,
}

/// An order, compiled for a snapshot.
pub(crate) struct Order<'s> {
    snapshot: &'s Snapshot,
    keys: Vec<Key>,
}

struct Key {
    field: usize,
    collation: Collation,
    direction: Direction,
    /// For keywords, the rank of each code of each chunk, from 1.
    ranks: Option<Vec<Vec<u32>>>,
}

impl<'s> Order<'s> {
    pub(crate) fn compile(terms: &[OrderTerm], snapshot: &'s Snapshot) -> Result<Self, NotLoaded> {
        NotLoaded::check(snapshot, terms.iter().map(|term| term.field))?;
        let key = |term: &OrderTerm| {
            let collation = snapshot.api().fields[term.field].collation;
            let ranks = keyword_ranks(snapshot, term.field, collation);
            Key {
                field: term.field,
                collation,
                direction: term.direction,
                ranks,
            }
        };
        Ok(Self {
            snapshot,
            keys: terms.iter().map(key).collect(),
        })
    }

    /// Whether matches stay as they were loaded.
    pub(crate) fn is_load_order(&self) -> bool {
        self.keys.is_empty()
    }

    /// Readies a row for comparison.
    pub(crate) fn candidate(&self, chunk: usize, row: usize) -> Candidate {
        let prefix = self.keys.first().map_or(0, |key| {
            let prefix = key.prefix(self.snapshot, chunk, row);
            if key.direction == Direction::Descending {
                !prefix
            } else {
                prefix
            }
        });
        Candidate {
            prefix,
            chunk: chunk as u32,
            row: row as u32,
        }
    }

    /// The order of two different rows; never equal.
    pub(crate) fn compare(&self, one: &Candidate, other: &Candidate) -> Ordering {
        let position = |candidate: &Candidate| (candidate.chunk, candidate.row);
        one.prefix
            .cmp(&other.prefix)
            .then_with(|| self.compare_keys(one, other))
            .then_with(|| position(one).cmp(&position(other)))
    }

    fn compare_keys(&self, one: &Candidate, other: &Candidate) -> Ordering {
        for (index, key) in self.keys.iter().enumerate() {
            if index == 0 && key.ranks.is_some() {
                // The prefix was the whole key.
                continue;
            }
            let order = key.compare(self.snapshot, one, other);
            let order = if key.direction == Direction::Descending {
                order.reverse()
            } else {
                order
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    }
}

impl Key {
    /// A number that never orders two rows wrongly; 0 where there is no value, which sorts lowest.
    fn prefix(&self, snapshot: &Snapshot, chunk: usize, row: usize) -> u64 {
        match snapshot.chunks()[chunk].column(self.field) {
            Some(Column::Timestamp(column)) => {
                // Flipping the sign bit makes the order of signed numbers that of unsigned ones.
                column
                    .value(row)
                    .map_or(0, |instant| (instant as u64) ^ (1 << 63))
            }
            Some(Column::Text(column)) => {
                let text = match self.collation {
                    Collation::Bytes => column.value(row),
                    Collation::Lowercase => column.folded_value(row),
                };
                text.map_or(0, |text| first_bytes(text.as_bytes()))
            }
            Some(Column::Keyword(_)) => u64::from(self.rank(snapshot, chunk, row)),
            _ => 0,
        }
    }

    /// The rank of a keyword; 0 for no value.
    fn rank(&self, snapshot: &Snapshot, chunk: usize, row: usize) -> u32 {
        match (snapshot.chunks()[chunk].column(self.field), &self.ranks) {
            (Some(Column::Keyword(column)), Some(ranks)) => column
                .code(row)
                .map_or(0, |code| ranks[chunk][code as usize]),
            _ => 0,
        }
    }

    /// The order of two rows by this key alone. `None` is the least of options, as no value is of values.
    fn compare(&self, snapshot: &Snapshot, one: &Candidate, other: &Candidate) -> Ordering {
        let column =
            |candidate: &Candidate| snapshot.chunks()[candidate.chunk as usize].column(self.field);
        let row = |candidate: &Candidate| candidate.row as usize;
        match (column(one), column(other)) {
            (Some(Column::Timestamp(left)), Some(Column::Timestamp(right))) => {
                left.value(row(one)).cmp(&right.value(row(other)))
            }
            (Some(Column::Text(left)), Some(Column::Text(right))) => match self.collation {
                Collation::Bytes => left.value(row(one)).cmp(&right.value(row(other))),
                Collation::Lowercase => left
                    .folded_value(row(one))
                    .cmp(&right.folded_value(row(other))),
            },
            (Some(Column::Keyword(_)), Some(Column::Keyword(_))) => {
                let rank = |candidate: &Candidate| {
                    self.rank(snapshot, candidate.chunk as usize, row(candidate))
                };
                rank(one).cmp(&rank(other))
            }
            _ => Ordering::Equal,
        }
    }
}

/// The first eight bytes as a number that compares like the text, as far as eight bytes tell.
fn first_bytes(text: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let length = text.len().min(8);
    bytes[..length].copy_from_slice(&text[..length]);
    u64::from_be_bytes(bytes)
}

/// For each chunk the rank of each code among all values of the snapshot, from 1; values that fold alike share one.
fn keyword_ranks(snapshot: &Snapshot, field: usize, collation: Collation) -> Option<Vec<Vec<u32>>> {
    let dictionaries: Vec<_> = snapshot
        .chunks()
        .iter()
        .map(|chunk| match chunk.column(field) {
            Some(Column::Keyword(column)) => Some(column.dictionary()),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let form = |text: &str| match collation {
        Collation::Bytes => text.to_owned(),
        Collation::Lowercase => fold(text).into_owned(),
    };
    let mut ranks: HashMap<String, u32> = HashMap::new();
    for dictionary in &dictionaries {
        for text in dictionary.iter().flatten() {
            ranks.insert(form(text), 0);
        }
    }
    let mut texts: Vec<(&String, &mut u32)> = ranks.iter_mut().collect();
    texts.sort_unstable_by(|one, other| one.0.cmp(other.0));
    for (index, (_, rank)) in texts.into_iter().enumerate() {
        *rank = index as u32 + 1;
    }
    let ranked = |dictionary: &&arrow_array::StringArray| {
        (0..dictionary.len())
            .map(|code| ranks[&form(dictionary.value(code))])
            .collect()
    };
    Some(dictionaries.iter().map(ranked).collect())
}
