use idq_columns::{Column, RowSet};

/// The rows with a value.
pub(super) fn ask(column: &Column) -> RowSet {
    column.presence().present()
}
