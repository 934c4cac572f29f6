use arrow_array::{Array, StringArray};
use arrow_buffer::BooleanBufferBuilder;

use crate::RowSet;
use crate::codes::Holding;
use crate::fold::{fold_into, is_folded};
use crate::kernels::row_at;
use crate::strings::{Strings, bytes_of};
use crate::text::{Form, TextColumn};

/// The folded forms of a column's strings.
#[derive(Debug)]
pub(crate) enum Folded {
    /// Folding changes no row.
    None,
    /// Of the rows that it changes.
    Some {
        /// For each row its position in `values`, or `UNCHANGED`.
        positions: Vec<u32>,
        /// The rows that change, ascending.
        rows: Vec<u32>,
        values: StringArray,
    },
    /// Of all rows, as it changes many of them.
    All(StringArray),
}

const UNCHANGED: u32 = u32::MAX;

/// If one row in so many changes, all are kept, so that a search has one buffer to look at.
const MANY: usize = 8;

impl Folded {
    pub(crate) fn of(column: &TextColumn) -> Self {
        if let Form::Plain(values) = &column.form
            && seems_to_change_many(values)
            && let Some(folded) = all_at_once(values)
        {
            return Self::All(folded);
        }
        let changes = changes(column);
        let count = changes.count_set_bits();
        if count == 0 {
            return Self::None;
        }
        let all = changes.len();
        let is_many = count * MANY > all;
        if is_many
            && let Form::Plain(values) = &column.form
            && let Some(folded) = all_at_once(values)
        {
            return Self::All(folded);
        }
        let (mut rows, mut positions) = (Vec::new(), Vec::new());
        let mut values = Strings::default();
        let mut text = Vec::new();
        let mut push = |row: usize| {
            column.write(row, &mut text);
            // A row's string is made of whole characters.
            let text = std::str::from_utf8(&text).unwrap_or_default();
            values.push_with(|out| fold_into(text, out));
        };
        if is_many {
            (0..all).for_each(push);
            return Self::All(values.finish(None));
        }
        positions.resize(all, UNCHANGED);
        for row in changes.set_indices() {
            positions[row] = rows.len() as u32;
            rows.push(row as u32);
            push(row);
        }
        Self::Some {
            positions,
            rows,
            values: values.finish(None),
        }
    }

    /// The folded form of a row, if it is kept: else it is the row's own string, if that has one.
    pub(crate) fn value(&self, row: usize) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Some {
                positions, values, ..
            } => (positions[row] != UNCHANGED).then(|| values.value(positions[row] as usize)),
            Self::All(values) => Some(values.value(row)),
        }
    }

    pub(crate) fn memory(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Some {
                positions,
                rows,
                values,
            } => bytes_of(values) + 4 * (rows.len() + positions.len()),
            Self::All(values) => bytes_of(values),
        }
    }
}

/// So many rows tell whether it is worth looking which rows folding changes.
const SAMPLE: usize = 128;

/// Whether folding changes many of some strings, taken at equal distances.
fn seems_to_change_many(values: &StringArray) -> bool {
    let step = values.len().div_ceil(SAMPLE).max(1);
    let rows = (0..values.len()).step_by(step);
    let count = rows.len();
    rows.filter(|&row| !is_folded(values.value(row))).count() * MANY > count
}

/// All strings folded, if each keeps its length, as nearly all do: ASCII letters change in one go.
fn all_at_once(values: &StringArray) -> Option<StringArray> {
    let mut bytes = values.value_data().to_vec();
    bytes.make_ascii_lowercase();
    let mut folded = Vec::new();
    let mut result = Some(());
    rows_with(values, next_beyond_ascii, |row, _| {
        let offsets = values.value_offsets();
        let place = offsets[row] as usize..offsets[row + 1] as usize;
        folded.clear();
        fold_into(values.value(row), &mut folded);
        match bytes.get_mut(place) {
            Some(place) if place.len() == folded.len() => place.copy_from_slice(&folded),
            _ => result = None,
        }
    });
    result?;
    // The text of every row is a folded text of the same length.
    StringArray::try_new(values.offsets().clone(), bytes.into(), None).ok()
}

/// The next byte from here on that is not ASCII.
fn next_beyond_ascii(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = &bytes[from..];
    let (blocks, _) = rest.as_chunks::<64>();
    let skipped = 64 * blocks.iter().take_while(|block| block.is_ascii()).count();
    let position = rest[skipped..].iter().position(|byte| !byte.is_ascii())?;
    Some(from + skipped + position)
}

/// The rows that folding changes.
fn changes(column: &TextColumn) -> RowSet {
    let count = column.presence().rows();
    let mut rows = BooleanBufferBuilder::new(count);
    rows.append_n(count, false);
    let mut check = |row: usize, byte: u8| {
        // A capital is another letter when folded, whatever the rest is. What a row without a string may have in the
        // buffer counts for nothing.
        let halves = column.halves(row);
        let changes = halves
            .is_some_and(|halves| byte.is_ascii_uppercase() || !halves.into_iter().all(is_folded));
        rows.set_bit(row, changes);
    };
    match &column.form {
        Form::Uuids(_) => {}
        Form::Plain(values) => rows_with(values, next_capital, check),
        Form::Split(split) => {
            rows_with(&split.rests, next_capital, &mut check);
            let parts = split.parts.iter().flatten();
            let parts: Vec<bool> = parts.map(|part| !is_folded(part)).collect();
            let changed = split.codes.rows_where(&Holding::new(parts), None);
            for row in changed.set_indices().filter(|&row| column.is_valid(row)) {
                rows.set_bit(row, true);
            }
        }
    }
    rows.build()
}

/// Calls with each row that has such a byte, and the first of them; most rows have none.
fn rows_with(
    values: &StringArray,
    next: impl Fn(&[u8], usize) -> Option<usize>,
    mut visit: impl FnMut(usize, u8),
) {
    let (bytes, offsets) = (values.value_data(), values.value_offsets());
    let (mut row, mut position) = (0, 0);
    while let Some(found) = next(bytes, position) {
        row = row_at(offsets, row, found);
        visit(row, bytes[found]);
        position = offsets[row + 1] as usize;
    }
}

/// The next byte from here on that folding could change.
fn next_capital(bytes: &[u8], from: usize) -> Option<usize> {
    let is_capital = |byte: u8| !byte.is_ascii() | byte.is_ascii_uppercase();
    let rest = &bytes[from..];
    let (blocks, _) = rest.as_chunks::<32>();
    // Without a branch for each byte.
    let has_none = |block: &[u8; 32]| {
        let any = |any: bool, byte: &u8| any | is_capital(*byte);
        !block.iter().fold(false, any)
    };
    let skipped = 32 * blocks.iter().take_while(|block| has_none(block)).count();
    let position = rest[skipped..].iter().position(|&byte| is_capital(byte))?;
    Some(from + skipped + position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_all_at_once_is_folding_one_by_one_where_lengths_stay() {
        for (texts, is_possible) in [
            (&["", "ABC", "Ärger", "ΟΔΟΣ", "plain"][..], true),
            (&["ÄÖÜ", "", "ÉCOLE"][..], true),
            // Longer, shorter.
            (&["A", "İstanbul"][..], false),
            (&["STRAẞE"][..], false),
        ] {
            let values = StringArray::from_iter_values(texts.iter());
            let folded = all_at_once(&values);
            assert_eq!(folded.is_some(), is_possible, "{texts:?}");
            for (row, text) in texts.iter().enumerate() {
                let expected = crate::fold(text);
                assert!(folded.as_ref().is_none_or(|all| all.value(row) == expected));
            }
        }
        let long = format!("{}É{}", "x".repeat(200), "Y".repeat(200));
        let values = StringArray::from_iter_values([&long, &long]);
        assert_eq!(all_at_once(&values).unwrap().value(1), crate::fold(&long));
    }

    #[test]
    fn capitals_are_found_wherever_they_stand() {
        for length in [0, 1, 31, 32, 33, 100] {
            let plain = vec![b'a'; length];
            assert_eq!(next_capital(&plain, 0), None);
            for at in 0..length {
                for capital in [b'A', b'Z', 0xC3] {
                    let mut bytes = plain.clone();
                    bytes[at] = capital;
                    assert_eq!(next_capital(&bytes, 0), Some(at));
                    assert_eq!(next_capital(&bytes, at), Some(at));
                    assert_eq!(next_capital(&bytes, at + 1), None);
                }
            }
        }
    }
}
