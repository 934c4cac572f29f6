//! Page numbers, as PHP validates integers.

/// Parses a page number: a whole number from 1 to 2^63 - 1, with an optional sign and without leading zeros. Laravel
/// returns the first page for every other text.
pub(crate) fn parse_page_number(text: &str) -> Option<u64> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    // No negative number is a page, so its sign needs no rule of its own.
    let is_canonical = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    let number = digits.parse::<i64>().ok().filter(|_| is_canonical)?;
    u64::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_number_is_an_integer_of_php_from_1() {
        for (text, expected) in [
            ("1", Some(1)),
            ("20", Some(20)),
            ("+2", Some(2)),
            ("9223372036854775807", Some(9_223_372_036_854_775_807)),
            ("9223372036854775808", None),
            ("18446744073709551615", None),
            ("99999999999999999999999", None),
            ("", None),
            ("+", None),
            ("0", None),
            ("-0", None),
            ("-2", None),
            ("02", None),
            ("+02", None),
            ("++2", None),
            ("+-2", None),
            ("2.0", None),
            ("2e0", None),
            ("0x2", None),
            ("٢", None),
            ("abc", None),
        ] {
            assert_eq!(parse_page_number(text), expected, "{text:?}");
        }
    }
}
