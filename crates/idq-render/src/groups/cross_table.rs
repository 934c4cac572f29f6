//! The cross table of two keys, with the totals of rows and columns.

use std::collections::HashMap;
use std::io::{self, Write};

use idq_engine::Groups;
use unicode_width::UnicodeWidthStr;

use super::GroupTable;
use super::axis::{Entry, EntryKind, Gaps, entries};
use super::line::{GUTTER, Lines, Row, Side};
use super::text::{left_out_label, other_label, thousands};
use crate::format::table::CellStyle;
use crate::format::table::truncate::truncate;

/// The greatest number of columns without a terminal: the rest of the second key's values are one column.
const MAX_COLUMNS: usize = 50;

/// The greatest width of the title of a column.
const MAX_TITLE_WIDTH: usize = 24;

/// The greatest width of the title of a row on a terminal.
const MAX_LABEL_WIDTH: usize = 40;

/// The counts of a cross table that are not 0, by the positions of both keys: two fields of many values have far more
/// cells than groups.
struct Cells(HashMap<(usize, usize), u64>);

impl Cells {
    /// Returns the count of two positions; 0 where an entry has none.
    fn get(&self, row: Option<usize>, column: Option<usize>) -> u64 {
        let cell = row.zip(column).and_then(|cell| self.0.get(&cell));
        cell.copied().unwrap_or(0)
    }
}

/// Writes the cross table.
pub(super) fn write(table: &GroupTable, groups: &Groups, out: &mut impl Write) -> io::Result<()> {
    let keys = groups.keys();
    // The row after all positions has the values that are not among the top ones.
    let other = keys[0].position_count();
    let mut cells = Cells(HashMap::new());
    let mut row_totals = vec![0; other + 1];
    let kept = groups
        .iter()
        .map(|group| (group.positions[0] as usize, group));
    for (row, group) in kept.chain(groups.others().map(|group| (other, group))) {
        let cell = (row, group.positions[1] as usize);
        *cells.0.entry(cell).or_default() += group.count;
        row_totals[row] += group.count;
    }
    let column_totals = groups.totals(1);
    let row_total = |row: usize| row_totals[row];
    let gaps = if groups.is_complete() {
        Gaps::Shown
    } else {
        Gaps::Hidden
    };
    let mut rows = entries(&keys[0], |position| row_total(position) > 0, gaps);
    if let Some(label) = other_label(groups) {
        rows.push(Entry {
            label,
            kind: EntryKind::Absent(other),
        });
    }
    if table.width.is_some() {
        for row in &mut rows {
            row.label = truncate(&row.label, MAX_LABEL_WIDTH).into_owned();
        }
    }
    let columns = entries(&keys[1], |position| column_totals[position] > 0, gaps);
    let columns = Columns::fit(table, columns, &rows, &column_totals, groups);
    let counts_of = |row: Option<usize>| -> Vec<u64> {
        let shown = columns
            .shown
            .iter()
            .map(|column| cells.get(row, column.kind.position()));
        let rest = columns
            .rest
            .iter()
            .map(|&column| cells.get(row, Some(column)))
            .sum();
        shown
            .chain((!columns.rest.is_empty()).then_some(rest))
            .collect()
    };
    let mut lines = columns.header(groups);
    for row in &rows {
        let position = row.kind.position();
        let style = match row.kind {
            EntryKind::Value(_) | EntryKind::Vacant => CellStyle::Normal,
            EntryKind::Absent(_) | EntryKind::Gap => CellStyle::Dim,
        };
        let mut line = vec![row.label.clone()];
        if row.kind != EntryKind::Gap {
            line.extend(counts_of(position).into_iter().map(thousands));
            line.push(thousands(position.map_or(0, row_total)));
        }
        lines.rows.push(Row::Cells(line, style));
    }
    if let Some(label) = left_out_label(groups) {
        let mut line = vec![String::new(); lines.sides.len()];
        line[0] = label;
        line[lines.sides.len() - 1] = thousands(groups.left_out().records);
        lines.rows.push(Row::Cells(line, CellStyle::Dim));
    }
    lines.rows.push(Row::Rule);
    let total = |column: &Entry| {
        column
            .kind
            .position()
            .map_or(0, |position| column_totals[position])
    };
    let mut line = vec!["total".to_owned()];
    line.extend(columns.shown.iter().map(|column| thousands(total(column))));
    if !columns.rest.is_empty() {
        let rest = columns
            .rest
            .iter()
            .map(|&column| column_totals[column])
            .sum();
        line.push(thousands(rest));
    }
    line.push(thousands(groups.total()));
    lines.rows.push(Row::Cells(line, CellStyle::Bold));
    lines.write(table.colour, out)
}

/// The columns of a cross table.
struct Columns {
    /// The columns of single values.
    shown: Vec<Entry>,
    /// The positions of the values that share a column.
    rest: Vec<usize>,
}

impl Columns {
    /// Chooses the columns that fit: the most frequent values keep theirs, in their order.
    fn fit(
        table: &GroupTable,
        columns: Vec<Entry>,
        rows: &[Entry],
        totals: &[u64],
        groups: &Groups,
    ) -> Self {
        let total = |entry: &Entry| entry.kind.position().map_or(0, |position| totals[position]);
        let number = thousands(groups.total()).len();
        let width_of = |title: usize, count: u64| {
            title.min(MAX_TITLE_WIDTH).max(thousands(count).len()) + GUTTER
        };
        let labels = rows.iter().map(|row| row.label.width());
        let label = labels
            .max()
            .unwrap_or(0)
            .max(groups.keys()[0].name().width());
        // The columns of the row's label, of the rest, and of the total.
        let fixed = label
            + width_of("(other: 99,999 values)".len(), 0)
            + width_of("total".len(), 0).max(number + GUTTER);
        let available = table
            .width
            .map_or(usize::MAX, |width| width.saturating_sub(fixed));
        let natural: usize = columns
            .iter()
            .map(|entry| width_of(entry.label.width(), total(entry)))
            .sum();
        let others = width_of("(other: 99,999 values)".len(), 0);
        if columns.len() <= MAX_COLUMNS && natural <= available.saturating_add(others) {
            return Self {
                shown: columns,
                rest: Vec::new(),
            };
        }
        // Values without records do not deserve a column where space is scarce.
        let columns: Vec<Entry> = columns
            .into_iter()
            .filter(|entry| total(entry) > 0)
            .collect();
        let mut by_total: Vec<usize> = (0..columns.len()).collect();
        by_total.sort_by_key(|&column| std::cmp::Reverse(total(&columns[column])));
        let mut taken = 0;
        let fitting = by_total.iter().take(MAX_COLUMNS).take_while(|&&column| {
            taken += width_of(columns[column].label.width(), total(&columns[column]));
            taken <= available
        });
        let count = fitting.count().max(1);
        let mut is_shown = vec![false; columns.len()];
        for &column in &by_total[..count.min(columns.len())] {
            is_shown[column] = true;
        }
        let (mut shown, mut rest) = (Vec::new(), Vec::new());
        for (entry, is_shown) in columns.into_iter().zip(is_shown) {
            if is_shown {
                shown.push(entry);
            } else {
                rest.extend(entry.kind.position());
            }
        }
        Self { shown, rest }
    }

    /// Returns the lines of the titles: the second key above the columns, then the values.
    fn header(&self, groups: &Groups) -> Lines {
        let keys = groups.keys();
        let title = |entry: &Entry| truncate(&entry.label, MAX_TITLE_WIDTH).into_owned();
        let mut titles = vec![idq_grammar::escape(keys[0].name())];
        titles.extend(self.shown.iter().map(title));
        if !self.rest.is_empty() {
            let plural = if self.rest.len() == 1 { "" } else { "s" };
            let count = thousands(self.rest.len() as u64);
            titles.push(format!("(other: {count} value{plural})"));
        }
        titles.push("total".to_owned());
        let mut sides = vec![Side::Right; titles.len()];
        sides[0] = Side::Left;
        Lines {
            sides,
            rows: vec![Row::Cells(titles, CellStyle::Bold), Row::Rule],
        }
    }
}
