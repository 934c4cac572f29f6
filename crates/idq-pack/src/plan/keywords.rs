//! Fields of which every chunk has a dictionary.

use arrow_array::{Array, StringArray};
use idq_columns::{Column, KeywordBuilder, KeywordColumn};
use idq_load::Snapshot;

use super::for_each_live;
use super::texts::{Distinct, Range, Texts};

/// The distinct texts of a field, brought together from the chunks' dictionaries; `None` where some chunk has none, or
/// they are too many.
pub(super) fn distinct(
    snapshot: &Snapshot,
    field: usize,
    most: u64,
    most_bytes: usize,
) -> Option<(Distinct, Range)> {
    let mut all = KeywordBuilder::new();
    for chunk in snapshot.chunks() {
        let Some(Column::Keyword(column)) = chunk.column(field) else {
            return None;
        };
        // Each text of the chunk is looked up once.
        let texts = column.dictionary().iter().flatten();
        let known: Vec<u32> = texts.map(|text| all.code(text)).collect();
        for_each_live(chunk, |row| match column.code(row) {
            Some(code) => all.push_code(known[code as usize]),
            None => all.push_null(),
        });
        if all.distinct() as u64 > most || all.bytes() > most_bytes {
            return None;
        }
    }
    let all = all.finish();
    let texts = Texts::new(vec![used(&all)], snapshot.api().fields[field].collation);
    let mut distinct = texts.distinct(most_bytes)?;
    let places = distinct.codes;
    let place = |row| all.code(row).map_or(0, |code| places[code as usize]);
    distinct.codes = (0..all.codes().len()).map(place).collect();
    Some((distinct, texts.range()))
}

/// The texts of a dictionary; null where no row has it any more, as a chunk's dictionary may have more than its rows.
fn used(all: &KeywordColumn) -> StringArray {
    let mut is_used = vec![false; all.dictionary().len()];
    for code in (0..all.codes().len()).filter_map(|row| all.code(row)) {
        is_used[code as usize] = true;
    }
    let texts = all.dictionary().iter().zip(is_used);
    texts
        .map(|(text, is_used)| text.filter(|_| is_used))
        .collect()
}
