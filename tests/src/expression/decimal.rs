//! Exact decimal numbers.

use std::cmp::Ordering;

/// A number: its digits without zeros at either end, as `0.digits × 10^magnitude`; zero has no digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    is_negative: bool,
    magnitude: i128,
    digits: String,
}

impl Decimal {
    /// Parses a number of JSON.
    ///
    /// # Panics
    /// The exponent has more than some thirty digits.
    pub(super) fn parse(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let unsigned = mantissa.trim_start_matches('-');
        let (integer, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let all = format!("{integer}{fraction}");
        let significant = all.trim_start_matches('0');
        let leading_zeros = all.len() - significant.len();
        let digits = significant.trim_end_matches('0').to_owned();
        if digits.is_empty() {
            return Self {
                is_negative: false,
                magnitude: 0,
                digits,
            };
        }
        let exponent: i128 = match exponent.parse() {
            Ok(exponent) => exponent,
            Err(error) => panic!("{error}: {text}"),
        };
        Self {
            is_negative: mantissa.starts_with('-'),
            magnitude: exponent + integer.len() as i128 - leading_zeros as i128,
            digits,
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.digits.is_empty(), number.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        // Digits after the point compare like text.
        let absolute = (self.magnitude, &self.digits).cmp(&(other.magnitude, &other.digits));
        sign(self).cmp(&sign(other)).then(if self.is_negative {
            absolute.reverse()
        } else {
            absolute
        })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    #[test]
    fn decimals_compare_by_value() {
        let ascending = [
            &["-1e400"][..],
            &["-100.5"],
            &["-100", "-1E2", "-100.00"],
            &["-0.5", "-5e-1"],
            &["0", "-0", "0.00", "0e99", "-0E-3"],
            &["1e-400"],
            &["0.1", "1e-1", "0.10"],
            &["1", "1.0", "10e-1"],
            &["9007199254740992"],
            &["9007199254740993", "9007199254740993.0"],
            &["1e400", "10e399"],
            &["1e1000000000000000000000"],
        ];
        for (index, equal) in ascending.iter().enumerate() {
            for one in *equal {
                for (other_index, others) in ascending.iter().enumerate() {
                    for other in *others {
                        let order = Decimal::parse(one).cmp(&Decimal::parse(other));
                        assert_eq!(order, index.cmp(&other_index), "{one} {other}");
                    }
                }
            }
        }
    }
}
