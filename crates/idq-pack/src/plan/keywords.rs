//! Fields whose texts are there again and again: they are brought together by hashing, and only what is distinct is sorted.

use arrow_array::{Array, StringArray};
use idq_columns::{Column, KeywordBuilder, KeywordColumn};
use idq_snapshot::{Chunk, Snapshot};

use super::for_each_live;
use super::texts::{Distinct, Range, Texts};
use crate::checksum::checksum;
use idq_snapshot::SpillFile;

/// Sorting all texts is faster where there are more distinct ones than one for so many rows.
const ROWS_A_DISTINCT_TEXT: u64 = 4;

/// No more bytes of distinct texts are hashed, as they are all in memory. More are sorted, which comes to the same.
const MOST_BYTES: usize = 8 << 20;

/// The distinct texts of a field; `None` where they are many.
pub(super) fn distinct(
    snapshot: &Snapshot,
    field: usize,
    most: u64,
    spill: Option<&SpillFile>,
) -> Option<(Distinct, Range)> {
    let is_keyword = |chunk: &Chunk| matches!(chunk.column(field), Some(Column::Keyword(_)));
    let are_keywords = snapshot.chunks().iter().all(is_keyword);
    if !are_keywords && estimate(snapshot, field, spill) > snapshot.rows() / ROWS_A_DISTINCT_TEXT {
        return None;
    }
    let mut all = KeywordBuilder::new();
    for chunk in snapshot.chunks() {
        match chunk.column(field)? {
            Column::Keyword(column) => {
                // Each text of the chunk is looked up once.
                let texts = column.dictionary().iter().flatten();
                let known: Vec<u32> = texts.map(|text| all.code(text)).collect();
                for_each_live(chunk, |row| match column.code(row) {
                    Some(code) => all.push_code(known[code as usize]),
                    None => all.push_null(),
                });
            }
            Column::Text(column) => {
                for_each_live(chunk, |row| match column.value(row) {
                    Some(text) => all.push(&text),
                    None => all.push_null(),
                });
                spill.inspect(|spill| spill.touched(column.memory()));
            }
            _ => return None,
        }
        if all.distinct() as u64 > most || all.bytes() > MOST_BYTES {
            return None;
        }
    }
    let all = all.finish();
    let texts = Texts::new(
        vec![used(&all)],
        snapshot.api().fields[field].collation,
        None,
    );
    let mut distinct = texts.distinct(MOST_BYTES, None)?;
    let places = distinct.codes;
    let place = |row| all.code(row).map_or(0, |code| places[code as usize]);
    distinct.codes = (0..all.codes().len()).map(place).collect();
    Some((distinct, texts.range(None)))
}

/// About how many distinct texts there are: by how many bits of a map stay unset when each text sets one.
fn estimate(snapshot: &Snapshot, field: usize, spill: Option<&SpillFile>) -> u64 {
    const BITS_A_ROW: u64 = 4;
    let bits = (snapshot.all_rows() as u64 * BITS_A_ROW)
        .next_power_of_two()
        .max(64);
    let mut map = vec![0u64; (bits / 64) as usize];
    let mut set = |text: &[u8]| {
        let bit = checksum(text) % bits;
        map[(bit / 64) as usize] |= 1 << (bit % 64);
    };
    let mut scratch = Vec::new();
    for chunk in snapshot.chunks() {
        match chunk.column(field) {
            Some(Column::Keyword(column)) => {
                let texts = column.dictionary().iter().flatten();
                texts.for_each(|text| set(text.as_bytes()));
            }
            Some(Column::Text(column)) => {
                for_each_live(chunk, |row| {
                    if column.write(row, &mut scratch) {
                        set(&scratch);
                    }
                });
                spill.inspect(|spill| spill.touched(column.memory()));
            }
            _ => {}
        }
    }
    let set: u64 = map.iter().map(|bits| u64::from(bits.count_ones())).sum();
    let unset = (bits - set).max(1) as f64 / bits as f64;
    (-unset.ln() * bits as f64) as u64
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
