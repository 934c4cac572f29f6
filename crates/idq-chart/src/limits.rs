//! Limits of a picture: the bars and series that are drawn, and the rest as *other*.

use crate::chart::{Bar, Chart, Direction, Label, LabelKind};
use crate::numbers::count_of_values;

/// The greatest number of values with a horizontal bar: more labels on a slide would be too small to read.
const MAX_HORIZONTAL: usize = 30;

/// The greatest number of values with a column: more columns would be narrower than four pixels.
const MAX_VERTICAL: usize = 240;

/// The greatest number of values with a colour of their own: the size of the palette.
pub(crate) const MAX_SERIES: usize = 8;

/// The bars and series of a picture.
pub(crate) struct Limited {
    /// The series: values, then null, missing, empty and other, each at most once. A chart without series has one.
    pub(crate) series: Vec<Label>,
    /// The bars in the same order, each with a count for each series.
    pub(crate) bars: Vec<DrawnBar>,
}

/// One bar, with as many counts as there are series.
pub(crate) struct DrawnBar {
    /// The label, with its final text.
    pub(crate) label: Label,
    /// The counts by series.
    pub(crate) counts: Vec<u64>,
    /// The sum of the counts.
    pub(crate) total: u64,
}

impl Limited {
    /// Chooses the bars and the series of a chart.
    pub(crate) fn new(chart: &Chart) -> Self {
        let single = [Label::value("")];
        let labels = if chart.series.is_empty() {
            &single
        } else {
            chart.series.as_slice()
        };
        let count = |bar: &Bar, series: usize| bar.counts.get(series).copied().unwrap_or(0);
        let series_total = |series: usize| sum(chart.bars.iter().map(|bar| count(bar, series)));
        let series_totals: Vec<u64> = (0..labels.len()).map(series_total).collect();
        let series = if chart.series.is_empty() {
            Assignment::whole(labels)
        } else {
            // A series without records needs no entry in the legend.
            let most_frequent = Choice::MostFrequent(MAX_SERIES);
            Assignment::choose(labels, &series_totals, most_frequent, Vacant::Dropped)
        };
        let bar_totals: Vec<u64> = chart
            .bars
            .iter()
            .map(|bar| sum((0..labels.len()).map(|series| count(bar, series))))
            .collect();
        let bar_labels: Vec<Label> = chart.bars.iter().map(|bar| bar.label.clone()).collect();
        let choice = match chart.direction {
            Direction::Horizontal => Choice::MostFrequent(MAX_HORIZONTAL),
            Direction::Vertical => Choice::Last(MAX_VERTICAL),
        };
        let assignment = Assignment::choose(&bar_labels, &bar_totals, choice, Vacant::Kept);
        let mut bars: Vec<DrawnBar> = assignment
            .labels
            .into_iter()
            .map(|label| DrawnBar {
                label,
                counts: vec![0; series.labels.len()],
                total: 0,
            })
            .collect();
        for (bar, drawn) in chart.bars.iter().zip(&assignment.position_of) {
            let Some(drawn) = drawn.and_then(|drawn| bars.get_mut(drawn)) else {
                continue;
            };
            for (position, part) in series.position_of.iter().enumerate() {
                if let Some(part) = part.and_then(|part| drawn.counts.get_mut(part)) {
                    *part = part.saturating_add(count(bar, position));
                }
            }
            drawn.total = sum(drawn.counts.iter().copied());
        }
        Self {
            series: series.labels,
            bars,
        }
    }
}

/// The choice of the values that keep a bar or a colour.
#[derive(Clone, Copy)]
enum Choice {
    /// The most frequent values.
    MostFrequent(usize),
    /// The last values: the newest dates.
    Last(usize),
}

/// The treatment of values without records.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Vacant {
    /// They are drawn as 0.
    Kept,
    /// They are not drawn.
    Dropped,
}

/// The labels that are drawn, and the position of each given label among them.
struct Assignment {
    labels: Vec<Label>,
    /// For each given label its position in `labels`; `None` if it has no records and is not drawn.
    position_of: Vec<Option<usize>>,
}

impl Assignment {
    /// Keeps all labels.
    fn whole(labels: &[Label]) -> Self {
        Self {
            labels: labels.to_vec(),
            position_of: (0..labels.len()).map(Some).collect(),
        }
    }

    /// Keeps the chosen values in their order; null, missing, empty and other values follow, each kind once.
    fn choose(labels: &[Label], totals: &[u64], choice: Choice, vacant: Vacant) -> Self {
        let is_kept = kept(labels, totals, choice, vacant);
        let mut assignment = Self {
            labels: Vec::new(),
            position_of: vec![None; labels.len()],
        };
        let mut other_values = 0_u64;
        let mut others = Vec::new();
        for (position, label) in labels.iter().enumerate() {
            match label.kind {
                LabelKind::Value | LabelKind::Gap { .. } if is_kept[position] => {
                    assignment.push(position, final_label(label));
                }
                LabelKind::Value if totals[position] > 0 => {
                    other_values = other_values.saturating_add(1);
                    others.push(position);
                }
                LabelKind::Other { values } => {
                    other_values = other_values.saturating_add(values);
                    others.push(position);
                }
                _ => {}
            }
        }
        for kind in [LabelKind::Null, LabelKind::Missing, LabelKind::Empty] {
            let mut assigned = None;
            for position in (0..labels.len()).filter(|&position| labels[position].kind == kind) {
                if totals[position] == 0 && vacant == Vacant::Dropped {
                    continue;
                }
                match assigned {
                    Some(_) => assignment.position_of[position] = assigned,
                    None => {
                        assigned = Some(assignment.labels.len());
                        assignment.push(position, labels[position].clone());
                    }
                }
            }
        }
        if !others.is_empty() {
            for position in others {
                assignment.position_of[position] = Some(assignment.labels.len());
            }
            assignment
                .labels
                .push(final_label(&Label::other(other_values)));
        }
        assignment
    }

    /// Adds a label of its own.
    fn push(&mut self, position: usize, label: Label) {
        self.position_of[position] = Some(self.labels.len());
        self.labels.push(label);
    }
}

/// Returns for each label whether it is a value or a gap that is drawn.
fn kept(labels: &[Label], totals: &[u64], choice: Choice, vacant: Vacant) -> Vec<bool> {
    let is_candidate = |&position: &usize| match labels[position].kind {
        LabelKind::Value => totals[position] > 0 || vacant == Vacant::Kept,
        LabelKind::Gap { .. } => vacant == Vacant::Kept,
        _ => false,
    };
    let mut positions: Vec<usize> = (0..labels.len()).filter(is_candidate).collect();
    match choice {
        Choice::MostFrequent(limit) if positions.len() > limit => {
            // A stable sort: of equal values, the first ones are kept.
            positions.sort_by_key(|&position| std::cmp::Reverse(totals[position]));
            positions.truncate(limit);
        }
        Choice::Last(limit) if positions.len() > limit => {
            positions.drain(..positions.len() - limit);
        }
        _ => {}
    }
    let mut is_kept = vec![false; labels.len()];
    for position in positions {
        is_kept[position] = true;
    }
    is_kept
}

/// Returns a label with the text that its numbers determine.
fn final_label(label: &Label) -> Label {
    let text = match label.kind {
        LabelKind::Other { values } => format!("(other: {})", count_of_values(values)),
        LabelKind::Gap { values } => format!("⋮ {} without records", count_of_values(values)),
        _ => return label.clone(),
    };
    Label {
        text,
        kind: label.kind,
    }
}

/// Returns the sum of counts, or the greatest number if it is less.
fn sum(counts: impl Iterator<Item = u64>) -> u64 {
    counts.fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_any_chart_sum_to_those_of_its_drawn_bars() {
        let kinds = [
            LabelKind::Null,
            LabelKind::Value,
            LabelKind::Other { values: 3 },
            LabelKind::Value,
            LabelKind::Empty,
            LabelKind::Missing,
            LabelKind::Null,
        ];
        let label = |position: usize| Label {
            text: position.to_string(),
            kind: kinds[position % kinds.len()],
        };
        for (direction, bars, series) in [
            (Direction::Horizontal, 7, 0),
            (Direction::Horizontal, 300, 0),
            (Direction::Horizontal, 300, 40),
            (Direction::Vertical, 2_000, 5),
        ] {
            let parts = series.max(1);
            let bar = |position: usize| Bar {
                label: label(position),
                counts: (0..parts)
                    .map(|part| (position * part % 17 + 1) as u64)
                    .collect(),
            };
            let chart = Chart {
                title: String::new(),
                conditions: String::new(),
                population: String::new(),
                direction,
                series: (0..series).map(label).collect(),
                bars: (0..bars).map(bar).collect(),
                total: 0,
                notes: Vec::new(),
            };
            let given: u64 = chart.bars.iter().flat_map(|bar| &bar.counts).sum();
            let limited = Limited::new(&chart);
            let drawn: u64 = limited.bars.iter().map(|bar| bar.total).sum();
            assert_eq!(drawn, given, "{bars} bars of {series} series");
            assert!(
                limited.bars.len() <= MAX_VERTICAL + 4 && limited.series.len() <= MAX_SERIES + 4
            );
            assert!(
                limited
                    .bars
                    .iter()
                    .all(|bar| bar.counts.len() == limited.series.len())
            );
        }
    }
}
