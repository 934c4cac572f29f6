//! Numbers as values: equal numbers of different spellings are one group, at any size and precision.

/// The sign and magnitude of a decimal number, without the choices of its spelling.
///
/// The value is `0.DIGITS * 10^exponent`; the digits have no zeros at either end, and zero has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Decimal<'t> {
    is_negative: bool,
    /// The digits before the decimal point, without leading zeros.
    whole: &'t str,
    /// The digits after it.
    fraction: &'t str,
    exponent: i128,
}

/// Writes the canonical text of a JSON number, which is the same for all spellings of a value: `-1.50` and `-15e-1`.
///
/// Returns false, and writes nothing, for a text that is no number, or whose exponent exceeds 128 bits: such a text is a
/// value of its own.
pub(super) fn canonicalize(text: &str, out: &mut String) -> bool {
    out.clear();
    let Some(number) = parse(text) else {
        return false;
    };
    let digits = || number.whole.bytes().chain(number.fraction.bytes());
    let zeros = digits().take_while(|digit| *digit == b'0').count();
    let length = digits().count();
    let trailing = number
        .fraction
        .bytes()
        .rev()
        .chain(number.whole.bytes().rev());
    let trailing = trailing.take_while(|digit| *digit == b'0').count();
    if zeros == length {
        out.push('0');
        return true;
    }
    let shift = number.whole.len() as i128 - zeros as i128;
    let Some(exponent) = number.exponent.checked_add(shift) else {
        return false;
    };
    if number.is_negative {
        out.push('-');
    }
    let significant = digits().skip(zeros).take(length - zeros - trailing);
    out.extend(significant.map(char::from));
    out.push('e');
    out.push_str(&exponent.to_string());
    true
}

/// Parses a JSON number.
fn parse(text: &str) -> Option<Decimal<'_>> {
    let (is_negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (digits, exponent) = match rest.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse().ok()?),
        None => (rest, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (is_digits(whole) && is_digits(fraction) && !whole.is_empty()).then_some(Decimal {
        is_negative,
        whole,
        fraction,
        exponent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> Option<String> {
        let mut out = String::new();
        canonicalize(text, &mut out).then_some(out)
    }

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
                &[
                    "1e999999999999999999999999999999999999999999",
                    "x",
                    "",
                    "1.2.3",
                ],
                None,
            ),
        ] {
            for spelling in spellings {
                assert_eq!(canonical(spelling).as_deref(), expected, "{spelling}");
            }
        }
    }
}
