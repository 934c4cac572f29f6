//! Hexadecimal digits.

/// The bytes in lower-case digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// Thirty-two bytes from 64 digits.
pub(crate) fn bytes(digits: &str) -> Option<[u8; 32]> {
    let digits = digits.as_bytes();
    let value = |digit: u8| char::from(digit).to_digit(16);
    let mut bytes = [0; 32];
    if digits.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::try_from(value(pair[0])? * 16 + value(pair[1])?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn digits_come_back() {
        let digits = "0123456789abcdef".repeat(4);
        assert_eq!(super::hex(&super::bytes(&digits).unwrap()), digits);
        assert_eq!(super::bytes(&digits[1..]), None);
        assert_eq!(super::bytes(&digits.replace('f', "g")), None);
    }
}
