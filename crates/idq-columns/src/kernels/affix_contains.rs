//! Substring search in affix-encoded strings, without decoding them.
//!
//! A pattern lies within the stem, within the affix, or across both. The affixes are few and are searched once each;
//! the stems are searched as one text; only a pattern with the separator can lie across.

use arrow_array::Array;
use memchr::memchr;
use memchr::memmem::Finder;

use super::search::{search_generated_rows, search_rows};
use crate::bitmap::BitmapBuilder;
use crate::encoding::affix::{Affix, AffixEncoded};
use crate::encoding::code_set::CodeSet;
use crate::patterns::Searcher;
use crate::{Patterns, RowSet};

/// A part of a pattern in the stem with at least this number of bytes is rare enough that a search over all stems is
/// faster than a comparison for each row with a fitting affix.
const MIN_SEARCHED_BYTES: usize = 4;

/// Returns the rows whose string, without case folding, contains one of the patterns.
pub(super) fn affix_contains(strings: &AffixEncoded, patterns: &Patterns) -> RowSet {
    let passes = patterns.passes().iter().map(|pass| match pass {
        Searcher::Everything => RowSet::new_set(strings.codes.len()),
        Searcher::One(finder) => contains_one(strings, finder, pass),
        Searcher::Several(_) => contains_several(strings, patterns.texts(), pass),
    });
    passes
        .reduce(|one, other| &one | &other)
        .unwrap_or_else(|| RowSet::new_unset(strings.codes.len()))
}

/// Returns the rows that contain one of several patterns.
fn contains_several(strings: &AffixEncoded, texts: &[String], searcher: &Searcher) -> RowSet {
    let mut rows = BitmapBuilder::zeros(strings.codes.len());
    let separator = strings.affix.separator();
    let has_separator = |text: &String| memchr(separator, text.as_bytes()).is_some();
    if !texts.iter().any(has_separator) {
        search_stems(strings, searcher, |row| rows.set(row));
        return add_affix_matches(strings, searcher, rows);
    }
    // Each pattern across affix and stem would take a pass of its own; decoded rows take one pass for all patterns.
    let append = |row: usize, out: &mut Vec<u8>| strings.append(row, out);
    search_generated_rows(strings.codes.len(), searcher, append, |row| rows.set(row));
    rows.finish()
}

/// Returns the rows that contain one pattern.
fn contains_one(strings: &AffixEncoded, finder: &Finder<'_>, searcher: &Searcher) -> RowSet {
    let mut rows = BitmapBuilder::zeros(strings.codes.len());
    let pattern = finder.needle();
    let may_be_in_stem =
        strings.is_separator_in_stems || memchr(strings.affix.separator(), pattern).is_none();
    if may_be_in_stem {
        search_stems(strings, searcher, |row| rows.set(row));
    }
    if let Some((of_affix, of_stem)) = strings.affix.split_pattern(pattern) {
        match_across(strings, of_affix, of_stem, &mut rows);
    }
    add_affix_matches(strings, searcher, rows)
}

/// Adds the rows in which a pattern lies across affix and stem.
fn match_across(strings: &AffixEncoded, of_affix: &[u8], of_stem: &[u8], rows: &mut BitmapBuilder) {
    let fits_affix = |code: usize| {
        let affix = strings.affixes.value(code).as_bytes();
        match strings.affix {
            Affix::Prefix => affix.ends_with(of_affix),
            Affix::Suffix => affix.starts_with(of_affix),
        }
    };
    let fits_stem = |row: usize| {
        let stem = strings.stems.value(row).as_bytes();
        match strings.affix {
            Affix::Prefix => stem.starts_with(of_stem),
            Affix::Suffix => stem.ends_with(of_stem),
        }
    };
    let fitting: Vec<bool> = (0..strings.affixes.len()).map(fits_affix).collect();
    if of_stem.len() < MIN_SEARCHED_BYTES {
        let candidates = strings.codes.filter_codes(&CodeSet::new(fitting), None);
        let matching = candidates.set_indices().filter(|&row| fits_stem(row));
        matching.for_each(|row| rows.set(row));
    } else if fitting.contains(&true) {
        search_stems(strings, &Searcher::new(of_stem), |row| {
            if fitting[strings.codes.get(row) as usize] && fits_stem(row) {
                rows.set(row);
            }
        });
    }
}

/// Calls `found` with each row whose stem contains a pattern.
fn search_stems(strings: &AffixEncoded, searcher: &Searcher, found: impl FnMut(usize)) {
    let stems = &strings.stems;
    search_rows(stems.value_data(), stems.value_offsets(), searcher, found);
}

/// Returns `rows` and those whose affix contains a pattern.
fn add_affix_matches(strings: &AffixEncoded, searcher: &Searcher, rows: BitmapBuilder) -> RowSet {
    let rows = rows.finish();
    let affix = |code: usize| strings.affixes.value(code).as_bytes();
    let codes = 0..strings.affixes.len();
    let matching: Vec<bool> = codes
        .map(|code| searcher.find(affix(code)).is_some())
        .collect();
    if matching.contains(&true) {
        &rows | &strings.codes.filter_codes(&CodeSet::new(matching), None)
    } else {
        rows
    }
}
