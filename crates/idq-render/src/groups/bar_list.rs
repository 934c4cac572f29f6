//! A list of names with counts and bars, without a total: a record may count for several names.

use std::io::{self, Write};

use super::GroupTable;
use super::line::{GUTTER, Lines, Row, Side};
use super::list_table::{bar, bar_width};
use super::text::thousands;
use crate::format::table::CellStyle;
use crate::format::table::truncate::truncate_name;

/// The least width of the names in a narrow terminal.
const MIN_NAME_WIDTH: usize = 12;

/// Writes names with their counts, in this order, below two titles.
///
/// ```
/// use idq_render::{GroupTable, write_bar_list};
///
/// let mut out = Vec::new();
/// let table = GroupTable { bars: Some(8), ..GroupTable::default() };
/// write_bar_list(&table, ["field", "records"], &[("state", 8), ("email", 2)], &mut out)?;
/// let lines = String::from_utf8(out).expect("text");
/// assert_eq!(lines, "field  records\n─────  ───────\nstate        8  ████████\nemail        2  ██\n");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// The output cannot be written.
pub fn write_bar_list(
    table: &GroupTable,
    titles: [&str; 2],
    rows: &[(&str, u64)],
    out: &mut impl Write,
) -> io::Result<()> {
    let greatest = rows.iter().map(|&(_, count)| count).max().unwrap_or(0);
    let counts = thousands(greatest).len().max(titles[1].len());
    let limit = table
        .width
        .map(|width| width.saturating_sub(counts + GUTTER).max(MIN_NAME_WIDTH));
    let mut lines = Lines {
        sides: vec![Side::Left, Side::Right, Side::Left],
        rows: vec![
            Row::Cells(titles.map(str::to_owned).to_vec(), CellStyle::Bold),
            Row::Rule,
        ],
    };
    lines.rows.extend(rows.iter().map(|&(name, count)| {
        let name = idq_grammar::escape(name);
        let name = limit.map_or_else(
            || name.clone(),
            |limit| truncate_name(&name, limit).into_owned(),
        );
        Row::Cells(vec![name, thousands(count)], CellStyle::Normal)
    }));
    if let Some(width) = bar_width(table, &lines) {
        for (line, &(_, count)) in lines.rows.iter_mut().skip(2).zip(rows) {
            if let Row::Cells(cells, _) = line {
                cells.push(bar(count, greatest, width));
            }
        }
    }
    lines.write(table.colour, out)
}
