//! [`LengthScale`]: the length of bars, with a cut where a bar without a value would dwarf the values.

use crate::chart::LabelKind;
use crate::limits::DrawnBar;

/// The ratio of the greatest other bar to the greatest value above which the values alone set the scale, and longer
/// bars are cut.
const CUT_RATIO: f64 = 3.0;

/// The share of the available length that the greatest value takes if some bar is cut: a cut bar is longer.
const UNCUT_SHARE: f64 = 0.85;

/// The ratio up to which rounding may exceed the full length.
const ROUNDING: f64 = 1.000_001;

/// The scale of the bars of one picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct LengthScale {
    /// The count that takes the whole length.
    pub(super) full: f64,
    /// The greatest count that is drawn to scale.
    pub(super) greatest: u64,
}

impl LengthScale {
    /// Chooses the scale of some bars.
    pub(super) fn new(bars: &[DrawnBar]) -> Self {
        let greatest = |is_value: bool| {
            let bars = bars
                .iter()
                .filter(|bar| (bar.label.kind == LabelKind::Value) == is_value);
            bars.map(|bar| bar.total).max().unwrap_or(0)
        };
        let (values, others) = (greatest(true), greatest(false));
        if values > 0 && others as f64 > values as f64 * CUT_RATIO {
            // Other bars may be between the greatest value and the cut.
            return Self {
                full: values as f64 / UNCUT_SHARE,
                greatest: values,
            };
        }
        let greatest = values.max(others).max(1);
        Self {
            full: greatest as f64,
            greatest,
        }
    }

    /// Returns the part of the available length of a count, at most 1.
    pub(super) fn share(&self, count: u64) -> f64 {
        (count as f64 / self.full).min(1.0)
    }

    /// Returns whether the bar of a count is cut.
    pub(super) fn is_cut(&self, count: u64) -> bool {
        count as f64 > self.full * ROUNDING
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Label;

    /// Returns a bar of a kind.
    fn bar(kind: LabelKind, total: u64) -> DrawnBar {
        let label = Label {
            text: String::new(),
            kind,
        };
        DrawnBar {
            label,
            counts: vec![total],
            total,
        }
    }

    #[test]
    fn bar_without_a_value_is_cut_only_if_it_would_dwarf_the_values() {
        for (value, null, is_cut) in [
            (10, 5, false),
            (10, 30, false),
            (10, 31, true),
            (0, 31, false),
            (0, 0, false),
        ] {
            let scale =
                LengthScale::new(&[bar(LabelKind::Value, value), bar(LabelKind::Null, null)]);
            assert_eq!(scale.is_cut(null), is_cut, "{value} and {null}");
            assert!(!scale.is_cut(value));
            assert!(scale.share(null) <= 1.0);
        }
    }
}
