/// Spaces between two columns.
pub(super) const GUTTER: usize = 2;

/// A cut cell narrower than this says nothing: three characters and `…`.
const NARROWEST: usize = 4;

/// How wide each column is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The widths of the columns that are shown: the leftmost ones.
    pub(super) widths: Vec<usize>,
    /// How many columns are left out.
    pub(super) dropped: usize,
}

impl Layout {
    /// Fits columns into a terminal, by taking from the widest ones first.
    pub(super) fn fit(natural: &[usize], terminal: Option<usize>) -> Self {
        let Some(terminal) = terminal else {
            return Self {
                widths: natural.to_vec(),
                dropped: 0,
            };
        };
        let shown = columns_that_fit(natural, terminal);
        let widths = &natural[..shown];
        let room = terminal.saturating_sub(GUTTER * shown.saturating_sub(1));
        let capped = |cap: usize| widths.iter().map(move |&width| width.min(cap));
        let fits = |cap: usize| capped(cap).sum::<usize>() <= room;
        // The widest cap that fits, found by halving: columns below it keep their width, all others share alike.
        let (mut cap, mut too_wide) = (0, widths.iter().max().map_or(1, |widest| widest + 1));
        while cap + 1 < too_wide {
            let middle = usize::midpoint(cap, too_wide);
            if fits(middle) {
                cap = middle;
            } else {
                too_wide = middle;
            }
        }
        let mut spare = room - capped(cap).sum::<usize>();
        let widths = widths
            .iter()
            .map(|&width| {
                // What can't be shared evenly goes to the left.
                let extra = usize::from(width > cap && spare > 0);
                spare -= extra;
                width.min(cap) + extra
            })
            .collect();
        Self {
            widths,
            dropped: natural.len() - shown,
        }
    }
}

/// How many columns have room at their narrowest; the first one is shown in any case.
fn columns_that_fit(natural: &[usize], terminal: usize) -> usize {
    let mut taken = 0;
    let fitting = natural.iter().take_while(|&&width| {
        taken += width.min(NARROWEST);
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
    fn the_widest_columns_give_first() {
        for (natural, terminal, widths, dropped) in [
            (&[][..], 80, &[][..], 0),
            (&[3, 5], 10, &[3, 5], 0),
            (&[3, 5], 9, &[3, 4], 0),
            (&[100], 80, &[80], 0),
            (&[10, 50, 30], 64, &[10, 25, 25], 0),
            (&[10, 50, 30], 65, &[10, 26, 25], 0),
            (&[10, 50, 12], 60, &[10, 34, 12], 0),
            // What is left over goes to the left.
            (&[9, 9, 9], 24, &[7, 7, 6], 0),
            // At the narrowest.
            (&[9, 9, 9], 16, &[4, 4, 4], 0),
            (&[9, 9, 9], 15, &[7, 6], 1),
            (&[9, 2, 9], 14, &[4, 2, 4], 0),
            (&[9, 9], 3, &[3], 1),
            (&[9, 9], 1, &[1], 1),
            (&[0, 9], 2, &[0], 1),
        ] {
            let layout = Layout::fit(natural, Some(terminal));
            let expected = Layout {
                widths: widths.to_vec(),
                dropped,
            };
            assert_eq!(layout, expected, "{natural:?} in {terminal}");
        }
    }

    #[test]
    fn without_a_terminal_columns_are_as_wide_as_they_like() {
        assert_eq!(Layout::fit(&[700, 3], None).widths, [700, 3]);
    }
}
