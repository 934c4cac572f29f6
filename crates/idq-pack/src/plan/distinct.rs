//! The distinct texts of a field, where few enough are.

use std::borrow::Cow;

use arrow_array::StringArray;
use hashbrown::HashMap;
use idq_api::Collation;
use idq_columns::Column;
use idq_load::Snapshot;
use rayon::prelude::*;

use super::for_each_live;
use super::texts::{Range, form, text};

/// The distinct texts, in the field's order, and which of them each row has.
pub(super) struct Distinct {
    pub(super) values: StringArray,
    /// For each row that counts, in order; 0 where there is no text.
    pub(super) codes: Vec<u32>,
    pub(super) range: Range,
}

/// The most bytes of distinct texts: Arrow's offsets have to reach their end.
const MAX_BYTES: usize = 1 << 30;

/// A dictionary pays where rows share a text two by two on average.
const ROWS_A_TEXT: u64 = 2;

impl Distinct {
    /// The distinct texts of a field; `None` if there are too many of them.
    pub(super) fn of(snapshot: &Snapshot, field: usize, collation: Collation) -> Option<Self> {
        let limit = snapshot.rows() / ROWS_A_TEXT;
        let mut numbers: HashMap<Box<str>, u32> = HashMap::new();
        let mut codes = Vec::with_capacity(snapshot.rows() as usize);
        let mut bytes = 0;
        for chunk in snapshot.chunks() {
            let Some(column) = chunk.column(field) else {
                continue;
            };
            let mut number = |text: Cow<'_, str>| -> u32 {
                if let Some(&number) = numbers.get(&*text) {
                    return number;
                }
                let next = numbers.len() as u32;
                bytes += text.len();
                numbers.insert(text.into(), next);
                next
            };
            match column {
                // Each text of the chunk is looked up once.
                Column::Keyword(column) => {
                    let known: Vec<u32> = column
                        .dictionary()
                        .iter()
                        .flatten()
                        .map(|text| number(Cow::Borrowed(text)))
                        .collect();
                    for_each_live(chunk, |row| {
                        let code = column.code(row).map(|code| known[code as usize]);
                        codes.push(code.unwrap_or(NONE));
                    });
                }
                column => for_each_live(chunk, |row| {
                    codes.push(text(column, row).map_or(NONE, &mut number));
                }),
            }
            if numbers.len() as u64 > limit.max(1) || bytes > MAX_BYTES {
                return None;
            }
        }
        Some(Self::sorted(&numbers, codes, collation))
    }

    /// Brings the texts into order. A chunk's dictionary may have texts that no row has any more; those are left out.
    fn sorted(numbers: &HashMap<Box<str>, u32>, mut codes: Vec<u32>, collation: Collation) -> Self {
        let mut is_used = vec![false; numbers.len()];
        for &code in codes.iter().filter(|&&code| code != NONE) {
            is_used[code as usize] = true;
        }
        let mut texts: Vec<(Cow<'_, str>, &str, u32)> = numbers
            .iter()
            .filter(|(_, number)| is_used[**number as usize])
            .map(|(text, &number)| (form(Cow::Borrowed(text), collation), &**text, number))
            .collect();
        texts.par_sort_unstable();
        let mut places = vec![0; numbers.len()];
        for (place, (_, _, number)) in (0..).zip(&texts) {
            places[*number as usize] = place;
        }
        for code in &mut codes {
            *code = if *code == NONE {
                0
            } else {
                places[*code as usize]
            };
        }
        let spellings = || texts.iter().map(|(_, text, _)| *text);
        let ends = spellings().min().zip(spellings().max());
        Self {
            values: StringArray::from_iter_values(spellings()),
            codes,
            range: Range {
                distinct: texts.len() as u64,
                ends: ends.map(|(least, greatest)| (least.to_owned(), greatest.to_owned())),
            },
        }
    }
}

/// The code of a row without a text, until the texts are in order.
const NONE: u32 = u32::MAX;
