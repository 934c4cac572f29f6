//! Lossless conversion of JSON numbers: a number becomes an `i64` or `f64` only if it can be spelled back.
//!
//! The type of a number column is the narrowest one that represents all its numbers without loss. A number without an
//! exact type makes the column text, because rounding an identifier or an amount would be an undetected error.

/// Returns the integer of this spelling, if `i64` represents it. `-0` has none, because an integer loses its sign.
pub(crate) fn exact_i64(spelling: &str) -> Option<i64> {
    if spelling == "-0" {
        return None;
    }
    spelling.parse().ok()
}

/// Returns the double of this spelling, if its shortest decimal form has the same digits, so that nothing is lost.
pub(crate) fn exact_f64(spelling: &str) -> Option<f64> {
    let value: f64 = spelling.parse().ok()?;
    let shortest = format!("{value:e}");
    let is_exact = value.is_finite() && Decimal::parse(spelling) == Decimal::parse(&shortest);
    is_exact.then_some(value)
}

/// A number as its significant digits and the power of ten of the last one, so that 1.50 and 15e-1 are equal.
#[derive(PartialEq)]
struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// Parses a valid JSON number.
    fn parse(spelling: &str) -> Self {
        let (negative, rest) = match spelling.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, spelling),
        };
        let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        // An exponent that does not fit is beyond the range of doubles, like the saturated one. Half of the range of
        // `i64` leaves space for the adjustments below.
        let saturated = if exponent.starts_with('-') {
            i64::MIN / 2
        } else {
            i64::MAX / 2
        };
        let exponent = exponent.parse().unwrap_or(saturated);
        let mut exponent = exponent.clamp(i64::MIN / 2, i64::MAX / 2) - fraction.len() as i64;
        let all = whole.bytes().chain(fraction.bytes());
        let mut digits: Vec<u8> = all.skip_while(|&digit| digit == b'0').collect();
        while digits.last() == Some(&b'0') {
            digits.pop();
            exponent += 1;
        }
        if digits.is_empty() {
            exponent = 0;
        }
        Self {
            negative,
            digits,
            exponent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_of_an_integer_of_64_bits_has_an_exact_i64() {
        assert_eq!(exact_i64("0"), Some(0));
        assert_eq!(exact_i64("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(exact_i64("9223372036854775807"), Some(i64::MAX));
        for other in ["9223372036854775808", "-0", "1.0", "1e3", "1E3"] {
            assert_eq!(exact_i64(other), None, "{other}");
        }
    }

    #[test]
    fn spelling_with_the_digits_of_a_double_has_an_exact_f64() {
        for (spelling, value) in [
            ("0.1", 0.1),
            ("1.50", 1.5),
            ("15E-1", 1.5),
            ("0.0", 0.0),
            ("0e999999999999999999999", 0.0),
            ("1e23", 1e23),
            ("5e-324", 5e-324),
            ("9007199254740992", 9_007_199_254_740_992.0),
            ("-2.2250738585072014e-308", -f64::MIN_POSITIVE),
        ] {
            assert_eq!(exact_f64(spelling), Some(value), "{spelling}");
        }
        assert!(exact_f64("-0").is_some_and(|zero| zero == 0.0 && zero.is_sign_negative()));
        for other in [
            "9007199254740993",
            "0.1000000000000000055511151231257827",
            "1e999",
            "1e-999",
            "1e99999999999999999999",
            "12345678901234567890",
        ] {
            assert_eq!(exact_f64(other), None, "{other}");
        }
    }
}
