//! Bytes as hexadecimal digits.

/// Returns the bytes as lower-case digits, two for each byte.
pub(crate) fn to_hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|&byte| [byte >> 4, byte & 0xf]);
    digits
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

/// Parses exactly `N` bytes in digits of either case.
pub(crate) fn parse_hexadecimal<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |index: usize| char::from(pair[index]).to_digit(16);
        *byte = u8::try_from((digit(0)? << 4) | digit(1)?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_as_digits_of_either_case_are_parsed_to_the_same_bytes() {
        let bytes = [0x00, 0x0f, 0xa0, 0xff];
        let digits = to_hexadecimal(&bytes);
        assert_eq!(digits, "000fa0ff");
        assert_eq!(parse_hexadecimal(&digits), Some(bytes));
        assert_eq!(parse_hexadecimal(&digits.to_uppercase()), Some(bytes));
    }

    #[test]
    fn digits_that_are_too_few_too_many_or_none_are_rejected() {
        for text in ["", "0", "000", "00000", "0g", "+1", "é"] {
            assert_eq!(parse_hexadecimal::<1>(text), None, "{text}");
        }
        assert_eq!(parse_hexadecimal::<2>("00é"), None);
    }
}
