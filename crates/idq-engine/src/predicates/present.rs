use idq_columns::Column;

use crate::answer::Answer;

/// The rows with a value.
pub(super) fn ask(column: &Column) -> Answer {
    match column.validity().validity_bitmap() {
        None => Answer::Everything,
        Some(present) => Answer::Rows(present.clone()),
    }
}
