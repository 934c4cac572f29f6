//! Affix encoding: the shared start or end of strings is a dictionary code, and the rest is stored.

use arrow_array::{Array, StringArray};
use memchr::{memchr, memrchr};

use crate::column::keyword::KeywordBuilder;
use crate::encoding::codes::Codes;
use crate::encoding::strings::{StringArena, array_memory};

/// Strings as a coded affix and a stem: e-mail addresses by their domains, offices by their buildings.
///
/// The affix has the separator at its inner end and nowhere else. A pattern without the separator therefore lies
/// within the affix or within the stem, never across both.
#[derive(Debug)]
pub(crate) struct AffixEncoded {
    pub(crate) affix: Affix,
    /// The code of each row's affix.
    pub(crate) codes: Codes,
    /// The distinct affixes; a row without the separator has the empty one.
    pub(crate) affixes: StringArray,
    /// The stem of each row.
    pub(crate) stems: StringArray,
    /// Whether the separator occurs in some stem as well.
    pub(crate) is_separator_in_stems: bool,
}

/// The end of a string that is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Affix {
    /// The start, up to the first comma.
    Prefix,
    /// The end, from the last at sign.
    Suffix,
}

impl Affix {
    /// Returns the byte at the inner end of the affix.
    pub(crate) fn separator(self) -> u8 {
        match self {
            Self::Prefix => b',',
            Self::Suffix => b'@',
        }
    }

    /// Splits a value into its affix, which is empty without a separator, and its stem.
    pub fn split_value(self, text: &str) -> (&str, &str) {
        match self {
            Self::Prefix => {
                text.split_at(memchr(b',', text.as_bytes()).map_or(0, |comma| comma + 1))
            }
            Self::Suffix => {
                let at = memrchr(b'@', text.as_bytes()).unwrap_or(text.len());
                let (stem, affix) = text.split_at(at);
                (affix, stem)
            }
        }
    }

    /// Splits a pattern that can lie across affix and stem into the part in the affix and the part in the stem.
    ///
    /// Returns `None` for a pattern that cannot: one without the separator, or one with an empty part in the stem.
    pub(crate) fn split_pattern(self, pattern: &[u8]) -> Option<(&[u8], &[u8])> {
        let (affix, stem) = match self {
            Self::Prefix => pattern.split_at(memchr(self.separator(), pattern)? + 1),
            Self::Suffix => {
                let (stem, affix) = pattern.split_at(memrchr(self.separator(), pattern)?);
                (affix, stem)
            }
        };
        (!stem.is_empty()).then_some((affix, stem))
    }
}

/// The number of rows of the sample that decides which affix is tried: more than half must have its separator.
const SAMPLE_ROWS: usize = 256;

/// The number of distinct affixes that is accepted whatever the number of rows.
const MIN_DISTINCT_LIMIT: usize = 256;

/// Beyond [`MIN_DISTINCT_LIMIT`], more than one distinct affix in this number of rows saves too little.
const MIN_ROWS_PER_AFFIX: usize = 8;

/// An upper estimate of the bytes that a row's code takes.
const CODE_BYTES: usize = 2;

impl AffixEncoded {
    /// Encodes strings, if that saves memory.
    pub(crate) fn encode(strings: &StringArray) -> Option<Self> {
        let sample = strings.len().min(SAMPLE_ROWS);
        let rows_with = |affix: Affix| {
            let has = |row: &usize| !affix.split_value(strings.value(*row)).0.is_empty();
            (0..sample).filter(has).count()
        };
        let affix = [Affix::Suffix, Affix::Prefix]
            .into_iter()
            .find(|&affix| rows_with(affix) > sample / 2)?;
        let mut builder = KeywordBuilder::new();
        let mut stems = StringArena::default();
        for row in 0..strings.len() {
            let (coded, stem) = affix.split_value(strings.value(row));
            builder.push(coded);
            stems.push(stem);
            if builder.distinct() > MIN_DISTINCT_LIMIT + row / MIN_ROWS_PER_AFFIX {
                return None;
            }
        }
        let coded = builder.finish();
        let stems = stems.finish(None);
        let affixes = coded.dictionary();
        let encoded_bytes = stems.value_data().len() + array_memory(affixes);
        let is_smaller = encoded_bytes + CODE_BYTES * strings.len() < strings.value_data().len();
        is_smaller.then(|| Self::new(affix, coded.codes().clone(), affixes, stems))
    }

    /// Creates the encoding of strings that are split already. Each code must be a position of `affixes`.
    pub(crate) fn new(
        affix: Affix,
        codes: Codes,
        affixes: &StringArray,
        stems: StringArray,
    ) -> Self {
        Self {
            affix,
            codes,
            affixes: affixes.clone(),
            is_separator_in_stems: memchr(affix.separator(), stems.value_data()).is_some(),
            stems,
        }
    }

    /// Returns the two parts of a row's string, in the order of the string.
    pub(crate) fn parts(&self, row: usize) -> [&str; 2] {
        let affix = self.affixes.value(self.codes.get(row) as usize);
        let stem = self.stems.value(row);
        match self.affix {
            Affix::Prefix => [affix, stem],
            Affix::Suffix => [stem, affix],
        }
    }

    /// Appends a row's string.
    pub(crate) fn append(&self, row: usize, out: &mut Vec<u8>) {
        for part in self.parts(row) {
            out.extend_from_slice(part.as_bytes());
        }
    }

    /// Returns the bytes of memory that the encoded strings take.
    pub(crate) fn memory(&self) -> usize {
        self.codes.memory() + array_memory(&self.affixes) + array_memory(&self.stems)
    }
}
