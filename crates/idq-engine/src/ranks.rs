use std::borrow::Cow;

use hashbrown::HashMap;
use idq_api::Collation;
use idq_columns::{Column, fold};
use idq_load::Snapshot;
use rayon::prelude::*;

/// For each chunk the rank of each code among all values of the snapshot, from 1; values that fold alike share one.
///
/// `None` if some chunk holds the field as plain text.
pub(crate) fn keyword_ranks(
    snapshot: &Snapshot,
    field: usize,
    collation: Collation,
) -> Option<Vec<Vec<u32>>> {
    let dictionaries: Vec<_> = snapshot
        .chunks()
        .iter()
        .map(|chunk| match chunk.column(field) {
            Some(Column::Keyword(column)) => Some(column.dictionary()),
            _ => None,
        })
        .collect::<Option<_>>()?;
    // Each distinct spelling is folded once: neighbouring chunks have the same ones.
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut ranks: Vec<Vec<u32>> = Vec::with_capacity(dictionaries.len());
    for dictionary in dictionaries {
        let number = |text| {
            let next = numbers.len() as u32;
            *numbers.entry(text).or_insert(next)
        };
        ranks.push(dictionary.iter().flatten().map(number).collect());
    }
    let mut forms: Vec<_> = numbers
        .into_iter()
        .map(|(text, number)| (form(text, collation), number))
        .collect();
    forms.par_sort_unstable();
    let mut rank_of = vec![0; forms.len()];
    let mut rank = 0;
    for (index, (form, number)) in forms.iter().enumerate() {
        if index == 0 || forms[index - 1].0 != *form {
            rank += 1;
        }
        rank_of[*number as usize] = rank;
    }
    for number in ranks.iter_mut().flatten() {
        *number = rank_of[*number as usize];
    }
    Some(ranks)
}

fn form(text: &str, collation: Collation) -> Cow<'_, str> {
    match collation {
        Collation::Bytes => text.into(),
        Collation::Lowercase => fold(text),
    }
}
