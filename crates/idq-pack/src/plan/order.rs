//! Texts in order: by their first bytes, which lie in one place, and by all of them where those are the same.

use std::cmp::Ordering;

use arrow_array::StringArray;
use rayon::prelude::*;

/// Where a text is, and some bytes of it: those behind what it has in common with its neighbours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    start: u64,
    pub(super) chunk: u32,
    pub(super) row: u32,
}

impl Key {
    pub(super) fn text<'t>(&self, texts: &'t [StringArray]) -> &'t str {
        texts[self.chunk as usize].value(self.row as usize)
    }

    fn compare(&self, other: &Self, texts: &[StringArray]) -> Ordering {
        self.text(texts).cmp(other.text(texts))
    }

    /// Whether both texts are the same: the forms that the order is made of, or the texts themselves.
    pub(super) fn is_same(&self, other: &Self, texts: &[StringArray]) -> bool {
        self.start == other.start && self.text(texts) == other.text(texts)
    }
}

/// All texts in the order of their forms' bytes, then of their own; both come in the same chunks and rows.
pub(super) fn ordered(forms: &[StringArray], texts: &[StringArray]) -> Vec<Key> {
    let shared = shared_start(forms);
    let chunks: Vec<(u32, &StringArray)> = (0..).zip(forms).collect();
    let mut keys: Vec<Key> = chunks
        .into_par_iter()
        .flat_map_iter(|(chunk, forms)| {
            let rows = (0..).zip(forms);
            rows.filter_map(move |(row, form)| {
                let start = start(form?, shared);
                Some(Key { start, chunk, row })
            })
        })
        .collect();
    sort(&mut keys, forms, texts, shared, MOST_STEPS);
    keys
}

/// So many keys are brought into order by comparing their texts.
const FEW: usize = 8;

/// So often keys are sorted by the next eight bytes: texts that are the same for long are compared as a whole.
const MOST_STEPS: usize = 8;

/// Sorts keys by their starts, which are those of the texts from a byte on, and keys with the same one by what follows.
fn sort(keys: &mut [Key], forms: &[StringArray], texts: &[StringArray], from: usize, steps: usize) {
    keys.par_sort_unstable_by_key(|key| key.start);
    let next = from + START;
    let runs = keys.chunk_by_mut(|one, other| one.start == other.start);
    let runs: Vec<&mut [Key]> = runs.filter(|run| run.len() > 1).collect();
    runs.into_par_iter().for_each(|run| {
        let goes_on = |key: &Key| key.text(forms).len() > next;
        if run.len() <= FEW || steps == 0 || !run.iter().any(goes_on) {
            return run.sort_unstable_by(|one, other| {
                let by_form = one.compare(other, forms);
                by_form.then_with(|| one.compare(other, texts))
            });
        }
        for key in &mut *run {
            key.start = start(key.text(forms), next);
        }
        sort(run, forms, texts, next, steps - 1);
    });
}

/// How many bytes all texts have in common at their start.
fn shared_start(texts: &[StringArray]) -> usize {
    let Some(first) = texts.iter().flatten().flatten().next() else {
        return 0;
    };
    let first = first.as_bytes();
    let shared = |texts: &StringArray| {
        let mut shared = first.len();
        for text in texts.iter().flatten() {
            if !text.as_bytes().starts_with(&first[..shared]) {
                let alike = first.iter().zip(text.as_bytes());
                shared = alike.take_while(|(one, other)| one == other).count();
            }
        }
        shared
    };
    texts.par_iter().map(shared).min().unwrap_or_default()
}

/// How many bytes a start has.
const START: usize = 8;

/// The bytes of a text from one on, as a number that is in their order; zeros behind its end.
fn start(text: &str, from: usize) -> u64 {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    let mut start = [0; START];
    let length = rest.len().min(START);
    start[..length].copy_from_slice(&rest[..length]);
    u64::from_be_bytes(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_in_the_order_of_their_forms() {
        let chunk = |texts: &[Option<&str>]| texts.iter().copied().collect::<StringArray>();
        let texts = [
            chunk(&[
                Some("id_b"),
                None,
                Some("id_a\0\0\0\0\0\0\0\0"),
                Some("id_"),
            ]),
            chunk(&[]),
            chunk(&[
                Some("id_a"),
                Some("id_ä"),
                Some("id_B"),
                Some("id_bbbbbbbbc"),
            ]),
            chunk(&[Some("id_bbbbbbbba"), Some("id_b"), Some("id_a\0")]),
        ];
        let forms: Vec<StringArray> = texts
            .iter()
            .map(|texts| {
                let lower = |text: &str| text.to_lowercase();
                texts.iter().map(|text| text.map(lower)).collect()
            })
            .collect();
        let keys = ordered(&forms, &texts);
        let found: Vec<&str> = keys.iter().map(|key| key.text(&texts)).collect();
        let mut expected: Vec<&str> = texts.iter().flatten().flatten().collect();
        expected.sort_by_key(|text| (text.to_lowercase(), *text));
        assert_eq!(found, expected);
        let runs = keys.chunk_by(|one, other| one.is_same(other, &forms));
        assert_eq!(runs.count(), 8);
    }
}
