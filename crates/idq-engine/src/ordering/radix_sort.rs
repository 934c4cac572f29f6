//! MSD radix sort over the words of normalized keys, in parallel.
//!
//! Entries are sorted by one word; each run of equal words is then sorted by the next word. A word holds seven bytes of
//! text, so most runs are single rows after the first pass.

use std::cmp::Ordering;

use rayon::prelude::*;
use rayon::slice::ParallelSliceMut;

use super::{KeyPosition, NormalizedKeys, SortEntry};

/// Runs of fewer entries are sorted by one thread: handing them to another costs as much as sorting them.
const MIN_PARALLEL_ENTRIES: usize = 4_096;

/// Runs of up to this number of entries are sorted by comparing their keys, without another pass.
const MAX_COMPARED_ENTRIES: usize = 4;

/// Words of one key after which runs are sorted by comparing, which bounds the depth of recursion: equal texts of many
/// kilobytes must not overflow the stack.
const MAX_RADIX_WORDS: usize = 64;

/// Sorts entries, which have the first words of their keys. Changes the words.
///
/// Entries with the same key have the same word afterwards.
pub(crate) fn radix_sort(entries: &mut [SortEntry], keys: &impl NormalizedKeys) {
    sort_at(entries, KeyPosition::FIRST, keys);
}

/// Sorts entries with equal words before a position, which have their words at the position.
fn sort_at(entries: &mut [SortEntry], mut position: KeyPosition, keys: &impl NormalizedKeys) {
    // If all words are equal, the loop continues with the next word without recursion.
    loop {
        if entries.len() > MIN_PARALLEL_ENTRIES {
            entries.par_sort_unstable_by_key(|entry| entry.key_word);
        } else {
            entries.sort_unstable_by_key(|entry| entry.key_word);
        }
        let word = match entries {
            [first, .., last] if first.key_word == last.key_word => first.key_word,
            [_, _, ..] => break,
            _ => return,
        };
        match keys.next(word, position) {
            None => {
                return sort_by(entries, |one, other| keys.break_tie(one, other));
            }
            Some(next) => {
                position = next;
                load_words(entries, position, keys);
            }
        }
    }
    let is_small = entries.len() <= MIN_PARALLEL_ENTRIES;
    let runs = entries.chunk_by_mut(|one, other| one.key_word == other.key_word);
    let runs = runs.filter(|run| run.len() > 1);
    if is_small {
        runs.for_each(|run| sort_run(run, position, keys));
    } else {
        let runs: Vec<&mut [SortEntry]> = runs.collect();
        runs.into_par_iter()
            .for_each(|run| sort_run(run, position, keys));
    }
}

/// Sorts entries with equal words up to a position, included.
fn sort_run(run: &mut [SortEntry], position: KeyPosition, keys: &impl NormalizedKeys) {
    match keys.next(run[0].key_word, position) {
        None => sort_by(run, |one, other| keys.break_tie(one, other)),
        next @ Some(at) => {
            if run.len() <= MAX_COMPARED_ENTRIES || at.word > MAX_RADIX_WORDS {
                sort_by(run, |one, other| keys.compare_from(one, other, next));
            } else {
                load_words(run, at, keys);
                sort_at(run, at, keys);
            }
        }
    }
}

fn sort_by(entries: &mut [SortEntry], compare: impl Fn(&SortEntry, &SortEntry) -> Ordering + Sync) {
    if entries.len() > MIN_PARALLEL_ENTRIES {
        entries.par_sort_unstable_by(compare);
    } else {
        entries.sort_unstable_by(compare);
    }
}

/// Replaces the words of entries by those at a position.
fn load_words(entries: &mut [SortEntry], position: KeyPosition, keys: &impl NormalizedKeys) {
    let load = |entry: &mut SortEntry| {
        entry.key_word = keys.key_word(entry.chunk as usize, entry.row as usize, position);
    };
    if entries.len() > MIN_PARALLEL_ENTRIES {
        entries.par_iter_mut().for_each(load);
    } else {
        entries.iter_mut().for_each(load);
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::StringArray;
    use proptest::prelude::*;

    use super::super::{TextOrder, TopK};
    use super::*;

    /// Generates chunks of texts, some rows without one. Texts have few letters, and zeros, so that words and runs
    /// repeat.
    fn chunks() -> impl Strategy<Value = Vec<StringArray>> {
        let text = prop_oneof!["[ab\0]{0,3}", "(abcdefg){0,4}[a-c\0]{0,2}", "[AaBbÄä]{0,9}",];
        let rows = prop::collection::vec(prop::option::weighted(0.9, text), 0..60);
        prop::collection::vec(rows.prop_map(StringArray::from), 0..4)
    }

    fn casefolded(texts: &[StringArray]) -> Vec<StringArray> {
        let fold = |text: &str| idq_columns::casefold(text).into_owned();
        let chunks = texts.iter();
        chunks
            .map(|texts| texts.iter().map(|text| text.map(fold)).collect())
            .collect()
    }

    /// Returns the locations of all texts in the order of the standard sort.
    fn std_sorted(forms: &[StringArray], texts: &[StringArray]) -> Vec<(u32, u32)> {
        let mut rows = Vec::new();
        for (chunk, (forms, texts)) in (0..).zip(forms.iter().zip(texts)) {
            for (row, (form, text)) in (0..).zip(forms.iter().zip(texts)) {
                rows.extend(form.map(|form| (form, text, (chunk, row))));
            }
        }
        rows.sort();
        rows.into_iter().map(|(_, _, location)| location).collect()
    }

    fn locations(entries: &[SortEntry]) -> Vec<(u32, u32)> {
        entries.iter().map(SortEntry::location).collect()
    }

    proptest! {
        #[test]
        fn radix_sort_of_texts_equals_the_standard_sort(texts in chunks()) {
            let forms = casefolded(&texts);
            for forms in [&forms, &texts] {
                let sorted = TextOrder::new(forms, &texts).sorted();
                prop_assert_eq!(locations(&sorted), std_sorted(forms, &texts));
                // Entries of one form have one word. Dictionaries rely on this.
                let order = TextOrder::new(forms, &texts);
                for pair in sorted.windows(2) {
                    if order.form(&pair[0]) == order.form(&pair[1]) {
                        prop_assert_eq!(pair[0].key_word, pair[1].key_word);
                    }
                }
            }
        }

        #[test]
        fn top_k_of_any_k_and_skip_equals_a_part_of_the_full_sort(
            texts in chunks(),
            k in 0..300usize,
            skip in 0..300usize,
            split in 0..100usize,
        ) {
            let forms = casefolded(&texts);
            let order = TextOrder::new(&forms, &texts);
            let sorted = locations(&order.sorted());
            let entries = sorted.iter().rev().cycle().take(sorted.len());
            let entry = |&(chunk, row): &(u32, u32)| SortEntry {
                key_word: order.key_word(chunk as usize, row as usize, KeyPosition::FIRST),
                chunk,
                row,
            };
            let (mut one, mut other) = (TopK::new(&order, k), TopK::new(&order, k));
            for (index, location) in entries.enumerate() {
                let top = if index < split { &mut one } else { &mut other };
                top.push(entry(location));
            }
            one.merge(other);
            let end = k.min(sorted.len());
            let expected = &sorted[skip.min(end)..end];
            prop_assert_eq!(locations(&one.finish(skip)), expected);
        }
    }

    #[test]
    fn top_k_of_many_rows_prunes_and_keeps_the_least() {
        let texts: Vec<String> = (0..5_000u32)
            .map(|row| format!("{:05}", row.wrapping_mul(7_919) % 5_000))
            .collect();
        let texts = [StringArray::from_iter_values(&texts)];
        let order = TextOrder::new(&texts, &texts);
        let sorted = order.sorted();
        for k in [1, 10, 200, 4_999] {
            let mut top = TopK::new(&order, k);
            for row in 0..5_000 {
                top.push(SortEntry {
                    key_word: order.key_word(0, row as usize, KeyPosition::FIRST),
                    chunk: 0,
                    row,
                });
            }
            assert_eq!(locations(&top.finish(0)), locations(&sorted[..k]), "{k}");
        }
    }

    #[test]
    fn radix_sort_of_long_equal_texts_ends_and_keeps_load_order() {
        // More words than the maximum depth of recursion, and more rows than a single thread sorts.
        let long = "x".repeat(LONG_TEXT_BYTES);
        let other = format!("{long}y");
        let texts = [StringArray::from_iter_values(
            [&other, &long].into_iter().cycle().take(6_000),
        )];
        let short = [StringArray::from_iter_values(["", "y"])];
        for texts in [
            vec![texts[0].clone()],
            vec![texts[0].clone(), short[0].clone()],
        ] {
            let sorted = TextOrder::new(&texts, &texts).sorted();
            assert_eq!(locations(&sorted), std_sorted(&texts, &texts));
        }
    }

    /// The length of a text of twice as many words as recursion may reach, at seven bytes a word.
    const LONG_TEXT_BYTES: usize = 7 * 2 * MAX_RADIX_WORDS;
}
