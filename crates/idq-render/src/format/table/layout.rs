//! The widths of a table's columns: fewer columns before narrower ones.
//!
//! Each column has a natural width, at which nothing is truncated, and a least width, below which its cells say nothing:
//! an id, an e-mail address or a date that is cut is none. Columns are shown from the left as far as they fit at their
//! least widths; one that does not fit is omitted, and a narrower one after it may still be shown. What is left of the
//! terminal is then shared by water filling: columns below a common cap have their natural width, and all others the cap.

/// The number of blanks between two columns.
pub(super) const GUTTER: usize = 2;

/// The greatest least width of a column whose cells have no blanks. Ids and nearly all e-mail addresses are narrower.
const MAX_WHOLE_WIDTH: usize = 40;

/// The share of cells, in tenths, that are whole at the least width of a column whose cells have no blanks.
const USUAL_TENTHS: usize = 9;

/// The least width of a column of texts, and of a heading: a word or the end of a name.
const MIN_TEXT_WIDTH: usize = 12;

/// The widths that a column may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ColumnWidths {
    /// The width at which no cell and no heading is truncated.
    pub(super) natural: usize,
    /// The least width at which the column is shown.
    pub(super) least: usize,
}

impl ColumnWidths {
    /// Returns the widths of a column by the width of its heading and those of its cells. `is_whole` states that few cells
    /// have a blank.
    pub(super) fn new(heading: usize, mut cells: Vec<usize>, is_whole: bool) -> Self {
        cells.sort_unstable();
        let widest = cells.last().copied().unwrap_or(0);
        let usual = cells.get(cells.len() * USUAL_TENTHS / 10).copied();
        let of_cells = if is_whole {
            usual.unwrap_or(0).min(MAX_WHOLE_WIDTH)
        } else {
            widest.min(MIN_TEXT_WIDTH)
        };
        Self {
            natural: heading.max(widest),
            least: heading.min(MIN_TEXT_WIDTH).max(of_cells),
        }
    }
}

/// The layout of a table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ColumnLayout {
    /// The columns that are shown, by position, each with its width.
    pub(super) shown: Vec<(usize, usize)>,
    /// The number of columns that are not shown.
    pub(super) omitted: usize,
}

impl ColumnLayout {
    /// Fits columns into a terminal. The first column is shown in any terminal.
    pub(super) fn fit(columns: &[ColumnWidths], terminal: Option<usize>) -> Self {
        let Some(terminal) = terminal else {
            let naturals = columns.iter().map(|column| column.natural);
            return Self {
                shown: naturals.enumerate().collect(),
                omitted: 0,
            };
        };
        let shown = fitting(columns, terminal);
        let available = terminal.saturating_sub(GUTTER * shown.len().saturating_sub(1));
        let capped = |cap: usize| {
            let widths = shown.iter().map(|&column| columns[column]);
            // The first column may be wider than the terminal.
            widths.map(move |width| width.natural.min(cap.max(width.least)).min(terminal))
        };
        let fits = |cap: usize| capped(cap).sum::<usize>() <= available;
        // Binary search for the largest cap whose columns fit.
        let widest = shown.iter().map(|&column| columns[column].natural).max();
        let (mut cap, mut too_wide) = (0, widest.map_or(1, |widest| widest + 1));
        while cap + 1 < too_wide {
            let middle = usize::midpoint(cap, too_wide);
            if fits(middle) {
                cap = middle;
            } else {
                too_wide = middle;
            }
        }
        let mut spare = available.saturating_sub(capped(cap).sum::<usize>());
        let widths = capped(cap).zip(&shown).map(|(width, &column)| {
            // The remainder of an even division goes to the leftmost capped columns.
            let extra = usize::from(width < columns[column].natural && spare > 0);
            spare -= extra;
            (column, width + extra)
        });
        let widths = widths.collect();
        Self {
            shown: widths,
            omitted: columns.len() - shown.len(),
        }
    }
}

/// Returns the columns that fit at their least widths, and the first one in any case.
fn fitting(columns: &[ColumnWidths], terminal: usize) -> Vec<usize> {
    let mut taken = 0;
    let mut shown = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        let gutter = if shown.is_empty() { 0 } else { GUTTER };
        let width = taken + gutter + column.least;
        if shown.is_empty() || width <= terminal {
            taken = width;
            shown.push(index);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the widths of a column of texts with a short heading.
    fn text(cells: usize) -> ColumnWidths {
        ColumnWidths::new(4, vec![cells], false)
    }

    /// Returns the widths of a column of ids with a short heading.
    fn id(cells: usize) -> ColumnWidths {
        ColumnWidths::new(4, vec![cells], true)
    }

    #[test]
    fn layout_in_a_narrow_terminal_omits_columns_before_it_narrows_them() {
        for (columns, terminal, shown, omitted) in [
            (&[][..], 80, &[][..], 0),
            (&[text(5), id(5)], 12, &[(0, 5), (1, 5)], 0),
            (&[text(5), id(5)], 11, &[(0, 5)], 1),
            // Texts are narrowed down to their least width, ids are not.
            (&[text(50), id(30)], 64, &[(0, 32), (1, 30)], 0),
            (&[text(50), id(30)], 44, &[(0, 12), (1, 30)], 0),
            (&[text(50), id(30)], 43, &[(0, 43)], 1),
            (
                &[text(50), text(50), id(6)],
                60,
                &[(0, 25), (1, 25), (2, 6)],
                0,
            ),
            // A narrower column after one that does not fit is shown.
            (
                &[id(32), id(6), id(36), id(20)],
                62,
                &[(0, 32), (1, 6), (3, 20)],
                1,
            ),
            // The first column is shown in any case.
            (&[id(32), id(6)], 20, &[(0, 20)], 1),
            (&[id(32), id(6)], 1, &[(0, 1)], 1),
            // A text without blanks is narrowed if it is very wide.
            (&[id(90), id(6)], 50, &[(0, 42), (1, 6)], 0),
            (&[id(90), id(6)], 47, &[(0, 47)], 1),
        ] {
            let layout = ColumnLayout::fit(columns, Some(terminal));
            let expected = ColumnLayout {
                shown: shown.to_vec(),
                omitted,
            };
            assert_eq!(layout, expected, "{columns:?} in {terminal}");
        }
    }

    #[test]
    fn few_long_cells_do_not_widen_a_column_of_ids() {
        let mut cells = vec![30; 19];
        cells.push(90);
        let widths = ColumnWidths::new(4, cells, true);
        assert_eq!((widths.natural, widths.least), (90, 30));
        let widths = ColumnWidths::new(20, Vec::new(), true);
        assert_eq!((widths.natural, widths.least), (20, 12));
    }

    #[test]
    fn layout_never_exceeds_the_terminal() {
        for terminal in 1..200 {
            for wide in [1, 11, 30, 41, 300] {
                let columns = [
                    id(32),
                    text(wide),
                    id(wide),
                    ColumnWidths::new(60, vec![3], true),
                ];
                let layout = ColumnLayout::fit(&columns, Some(terminal));
                let widths = layout.shown.iter().map(|&(_, width)| width);
                let total = widths.sum::<usize>() + GUTTER * (layout.shown.len() - 1);
                assert!(total <= terminal, "{total} in {terminal}");
            }
        }
    }

    #[test]
    fn layout_without_a_terminal_keeps_natural_widths() {
        let layout = ColumnLayout::fit(&[text(700), id(3)], None);
        assert_eq!(layout.shown, [(0, 700), (1, 4)]);
    }
}
