//! Exact comparison of numbers in their JSON spellings, of any size and precision.

use std::cmp::Ordering;

/// A number by its value: its sign, its significant digits, and the position of its decimal point.
///
/// ```
/// use idq_columns::Decimal;
///
/// let canonical = |text: &[u8]| Decimal::parse(text).and_then(|number| number.canonical());
/// assert_eq!(canonical(b"-1.50").as_deref(), Some("-15e1"));
/// assert_eq!(canonical(b"-15e-1").as_deref(), Some("-15e1"));
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Decimal {
    /// Whether the number is below 0.
    is_negative: bool,
    /// Digits without leading and trailing zeros; none for zero.
    digits: Vec<u8>,
    /// The number is `0.digits` times ten to this power.
    exponent: i64,
}

/// The greatest power of ten in a spelling; a greater one is clamped to it.
const MAX_POWER: i64 = i64::MAX / 2;

/// Compares two numbers in their JSON spellings by value: `1e2` equals `100.0`, and `-0` equals `0`.
///
/// Exponents beyond 63 bits are clamped. Returns `None` for a text that is not a number.
///
/// ```
/// use std::cmp::Ordering;
///
/// use idq_columns::compare_numbers;
///
/// assert_eq!(compare_numbers(b"9007199254740993", b"9007199254740992"), Some(Ordering::Greater));
/// assert_eq!(compare_numbers(b"1e2", b"100.0"), Some(Ordering::Equal));
/// assert_eq!(compare_numbers(b"-1", b"x"), None);
/// ```
pub fn compare_numbers(one: &[u8], other: &[u8]) -> Option<Ordering> {
    if let (Some(one), Some(other)) = (small_integer(one), small_integer(other)) {
        return Some(one.cmp(&other));
    }
    let (one, other) = (Decimal::parse(one)?, Decimal::parse(other)?);
    Some(one.cmp(&other))
}

/// Digits of an integer that surely fits 64 bits.
const SMALL_DIGITS: usize = 18;

/// Returns the value of a short integer, which most numbers are.
fn small_integer(text: &[u8]) -> Option<i64> {
    let (is_negative, digits) = match text.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let is_small = !digits.is_empty() && digits.len() <= SMALL_DIGITS;
    if !is_small || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits
        .iter()
        .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    Some(if is_negative { -value } else { value })
}

impl Decimal {
    /// Parses a number in its JSON spelling; `None` for any other text. Leading zeros are accepted.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (is_negative, rest) = match text.strip_prefix(b"-") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mantissa_end = rest.iter().position(|byte| matches!(byte, b'e' | b'E'));
        let (mantissa, power) = match mantissa_end {
            Some(end) => (&rest[..end], parse_power(&rest[end + 1..])?),
            None => (rest, 0),
        };
        let point = mantissa.iter().position(|&byte| byte == b'.');
        let whole = point.unwrap_or(mantissa.len());
        let digits: Vec<u8> = mantissa
            .iter()
            .copied()
            .filter(|&byte| byte != b'.')
            .collect();
        let points = mantissa.iter().filter(|&&byte| byte == b'.').count();
        let are_digits = digits.iter().all(u8::is_ascii_digit);
        if whole == 0 || digits.is_empty() || points > 1 || !are_digits {
            return None;
        }
        let leading = digits.iter().take_while(|&&digit| digit == b'0').count();
        let significant = &digits[leading..];
        let trailing = significant
            .iter()
            .rev()
            .take_while(|&&digit| digit == b'0')
            .count();
        let significant = &significant[..significant.len() - trailing];
        if significant.is_empty() {
            return Some(Self {
                is_negative: false,
                digits: Vec::new(),
                exponent: 0,
            });
        }
        Some(Self {
            is_negative,
            digits: significant.to_vec(),
            exponent: power.saturating_add(whole as i64 - leading as i64),
        })
    }
}

impl Decimal {
    /// Returns the canonical text, which is the same for all spellings of a value; `None` for a number whose power of
    /// ten was clamped, so that it stands for many values.
    pub fn canonical(&self) -> Option<String> {
        if self.digits.is_empty() {
            return Some("0".to_owned());
        }
        if self.exponent.abs() >= MAX_POWER / 2 {
            return None;
        }
        let sign = if self.is_negative { "-" } else { "" };
        let digits = String::from_utf8_lossy(&self.digits);
        Some(format!("{sign}{digits}e{}", self.exponent))
    }
}

/// Parses the power of ten after the `e`; one beyond [`MAX_POWER`] is clamped.
fn parse_power(text: &[u8]) -> Option<i64> {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let power = digits.iter().fold(0i64, |power, digit| {
        power
            .saturating_mul(10)
            .saturating_add(i64::from(digit - b'0'))
    });
    let power = power.min(MAX_POWER);
    Some(if is_negative { -power } else { power })
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |decimal: &Self| match (decimal.digits.is_empty(), decimal.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let by_sign = sign(self).cmp(&sign(other));
        let by_size = || {
            let by_exponent = self.exponent.cmp(&other.exponent);
            // Without trailing zeros, digits compare like texts.
            let by_size = by_exponent.then_with(|| self.digits.cmp(&other.digits));
            if self.is_negative {
                by_size.reverse()
            } else {
                by_size
            }
        };
        by_sign.then_with(by_size)
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_value_have_one_canonical_text() {
        for (spellings, expected) in [
            (&["0", "-0", "0.0", "0e5", "-0.00e-3"][..], Some("0")),
            (
                &["1", "1.0", "10e-1", "0.1E1", "0.01e+2", "1e0"],
                Some("1e1"),
            ),
            (&["-1.50", "-15e-1", "-0.15e1"], Some("-15e1")),
            (&["100", "1e2", "1.00e2"], Some("1e3")),
            (&["0.001", "1e-3"], Some("1e-2")),
            (&["9007199254740993"], Some("9007199254740993e16")),
            (
                &["1e999999999999999999999999999999", "x", "", "1.2.3"],
                None,
            ),
        ] {
            for spelling in spellings {
                let number = Decimal::parse(spelling.as_bytes());
                let canonical = number.and_then(|number| number.canonical());
                assert_eq!(canonical.as_deref(), expected, "{spelling}");
            }
        }
    }

    #[test]
    fn numbers_in_any_spelling_compare_by_value() {
        let ascending: [&[&str]; 12] = [
            &["-1e400", "-10e399"],
            &["-12345678901234567890.5"],
            &["-2", "-2.0", "-0.2e1"],
            &["-0.5", "-5e-1"],
            &["0", "-0", "0.0", "0e9", "-0E-7"],
            &["1e-400"],
            &["0.1", "1E-1", "0.10"],
            &["1", "1.0", "10e-1"],
            &["1.000000000000000000001"],
            &["9007199254740992"],
            &["9007199254740993", "9007199254740993.0"],
            &["1e99999999999999999999"],
        ];
        for (rank, spellings) in ascending.iter().enumerate() {
            for one in *spellings {
                for (other_rank, others) in ascending.iter().enumerate() {
                    for other in *others {
                        let found = compare_numbers(one.as_bytes(), other.as_bytes());
                        assert_eq!(found, Some(rank.cmp(&other_rank)), "{one} and {other}");
                    }
                }
            }
        }
        for text in ["", "-", "x", "1e", "1x", ".5", "e5", "--1"] {
            assert_eq!(compare_numbers(text.as_bytes(), b"1"), None, "{text}");
        }
    }
}
