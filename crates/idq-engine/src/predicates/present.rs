use idq_columns::Column;

use crate::answer::Answer;

/// The rows with a value.
pub(super) fn ask(column: &Column) -> Answer {
    match column.presence().present_if_not_all() {
        None => Answer::Everything,
        Some(present) => Answer::Rows(present.clone()),
    }
}
