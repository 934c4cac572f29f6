//! Fields whose texts are a fixed prefix and the record's id, such as the URL of the record: their statistics follow
//! from those of the id, without sorting them.

use arrow_array::StringArray;
use idq_api::{Collation, Kind};
use idq_snapshot::{ColumnView, FieldStatistics, SpillFile};
use rayon::prelude::*;

use super::sorted_texts::{ValueRange, visible_texts};
use super::{MIN_ROWS_PER_VALUE, is_sorted};

/// Returns the prefix before the id in each text of a field; `None` if a text has another form, or the field has ranks
/// of its own.
pub(super) fn prefix_of(
    columns: &ColumnView<'_>,
    field: usize,
    spill: Option<&SpillFile>,
) -> Option<String> {
    let api = columns.snapshot().api();
    let is_text = |field: usize| api.column_kind(field) == Kind::Text && field < api.fields.len();
    if field == api.id || !is_text(field) || is_sorted(api, field) {
        return None;
    }
    // Ids are compared by their bytes, as the texts are.
    let is_plain = |field: usize| api.fields[field].collation == Collation::Bytes;
    if !is_plain(field) || !is_plain(api.id) {
        return None;
    }
    let mut chunks = columns.chunks();
    let prefix = chunks.find_map(|chunk| {
        let (texts, ids) = (visible_texts(chunk, field), visible_texts(chunk, api.id));
        let mut rows = texts.iter().zip(ids.iter());
        rows.find_map(|(text, id)| Some(text?.strip_suffix(id?).unwrap_or_default().to_owned()))
    })?;
    // Most fields end here, because their first text does not contain the id.
    if prefix.is_empty() {
        return None;
    }
    let chunks: Vec<_> = columns.chunks().collect();
    let is_prefixed = chunks.into_par_iter().all(|chunk| {
        let (texts, ids) = (visible_texts(chunk, field), visible_texts(chunk, api.id));
        // Pages that were read count as memory until they are released.
        spill.inspect(|spill| spill.touched(texts.value_data().len() + ids.value_data().len()));
        are_prefixed(&texts, &prefix, &ids)
    });
    is_prefixed.then_some(prefix)
}

/// Returns whether each text is the prefix and the id of its row.
fn are_prefixed(texts: &StringArray, prefix: &str, ids: &StringArray) -> bool {
    let mut rows = texts.iter().zip(ids.iter());
    rows.all(|(text, id)| match (text, id) {
        (Some(text), Some(id)) => text.strip_prefix(prefix) == Some(id),
        (text, id) => text.is_none() && id.is_none(),
    })
}

/// Returns the range of the texts with a prefix from the statistics of the ids; `None` if ids recur so often that
/// the texts have a dictionary.
pub(super) fn range_of(prefix: &str, ids: &FieldStatistics, rows: u64) -> Option<ValueRange> {
    let distinct = ids.distinct?;
    let add = |text: &String| format!("{prefix}{text}");
    (distinct > (rows / MIN_ROWS_PER_VALUE).max(1)).then(|| ValueRange {
        distinct,
        min_max: ids
            .range
            .as_ref()
            .map(|(least, greatest)| (add(least), add(greatest))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_prefixed_of_texts_and_ids_is_exact() {
        let array = |texts: &[Option<&str>]| texts.iter().copied().collect::<StringArray>();
        let ids = array(&[Some("a"), None, Some("bb")]);
        for (texts, expected) in [
            (&[Some("u/a"), None, Some("u/bb")][..], true),
            (&[Some("u/a"), None, Some("u/b")], false),
            (&[Some("u/a"), Some("u/"), Some("u/bb")], false),
            (&[Some("u/a"), None, None], false),
            (&[Some("v/a"), None, Some("u/bb")], false),
        ] {
            assert_eq!(
                are_prefixed(&array(texts), "u/", &ids),
                expected,
                "{texts:?}"
            );
        }
    }
}
