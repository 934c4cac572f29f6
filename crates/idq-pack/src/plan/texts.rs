//! The texts of a field, in order: how many there are, the rank of each, and a dictionary of them.

use arrow_array::builder::StringBuilder;
use arrow_array::{Array, StringArray};
use idq_api::Collation;
use idq_columns::{Column, casefold, is_casefolded};
use idq_snapshot::{Chunk, Snapshot};
use rayon::prelude::*;

use super::order::{Key, ordered};
use idq_snapshot::SpillFile;

/// The texts of the rows of a chunk that count; null where a row has none.
pub(super) fn of_chunk(chunk: &Chunk, field: usize) -> StringArray {
    let texts = match chunk.column(field) {
        Some(Column::Text(column)) => column.to_strings(),
        Some(Column::Keyword(column)) => column.to_strings(),
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

/// How many different values there are, and the least and the greatest; of texts by their bytes.
pub(super) struct Range {
    pub(super) distinct: u64,
    pub(super) ends: Option<(String, String)>,
}

/// The distinct texts, in the field's order, and which of them each row that counts has; 0 where it has none.
pub(super) struct Distinct {
    pub(super) values: StringArray,
    pub(super) codes: Vec<u32>,
}

/// All texts of a field, in its order.
pub(super) struct Texts {
    texts: Vec<StringArray>,
    keys: Vec<Key>,
    /// For each key whether its text is another than that of the key before it.
    news: Vec<News>,
}

impl Texts {
    /// Those of the rows that count.
    pub(super) fn of(snapshot: &Snapshot, field: usize, spill: Option<&SpillFile>) -> Self {
        let chunks = snapshot.chunks().par_iter();
        let texts = chunks.map(|chunk| {
            let texts = of_chunk(chunk, field);
            match (spill, chunk.column(field)) {
                // They are in the file as they are.
                (Some(spill), Some(Column::Text(column)))
                    if column.uuids().is_none() && chunk.visible_rows().is_none() =>
                {
                    spill.touched(texts.value_data().len());
                    texts
                }
                (Some(spill), _) => spill.moved_texts(texts),
                (None, _) => texts,
            }
        });
        let texts = texts.collect();
        Self::new(texts, snapshot.api().fields[field].collation, spill)
    }

    /// These.
    pub(super) fn new(
        texts: Vec<StringArray>,
        collation: Collation,
        spill: Option<&SpillFile>,
    ) -> Self {
        let chunks = texts.par_iter();
        let forms: Vec<StringArray> = chunks
            .map(|texts| {
                spill.inspect(|spill| spill.touched(texts.value_data().len()));
                match (forms(texts, collation), spill) {
                    (Some(forms), Some(spill)) => spill.moved_texts(forms),
                    (Some(forms), None) => forms,
                    (None, _) => texts.clone(),
                }
            })
            .collect();
        let keys = ordered(&forms, &texts);
        let news = news(&keys, &forms, &texts);
        Self { texts, keys, news }
    }

    pub(super) fn range(&self, spill: Option<&SpillFile>) -> Range {
        let is_other = |news: &&News| **news != News::None;
        Range {
            distinct: self.news.iter().filter(is_other).count() as u64,
            ends: self.ends(spill),
        }
    }

    fn ends(&self, spill: Option<&SpillFile>) -> Option<(String, String)> {
        let of_chunk = |texts: &StringArray| {
            spill.inspect(|spill| spill.touched(texts.value_data().len()));
            let values = || texts.iter().flatten();
            let (least, greatest) = values().min().zip(values().max())?;
            Some((least.to_owned(), greatest.to_owned()))
        };
        let ends: Vec<_> = self.texts.par_iter().filter_map(of_chunk).collect();
        let (least, greatest): (Vec<String>, Vec<String>) = ends.into_iter().unzip();
        least.into_iter().min().zip(greatest.into_iter().max())
    }

    /// For each row the rank of its text, from 1; 0 where it has none. Those that compare as equal share one.
    pub(super) fn ranks(&self) -> Vec<u32> {
        let mut rank = 0;
        self.numbered(|_, news| {
            rank += u32::from(news == News::Form);
            rank
        })
    }

    /// The distinct texts; `None` if they are longer than this in all.
    pub(super) fn distinct(
        &self,
        most_bytes: usize,
        spill: Option<&SpillFile>,
    ) -> Option<Distinct> {
        let mut values: Vec<&str> = Vec::new();
        let mut bytes = 0;
        let codes = self.numbered(|key, news| {
            if news != News::None {
                let text = key.text(&self.texts);
                bytes += text.len();
                values.push(text);
            }
            values.len() as u32 - 1
        });
        let in_file = |spill: &SpillFile| {
            let moved = spill.texts(values.iter().copied(), bytes);
            moved.map_err(|error| spill.fail(error)).ok()
        };
        (bytes <= most_bytes).then(|| Distinct {
            values: spill
                .and_then(in_file)
                .unwrap_or_else(|| StringArray::from_iter_values(&values)),
            codes,
        })
    }

    /// A number for each row, chunk by chunk, given to their texts in order; 0 where there is no text.
    fn numbered(&self, mut number: impl FnMut(&Key, News) -> u32) -> Vec<u32> {
        let mut rows = 0;
        let mut first = Vec::with_capacity(self.texts.len());
        for chunk in &self.texts {
            first.push(rows);
            rows += chunk.len();
        }
        let mut numbered = vec![0; rows];
        for (key, &news) in self.keys.iter().zip(&self.news) {
            numbered[first[key.chunk as usize] + key.row as usize] = number(key, news);
        }
        numbered
    }
}

/// What is new of a text, after the one before it in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    /// It is the same.
    None,
    /// It compares as equal, and is another one.
    Spelling,
    /// It comes later.
    Form,
}

fn news(keys: &[Key], forms: &[StringArray], texts: &[StringArray]) -> Vec<News> {
    let mut news = vec![News::Form; keys.len()];
    let behind_first = news.par_iter_mut().skip(1);
    behind_first
        .zip(keys.par_windows(2))
        .for_each(|(news, pair)| {
            if pair[0].is_same(&pair[1], forms) {
                *news = match pair[0].is_same(&pair[1], texts) {
                    true => News::None,
                    false => News::Spelling,
                };
            }
        });
    news
}

/// The forms that texts are compared by, where these are not the texts themselves.
fn forms(texts: &StringArray, collation: Collation) -> Option<StringArray> {
    if collation == Collation::Bytes || texts.iter().flatten().all(is_casefolded) {
        return None;
    }
    let mut forms = StringBuilder::with_capacity(texts.len(), texts.value_data().len());
    for text in texts {
        forms.append_option(text.map(casefold));
    }
    Some(forms.finish())
}
