//! Orders of rows, by normalized keys.

use std::cmp::Ordering;
use std::sync::Arc;

use idq_api::Collation;
use idq_columns::{Codes, Column};
use idq_grammar::Direction;
use idq_load::Snapshot;

use crate::evaluate::{EvaluateError, require};
use crate::ranks::keyword_ranks;

/// A field to order by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderTerm {
    /// The field's position in the API's table.
    pub field: usize,
    /// Which way.
    pub direction: Direction,
}

/// A row on its way to its place: ordered by prefix, then by the order's keys, then by load position.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    /// The first word of the first key, so that most comparisons need no more.
    pub(crate) prefix: u64,
    pub(crate) chunk: u32,
    pub(crate) row: u32,
}

impl Candidate {
    /// The place in load order.
    pub(crate) fn position(&self) -> (u32, u32) {
        (self.chunk, self.row)
    }
}

/// An order, compiled for a snapshot.
///
/// The keys of a row are read as a sequence of *words*, numbers that compare as the keys do: one word for an instant or
/// a keyword, as many as it takes for a text.
pub(crate) struct Order<'s> {
    snapshot: &'s Snapshot,
    keys: Vec<Key>,
}

struct Key {
    field: usize,
    collation: Collation,
    direction: Direction,
    /// For keywords, the rank of each code of each chunk, from 1.
    ranks: Option<Vec<Arc<[u32]>>>,
    /// How many bytes all texts have in common at their start.
    skip: usize,
    /// Whether a value is one word: all but texts without ranks.
    is_whole: bool,
}

/// Which word of a row's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Depth {
    key: usize,
    word: usize,
}

impl Depth {
    pub(crate) const FIRST: Self = Self { key: 0, word: 0 };

    /// How many words of texts lie before.
    pub(crate) fn words(self) -> usize {
        self.word
    }
}

/// How much of a text a word has; its last byte says how much there was.
const BYTES: usize = 7;

/// The last byte of a word behind which the text goes on.
const GOES_ON: u64 = BYTES as u64 + 2;

impl<'s> Order<'s> {
    pub(crate) fn compile(
        terms: &[OrderTerm],
        snapshot: &'s Snapshot,
    ) -> Result<Self, EvaluateError> {
        require(snapshot, terms.iter().map(|term| term.field))?;
        for term in terms {
            snapshot.require_ranks(term.field)?;
        }
        let key = |term: &OrderTerm| {
            let collation = snapshot.api().fields[term.field].collation;
            let ranks = keyword_ranks(snapshot, term.field, collation);
            let is_ranked = ranks.is_some() || has_ranks(snapshot, term.field);
            let skip = (!is_ranked)
                .then(|| common_prefix(snapshot, term.field, collation))
                .flatten();
            Key {
                field: term.field,
                collation,
                direction: term.direction,
                ranks,
                skip: skip.unwrap_or_default(),
                is_whole: skip.is_none(),
            }
        };
        Ok(Self {
            snapshot,
            keys: terms.iter().map(key).collect(),
        })
    }

    /// Readies a row for comparison.
    pub(crate) fn candidate(&self, chunk: usize, row: usize) -> Candidate {
        Candidate {
            prefix: self.word(chunk, row, Depth::FIRST),
            chunk: chunk as u32,
            row: row as u32,
        }
    }

    /// The first words of all rows of a chunk, for whoever looks at many.
    pub(crate) fn first_words(&self, chunk: usize) -> Vec<u64> {
        let rows = self.snapshot.chunks()[chunk].rows();
        let Some(key) = self.keys.first() else {
            return vec![0; rows];
        };
        let mut words = key.words(self.snapshot, chunk);
        if key.direction == Direction::Descending {
            words.iter_mut().for_each(|word| *word = !*word);
        }
        words
    }

    /// A word of a row; 0 if there are none.
    pub(crate) fn word(&self, chunk: usize, row: usize, depth: Depth) -> u64 {
        let Some(key) = self.keys.get(depth.key) else {
            return 0;
        };
        let word = key.word(self.snapshot, chunk, row, depth.word);
        if key.direction == Direction::Descending {
            !word
        } else {
            word
        }
    }

    /// Where rows with this same word at this depth differ next, if they do.
    pub(crate) fn below(&self, word: u64, depth: Depth) -> Option<Depth> {
        let key = self.keys.get(depth.key)?;
        let word = if key.direction == Direction::Descending {
            !word
        } else {
            word
        };
        if key.goes_on(word) {
            return Some(Depth {
                key: depth.key,
                word: depth.word + 1,
            });
        }
        let next = depth.key + 1;
        (next < self.keys.len()).then_some(Depth { key: next, word: 0 })
    }

    /// The order of two different rows; never equal.
    pub(crate) fn compare(&self, one: &Candidate, other: &Candidate) -> Ordering {
        one.prefix
            .cmp(&other.prefix)
            .then_with(|| self.compare_below(one, other, self.below(one.prefix, Depth::FIRST)))
    }

    /// The order of two different rows that have the same words above a depth.
    pub(crate) fn compare_below(
        &self,
        one: &Candidate,
        other: &Candidate,
        mut depth: Option<Depth>,
    ) -> Ordering {
        let word = |candidate: &Candidate, depth| {
            self.word(candidate.chunk as usize, candidate.row as usize, depth)
        };
        while let Some(at) = depth {
            let first = word(one, at);
            let order = first.cmp(&word(other, at));
            if order != Ordering::Equal {
                return order;
            }
            depth = self.below(first, at);
        }
        one.position().cmp(&other.position())
    }
}

impl Key {
    /// The first word of every row of a chunk.
    fn words(&self, snapshot: &Snapshot, chunk: usize) -> Vec<u64> {
        let of_chunk = &snapshot.chunks()[chunk];
        match (of_chunk.column(self.field), &self.ranks) {
            (Some(Column::Keyword(column)), Some(ranks)) => {
                let ranks = &ranks[chunk];
                // Codes of rows without a value mean nothing, and may lead nowhere.
                let rank = |code: usize| ranks.get(code).map_or(0, |rank| u64::from(*rank));
                let mut words: Vec<u64> = match column.codes() {
                    Codes::Bytes(codes) => codes.iter().map(|&code| rank(code.into())).collect(),
                    Codes::Shorts(codes) => codes.iter().map(|&code| rank(code.into())).collect(),
                    Codes::Words(codes) => codes.iter().map(|&code| rank(code as usize)).collect(),
                };
                if let Some(present) = column.presence().present_if_not_all() {
                    (!present).set_indices().for_each(|row| words[row] = 0);
                }
                words
            }
            (Some(Column::Text(_)), _) if of_chunk.ranks(self.field).is_some() => {
                let ranks = of_chunk.ranks(self.field).unwrap_or_default();
                ranks.iter().map(|&rank| u64::from(rank)).collect()
            }
            _ => (0..of_chunk.rows())
                .map(|row| self.word(snapshot, chunk, row, 0))
                .collect(),
        }
    }

    /// A word of this key's value; 0 where there is no value, which sorts lowest.
    fn word(&self, snapshot: &Snapshot, chunk: usize, row: usize, word: usize) -> u64 {
        match snapshot.chunks()[chunk].column(self.field) {
            Some(Column::Timestamp(column)) => column.value(row).map_or(0, |instant| {
                // Flipping the sign bit makes the order of signed numbers that of unsigned ones.
                ((instant as u64) ^ (1 << 63)).saturating_add(1)
            }),
            Some(Column::Keyword(column)) => match &self.ranks {
                Some(ranks) => column
                    .code(row)
                    .map_or(0, |code| u64::from(ranks[chunk][code as usize])),
                None => column.value(row).map_or(0, |text| {
                    let text = match self.collation {
                        Collation::Bytes => text.into(),
                        Collation::Lowercase => idq_columns::fold(text),
                    };
                    text_word(text.as_bytes().get(self.skip + BYTES * word..))
                }),
            },
            Some(Column::Text(column)) => {
                if let Some(ranks) = snapshot.chunks()[chunk].ranks(self.field) {
                    return u64::from(ranks[row]);
                }
                let from = self.skip + BYTES * word;
                let start = match self.collation {
                    Collation::Bytes => column.start(row, from),
                    Collation::Lowercase => column.folded_start(row, from),
                };
                start.map_or(0, |start| pack(start.bytes, start.length))
            }
            _ => 0,
        }
    }

    /// Whether the value of a row goes on behind this word of it.
    fn goes_on(&self, word: u64) -> bool {
        !self.is_whole && word & 0xFF == GOES_ON
    }
}

/// Whether every text of a field has a rank.
fn has_ranks(snapshot: &Snapshot, field: usize) -> bool {
    snapshot
        .chunks()
        .iter()
        .all(|chunk| chunk.ranks(field).is_some())
}

/// How many bytes all texts of a field have in common at their start, where folding does not change them; `None` where
/// the field is no text.
fn common_prefix(snapshot: &Snapshot, field: usize, collation: Collation) -> Option<usize> {
    let mut shared = None;
    for chunk in snapshot.chunks() {
        match chunk.column(field) {
            Some(Column::Text(_)) if collation == Collation::Lowercase => return Some(0),
            Some(Column::Text(column)) => column.shared_start(&mut shared),
            Some(Column::Keyword(_)) => return Some(0),
            _ => return None,
        }
        if shared.as_ref().is_some_and(|shared| shared.is_empty()) {
            break;
        }
    }
    Some(shared.map_or(0, |shared| shared.len()))
}

fn text_word(text: Option<&[u8]>) -> u64 {
    let text = text.unwrap_or_default();
    let mut bytes = [0; 8];
    let length = text.len().min(8);
    bytes[..length].copy_from_slice(&text[..length]);
    pack(bytes, text.len())
}

/// The next bytes of a text as a number that compares as the text does: behind the bytes how many there were, so that
/// a text is less than one that goes on, even if it goes on with zeros.
fn pack(bytes: [u8; 8], length: usize) -> u64 {
    (u64::from_be_bytes(bytes) & !0xFF) | (length.min(BYTES + 1) as u64 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_compare_as_texts_do() {
        let texts = [
            "",
            "\0",
            "\0\0",
            "a",
            "a\0",
            "abcdefg",
            "abcdefg\0",
            "abcdefgh",
            "b",
        ];
        let words = texts.map(|text| text_word(Some(text.as_bytes())));
        for (one, text) in words.iter().zip(texts) {
            for (other, longer) in words.iter().zip(texts) {
                let expected = text.cmp(longer);
                if one == other {
                    assert!(
                        text == longer || one & 0xFF == GOES_ON,
                        "{text:?} {longer:?}"
                    );
                } else {
                    assert_eq!(one.cmp(other), expected, "{text:?} {longer:?}");
                }
            }
        }
        assert!(words.iter().all(|&word| word > 0), "0 is no value");
    }
}
