//! The texts of a field, sorted: the number of distinct ones, the rank of each, and a dictionary of them.

use arrow_array::builder::StringBuilder;
use arrow_array::{Array, StringArray};
use idq_api::Collation;
use idq_columns::{Column, casefold, is_casefolded};
use idq_engine::ordering::{SortEntry, TextOrder, dense_ranks};
use idq_snapshot::{ChunkColumns, ColumnView, SpillFile};
use rayon::prelude::*;

/// Returns the texts of the visible rows of a chunk; null where a row has none.
pub(super) fn visible_texts(chunk: ChunkColumns<'_>, field: usize) -> StringArray {
    let texts = match chunk.column(field) {
        Column::Text(column) => column.to_strings(),
        Column::Keyword(column) => column.to_strings(),
        _ => StringArray::new_null(chunk.rows()),
    };
    match chunk.visible_rows() {
        Some(live) => live
            .set_indices()
            .map(|row| texts.is_valid(row).then(|| texts.value(row)))
            .collect(),
        None => texts,
    }
}

/// The statistics of a field's values. Texts are compared by their bytes here, whatever the field's collation.
pub(super) struct ValueRange {
    /// The number of distinct values.
    pub(super) distinct: u64,
    /// The least and the greatest value; `None` without values.
    pub(super) min_max: Option<(String, String)>,
}

/// A dictionary for the rows of all chunks.
pub(super) struct TextDictionary {
    /// The distinct texts in the field's order.
    pub(super) values: StringArray,
    /// The code of each visible row; 0 where it has no text.
    pub(super) codes: Vec<u32>,
}

/// All texts of a field, and their rows in the field's order.
pub(super) struct SortedTexts {
    /// Texts of each chunk.
    texts: Vec<StringArray>,
    /// Rows with a text, in the field's order.
    sorted: Vec<SortEntry>,
    /// For each entry of `sorted`, the difference between its text and that of its predecessor.
    boundaries: Vec<Boundary>,
}

/// The difference between a text and its predecessor in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Boundary {
    /// It is the same text.
    Same,
    /// It is another text that compares as equal, because the collation ignores case.
    CaseVariant,
    /// It compares as greater.
    NewValue,
}

impl SortedTexts {
    /// Sorts the texts of the visible rows of all chunks.
    pub(super) fn from_columns(
        columns: &ColumnView<'_>,
        field: usize,
        spill: Option<&SpillFile>,
    ) -> Self {
        let chunks: Vec<_> = columns.chunks().collect();
        let texts = chunks.into_par_iter().map(|chunk| {
            let texts = visible_texts(chunk, field);
            match (spill, chunk.column(field)) {
                // A plain column without dropped rows is in the spill file already, and `texts` shares its memory.
                (Some(spill), Column::Text(column))
                    if column.uuids().is_none() && chunk.visible_rows().is_none() =>
                {
                    // Pages that were read count as memory until they are released.
                    spill.touched(texts.value_data().len());
                    texts
                }
                (Some(spill), _) => spill.moved_texts(texts),
                (None, _) => texts,
            }
        });
        let texts = texts.collect();
        let collation = columns.snapshot().api().fields[field].collation;
        Self::new(texts, collation, spill)
    }

    /// Sorts texts.
    pub(super) fn new(
        texts: Vec<StringArray>,
        collation: Collation,
        spill: Option<&SpillFile>,
    ) -> Self {
        let chunks = texts.par_iter();
        let forms: Vec<StringArray> = chunks
            .map(|texts| {
                spill.inspect(|spill| spill.touched(texts.value_data().len()));
                match (collated_forms(texts, collation), spill) {
                    (Some(forms), Some(spill)) => spill.moved_texts(forms),
                    (Some(forms), None) => forms,
                    (None, _) => texts.clone(),
                }
            })
            .collect();
        let order = TextOrder::new(&forms, &texts);
        let sorted = order.sorted();
        let boundaries = boundaries(&sorted, &order);
        Self {
            texts,
            sorted,
            boundaries,
        }
    }

    /// Returns the number of distinct texts, the least and the greatest.
    pub(super) fn range(&self, spill: Option<&SpillFile>) -> ValueRange {
        let is_distinct = |boundary: &&Boundary| **boundary != Boundary::Same;
        ValueRange {
            distinct: self.boundaries.iter().filter(is_distinct).count() as u64,
            min_max: self.min_max(spill),
        }
    }

    /// Returns the least and the greatest text by their bytes, which may differ from the field's order.
    fn min_max(&self, spill: Option<&SpillFile>) -> Option<(String, String)> {
        let of_chunk = |texts: &StringArray| {
            spill.inspect(|spill| spill.touched(texts.value_data().len()));
            let values = || texts.iter().flatten();
            let (least, greatest) = values().min().zip(values().max())?;
            Some((least.to_owned(), greatest.to_owned()))
        };
        let of_chunks: Vec<_> = self.texts.par_iter().filter_map(of_chunk).collect();
        let (least, greatest): (Vec<String>, Vec<String>) = of_chunks.into_iter().unzip();
        least.into_iter().min().zip(greatest.into_iter().max())
    }

    /// Returns for each row the rank of its text, from 1; 0 where it has none. Texts that compare as equal share a
    /// rank.
    pub(super) fn ranks(&self) -> Vec<u32> {
        let boundaries = self.boundaries.iter();
        let ranks = dense_ranks(boundaries.map(|&boundary| boundary == Boundary::NewValue));
        self.scatter(ranks)
    }

    /// Returns a dictionary of the distinct texts; `None` if they have more than `max_bytes` bytes.
    pub(super) fn dictionary(
        &self,
        max_bytes: usize,
        spill: Option<&SpillFile>,
    ) -> Option<TextDictionary> {
        let mut values: Vec<&str> = Vec::new();
        let mut bytes = 0;
        let entries = self.sorted.iter().zip(&self.boundaries);
        for (entry, _) in entries.filter(|(_, boundary)| **boundary != Boundary::Same) {
            let text = self.texts[entry.chunk as usize].value(entry.row as usize);
            bytes += text.len();
            values.push(text);
        }
        if bytes > max_bytes {
            return None;
        }
        let boundaries = self.boundaries.iter();
        let ranks = dense_ranks(boundaries.map(|&boundary| boundary != Boundary::Same));
        let in_file = |spill: &SpillFile| {
            let moved = spill.texts(values.iter().copied(), bytes);
            moved.map_err(|error| spill.fail(error)).ok()
        };
        Some(TextDictionary {
            codes: self.scatter(ranks.map(|rank| rank - 1)),
            values: spill
                .and_then(in_file)
                .unwrap_or_else(|| StringArray::from_iter_values(&values)),
        })
    }

    /// Reorders numbers from sorted order to the order of rows, chunk by chunk; 0 where a row has no text.
    fn scatter(&self, numbers: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut rows = 0;
        let mut first_rows = Vec::with_capacity(self.texts.len());
        for chunk in &self.texts {
            first_rows.push(rows);
            rows += chunk.len();
        }
        let mut scattered = vec![0; rows];
        for (entry, number) in self.sorted.iter().zip(numbers) {
            scattered[first_rows[entry.chunk as usize] + entry.row as usize] = number;
        }
        scattered
    }
}

/// Compares each text with its predecessor, in parallel.
fn boundaries(sorted: &[SortEntry], order: &TextOrder<'_>) -> Vec<Boundary> {
    // The first text is a new value without a comparison.
    let mut boundaries = vec![Boundary::NewValue; sorted.len()];
    let after_first = boundaries.par_iter_mut().skip(1);
    let pairs = after_first.zip(sorted.par_windows(2));
    pairs.for_each(|(boundary, pair)| {
        // Different words imply different forms, so the texts of most pairs are not read.
        let is_same_word = pair[0].key_word == pair[1].key_word;
        if is_same_word && order.form(&pair[0]) == order.form(&pair[1]) {
            *boundary = if order.text(&pair[0]) == order.text(&pair[1]) {
                Boundary::Same
            } else {
                Boundary::CaseVariant
            };
        }
    });
    boundaries
}

/// Returns the forms by which texts are compared; `None` if these are the texts themselves.
fn collated_forms(texts: &StringArray, collation: Collation) -> Option<StringArray> {
    // Most fields have lower-case texts only, and need no copy.
    if collation == Collation::Bytes || texts.iter().flatten().all(is_casefolded) {
        return None;
    }
    let mut forms = StringBuilder::with_capacity(texts.len(), texts.value_data().len());
    for text in texts {
        forms.append_option(text.map(casefold));
    }
    Some(forms.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_texts_with_case_variants_share_ranks_and_not_codes() {
        let chunk = |texts: &[Option<&str>]| texts.iter().copied().collect::<StringArray>();
        let texts = vec![
            chunk(&[Some("id_b"), None, Some("id_B"), Some("id_a")]),
            chunk(&[]),
            chunk(&[Some("id_a\0"), Some("id_b"), Some("id_"), None]),
        ];
        let sorted = SortedTexts::new(texts, Collation::Lowercase, None);
        assert_eq!(sorted.ranks(), [4, 0, 4, 2, 3, 4, 1, 0]);
        let dictionary = sorted.dictionary(usize::MAX, None).unwrap();
        let values: Vec<&str> = dictionary.values.iter().flatten().collect();
        assert_eq!(values, ["id_", "id_a", "id_a\0", "id_B", "id_b"]);
        assert_eq!(dictionary.codes, [4, 0, 3, 1, 2, 4, 0, 0]);
        let range = sorted.range(None);
        let expected = ("id_".to_owned(), "id_b".to_owned());
        assert_eq!((range.distinct, range.min_max), (5, Some(expected)));
        assert!(sorted.dictionary(5, None).is_none());
    }
}
