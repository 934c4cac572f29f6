//! Normalized keys: values as words that compare like them.
//!
//! The technique is that of DuckDB's sort and of the `arrow-row` crate. Unlike `arrow-row`, which encodes the keys of
//! all rows in full before it compares any, words are computed on demand: the first word of a key decides nearly all
//! comparisons, and a top-k selection reads no other word of most rows.

use std::cmp::Ordering;

use idq_columns::TextWindow;

/// A row on its way through a sort or a selection: 16 bytes, compared by its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortEntry {
    /// One word of the row's key: the first one, or the one by which a radix sort is sorting.
    pub key_word: u64,
    /// The chunk of the row.
    pub chunk: u32,
    /// The row within its chunk.
    pub row: u32,
}

impl SortEntry {
    /// Returns the position of the row in load order.
    pub fn location(&self) -> (u32, u32) {
        (self.chunk, self.row)
    }
}

/// The position of a word in the keys of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyPosition {
    /// The key, from the most significant one on.
    pub(super) key: usize,
    /// The word within the key.
    pub(super) word: usize,
}

impl KeyPosition {
    /// The first word of the first key.
    pub(crate) const FIRST: Self = Self { key: 0, word: 0 };

    /// Returns the position of the next word of the same key.
    pub(super) fn next_word(self) -> Self {
        Self {
            word: self.word + 1,
            ..self
        }
    }
}

/// The normalized keys of a set of rows.
///
/// Invariant: if two rows have equal words up to a position, their words at the next position compare as their values
/// do, and both rows have the same next position.
pub(crate) trait NormalizedKeys: Sync {
    /// Returns the word of a row at a position.
    fn key_word(&self, chunk: usize, row: usize, position: KeyPosition) -> u64;

    /// Returns the position at which rows with the same `word` at `position` differ next; `None` if their keys are
    /// equal.
    fn next(&self, word: u64, position: KeyPosition) -> Option<KeyPosition>;

    /// Compares two different rows with equal keys: by load order, unless the keys do not determine the order.
    fn break_tie(&self, one: &SortEntry, other: &SortEntry) -> Ordering {
        one.location().cmp(&other.location())
    }

    /// Compares two rows whose words before a position are equal.
    fn compare_from(
        &self,
        one: &SortEntry,
        other: &SortEntry,
        mut position: Option<KeyPosition>,
    ) -> Ordering {
        let word = |entry: &SortEntry, position| {
            self.key_word(entry.chunk as usize, entry.row as usize, position)
        };
        while let Some(at) = position {
            let first = word(one, at);
            let order = first.cmp(&word(other, at));
            if order != Ordering::Equal {
                return order;
            }
            position = self.next(first, at);
        }
        self.break_tie(one, other)
    }

    /// Compares two rows whose entries have the first words of their keys.
    fn compare(&self, one: &SortEntry, other: &SortEntry) -> Ordering {
        one.key_word.cmp(&other.key_word).then_with(|| {
            let next = self.next(one.key_word, KeyPosition::FIRST);
            self.compare_from(one, other, next)
        })
    }
}

/// The word of a row without a value: less than the words of all values.
pub(super) const NO_VALUE: u64 = 0;

/// Bytes of text in a word. The eighth byte has the number of bytes, so that words of texts with zeros differ.
pub(super) const TEXT_WORD_BYTES: usize = 7;

/// The low byte of a word after which the text continues: one more than that of a word with the last seven bytes.
const TRUNCATED: u64 = TEXT_WORD_BYTES as u64 + 2;

/// Returns a window of a text as a word that compares as the text does.
///
/// The low byte is one more than the number of bytes, capped: a text that ends is less than one that continues, even
/// with zeros, and no text has the word [`NO_VALUE`].
pub(super) fn text_word(window: TextWindow) -> u64 {
    let length = window.remaining.min(TEXT_WORD_BYTES + 1) as u64;
    (u64::from_be_bytes(window.bytes) & !0xFF) | (length + 1)
}

/// Returns whether a text continues after one of its words.
pub(super) fn is_truncated(word: u64) -> bool {
    word & 0xFF == TRUNCATED
}

/// Returns an instant as a word that compares as the instant does.
pub(super) fn instant_word(instant: i64) -> u64 {
    // A flipped sign bit turns the order of signed numbers into that of unsigned ones. The greatest instant shares the
    // word of its predecessor: it is 292,000 years after the epoch, beyond the years that RFC 3339 can write.
    ((instant as u64) ^ (1 << 63)).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_word_of_any_two_texts_compares_as_they_do() {
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
        let words = texts.map(|text| text_word(TextWindow::new(text.as_bytes(), 0)));
        for (one, text) in words.iter().zip(texts) {
            for (other, longer) in words.iter().zip(texts) {
                let expected = text.cmp(longer);
                if one == other {
                    let is_undecided = text == longer || is_truncated(*one);
                    assert!(is_undecided, "{text:?} {longer:?}");
                } else {
                    assert_eq!(one.cmp(other), expected, "{text:?} {longer:?}");
                }
            }
        }
        assert!(words.iter().all(|&word| word > NO_VALUE));
    }

    #[test]
    fn instant_word_of_any_instant_compares_as_it_does() {
        let instants = [i64::MIN + 1, -2, -1, 0, 1, i64::MAX - 1];
        let words = instants.map(instant_word);
        assert!(words.is_sorted_by(|one, other| one < other));
        assert!(words[0] > NO_VALUE);
    }
}
