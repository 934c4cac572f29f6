//! JSON texts: their end, their value and their spelling.

use std::fmt;
use std::ops::Range;

use super::MAX_MISTAKES;
use super::error::{ExpressionErrorKind, Mistake};

/// Returns the offset after the closing quote of the JSON text whose opening quote is at `start`; `None` if it has no
/// closing quote.
pub(super) fn text_end(text: &str, start: usize) -> Option<usize> {
    let mut bytes = text.bytes().enumerate().skip(start + 1);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(at + 1),
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
    None
}

/// Decodes the JSON text at `range`, quotes included; returns `None` if it has mistakes, which are added to `mistakes`,
/// or no closing quote, which the lexer has reported.
pub(super) fn decode_json_text(
    text: &str,
    range: Range<usize>,
    mistakes: &mut Vec<Mistake>,
) -> Option<String> {
    if text_end(text, range.start) != Some(range.end) {
        return None;
    }
    let before = mistakes.len();
    let (mut at, end) = (range.start + 1, range.end - 1);
    let mut decoded = String::with_capacity(end - at);
    while let Some(character) = text[at..end].chars().next() {
        if mistakes.len() >= MAX_MISTAKES {
            return None;
        }
        let length = match character {
            '\\' => {
                let (unescaped, length) = unescape(&text[at..end]);
                match unescaped {
                    Ok(character) => decoded.push(character),
                    Err(kind) => mistakes.push(Mistake::new(kind, at..at + length)),
                }
                length
            }
            _ => {
                if character < ' ' {
                    let kind = ExpressionErrorKind::ControlCharacter { character };
                    mistakes.push(Mistake::new(kind, at..at + 1));
                }
                decoded.push(character);
                character.len_utf8()
            }
        };
        at += length;
    }
    (mistakes.len() == before).then_some(decoded)
}

/// Decodes the escape at the start of `text`; returns the character and the length of the escape.
fn unescape(text: &str) -> (Result<char, ExpressionErrorKind>, usize) {
    let Some(letter) = text[1..].chars().next() else {
        let found = text[..1].to_owned();
        return (Err(ExpressionErrorKind::Escape { found }), 1);
    };
    let length = 1 + letter.len_utf8();
    let character = match letter {
        '"' | '\\' | '/' => letter,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unescape_unicode(text),
        _ => {
            let found = text[..length].to_owned();
            return (Err(ExpressionErrorKind::Escape { found }), length);
        }
    };
    (Ok(character), length)
}

/// Length in bytes of `\uXXXX`.
const UNICODE_ESCAPE_BYTES: usize = 6;

/// Decodes the `\uXXXX` at the start of `text`, or the two of a surrogate pair.
fn unescape_unicode(text: &str) -> (Result<char, ExpressionErrorKind>, usize) {
    let Some(first) = code_unit(text) else {
        // The digits that are there belong to the escape.
        let digits = text[2..].bytes().take_while(u8::is_ascii_hexdigit);
        let length = 2 + digits.count();
        let found = text[..length].to_owned();
        return (Err(ExpressionErrorKind::Escape { found }), length);
    };
    let single = [first];
    let pair = [first, code_unit(&text[UNICODE_ESCAPE_BYTES..]).unwrap_or(0)];
    let units = if char::from_u32(first.into()).is_some() {
        &single[..]
    } else {
        &pair[..]
    };
    match char::decode_utf16(units.iter().copied()).next() {
        Some(Ok(character)) => (Ok(character), units.len() * UNICODE_ESCAPE_BYTES),
        _ => {
            let found = text[..UNICODE_ESCAPE_BYTES].to_owned();
            (
                Err(ExpressionErrorKind::Surrogate { found }),
                UNICODE_ESCAPE_BYTES,
            )
        }
    }
}

/// Returns the UTF-16 code unit of the `\uXXXX` at the start of `text`.
fn code_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    // `from_str_radix` accepts a sign.
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u16::from_str_radix(digits, 16).ok().filter(|_| all_digits)
}

/// Writes a text as JSON, with the shortest escapes.
pub(crate) fn write_json_text(formatter: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    use fmt::Write as _;

    formatter.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' | '\\' => write!(formatter, "\\{character}")?,
            '\n' => formatter.write_str("\\n")?,
            '\r' => formatter.write_str("\\r")?,
            '\t' => formatter.write_str("\\t")?,
            '\0'..=' ' if character != ' ' => write!(formatter, "\\u{:04x}", u32::from(character))?,
            _ => formatter.write_char(character)?,
        }
    }
    formatter.write_char('"')
}
