//! The order of the texts of a field: by their casefolded forms, and texts of the same form by their own bytes.

use std::cmp::Ordering;

use arrow_array::{Array, StringArray};
use idq_columns::{CommonPrefix, TextWindow};
use rayon::prelude::*;

use super::normalized_key::{TEXT_WORD_BYTES, is_truncated, text_word};
use super::{KeyPosition, NormalizedKeys, SortEntry, radix_sort};

/// The normalized keys of the texts of all chunks.
///
/// Keys omit the common prefix of all forms, such as that of ids.
#[derive(Debug)]
pub struct TextOrder<'t> {
    /// The forms that are compared first, by chunk.
    forms: &'t [StringArray],
    /// The texts themselves, in the same chunks and rows.
    texts: &'t [StringArray],
    common_prefix: usize,
}

impl<'t> TextOrder<'t> {
    /// Creates the order of texts with these forms; both have the same chunks, rows and nulls.
    pub fn new(forms: &'t [StringArray], texts: &'t [StringArray]) -> Self {
        let prefix = |forms: &StringArray| {
            let mut prefix = CommonPrefix::default();
            prefix.add_strings(forms);
            prefix
        };
        let common_prefix = forms
            .par_iter()
            .map(prefix)
            .reduce(CommonPrefix::default, CommonPrefix::merge)
            .len();
        Self {
            forms,
            texts,
            common_prefix,
        }
    }

    /// Returns the rows that have a text, in order.
    ///
    /// Rows of the same form have the same word, so that rows with different words have different forms.
    pub fn sorted(&self) -> Vec<SortEntry> {
        let chunks = self.forms.par_iter().enumerate();
        let mut entries: Vec<SortEntry> = chunks
            .flat_map_iter(|(chunk, forms)| {
                let rows = (0..forms.len()).filter(|&row| forms.is_valid(row));
                rows.map(move |row| SortEntry {
                    key_word: self.key_word(chunk, row, KeyPosition::FIRST),
                    chunk: chunk as u32,
                    row: row as u32,
                })
            })
            .collect();
        radix_sort(&mut entries, self);
        entries
    }

    /// Returns the text of an entry.
    pub fn text(&self, entry: &SortEntry) -> &'t str {
        self.texts[entry.chunk as usize].value(entry.row as usize)
    }

    /// Returns the form of an entry.
    pub fn form(&self, entry: &SortEntry) -> &'t str {
        self.forms[entry.chunk as usize].value(entry.row as usize)
    }
}

impl NormalizedKeys for TextOrder<'_> {
    #[inline]
    fn key_word(&self, chunk: usize, row: usize, position: KeyPosition) -> u64 {
        let from = self.common_prefix + TEXT_WORD_BYTES * position.word;
        text_word(TextWindow::new(
            self.forms[chunk].value(row).as_bytes(),
            from,
        ))
    }

    fn next(&self, word: u64, position: KeyPosition) -> Option<KeyPosition> {
        is_truncated(word).then(|| position.next_word())
    }

    fn break_tie(&self, one: &SortEntry, other: &SortEntry) -> Ordering {
        let by_text = self.text(one).cmp(self.text(other));
        by_text.then_with(|| one.location().cmp(&other.location()))
    }

    /// Compares forms as a whole: one comparison of memory instead of one for each word.
    fn compare_from(&self, one: &SortEntry, other: &SortEntry, _: Option<KeyPosition>) -> Ordering {
        let by_form = self.form(one).cmp(self.form(other));
        by_form.then_with(|| self.break_tie(one, other))
    }
}
