//! Ranks: the positions of distinct values in their order, from 1. A rank is a normalized key of one word.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::Array;
use hashbrown::HashMap;
use idq_api::Collation;
use idq_columns::{Column, Dictionary, casefold};
use rayon::prelude::*;

/// Numbers sorted items densely from 1, given for each whether it compares as greater than its predecessor. The first
/// item counts as greater; items that compare as equal share a rank.
pub fn dense_ranks(is_greater: impl IntoIterator<Item = bool>) -> impl Iterator<Item = u32> {
    let mut rank = 0;
    is_greater.into_iter().map(move |is_greater| {
        rank += u32::from(is_greater || rank == 0);
        rank
    })
}

/// Returns for each chunk the rank of each code among all values of the snapshot. Values of the same casefolded form
/// share a rank where the collation ignores case.
///
/// Returns `None` if some chunk does not hold the field dictionary-encoded, or if more than `max_values` values of
/// dictionaries would have to be merged.
pub(super) fn keyword_ranks(
    columns: &[&Column],
    collation: Collation,
    max_values: usize,
) -> Option<Vec<Arc<[u32]>>> {
    let dictionaries: Vec<&Arc<Dictionary>> = columns
        .iter()
        .map(|column| match column {
            Column::Keyword(column) => Some(column.dictionary_arc()),
            _ => None,
        })
        .collect::<Option<_>>()?;
    // The chunks of a snapshot file share one dictionary, whose values are sorted.
    let shared: Vec<&[&Arc<Dictionary>]> = dictionaries
        .chunk_by(|one, next| Arc::ptr_eq(one, next))
        .collect();
    let ranks = match shared[..] {
        [only] => ranks_if_sorted(only[0], collation).map(|ranks| vec![ranks]),
        _ => None,
    };
    let ranks = match ranks {
        Some(ranks) => ranks,
        None => {
            let distinct: Vec<&Dictionary> = shared.iter().map(|chunks| &**chunks[0]).collect();
            let values = distinct.iter().map(|dictionary| dictionary.values().len());
            if values.sum::<usize>() > max_values {
                return None;
            }
            merge_ranks(&distinct, collation)
        }
    };
    let chunks = shared.iter().zip(ranks);
    Some(
        chunks
            .flat_map(|(chunks, ranks)| std::iter::repeat_n(ranks, chunks.len()))
            .collect(),
    )
}

/// Returns the ranks of a dictionary; `None` unless its values are in order already.
fn ranks_if_sorted(dictionary: &Dictionary, collation: Collation) -> Option<Arc<[u32]>> {
    let values = dictionary.values().iter().flatten();
    let keys: Vec<Cow<'_, str>> = values.map(|text| collate(text, collation)).collect();
    if !keys.is_sorted() {
        return None;
    }
    let first = keys.first().map(|_| true);
    let others = keys.windows(2).map(|pair| pair[0] < pair[1]);
    Some(dense_ranks(first.into_iter().chain(others)).collect())
}

/// Returns the ranks of the values of several dictionaries, for each dictionary by code.
fn merge_ranks(dictionaries: &[&Dictionary], collation: Collation) -> Vec<Arc<[u32]>> {
    // Neighbouring chunks have mostly the same values: each distinct one is casefolded and sorted once.
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut ranks: Vec<Vec<u32>> = Vec::with_capacity(dictionaries.len());
    for dictionary in dictionaries {
        let number = |text| {
            let next = numbers.len() as u32;
            *numbers.entry(text).or_insert(next)
        };
        let values = dictionary.values().iter().flatten();
        ranks.push(values.map(number).collect());
    }
    let mut keys: Vec<(Cow<'_, str>, u32)> = numbers
        .into_iter()
        .map(|(text, number)| (collate(text, collation), number))
        .collect();
    keys.par_sort_unstable();
    let mut rank_of = vec![0; keys.len()];
    let is_greater = (0..keys.len()).map(|index| index == 0 || keys[index - 1].0 != keys[index].0);
    for ((_, number), rank) in keys.iter().zip(dense_ranks(is_greater)) {
        rank_of[*number as usize] = rank;
    }
    for number in ranks.iter_mut().flatten() {
        *number = rank_of[*number as usize];
    }
    ranks.into_iter().map(Arc::from).collect()
}

/// Returns the form by which a text is compared.
fn collate(text: &str, collation: Collation) -> Cow<'_, str> {
    match collation {
        Collation::Bytes => text.into(),
        Collation::Lowercase => casefold(text),
    }
}

#[cfg(test)]
mod tests {
    use idq_columns::KeywordBuilder;

    use super::*;

    fn column(values: &[&str]) -> Column {
        let mut builder = KeywordBuilder::new();
        values.iter().for_each(|value| builder.push(value));
        Column::Keyword(builder.finish())
    }

    #[test]
    fn dense_ranks_of_equal_items_are_shared() {
        let ranks = dense_ranks([true, false, true, true, false]);
        assert_eq!(ranks.collect::<Vec<_>>(), [1, 1, 2, 3, 3]);
        assert_eq!(dense_ranks([]).count(), 0);
    }

    #[test]
    fn keyword_ranks_over_several_dictionaries_are_those_of_all_values() {
        let columns = [column(&["b", "C", "a"]), column(&["c", "d", "b"])];
        let columns: Vec<&Column> = columns.iter().collect();
        let ranks = |collation| {
            let ranks = keyword_ranks(&columns, collation, 6).unwrap();
            ranks.iter().map(|ranks| ranks.to_vec()).collect::<Vec<_>>()
        };
        assert_eq!(ranks(Collation::Bytes), [[3, 1, 2], [4, 5, 3]]);
        assert_eq!(ranks(Collation::Lowercase), [[2, 3, 1], [3, 4, 2]]);
        assert!(keyword_ranks(&columns, Collation::Bytes, 5).is_none());
    }

    #[test]
    fn keyword_ranks_of_one_sorted_dictionary_need_no_sort_and_agree() {
        let columns = [column(&["A", "a", "b"])];
        let columns: Vec<&Column> = columns.iter().collect();
        let Column::Keyword(keyword) = columns[0] else {
            unreachable!("a keyword column was built")
        };
        for (collation, expected) in [
            (Collation::Bytes, [1, 2, 3]),
            (Collation::Lowercase, [1, 1, 2]),
        ] {
            let sorted = ranks_if_sorted(keyword.dictionary_arc(), collation);
            assert_eq!(sorted.as_deref(), Some(&expected[..]));
            let merged = merge_ranks(&[keyword.dictionary_arc()], collation);
            assert_eq!(*merged[0], expected);
        }
    }
}
