use arrow_array::{Array, StringArray};
use arrow_buffer::{BooleanBufferBuilder, NullBuffer};

use super::search::{no_rows, rows_with};
use super::split_contains::split_contains;
use super::uuid_contains::uuid_contains;
use crate::folded::Folded;
use crate::text::Form;
use crate::{Needles, RowSet, TextColumn};

/// The rows whose folded text contains one of the needles.
pub fn text_contains(column: &TextColumn, needles: &Needles) -> RowSet {
    let count = column.presence().rows();
    let folded = column.folded();
    if let Folded::All(values) = folded {
        return with_text(plain_contains(values, needles), column.nulls());
    }
    let rows = match &column.form {
        Form::Plain(values) => plain_contains(values, needles),
        Form::Split(split) => split_contains(split, needles),
        Form::Uuids(uuids) => uuid_contains(uuids.all(), needles),
    };
    let rows = with_text(rows, column.nulls());
    let Folded::Some {
        rows: changed,
        values,
        ..
    } = folded
    else {
        return rows;
    };
    // Where folding changes the text, its folded form alone decides.
    let mut exact = BooleanBufferBuilder::new(count);
    exact.append_buffer(&rows);
    for &row in changed {
        exact.set_bit(row as usize, false);
    }
    search(values, needles, |position| {
        exact.set_bit(changed[position] as usize, true);
    });
    exact.build()
}

fn plain_contains(values: &StringArray, needles: &Needles) -> RowSet {
    let mut rows = no_rows(values.len());
    search(values, needles, |row| rows.set_bit(row, true));
    rows.build()
}

fn search(values: &StringArray, needles: &Needles, mut found: impl FnMut(usize)) {
    for pass in needles.passes() {
        rows_with(
            values.value_data(),
            values.value_offsets(),
            pass,
            &mut found,
        );
    }
}

fn with_text(rows: RowSet, nulls: Option<&NullBuffer>) -> RowSet {
    match nulls {
        Some(valid) => &rows & valid.inner(),
        None => rows,
    }
}
