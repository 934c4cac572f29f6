//! The order of the rows of a snapshot by the sort keys of a query.

use std::sync::Arc;

use idq_api::Collation;
use idq_columns::{Codes, Column, CommonPrefix, KeywordColumn, TextWindow};
use idq_grammar::Direction;
use idq_snapshot::{ColumnError, Snapshot};
use rayon::prelude::*;

use super::normalized_key::{
    KeyPosition, NO_VALUE, NormalizedKeys, SortEntry, TEXT_WORD_BYTES, instant_word, is_truncated,
    text_word,
};
use super::radix_sort;
use super::ranks::keyword_ranks;

/// The maximum number of values of dictionaries that are ranked for one page: ranking more takes longer than comparing
/// the texts of the rows that may be on the page.
const MAX_VALUES_RANKED_FOR_PAGE: usize = 1 << 14;

/// A field and a direction: one of the keys that a query sorts by, the most significant one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SortKey {
    /// The field's position in the API's table.
    pub field: usize,
    /// The direction.
    pub direction: Direction,
}

/// The normalized keys of all rows of a snapshot: sort keys, compiled.
///
/// The first word has the ranks of the first keys side by side, and in its other bits the start of the first word of
/// the next key. It decides most comparisons of an order whose first key has few values, such as a state.
pub(crate) struct RowOrder<'s> {
    keys: Vec<CompiledKey<'s>>,
    /// The number of keys whose words are whole in the first word, side by side.
    whole_keys: usize,
    /// The number of bits that they take.
    whole_bits: u32,
    /// The number of rows of each chunk.
    rows: Vec<usize>,
}

/// One sort key. A value is one word, apart from texts without ranks.
struct CompiledKey<'s> {
    /// The column of each chunk.
    columns: Vec<&'s Column>,
    collation: Collation,
    direction: Direction,
    words: KeyWords<'s>,
    /// The number of low bits in which words of ranks differ; all of them for other words.
    bits: u32,
}

/// How the words of a key are derived from its columns.
enum KeyWords<'s> {
    /// The instant, or the boolean: a value is one word.
    Values,
    /// For each chunk the rank of each dictionary code: a value is one word.
    CodeRanks(Vec<Arc<[u32]>>),
    /// For each chunk the rank of each row's text, from a snapshot file: a value is one word.
    RowRanks(Vec<&'s [u32]>),
    /// The text after the common prefix of all texts: a value is one word for every seven bytes.
    Text { common_prefix: usize },
}

impl<'s> RowOrder<'s> {
    /// Compiles sort keys for the selection of a page, after reading the columns and ranks that no earlier call has read.
    ///
    /// # Errors
    /// A field has no column, or a snapshot file is damaged.
    pub(crate) fn for_page(
        sort_keys: &[SortKey],
        snapshot: &'s Snapshot,
    ) -> Result<Self, ColumnError> {
        Self::compile(sort_keys, snapshot, MAX_VALUES_RANKED_FOR_PAGE)
    }

    /// Compiles sort keys for the sort of all rows, as [`for_page`](Self::for_page) does for one page.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn for_all(
        sort_keys: &[SortKey],
        snapshot: &'s Snapshot,
    ) -> Result<Self, ColumnError> {
        let order = Self::compile(sort_keys, snapshot, usize::MAX)?;
        // A sort reads several windows of a text, faster from forms that are built once.
        let folded = order.keys.par_iter().filter(|key| {
            key.collation == Collation::Lowercase && matches!(key.words, KeyWords::Text { .. })
        });
        folded.flat_map(|key| &key.columns).for_each(|column| {
            if let Column::Text(column) = column {
                column.build_casefolded();
            }
        });
        Ok(order)
    }

    /// Compiles sort keys; values of dictionaries are ranked if no more than `max_ranked` have to be merged.
    fn compile(
        sort_keys: &[SortKey],
        snapshot: &'s Snapshot,
        max_ranked: usize,
    ) -> Result<Self, ColumnError> {
        let fields: Vec<usize> = sort_keys.iter().map(|key| key.field).collect();
        let view = snapshot.columns(&fields)?;
        let chunks = snapshot.chunks().iter();
        let rows: Vec<usize> = chunks.map(idq_snapshot::Chunk::rows).collect();
        let all_rows = rows.iter().sum();
        let mut keys = Vec::with_capacity(sort_keys.len());
        for key in sort_keys {
            let collation = snapshot.api().fields[key.field].collation;
            let columns = view.field(key.field).to_vec();
            let row_ranks = snapshot.ranks(key.field)?;
            let words = KeyWords::new(&columns, row_ranks, collation, max_ranked);
            keys.push(CompiledKey {
                columns,
                collation,
                direction: key.direction,
                bits: words.bits(all_rows),
                words,
            });
        }
        let (mut whole_keys, mut whole_bits) = (0, 0);
        for key in keys.iter().take_while(|key| key.bits < u64::BITS) {
            if whole_bits == u64::BITS || whole_bits + key.bits > u64::BITS {
                break;
            }
            whole_keys += 1;
            whole_bits += key.bits;
        }
        Ok(Self {
            keys,
            whole_keys,
            whole_bits,
            rows,
        })
    }

    /// Returns the entry of a row with the first word of its key.
    pub(crate) fn entry(&self, chunk: usize, row: usize) -> SortEntry {
        SortEntry {
            key_word: self.key_word(chunk, row, KeyPosition::FIRST),
            chunk: chunk as u32,
            row: row as u32,
        }
    }

    /// Returns for all rows of a chunk the part of the first word that is read fast: the whole keys, or the only key.
    /// The other bits are 0.
    pub(crate) fn first_words(&self, chunk: usize) -> Vec<u64> {
        let mut keys = self.keys.iter().take(self.whole_keys.max(1));
        let Some(first) = keys.next() else {
            return vec![NO_VALUE; self.rows[chunk]];
        };
        let mut words = first.first_words(chunk);
        words
            .iter_mut()
            .for_each(|word| *word = first.aligned(*word));
        let mut used_bits = first.bits;
        for key in keys {
            for (word, next) in words.iter_mut().zip(key.first_words(chunk)) {
                *word |= key.aligned(next) >> used_bits;
            }
            used_bits += key.bits;
        }
        words
    }

    /// Adds to one of the [`first_words`](Self::first_words) the start of the key after the whole ones.
    #[inline]
    pub(crate) fn add_next_key(&self, word: u64, chunk: usize, row: usize) -> u64 {
        if self.whole_keys == 0 || self.whole_bits == u64::BITS {
            return word;
        }
        match self.keys.get(self.whole_keys) {
            Some(key) => {
                let next = key.directed(key.word(chunk, row, 0));
                word | key.aligned(next) >> self.whole_bits
            }
            None => word,
        }
    }

    /// Returns the first word of a row.
    fn first_word(&self, chunk: usize, row: usize) -> u64 {
        let keys = self.keys.iter().take(self.whole_keys.max(1));
        let (word, _) = keys.fold((NO_VALUE, 0), |(first, used_bits), key| {
            let word = key.aligned(key.directed(key.word(chunk, row, 0)));
            (first | word >> used_bits, used_bits + key.bits)
        });
        self.add_next_key(word, chunk, row)
    }

    /// Sorts all rows, dropped duplicates included.
    pub(crate) fn sort_all(&self) -> Vec<SortEntry> {
        let mut entries: Vec<SortEntry> = (0..self.rows.len())
            .into_par_iter()
            .flat_map_iter(|chunk| (0..self.rows[chunk]).map(move |row| self.entry(chunk, row)))
            .collect();
        radix_sort(&mut entries, self);
        entries
    }
}

impl NormalizedKeys for RowOrder<'_> {
    fn key_word(&self, chunk: usize, row: usize, position: KeyPosition) -> u64 {
        if position == KeyPosition::FIRST {
            return self.first_word(chunk, row);
        }
        match self.keys.get(position.key) {
            Some(key) => key.directed(key.word(chunk, row, position.word)),
            None => NO_VALUE,
        }
    }

    fn next(&self, word: u64, position: KeyPosition) -> Option<KeyPosition> {
        // The first key that is not whole in the first word is compared from its start.
        let next = if position == KeyPosition::FIRST && self.whole_keys > 0 {
            self.whole_keys
        } else {
            let key = self.keys.get(position.key)?;
            if key.continues(key.directed(word)) {
                return Some(position.next_word());
            }
            position.key + 1
        };
        (next < self.keys.len()).then_some(KeyPosition { key: next, word: 0 })
    }
}

impl<'s> KeyWords<'s> {
    fn new(
        columns: &[&'s Column],
        row_ranks: Option<Vec<&'s [u32]>>,
        collation: Collation,
        max_ranked: usize,
    ) -> Self {
        if let Some(ranks) = keyword_ranks(columns, collation, max_ranked) {
            return Self::CodeRanks(ranks);
        }
        if let Some(ranks) = row_ranks {
            return Self::RowRanks(ranks);
        }
        match common_prefix(columns, collation) {
            Some(common_prefix) => Self::Text { common_prefix },
            None => Self::Values,
        }
    }

    /// Returns the number of low bits in which words of ranks differ; all bits of other words.
    ///
    /// Ranks of rows are at most the number of rows, and are not read for this: a query that orders few matches of a
    /// snapshot file reads the ranks of few rows.
    fn bits(&self, rows: usize) -> u32 {
        let greatest = match self {
            Self::CodeRanks(ranks) => {
                // The chunks of a snapshot file share one dictionary.
                let distinct = ranks.chunk_by(Arc::ptr_eq);
                distinct.flat_map(|shared| shared[0].iter().copied()).max()
            }
            Self::RowRanks(_) => Some(u32::try_from(rows).unwrap_or(u32::MAX)),
            Self::Values | Self::Text { .. } => return u64::BITS,
        };
        u32::BITS - greatest.unwrap_or(0).leading_zeros()
    }
}

impl CompiledKey<'_> {
    /// Turns the word of an ascending order into that of the key's direction, and back.
    fn directed(&self, word: u64) -> u64 {
        match self.direction {
            Direction::Ascending => word,
            Direction::Descending => !word,
        }
    }

    /// Returns a word with the bits in which words differ as its highest bits.
    #[inline]
    fn aligned(&self, word: u64) -> u64 {
        word.checked_shl(u64::BITS - self.bits).unwrap_or(NO_VALUE)
    }

    /// Returns the first word of every row of a chunk.
    fn first_words(&self, chunk: usize) -> Vec<u64> {
        let mut words: Vec<u64> = match (self.columns[chunk], &self.words) {
            (Column::Keyword(column), KeyWords::CodeRanks(ranks)) => {
                code_words(column, &ranks[chunk])
            }
            (Column::Keyword(column), KeyWords::Text { common_prefix }) => {
                let values = column.dictionary().iter().flatten();
                let words = values.map(|text| text_word(self.window(text, *common_prefix)));
                code_words(column, &words.collect::<Vec<u64>>())
            }
            (_, KeyWords::RowRanks(ranks)) => {
                ranks[chunk].iter().map(|&rank| u64::from(rank)).collect()
            }
            (column, _) => (0..column.validity().rows())
                .map(|row| self.word(chunk, row, 0))
                .collect(),
        };
        if self.direction == Direction::Descending {
            words.iter_mut().for_each(|word| *word = !*word);
        }
        words
    }

    /// Returns a word of a row's value in ascending order; [`NO_VALUE`] where the row has none.
    fn word(&self, chunk: usize, row: usize, word: usize) -> u64 {
        match (self.columns[chunk], &self.words) {
            (_, KeyWords::RowRanks(ranks)) => u64::from(ranks[chunk][row]),
            (Column::Keyword(column), KeyWords::CodeRanks(ranks)) => column
                .code(row)
                .map_or(NO_VALUE, |code| u64::from(ranks[chunk][code as usize])),
            (Column::Keyword(column), KeyWords::Text { common_prefix }) => {
                let from = common_prefix + TEXT_WORD_BYTES * word;
                let window = column.value(row).map(|text| self.window(text, from));
                window.map_or(NO_VALUE, text_word)
            }
            (Column::Text(column), KeyWords::Text { common_prefix }) => {
                let from = common_prefix + TEXT_WORD_BYTES * word;
                let window = match self.collation {
                    Collation::Bytes => column.window(row, from),
                    Collation::Lowercase => column.casefolded_window(row, from),
                };
                window.map_or(NO_VALUE, text_word)
            }
            (Column::Timestamp(column), _) => column.value(row).map_or(NO_VALUE, instant_word),
            // No API sorts by booleans or documents.
            _ => NO_VALUE,
        }
    }

    /// Returns the window that starts at byte `from` of the form by which a text is compared.
    fn window(&self, text: &str, from: usize) -> TextWindow {
        match self.collation {
            Collation::Bytes => TextWindow::new(text.as_bytes(), from),
            Collation::Lowercase => TextWindow::casefolded(text, from),
        }
    }

    /// Returns whether a value continues after one of its words.
    fn continues(&self, word: u64) -> bool {
        matches!(self.words, KeyWords::Text { .. }) && is_truncated(word)
    }
}

/// Returns the words of the codes of all rows.
fn code_words<W: Copy + Into<u64>>(column: &KeywordColumn, words: &[W]) -> Vec<u64> {
    // Codes of rows without a value are unspecified, and may be beyond an empty dictionary.
    let word = |code: usize| words.get(code).map_or(NO_VALUE, |&word| word.into());
    let mut words: Vec<u64> = match column.codes() {
        Codes::U8(codes) => codes.iter().map(|&code| word(code.into())).collect(),
        Codes::U16(codes) => codes.iter().map(|&code| word(code.into())).collect(),
        Codes::U32(codes) => codes.iter().map(|&code| word(code as usize)).collect(),
    };
    if let Some(valid) = column.validity().validity_bitmap() {
        let invalid = !valid;
        invalid.set_indices().for_each(|row| words[row] = NO_VALUE);
    }
    words
}

/// Returns the length of the common prefix of all texts of a field; `None` where the field is no text.
///
/// Where texts are compared casefolded, or some are dictionary-encoded, the search for a prefix would cost more than
/// it saves, and the result is 0.
fn common_prefix(columns: &[&Column], collation: Collation) -> Option<usize> {
    let mut texts = Vec::with_capacity(columns.len());
    for column in columns {
        match column {
            Column::Text(column) => texts.push(column),
            Column::Keyword(_) => return Some(0),
            _ => return None,
        }
    }
    if collation == Collation::Lowercase {
        return Some(0);
    }
    let prefixes = texts.par_iter().map(|column| {
        let mut prefix = CommonPrefix::default();
        column.shorten_common_prefix(&mut prefix);
        prefix
    });
    let prefix = prefixes.reduce(CommonPrefix::default, CommonPrefix::merge);
    Some(prefix.len())
}

#[cfg(test)]
mod tests {
    use idq_load::{Loader, Source};

    use super::*;

    /// Departments that differ by case, by their eighth byte, by characters beyond ASCII, or not at all.
    const DEPARTMENTS: &[&str] = &[
        "\"Sales\"",
        "\"sales\"",
        "\"Engineering West\"",
        "\"engineering East\"",
        "\"ENGINEERING\"",
        "\"Zoë\"",
        "\"ZOË\"",
        "\"ΟΔΟΣ\"",
        "\"οδος\"",
        "\"\"",
        "null",
    ];

    #[test]
    fn order_by_the_texts_of_dictionaries_is_that_by_their_ranks() {
        let records: String = (0..400)
            .map(|number| {
                let department = DEPARTMENTS[number * number % 23 % DEPARTMENTS.len()];
                format!(
                    "{{\"id\":\"{number}\",\"status\":\"Active\",\"department\":{department}}}\n"
                )
            })
            .collect();
        let api = idq_api::Api::permission_assist();
        let position = |name: &str| {
            api.fields
                .iter()
                .position(|field| field.name == name)
                .unwrap()
        };
        let loader = Loader::new(vec![Source::bytes("people", records.into_bytes())]).api(api);
        let snapshot = loader.block_size(1 << 10).load().unwrap();
        assert!(snapshot.chunks().len() > 8);
        let columns = snapshot.columns(&[position("department")]).unwrap();
        let columns = columns.field(position("department"));
        assert!(
            columns
                .iter()
                .all(|column| matches!(column, Column::Keyword(_)))
        );
        let key = |name, direction| SortKey {
            field: position(name),
            direction,
        };
        for directions in [
            [Direction::Ascending, Direction::Descending],
            [Direction::Descending, Direction::Ascending],
        ] {
            let keys = [
                key("department", directions[0]),
                key("status", directions[1]),
            ];
            for keys in [&keys[..1], &keys[..]] {
                let sorted = |max_ranked| {
                    let order = RowOrder::compile(keys, &snapshot, max_ranked).unwrap();
                    let sorted = order.sort_all().into_iter();
                    sorted.map(|entry| entry.location()).collect::<Vec<_>>()
                };
                assert_eq!(sorted(0), sorted(usize::MAX), "{keys:?}");
            }
        }
    }
}
