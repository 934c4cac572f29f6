//! Groups of a count: JSON, NDJSON and CSV for programs, a table with bars for people.
//!
//! In every format the counts sum to the number of matches: records of the values that were not among the top ones, and
//! those of groups that a comparison has left out, have members or lines of their own.

mod axis;
mod bar_list;
mod cross_table;
mod csv;
mod grid;
mod json;
mod line;
mod list_table;
mod text;

use std::io::{self, Write};

use idq_engine::Groups;

use crate::format::table::Colour;

pub use self::axis::{EntryKind, GridEntry};
pub use self::bar_list::write_bar_list;
pub use self::csv::write_groups_csv;
pub use self::grid::GroupGrid;
pub use self::json::{write_groups_json, write_groups_ndjson};
pub use self::text::thousands;

/// A table of groups for a person: a list for one key, with bars, and a cross table with totals for two keys.
///
/// Gaps between dates are rows of 0, long ones a single row. Labels in parentheses are not values of the data:
/// `(null)`, `(missing)`, `(empty)`, `(other: 12 values)`.
#[derive(Debug, Clone, Copy, Default)]
pub struct GroupTable {
    /// The width of the terminal in columns; `None` if nothing limits lines.
    pub width: Option<usize>,
    /// The use of colours.
    pub colour: Colour,
    /// The width of the longest bar; `None` for a table without bars.
    pub bars: Option<usize>,
}

impl GroupTable {
    /// Writes the table, each line with a line feed.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn write(&self, groups: &Groups, out: &mut impl Write) -> io::Result<()> {
        let grid = GroupGrid::new(groups);
        match (groups.keys().len(), grid) {
            // A cross table without columns would not name the second key.
            (2, Some(grid)) if !groups.is_empty() => cross_table::write(self, groups, &grid, out),
            (1, grid) => list_table::write(self, groups, grid.as_ref(), out),
            _ => list_table::write(self, groups, None, out),
        }
    }
}
