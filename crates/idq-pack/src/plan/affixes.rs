//! Shared prefixes and suffixes of the texts of a field, such as the domains of e-mail addresses, which all chunks have
//! in one dictionary.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, StringArray};
use idq_columns::Affix;
use idq_snapshot::snapshot_file::format::ColumnEncoding;
use idq_snapshot::{ChunkColumns, ColumnView, SpillFile};
use rayon::prelude::*;

use super::arrays::dictionary_array;
use super::narrowest_codes;
use super::sorted_texts::visible_texts;

/// The maximum number of distinct affixes of a field. A search examines all of them in each chunk.
const MAX_AFFIXES: usize = 1_024;

/// With more distinct affixes than one in this number of rows, splitting saves too little.
const MIN_ROWS_PER_AFFIX: usize = 8;

/// The maximum bytes of the distinct affixes of a field, which are in memory while the file is written.
const MAX_AFFIX_BYTES: usize = 1 << 20;

/// The number of texts that decide whether splitting is tried.
const SAMPLE_TEXTS: usize = 256;

/// The distinct prefixes or suffixes of the texts of a field.
pub(super) struct Affixes {
    /// Whether they are prefixes or suffixes.
    affix: Affix,
    /// The distinct affixes, ascending.
    values: StringArray,
    /// The code of each affix.
    codes: HashMap<String, u32>,
}

impl Affixes {
    /// Collects the affixes of a field; `None` if its texts share too few.
    pub(super) fn of(
        columns: &ColumnView<'_>,
        field: usize,
        spill: Option<&SpillFile>,
    ) -> Option<Self> {
        let affix = frequent_affix(columns, field)?;
        let chunks: Vec<_> = columns.chunks().collect();
        let of_chunk = |chunk: ChunkColumns<'_>| {
            let texts = visible_texts(chunk, field);
            // Pages that were read count as memory until they are released.
            spill.inspect(|spill| spill.touched(texts.value_data().len()));
            distinct(&texts, affix)
        };
        let join = |mut one: BTreeSet<String>, other: BTreeSet<String>| {
            one.extend(other);
            (one.len() <= MAX_AFFIXES).then_some(one)
        };
        let distinct = chunks
            .into_par_iter()
            .map(of_chunk)
            .try_reduce(BTreeSet::new, join)?;
        let rows = columns.snapshot().rows() as usize;
        let bytes: usize = distinct.iter().map(String::len).sum();
        if distinct.len() > rows / MIN_ROWS_PER_AFFIX || bytes > MAX_AFFIX_BYTES {
            return None;
        }
        let values = StringArray::from_iter_values(&distinct);
        Some(Self {
            affix,
            values,
            codes: distinct.into_iter().zip(0..).collect(),
        })
    }

    /// Returns the encoding of the texts without their affixes.
    pub(super) fn encoding(&self) -> ColumnEncoding {
        match self.affix {
            Affix::Prefix => ColumnEncoding::PrefixedText,
            Affix::Suffix => ColumnEncoding::SuffixedText,
        }
    }

    /// Returns the encoding of the affixes.
    pub(super) fn affix_encoding(&self) -> ColumnEncoding {
        narrowest_codes(self.values.len())
    }

    /// Returns the distinct affixes.
    pub(super) fn values(&self) -> &StringArray {
        &self.values
    }

    /// Returns the texts of a chunk without their affixes.
    pub(super) fn stems(&self, texts: &StringArray) -> ArrayRef {
        let stems = texts
            .iter()
            .map(|text| Some(self.affix.split_value(text?).1));
        Arc::new(stems.collect::<StringArray>())
    }

    /// Returns the codes of the affixes of a chunk's texts; 0 for rows without a text.
    pub(super) fn codes(&self, texts: &StringArray) -> ArrayRef {
        let code = |text: Option<&str>| {
            let (affix, _) = self.affix.split_value(text?);
            self.codes.get(affix).copied()
        };
        let codes: Vec<u32> = texts
            .iter()
            .map(|text| code(text).unwrap_or_default())
            .collect();
        dictionary_array(self.affix_encoding(), &codes, None, &self.values)
    }
}

/// Returns the end by which more than half of the first texts of a field can be split.
///
/// It depends on the texts alone, not on the encoding in memory, so that the file is the same with a spill file.
fn frequent_affix(columns: &ColumnView<'_>, field: usize) -> Option<Affix> {
    let sample = columns.chunks().find_map(|chunk| {
        let texts = visible_texts(chunk, field);
        (texts.null_count() < texts.len()).then_some(texts)
    })?;
    let texts: Vec<&str> = sample.iter().flatten().take(SAMPLE_TEXTS).collect();
    let has = |affix: Affix| {
        let split = texts.iter().map(|text| affix.split_value(text).0);
        split.filter(|affix| !affix.is_empty()).count()
    };
    [Affix::Suffix, Affix::Prefix]
        .into_iter()
        .find(|&affix| has(affix) > texts.len() / 2)
}

/// Returns the distinct affixes of texts; `None` if these are too many.
fn distinct(texts: &StringArray, affix: Affix) -> Option<BTreeSet<String>> {
    let mut distinct = BTreeSet::new();
    // Neighbours often share an affix.
    let mut last = None;
    for text in texts.iter().flatten() {
        let (coded, _) = affix.split_value(text);
        if last != Some(coded) && !distinct.contains(coded) {
            distinct.insert(coded.to_owned());
            if distinct.len() > MAX_AFFIXES {
                return None;
            }
        }
        last = Some(coded);
    }
    Some(distinct)
}
