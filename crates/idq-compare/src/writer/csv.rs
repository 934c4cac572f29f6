//! Differences as CSV: `id,change,field,old,new`, and a column for each value that accompanies them.

use idq::json::{Cell, valid_cell};
use idq::render::{FormulaPolicy, append_csv_line, text_cell};

use super::Context;
use crate::diff::{RecordChange, RecordDifference};
use crate::error::Error;

/// The names and values after the id.
type Members = [(String, String)];

/// Returns the header.
pub(super) fn header(members: &Members, context: &[String], formulas: FormulaPolicy) -> Vec<u8> {
    let members = members.iter().map(|(name, _)| name.as_str());
    let names = ["id"].into_iter().chain(members);
    let names = names.chain(["change", "field", "old", "new"]);
    let names = names.chain(context.iter().map(String::as_str));
    let mut out = Vec::new();
    append_csv_line(names.map(text_cell), formulas, &mut out);
    out
}

/// Appends the lines of a record. An added or removed record is a line without a field and without values.
pub(super) fn append(
    difference: &RecordDifference<'_>,
    context: Context<'_>,
    members: &Members,
    formulas: FormulaPolicy,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let head = head(&difference.id, members, difference.change.name());
    let mut line = |field: &str, old: Option<&[u8]>, new: Option<&[u8]>| {
        let old = old.map_or(Ok(Cell::Missing), valid_cell)?;
        let new = new.map_or(Ok(Cell::Missing), valid_cell)?;
        let values = [text_cell(field), old, new];
        let context = context.cells.iter().map(|cell| cell.cell);
        let cells = head.iter().copied().chain(values).chain(context);
        append_csv_line(cells, formulas, out);
        Ok(())
    };
    match &difference.change {
        RecordChange::Added(_) | RecordChange::Removed(_) => line("", None, None),
        RecordChange::Changed { values, .. } => values
            .iter()
            .try_for_each(|value| line(&value.to_string(), value.old, value.new)),
    }
}

/// Appends a line without values for a record that does not differ.
pub(super) fn append_state(
    id: &str,
    state: &str,
    members: &Members,
    context: usize,
    formulas: FormulaPolicy,
    out: &mut Vec<u8>,
) {
    let empty = std::iter::repeat_n(Cell::Missing, 3 + context);
    append_csv_line(
        head(id, members, state).into_iter().chain(empty),
        formulas,
        out,
    );
}

/// Returns the cells up to the kind of a difference.
fn head<'c>(id: &'c str, members: &'c Members, change: &'c str) -> Vec<Cell<'c>> {
    let members = members.iter().map(|(_, value)| value.as_str());
    let texts = [id].into_iter().chain(members).chain([change]);
    texts.map(text_cell).collect()
}
