use std::io::{self, Write};

use idq_grammar::{escape, is_hidden};

/// How characters are spelled that a terminal must not receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// As messages spell them: `\u{1b}`.
    Text,
    /// As [`Spelling::Text`], but the escape sequences of [`Colour::Ansi`](crate::Colour::Ansi) pass.
    Painted,
    /// As JSON spells them inside a string, `\u001b`, so that JSON stays the same JSON. A carriage return, which JSON
    /// has between tokens alone, is a space.
    Json,
}

/// Sends bytes to a terminal as text: a line feed and a tab pass, and every other character that a terminal may obey
/// or that cannot be seen ([`is_hidden`](idq_grammar::is_hidden)) is escaped. Bytes that are not UTF-8 become `U+FFFD`.
///
/// Characters may be split among writes.
///
/// ```
/// use std::io::Write;
/// use idq_render::{Escaped, Spelling};
///
/// let mut terminal = Escaped::new(Vec::new(), Spelling::Json);
/// terminal.write_all("{\"id\":\"Zoë\u{9b}2J\"}\n".as_bytes())?;
/// assert_eq!(terminal.finish()?, "{\"id\":\"Zoë\\u009b2J\"}\n".as_bytes());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Escaped<W> {
    out: W,
    spelling: Spelling,
    /// The start of a character, or of an escape sequence, whose rest has not been written.
    pending: Vec<u8>,
}

/// The sequences of [`Colour::Ansi`](crate::Colour::Ansi).
const PAINT: [&str; 3] = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m"];

impl<W: Write> Escaped<W> {
    /// A terminal that nothing has been written to.
    pub fn new(out: W, spelling: Spelling) -> Self {
        Self {
            out,
            spelling,
            pending: Vec::new(),
        }
    }

    /// Writes what is incomplete, flushes, and gives the output back.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.flush()?;
        Ok(self.out)
    }

    /// Spells bytes as text; the incomplete end of them is left in `pending`.
    fn spell(&mut self, bytes: &[u8]) -> String {
        let mut spelled = String::with_capacity(bytes.len());
        let mut rest = bytes;
        while !rest.is_empty() {
            let (valid, invalid) = match str::from_utf8(rest) {
                Ok(text) => (text, None),
                Err(error) => {
                    let (valid, _) = rest.split_at(error.valid_up_to());
                    let length = error.error_len();
                    (str::from_utf8(valid).unwrap_or_default(), Some(length))
                }
            };
            let text = self.spell_text(valid, &mut spelled);
            rest = &rest[valid.len()..];
            match invalid {
                None if text.is_empty() => {}
                // The start of an escape sequence that may be one of ours.
                None => self.pending.extend_from_slice(text.as_bytes()),
                Some(length) => {
                    push_hidden(&mut spelled, text, self.spelling);
                    match length {
                        Some(length) => {
                            spelled.push(char::REPLACEMENT_CHARACTER);
                            rest = &rest[length..];
                        }
                        None => {
                            self.pending.extend_from_slice(rest);
                            rest = &[];
                        }
                    }
                }
            }
        }
        spelled
    }

    /// Spells a text; what is returned is at its end and may be the start of a painting sequence.
    fn spell_text<'t>(&self, text: &'t str, spelled: &mut String) -> &'t str {
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            if self.spelling == Spelling::Painted && character == '\u{1b}' {
                if let Some(paint) = PAINT.iter().find(|paint| rest.starts_with(**paint)) {
                    spelled.push_str(paint);
                    rest = &rest[paint.len()..];
                    continue;
                }
                if PAINT.iter().any(|paint| paint.starts_with(rest)) {
                    return rest;
                }
            }
            push(spelled, character, self.spelling);
            rest = &rest[character.len_utf8()..];
        }
        rest
    }
}

impl<W: Write> Write for Escaped<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let spelled = if self.pending.is_empty() {
            self.spell(bytes)
        } else {
            let mut joined = std::mem::take(&mut self.pending);
            joined.extend_from_slice(bytes);
            self.spell(&joined)
        };
        self.out.write_all(spelled.as_bytes())?;
        Ok(bytes.len())
    }

    /// Escapes a sequence that has stayed incomplete.
    fn flush(&mut self) -> io::Result<()> {
        let pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() {
            let mut spelled = String::new();
            push_hidden(
                &mut spelled,
                &String::from_utf8_lossy(&pending),
                self.spelling,
            );
            self.out.write_all(spelled.as_bytes())?;
        }
        self.out.flush()
    }
}

fn push_hidden(spelled: &mut String, text: &str, spelling: Spelling) {
    text.chars()
        .for_each(|character| push(spelled, character, spelling));
}

fn push(spelled: &mut String, character: char, spelling: Spelling) {
    match character {
        '\n' | '\t' => spelled.push(character),
        '\r' if spelling == Spelling::Json => spelled.push(' '),
        _ if !is_hidden(character) => spelled.push(character),
        _ if spelling == Spelling::Json => {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                spelled.push_str(&format!("\\u{unit:04x}"));
            }
        }
        _ => spelled.push_str(&escape(character.encode_utf8(&mut [0; 4]))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(spelling: Spelling, writes: &[&[u8]]) -> String {
        let mut terminal = Escaped::new(Vec::new(), spelling);
        for bytes in writes {
            terminal.write_all(bytes).unwrap();
        }
        String::from_utf8(terminal.finish().unwrap()).unwrap()
    }

    #[test]
    fn a_terminal_of_each_spelling_gets_no_hidden_character() {
        let text = "a\u{1b}[1mb\u{9b}\u{7f}\u{202e}\u{e0041}\r\n\t\u{1b}]0;x";
        for (spelling, expected) in [
            (
                Spelling::Text,
                "a\\u{1b}[1mb\\u{9b}\\u{7f}\\u{202e}\\u{e0041}\\r\n\t\\u{1b}]0;x",
            ),
            (
                Spelling::Painted,
                "a\u{1b}[1mb\\u{9b}\\u{7f}\\u{202e}\\u{e0041}\\r\n\t\\u{1b}]0;x",
            ),
            (
                Spelling::Json,
                "a\\u001b[1mb\\u009b\\u007f\\u202e\\udb40\\udc41 \n\t\\u001b]0;x",
            ),
        ] {
            assert_eq!(shown(spelling, &[text.as_bytes()]), expected);
            let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            assert_eq!(shown(spelling, &bytes), expected, "byte by byte");
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_become_replacement_characters() {
        for (bytes, expected) in [
            (&b"a\x9b2J"[..], "a\u{fffd}2J"),
            (b"\xff\x1b[1m", "\u{fffd}\u{1b}[1m"),
            (b"\x1b[\xff", "\\u{1b}[\u{fffd}"),
            (b"\xe2\x80", "\u{fffd}"),
            (b"\x1b[", "\\u{1b}["),
        ] {
            assert_eq!(shown(Spelling::Painted, &[bytes]), expected, "{bytes:?}");
        }
    }
}
