//! The list of groups: keys, records, percentage, bar.

use std::io::{self, Write};

use idq_engine::{Group, Groups};

use super::GroupTable;
use super::axis::EntryKind;
use super::grid::GroupGrid;
use super::line::{GUTTER, Lines, Row, Side};
use super::text::{left_out_label, other_label, percent, thousands, value_text};
use crate::format::table::CellStyle;
use crate::format::table::truncate::truncate;

/// The least width of the column of a key in a narrow terminal.
const MIN_KEY_WIDTH: usize = 12;

/// The least width of the longest bar; narrower bars show nothing.
const MIN_BAR_WIDTH: usize = 8;

/// The parts of a block, from an eighth to the whole.
const EIGHTHS: [&str; 8] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];

/// A row of the list before its layout.
struct ListRow {
    /// The text of each key.
    keys: Vec<String>,
    /// The number of records; `None` for a row that only marks a gap.
    count: Option<u64>,
    style: CellStyle,
}

/// Writes the list; `grid` is that of one key.
pub(super) fn write(
    table: &GroupTable,
    groups: &Groups,
    grid: Option<&GroupGrid>,
    out: &mut impl Write,
) -> io::Result<()> {
    let width = groups.keys().len();
    let mut rows = match grid {
        Some(grid) => rows_of_key(grid),
        None => rows_of_keys(groups),
    };
    let labelled = |label: String, count| {
        let mut keys = vec![String::new(); width];
        keys[0] = label;
        let style = CellStyle::Dim;
        ListRow {
            keys,
            count: Some(count),
            style,
        }
    };
    // Rows that sum many groups have no bars, which would dwarf those of the groups.
    let with_bars = rows.len();
    let greatest = rows.iter().filter_map(|row| row.count).max().unwrap_or(0);
    rows.extend(other_label(groups).map(|label| labelled(label, groups.other())));
    rows.extend(left_out_label(groups).map(|label| labelled(label, groups.left_out().records)));
    let total = groups.total();
    let mut lines = Lines {
        sides: vec![Side::Left; width],
        rows: Vec::new(),
    };
    lines.sides.extend([Side::Right, Side::Right, Side::Left]);
    let names = groups
        .keys()
        .iter()
        .map(|key| idq_grammar::escape(key.name()));
    let titles = names.chain(["records".to_owned(), "%".to_owned()]);
    lines
        .rows
        .push(Row::Cells(titles.collect(), CellStyle::Bold));
    lines.rows.push(Row::Rule);
    let limit = key_limit(table, width, total);
    let cells = |keys: &[String], count: Option<u64>| -> Vec<String> {
        let keys = keys.iter().map(|key| match limit {
            Some(limit) => truncate(key, limit).into_owned(),
            None => key.clone(),
        });
        let numbers = match count {
            Some(count) => [thousands(count), percent(count, total)],
            None => [String::new(), String::new()],
        };
        keys.chain(numbers).collect()
    };
    for row in &rows {
        lines
            .rows
            .push(Row::Cells(cells(&row.keys, row.count), row.style));
    }
    let mut totals = vec![String::new(); width];
    totals[0] = "total".to_owned();
    lines.rows.push(Row::Rule);
    lines
        .rows
        .push(Row::Cells(cells(&totals, Some(total)), CellStyle::Bold));
    if width == 1
        && let Some(bar_width) = bar_width(table, &lines)
    {
        let body = lines.rows.iter_mut().skip(2).zip(&rows[..with_bars]);
        for (line, row) in body {
            if let (Row::Cells(cells, _), Some(count)) = (line, row.count) {
                cells.push(bar(count, greatest, bar_width));
            }
        }
    }
    lines.write(table.colour, out)
}

/// Returns the width of a key's column, if the terminal limits it.
fn key_limit(table: &GroupTable, keys: usize, total: u64) -> Option<usize> {
    let numbers = thousands(total).len().max("records".len()) + "100.0".len();
    let others = numbers + (keys + 1) * GUTTER;
    let limit = table.width?.saturating_sub(others) / keys;
    Some(limit.max(MIN_KEY_WIDTH))
}

/// Returns the width of the longest bar; `None` if the terminal is too narrow, or bars are not wanted.
pub(super) fn bar_width(table: &GroupTable, lines: &Lines) -> Option<usize> {
    let wanted = table.bars?;
    let taken: usize = (0..lines.sides.len() - 1)
        .map(|column| lines.width(column) + GUTTER)
        .sum();
    let available = table
        .width
        .map_or(wanted, |width| width.saturating_sub(taken));
    Some(available.min(wanted)).filter(|&width| width >= MIN_BAR_WIDTH)
}

/// Draws a bar to an eighth of a column. A count above 0 has a part of a bar.
pub(super) fn bar(count: u64, greatest: u64, width: usize) -> String {
    if count == 0 || greatest == 0 {
        return String::new();
    }
    let eighths = u128::from(count) * width as u128 * 8 / u128::from(greatest);
    let eighths = usize::try_from(eighths).unwrap_or(usize::MAX).max(1);
    let rest = (eighths % 8)
        .checked_sub(1)
        .map_or("", |rest| EIGHTHS[rest]);
    format!("{}{rest}", EIGHTHS[7].repeat(eighths / 8))
}

/// Returns the rows of one key, with gaps, and without that of other values.
fn rows_of_key(grid: &GroupGrid) -> Vec<ListRow> {
    let entries = grid.rows().iter();
    let entries = entries.filter(|entry| !matches!(entry.kind, EntryKind::Other(_)));
    entries
        .map(|entry| ListRow {
            count: match entry.kind {
                EntryKind::Gap(_) => None,
                _ => Some(grid.row_total(entry)),
            },
            style: entry.kind.style(),
            keys: vec![entry.label.clone()],
        })
        .collect()
}

/// Returns the rows of several keys: the groups alone.
fn rows_of_keys(groups: &Groups) -> Vec<ListRow> {
    let row = |group: Group<'_>| {
        let keys = groups.keys().iter().zip(group.values());
        ListRow {
            keys: keys.map(|(key, value)| value_text(key, value)).collect(),
            count: Some(group.count),
            style: CellStyle::Normal,
        }
    };
    groups.iter().map(row).collect()
}
