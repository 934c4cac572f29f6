//! Ranks of dictionary-encoded texts: the position of each distinct value in the order of all values of a snapshot.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use hashbrown::HashMap;
use idq_api::Collation;
use idq_columns::{Column, Dictionary, casefold};
use rayon::prelude::*;

/// Returns for each chunk the rank of each code among all values of the snapshot, from 1. Values that fold alike share a
/// rank.
///
/// `None` if some chunk holds the field as plain text.
pub(crate) fn keyword_ranks(columns: &[&Column], collation: Collation) -> Option<Vec<Arc<[u32]>>> {
    let dictionaries: Vec<&Arc<Dictionary>> = columns
        .iter()
        .map(|column| match column {
            Column::Keyword(column) => Some(column.dictionary_arc()),
            _ => None,
        })
        .collect::<Option<_>>()?;
    // The chunks of a snapshot file share one dictionary.
    let distinct: Vec<&[&Arc<Dictionary>]> = dictionaries
        .chunk_by(|one, next| Arc::ptr_eq(one, next))
        .collect();
    let ranks = match distinct[..] {
        [only] => sorted_ranks(only[0], collation).map(|ranks| vec![ranks]),
        _ => None,
    };
    let ranks = ranks.unwrap_or_else(|| merged_ranks(&distinct, collation));
    let chunks = distinct.iter().zip(ranks);
    Some(
        chunks
            .flat_map(|(chunks, ranks)| std::iter::repeat_n(ranks, chunks.len()))
            .collect(),
    )
}

/// Sorts the values of several dictionaries.
fn merged_ranks(dictionaries: &[&[&Arc<Dictionary>]], collation: Collation) -> Vec<Arc<[u32]>> {
    // Each distinct spelling is folded once: neighbouring chunks have mostly the same ones.
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut ranks: Vec<Vec<u32>> = Vec::with_capacity(dictionaries.len());
    for dictionary in dictionaries {
        let number = |text| {
            let next = numbers.len() as u32;
            *numbers.entry(text).or_insert(next)
        };
        let values = dictionary[0].values();
        ranks.push(values.iter().flatten().map(number).collect());
    }
    let mut keys: Vec<_> = numbers
        .into_iter()
        .map(|(text, number)| (sort_text(text, collation), number))
        .collect();
    keys.par_sort_unstable();
    let mut rank_of = vec![0; keys.len()];
    let mut rank = 0;
    for (index, (key, number)) in keys.iter().enumerate() {
        if index == 0 || keys[index - 1].0 != *key {
            rank += 1;
        }
        rank_of[*number as usize] = rank;
    }
    for number in ranks.iter_mut().flatten() {
        *number = rank_of[*number as usize];
    }
    ranks.into_iter().map(Arc::from).collect()
}

/// Returns the ranks of a dictionary whose values are in order already, as those of a snapshot file are.
fn sorted_ranks(dictionary: &Dictionary, collation: Collation) -> Option<Arc<[u32]>> {
    let mut ranks = Vec::new();
    let mut last: Option<Cow<'_, str>> = None;
    for text in dictionary.values().iter().flatten() {
        let key = sort_text(text, collation);
        let before = ranks.last().copied().unwrap_or(0);
        let rank = match last.as_ref().map(|last| last.cmp(&key)) {
            Some(Ordering::Greater) => return None,
            Some(Ordering::Equal) => before,
            _ => before + 1,
        };
        ranks.push(rank);
        last = Some(key);
    }
    Some(Arc::from(ranks))
}

/// Returns the text by which a value is compared.
fn sort_text(text: &str, collation: Collation) -> Cow<'_, str> {
    match collation {
        Collation::Bytes => text.into(),
        Collation::Lowercase => casefold(text),
    }
}
