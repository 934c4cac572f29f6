//! The widths of a table's columns: water filling, so that the widest columns are truncated first.
//!
//! The natural width of a column is that of its widest cell. If the columns do not fit, the largest cap is chosen at
//! which they do: columns below the cap keep their natural width, and all others share the remaining width. If they do
//! not even fit at their least widths, columns at the right are omitted.

/// The number of blanks between two columns.
pub(super) const GUTTER: usize = 2;

/// The least width of a truncated cell: three characters and `…`. A narrower one carries no information.
const MIN_CELL_WIDTH: usize = 4;

/// The widths of the columns of a table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ColumnLayout {
    /// The widths of the shown columns, the leftmost ones of the table.
    pub(super) widths: Vec<usize>,
    /// The number of columns that are not shown.
    pub(super) omitted: usize,
}

impl ColumnLayout {
    /// Fits columns into a terminal: a common cap limits the widest ones, and narrower columns keep their width.
    pub(super) fn fit(natural: &[usize], terminal: Option<usize>) -> Self {
        let Some(terminal) = terminal else {
            return Self {
                widths: natural.to_vec(),
                omitted: 0,
            };
        };
        let shown = count_fitting(natural, terminal);
        let widths = &natural[..shown];
        let available = terminal.saturating_sub(GUTTER * shown.saturating_sub(1));
        let capped = |cap: usize| widths.iter().map(move |&width| width.min(cap));
        let fits = |cap: usize| capped(cap).sum::<usize>() <= available;
        // Binary search for the largest cap whose columns fit.
        let (mut cap, mut too_wide) = (0, widths.iter().max().map_or(1, |widest| widest + 1));
        while cap + 1 < too_wide {
            let middle = usize::midpoint(cap, too_wide);
            if fits(middle) {
                cap = middle;
            } else {
                too_wide = middle;
            }
        }
        let mut spare = available - capped(cap).sum::<usize>();
        let widths = widths
            .iter()
            .map(|&width| {
                // The remainder of an even division goes to the leftmost capped columns.
                let extra = usize::from(width > cap && spare > 0);
                spare -= extra;
                width.min(cap) + extra
            })
            .collect();
        Self {
            widths,
            omitted: natural.len() - shown,
        }
    }
}

/// Returns the number of columns that fit at their least widths, at least 1.
fn count_fitting(natural: &[usize], terminal: usize) -> usize {
    let mut taken = 0;
    let fitting = natural.iter().take_while(|&&width| {
        taken += width.min(MIN_CELL_WIDTH);
        let fits = taken <= terminal;
        taken += GUTTER;
        fits
    });
    fitting.count().max(1).min(natural.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_in_a_narrow_terminal_narrows_the_widest_columns() {
        for (natural, terminal, widths, omitted) in [
            (&[][..], 80, &[][..], 0),
            (&[3, 5], 10, &[3, 5], 0),
            (&[3, 5], 9, &[3, 4], 0),
            (&[100], 80, &[80], 0),
            (&[10, 50, 30], 64, &[10, 25, 25], 0),
            (&[10, 50, 30], 65, &[10, 26, 25], 0),
            (&[10, 50, 12], 60, &[10, 34, 12], 0),
            // The remainder goes to the left.
            (&[9, 9, 9], 24, &[7, 7, 6], 0),
            // At the least widths.
            (&[9, 9, 9], 16, &[4, 4, 4], 0),
            (&[9, 9, 9], 15, &[7, 6], 1),
            (&[9, 2, 9], 14, &[4, 2, 4], 0),
            (&[9, 9], 3, &[3], 1),
            (&[9, 9], 1, &[1], 1),
            (&[0, 9], 2, &[0], 1),
        ] {
            let layout = ColumnLayout::fit(natural, Some(terminal));
            let expected = ColumnLayout {
                widths: widths.to_vec(),
                omitted,
            };
            assert_eq!(layout, expected, "{natural:?} in {terminal}");
        }
    }

    #[test]
    fn layout_without_a_terminal_keeps_natural_widths() {
        assert_eq!(ColumnLayout::fit(&[700, 3], None).widths, [700, 3]);
    }
}
