//! Numbers: thousands separators, percentages, ticks of an axis.

/// Formats a number with commas between thousands.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a share of the total in percent, with one decimal, as the tables of counts do.
pub(crate) fn percent(count: u64, total: u64) -> String {
    if total == 0 {
        return "0.0%".to_owned();
    }
    let tenths = (u128::from(count) * 1_000 + u128::from(total) / 2) / u128::from(total);
    // A few records are not shown as none.
    if tenths == 0 && count > 0 {
        return "<0.1%".to_owned();
    }
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// Formats a number of values: `1 value`, `1,234 values`.
pub(crate) fn count_of_values(values: u64) -> String {
    let plural = if values == 1 { "" } else { "s" };
    format!("{} value{plural}", thousands(values))
}

/// Returns the distance between the ticks of an axis from 0 to `greatest`: 1, 2 or 5 times a power of ten, at least 1,
/// with at most [`MAX_TICKS`] ticks above 0.
pub(crate) fn tick_step(greatest: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        for factor in [1, 2, 5] {
            let step = power.saturating_mul(factor);
            if greatest / step <= MAX_TICKS || step == u64::MAX {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// The greatest number of ticks above 0: more lines would be noise.
const MAX_TICKS: u64 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_of_any_length_has_commas_between_thousands() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(thousands(number), expected);
        }
    }

    #[test]
    fn share_is_rounded_to_a_tenth_of_a_percent() {
        for (count, total, expected) in [
            (0, 0, "0.0%"),
            (1, 3, "33.3%"),
            (2, 3, "66.7%"),
            (1, 2_001, "<0.1%"),
            (u64::MAX, u64::MAX, "100.0%"),
        ] {
            assert_eq!(percent(count, total), expected, "{count} of {total}");
        }
    }

    #[test]
    fn ticks_are_whole_round_and_few() {
        for (greatest, expected) in [
            (0, 1),
            (1, 1),
            (5, 1),
            (6, 2),
            (12, 5),
            (29, 5),
            (30, 10),
            (1_000, 200),
            (918_757, 200_000),
        ] {
            assert_eq!(tick_step(greatest), expected, "{greatest}");
        }
        assert!(u64::MAX / tick_step(u64::MAX) <= MAX_TICKS);
    }
}
