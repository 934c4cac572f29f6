//! Choice of the columns that have a label: those of round dates, as many as fit side by side.

use crate::text::width;

/// The least distance between two labels in pixels.
const DISTANCE: f64 = 14.0;

/// The distances between labelled months.
const MONTH_STEPS: [i64; 9] = [1, 2, 3, 6, 12, 24, 60, 120, 1_200];

/// The distances between labelled quarters.
const QUARTER_STEPS: [i64; 7] = [1, 2, 4, 8, 20, 40, 400];

/// The distances between other labelled columns.
const STEPS: [i64; 9] = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/// The distance of labels, in days, above which only the first days of months have labels.
const MIN_DAYS: f64 = 10.0;

/// The least number of days of a month.
const DAYS_OF_MONTH: f64 = 28.0;

/// The numbers of labels on a scale, and the distances between labels that are round on it.
struct Numbers {
    /// The number of each label; `None` for one that is never labelled.
    of_labels: Vec<Option<i64>>,
    /// The round distances, in ascending order.
    steps: &'static [i64],
    /// The least distance of labels that do not overlap.
    needed: f64,
}

/// Returns for each label whether its column has it. `slot` is the width of a column, `centres` has the middle of each.
pub(super) fn labelled(labels: &[&str], centres: &[f64], slot: f64, size: f64) -> Vec<bool> {
    let widths: Vec<f64> = labels.iter().map(|label| width(label, size)).collect();
    let widest = widths.iter().copied().fold(0.0, f64::max);
    let numbers = Numbers::new(labels, ((widest + DISTANCE) / slot.max(0.1)).ceil());
    let steps = numbers.steps;
    let step = steps.iter().find(|&&step| step as f64 >= numbers.needed);
    let step = step.or(steps.last()).copied().unwrap_or(1);
    let is_round = |number: &Option<i64>| number.is_some_and(|number| number.rem_euclid(step) == 0);
    let has_round = numbers.of_labels.iter().any(is_round);
    // Labels beside a narrow gap, or of a step that is too small for the columns, could still overlap.
    let mut right_edge = f64::NEG_INFINITY;
    let mut labelled = Vec::with_capacity(labels.len());
    for (position, number) in numbers.of_labels.iter().enumerate() {
        let (centre, half) = (centres[position], widths[position] / 2.0);
        let is_wanted = is_round(number) || (!has_round && position == 0);
        let is_labelled = is_wanted && centre - half >= right_edge;
        if is_labelled {
            right_edge = centre + half + DISTANCE / 2.0;
        }
        labelled.push(is_labelled);
    }
    labelled
}

impl Numbers {
    /// Numbers labels: months and quarters are counted from year 0, years are themselves, the first days of months are
    /// their months where labels are far apart, and anything else is its position.
    fn new(labels: &[&str], needed: f64) -> Self {
        let parse = |parse: fn(&str) -> Option<i64>| {
            let numbers = labels.iter().map(|label| parse(label).map(Some));
            numbers.collect::<Option<Vec<_>>>()
        };
        let scaled = |of_labels, steps| Self {
            of_labels,
            steps,
            needed,
        };
        if let Some(months) = parse(month) {
            return scaled(months, &MONTH_STEPS);
        }
        if let Some(quarters) = parse(quarter) {
            return scaled(quarters, &QUARTER_STEPS);
        }
        if let Some(years) = parse(year) {
            return scaled(years, &STEPS);
        }
        if needed > MIN_DAYS {
            let days: Option<Vec<Option<i64>>> =
                labels.iter().map(|label| first_day(label)).collect();
            if let Some(of_labels) = days {
                let needed = needed / DAYS_OF_MONTH;
                return Self {
                    of_labels,
                    steps: &MONTH_STEPS,
                    needed,
                };
            }
        }
        scaled((0..).take(labels.len()).map(Some).collect(), &STEPS)
    }
}

/// Parses a day: `2026-01-31`. Returns its month if it is the first day, and `None` inside for another day.
fn first_day(label: &str) -> Option<Option<i64>> {
    let (month_text, day) = label.rsplit_once('-')?;
    let number = month(month_text)?;
    let day = day.parse::<u16>().ok()?;
    Some((day == 1).then_some(number))
}

/// Parses a year: `2026`.
fn year(label: &str) -> Option<i64> {
    if label.len() == 4 {
        label.parse::<u16>().ok().map(i64::from)
    } else {
        None
    }
}

/// Parses a month: `2026-01`.
fn month(label: &str) -> Option<i64> {
    let (year_text, month) = label.split_once('-')?;
    let month = month
        .parse::<u16>()
        .ok()
        .filter(|month| (1..=12).contains(month))?;
    Some(year(year_text)? * 12 + i64::from(month) - 1)
}

/// Parses a quarter: `2026-Q1`.
fn quarter(label: &str) -> Option<i64> {
    let (year_text, quarter) = label.split_once("-Q")?;
    let quarter = quarter
        .parse::<u16>()
        .ok()
        .filter(|quarter| (1..=4).contains(quarter))?;
    Some(year(year_text)? * 4 + i64::from(quarter) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the labels that columns of a width have.
    fn shown(labels: &[String], slot: f64) -> Vec<String> {
        let texts: Vec<&str> = labels.iter().map(String::as_str).collect();
        let centres: Vec<f64> = (0..labels.len())
            .map(|position| (position as f64 + 0.5) * slot)
            .collect();
        let is_labelled = labelled(&texts, &centres, slot, 12.0);
        labels
            .iter()
            .zip(is_labelled)
            .filter(|(_, is_labelled)| *is_labelled)
            .map(|(label, _)| label.clone())
            .collect()
    }

    #[test]
    fn labels_of_narrow_columns_are_round_dates() {
        let months: Vec<String> = (0..30)
            .map(|month| format!("{}-{:02}", 2024 + (month + 4) / 12, (month + 4) % 12 + 1))
            .collect();
        let years: Vec<String> = (1998..2026).map(|year| year.to_string()).collect();
        let quarters: Vec<String> = (0..12)
            .map(|quarter| format!("{}-Q{}", 2023 + quarter / 4, quarter % 4 + 1))
            .collect();
        let days: Vec<String> = (0..90)
            .map(|day| format!("2026-{:02}-{:02}", day / 30 + 4, day % 30 + 1))
            .collect();
        for (labels, slot, expected) in [
            (&days, 4.0, "2026-04-01 2026-05-01 2026-06-01"),
            (&months, 6.0, "2025-01 2026-01"),
            (&months, 12.0, "2024-07 2025-01 2025-07 2026-01 2026-07"),
            (&years, 8.0, "2000 2010 2020"),
            (&quarters, 20.0, "2023-Q1 2024-Q1 2025-Q1"),
        ] {
            assert_eq!(shown(labels, slot).join(" "), expected);
        }
    }

    #[test]
    fn labels_of_wide_columns_are_all_shown() {
        let days = ["Monday", "Tuesday", "Wednesday"].map(str::to_owned);
        assert_eq!(shown(&days, 100.0), days);
        // One month that is no round one still has its label.
        assert_eq!(shown(&["2026-02".to_owned()], 10.0), ["2026-02"]);
    }
}
