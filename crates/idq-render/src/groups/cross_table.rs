//! The cross table of two keys, with the totals of rows and columns.

use std::borrow::Cow;
use std::io::{self, Write};

use idq_engine::Groups;
use unicode_width::UnicodeWidthStr;

use super::GroupTable;
use super::axis::{EntryKind, GridEntry};
use super::grid::GroupGrid;
use super::line::{GUTTER, Lines, Row, Side};
use super::text::thousands;
use crate::format::table::CellStyle;
use crate::format::table::truncate::truncate;

/// The greatest number of columns without a terminal: the rest of the second key's values are one column.
const MAX_COLUMNS: usize = 50;

/// The greatest widths of titles.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// The title of a column.
    title: usize,
    /// The title of a row, and that of the column of these titles.
    label: usize,
    /// The spelling of the title of the values that share a column.
    rest: RestTitle,
}

/// The spelling of the title of the values that share a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RestTitle {
    /// `(other: 12 values)`
    Long,
    /// `(12 more)`
    Short,
}

/// The width below which the titles of a terminal are shortened further, so that two columns and the total fit.
const NARROW_WIDTH: usize = 80;

impl Limits {
    /// Returns the limits on a terminal of a width, or without one.
    fn of_width(width: Option<usize>) -> Self {
        let (title, label, rest) = match width {
            None => (24, usize::MAX, RestTitle::Long),
            Some(width) if width < NARROW_WIDTH => (width / 6, width / 4, RestTitle::Short),
            Some(_) => (24, 40, RestTitle::Long),
        };
        Self { title, label, rest }
    }
}

impl RestTitle {
    /// The greatest number of values of which the title is as wide as is reserved for it.
    const RESERVED_VALUES: usize = 99_999;

    /// Returns the title for a number of values.
    fn text(self, values: usize) -> String {
        let plural = if values == 1 { "" } else { "s" };
        let count = thousands(values as u64);
        match self {
            Self::Long => format!("(other: {count} value{plural})"),
            Self::Short => format!("({count} more)"),
        }
    }
}

/// Writes the cross table of a grid of two keys.
pub(super) fn write(
    table: &GroupTable,
    groups: &Groups,
    grid: &GroupGrid,
    out: &mut impl Write,
) -> io::Result<()> {
    let limits = Limits::of_width(table.width);
    let labels: Vec<_> = grid
        .rows()
        .iter()
        .map(|row| truncate(&row.label, limits.label))
        .collect();
    let columns = Columns::fit(table, grid, &labels, groups);
    let mut lines = columns.header(groups, limits);
    for (row, label) in grid.rows().iter().zip(&labels) {
        let mut line = vec![label.clone().into_owned()];
        if !matches!(row.kind, EntryKind::Gap(_)) {
            let count = |column: &&GridEntry| grid.count(row, column);
            line.extend(columns.numbers(count));
            line.push(thousands(grid.row_total(row)));
        }
        lines.rows.push(Row::Cells(line, row.kind.style()));
    }
    if let Some(label) = grid.left_out() {
        let mut line = vec![String::new(); lines.sides.len()];
        line[0] = label.to_owned();
        line[lines.sides.len() - 1] = thousands(groups.left_out().records);
        lines.rows.push(Row::Cells(line, CellStyle::Dim));
    }
    lines.rows.push(Row::Rule);
    let mut line = vec!["total".to_owned()];
    line.extend(columns.numbers(|column| grid.column_total(column)));
    line.push(thousands(groups.total()));
    lines.rows.push(Row::Cells(line, CellStyle::Bold));
    lines.write(table.colour, out)
}

/// The columns of a cross table.
struct Columns<'g> {
    /// The columns of single values.
    shown: Vec<&'g GridEntry>,
    /// The values that share a column.
    rest: Vec<&'g GridEntry>,
}

impl<'g> Columns<'g> {
    /// Chooses the columns that fit: the most frequent values keep theirs, in their order.
    fn fit(
        table: &GroupTable,
        grid: &'g GroupGrid,
        labels: &[Cow<'_, str>],
        groups: &Groups,
    ) -> Self {
        let limits = Limits::of_width(table.width);
        let columns: Vec<&GridEntry> = grid.columns().iter().collect();
        let total = |entry: &GridEntry| grid.column_total(entry);
        let number = thousands(groups.total()).len();
        let width_of =
            |title: usize, count: u64| title.min(limits.title).max(thousands(count).len()) + GUTTER;
        let widths = labels.iter().map(|label| label.width());
        let label = widths
            .max()
            .unwrap_or(0)
            .max(groups.keys()[0].name().width().min(limits.label));
        let others = match limits.rest {
            RestTitle::Long => limits
                .title
                .min(RestTitle::Long.text(RestTitle::RESERVED_VALUES).len()),
            RestTitle::Short => RestTitle::Short.text(columns.len()).len().max(number),
        } + GUTTER;
        // The columns of the row's label, of the rest, and of the total.
        let fixed = label + others + width_of("total".len(), 0).max(number + GUTTER);
        let available = table
            .width
            .map_or(usize::MAX, |width| width.saturating_sub(fixed));
        let natural: usize = columns
            .iter()
            .map(|entry| width_of(entry.label.width(), total(entry)))
            .sum();
        if columns.len() <= MAX_COLUMNS && natural <= available.saturating_add(others) {
            return Self {
                shown: columns,
                rest: Vec::new(),
            };
        }
        // Values without records do not deserve a column where space is scarce.
        let columns: Vec<&GridEntry> = columns
            .into_iter()
            .filter(|entry| total(entry) > 0)
            .collect();
        let mut by_total: Vec<usize> = (0..columns.len()).collect();
        by_total.sort_by_key(|&column| std::cmp::Reverse(total(columns[column])));
        let mut taken = 0;
        let fitting = by_total.iter().take(MAX_COLUMNS).take_while(|&&column| {
            taken += width_of(columns[column].label.width(), total(columns[column]));
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
                rest.push(entry);
            }
        }
        Self { shown, rest }
    }

    /// Returns the numbers of a line: one for each column, and the sum of the rest.
    fn numbers(&self, count: impl Fn(&&GridEntry) -> u64) -> Vec<String> {
        let shown = self.shown.iter().map(&count);
        let rest = (!self.rest.is_empty()).then(|| self.rest.iter().map(&count).sum());
        shown.chain(rest).map(thousands).collect()
    }

    /// Returns the lines of the titles: the second key above the columns, then the values.
    fn header(&self, groups: &Groups, limits: Limits) -> Lines {
        let keys = groups.keys();
        let title = |entry: &&GridEntry| truncate(&entry.label, limits.title).into_owned();
        let name = idq_grammar::escape(keys[0].name());
        let mut titles = vec![truncate(&name, limits.label).into_owned()];
        titles.extend(self.shown.iter().map(title));
        if !self.rest.is_empty() {
            titles.push(limits.rest.text(self.rest.len()));
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
