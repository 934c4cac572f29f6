//! Ranks of dictionary codes among all values of a snapshot.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use hashbrown::HashMap;
use idq_api::Collation;
use idq_columns::{Column, Dictionary, fold};
use idq_load::Snapshot;
use rayon::prelude::*;

/// For each chunk the rank of each code among all values of the snapshot, from 1; values that fold alike share one.
///
/// `None` if some chunk holds the field as plain text.
pub(crate) fn keyword_ranks(
    snapshot: &Snapshot,
    field: usize,
    collation: Collation,
) -> Option<Vec<Arc<[u32]>>> {
    let dictionaries: Vec<_> = snapshot
        .chunks()
        .iter()
        .map(|chunk| match chunk.column(field) {
            Some(Column::Keyword(column)) => Some(column.dictionary()),
            _ => None,
        })
        .collect::<Option<_>>()?;
    if let Some(ranks) = shared_ranks(snapshot, field, collation) {
        return Some(ranks);
    }
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
    Some(ranks.into_iter().map(Arc::from).collect())
}

/// The same where all chunks share one dictionary, which is in order already: that of a packed snapshot.
fn shared_ranks(
    snapshot: &Snapshot,
    field: usize,
    collation: Collation,
) -> Option<Vec<Arc<[u32]>>> {
    let mut shared: Option<&Arc<Dictionary>> = None;
    for chunk in snapshot.chunks() {
        match chunk.column(field) {
            Some(Column::Keyword(column)) => {
                let dictionary = column.shared_dictionary();
                if shared.is_some_and(|shared| !Arc::ptr_eq(shared, dictionary)) {
                    return None;
                }
                shared = Some(dictionary);
            }
            _ => return None,
        }
    }
    let mut ranks = Vec::new();
    let mut last: Option<Cow<'_, str>> = None;
    for text in shared?.values().iter().flatten() {
        let form = form(text, collation);
        let before = ranks.last().copied().unwrap_or(0);
        let rank = match last.as_ref().map(|last| last.cmp(&form)) {
            Some(Ordering::Greater) => return None,
            Some(Ordering::Equal) => before,
            _ => before + 1,
        };
        ranks.push(rank);
        last = Some(form);
    }
    Some(vec![Arc::from(ranks); snapshot.chunks().len()])
}

fn form(text: &str, collation: Collation) -> Cow<'_, str> {
    match collation {
        Collation::Bytes => text.into(),
        Collation::Lowercase => fold(text),
    }
}
