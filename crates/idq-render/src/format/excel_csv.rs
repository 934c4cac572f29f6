//! CSV as Excel opens it.

use std::io::{self, Write};

/// The mark by which Excel knows UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The least number of digits that Excel shows in scientific notation, and of which it changes those after the fifteenth.
const MIN_CHANGED_DIGITS: usize = 12;

/// The greatest number of characters of a text in a formula.
const MAX_FORMULA_TEXT: usize = 255;

/// A writer of CSV that Excel opens as it is meant: with the mark of UTF-8 in front, with the separator of the list of its
/// language, and with digits as text where it would change them as a number: long ones, and those with zeros in front.
///
/// It receives CSV as [`CsvWriter`](crate::CsvWriter) and [`append_csv_line`](crate::append_csv_line) write it, in pieces of
/// any length. The output is complete when the last line is.
///
/// ```
/// use std::io::Write;
/// use idq_render::ExcelCsv;
///
/// let mut out = ExcelCsv::new(Vec::new(), b';');
/// out.write_all("id,name\n0012,\"a,b\"\n".as_bytes())?;
/// assert_eq!(out.into_inner(), "\u{feff}id;name\n\"=\"\"0012\"\"\";a,b\n".as_bytes());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct ExcelCsv<W> {
    out: W,
    separator: u8,
    has_started: bool,
    /// The text of the current field, without its quotes.
    field: Vec<u8>,
    state: State,
}

/// The place in the current field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before its first byte.
    Start,
    /// In a field without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// After a quote between quotes, which ends the field or is the first of two.
    Quote,
}

impl<W: Write> ExcelCsv<W> {
    /// Creates a writer with a separator, an ASCII character.
    pub fn new(out: W, separator: u8) -> Self {
        Self {
            out,
            separator,
            has_started: false,
            field: Vec::new(),
            state: State::Start,
        }
    }

    /// Returns the output.
    pub fn into_inner(self) -> W {
        self.out
    }

    /// Appends the current field and what ends it.
    fn end_field(&mut self, end: u8, out: &mut Vec<u8>) {
        let field = std::mem::take(&mut self.field);
        if is_changed_by_excel(&field, self.separator) {
            // A formula without anything but the text itself.
            out.extend_from_slice(b"\"=\"\"");
            out.extend_from_slice(&field);
            out.extend_from_slice(b"\"\"\"");
        } else if field.iter().any(|&byte| self.needs_quotes(byte))
            || self.state == State::Quote && field.is_empty()
        {
            out.push(b'"');
            for &byte in &field {
                if byte == b'"' {
                    out.push(b'"');
                }
                out.push(byte);
            }
            out.push(b'"');
        } else {
            out.extend_from_slice(&field);
        }
        out.push(end);
        self.state = State::Start;
    }

    /// Returns whether a field with this byte must be quoted.
    fn needs_quotes(&self, byte: u8) -> bool {
        byte == self.separator || matches!(byte, b'"' | b'\r' | b'\n')
    }
}

impl<W: Write> Write for ExcelCsv<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 8);
        if !std::mem::replace(&mut self.has_started, true) {
            out.extend_from_slice(BYTE_ORDER_MARK);
        }
        for &byte in bytes {
            match (self.state, byte) {
                (State::Start, b'"') => self.state = State::Quoted,
                (State::Start | State::Plain | State::Quote, b',') => {
                    self.end_field(self.separator, &mut out);
                }
                (State::Start | State::Plain | State::Quote, b'\n') => {
                    self.end_field(b'\n', &mut out);
                }
                (State::Quoted, b'"') => self.state = State::Quote,
                (State::Quote, b'"') => {
                    self.field.push(b'"');
                    self.state = State::Quoted;
                }
                (State::Quoted, byte) => self.field.push(byte),
                (State::Start | State::Plain | State::Quote, byte) => {
                    self.field.push(byte);
                    self.state = State::Plain;
                }
            }
        }
        self.out.write_all(&out)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Returns whether Excel would change a text, because it reads it as a number: one of many digits, with zeros
/// in front, in scientific notation, or with a point where Excel expects a comma.
fn is_changed_by_excel(text: &[u8], separator: u8) -> bool {
    let Some(number) = std::str::from_utf8(text)
        .ok()
        .filter(|text| text.len() <= MAX_FORMULA_TEXT)
    else {
        return false;
    };
    let number = number.strip_prefix('-').unwrap_or(number);
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (number, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_exponent = |text: &str| is_digits(text.strip_prefix(['+', '-']).unwrap_or(text));
    if !is_digits(whole) || !fraction.is_none_or(is_digits) || !exponent.is_none_or(is_exponent) {
        return false;
    }
    exponent.is_some()
        || mantissa.len() >= MIN_CHANGED_DIGITS
        || (whole.starts_with('0') && whole.len() > 1)
        || (fraction.is_some() && separator == b';')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a text of CSV as it is written in pieces of a length, without the mark.
    fn written(text: &str, separator: u8, piece: usize) -> String {
        let mut out = ExcelCsv::new(Vec::new(), separator);
        for piece in text.as_bytes().chunks(piece) {
            out.write_all(piece).unwrap();
        }
        let bytes = out.into_inner();
        String::from_utf8(bytes)
            .unwrap()
            .strip_prefix('\u{feff}')
            .unwrap()
            .to_owned()
    }

    #[test]
    fn cells_are_those_of_the_csv_in_pieces_of_any_length() {
        let text = "a,\"b,c\",\"d\"\"e\"\n,\"x\ny\",;\n\"\"\n12,é,\"'=1\"\n";
        for piece in 1..text.len() {
            assert_eq!(
                written(text, b';', piece),
                "a;b,c;\"d\"\"e\"\n;\"x\ny\";\";\"\n\"\"\n12;é;'=1\n"
            );
            assert_eq!(
                written(text, b',', piece),
                "a,\"b,c\",\"d\"\"e\"\n,\"x\ny\",;\n\"\"\n12,é,'=1\n"
            );
        }
    }

    #[test]
    fn digits_that_excel_would_change_are_texts() {
        for (field, is_text) in [
            ("12", false),
            ("0", false),
            ("007", true),
            ("12345678901", false),
            ("123456789012", true),
            ("1e5", true),
            ("12E07", true),
            ("1e", false),
            ("e5", false),
            ("0x1", false),
            ("2026-01-31", false),
            ("1.50", false),
            ("00.5", true),
            ("1.5e10", true),
            ("1e-7", true),
            ("1.", false),
            ("1.2.3", false),
            ("-12", false),
            ("-123456789012345678", true),
            ("123456789.5678", true),
        ] {
            let expected = if is_text {
                format!("\"=\"\"{field}\"\"\"\n")
            } else {
                format!("{field}\n")
            };
            assert_eq!(written(&format!("{field}\n"), b',', 3), expected);
        }
        // Where the comma is the decimal sign, 1.5 may be a date.
        assert_eq!(written("1.5\n", b';', 3), "\"=\"\"1.5\"\"\"\n");
        let long = format!("{}\n", "1".repeat(300));
        assert_eq!(written(&long, b',', 3), long);
    }
}
