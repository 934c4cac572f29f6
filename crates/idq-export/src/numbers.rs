//! Which type holds a JSON number exactly.

/// The integer that is spelled like this, if `i64` has it. `-0` is none: an integer would lose its sign.
pub(crate) fn integer(spelling: &str) -> Option<i64> {
    if spelling == "-0" {
        return None;
    }
    spelling.parse().ok()
}

/// The double that is spelled like this, if its shortest spelling has the same digits, so that nothing is lost.
pub(crate) fn double(spelling: &str) -> Option<f64> {
    let value: f64 = spelling.parse().ok()?;
    let is_same = value.is_finite() && Decimal::of(spelling) == Decimal::of(&format!("{value:e}"));
    is_same.then_some(value)
}

/// A number by its significant digits and the power of ten of the last one, so that 1.50 and 15e-1 are the same.
#[derive(PartialEq)]
struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    fn of(spelling: &str) -> Self {
        let (negative, rest) = match spelling.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, spelling),
        };
        let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        // An exponent beyond any double's is as good as the largest.
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
    fn integers_are_those_of_64_bits() {
        assert_eq!(integer("0"), Some(0));
        assert_eq!(integer("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(integer("9223372036854775807"), Some(i64::MAX));
        for other in ["9223372036854775808", "-0", "1.0", "1e3", "1E3"] {
            assert_eq!(integer(other), None, "{other}");
        }
    }

    #[test]
    fn doubles_are_those_that_say_all_digits() {
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
            assert_eq!(double(spelling), Some(value), "{spelling}");
        }
        assert!(double("-0").is_some_and(|zero| zero == 0.0 && zero.is_sign_negative()));
        for other in [
            "9007199254740993",
            "0.1000000000000000055511151231257827",
            "1e999",
            "1e-999",
            "1e99999999999999999999",
            "12345678901234567890",
        ] {
            assert_eq!(double(other), None, "{other}");
        }
    }
}
