//! Text for terminals: escapes every character that a terminal may interpret as a command.

use std::io::{self, Write};

use idq_grammar::{escape, is_hidden};

/// The encoding of output for a terminal: the escapes of characters that a terminal must not receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminalEncoding {
    /// Escapes as in messages: `\u{1b}`.
    Text,
    /// Escapes as in [`Text`](Self::Text), but the sequences of [`Colour::Ansi`](crate::Colour::Ansi) pass.
    Styled,
    /// Escapes as in JSON strings, `\u001b`, so that the output is the same JSON. A carriage return, which JSON allows
    /// only between tokens, becomes a space.
    Json,
}

/// Writes text to a terminal. Line feeds and tabs pass; every other character that a terminal may interpret or that is
/// invisible ([`is_hidden`](idq_grammar::is_hidden)) is escaped. Bytes that are not UTF-8 become `U+FFFD`.
///
/// A character may be split between writes.
///
/// ```
/// use std::io::Write;
/// use idq_render::{TerminalEncoding, TerminalWriter};
///
/// let mut terminal = TerminalWriter::new(Vec::new(), TerminalEncoding::Json);
/// terminal.write_all("{\"id\":\"Zoë\u{9b}2J\"}\n".as_bytes())?;
/// assert_eq!(terminal.finish()?, "{\"id\":\"Zoë\\u009b2J\"}\n".as_bytes());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct TerminalWriter<W> {
    out: W,
    encoding: TerminalEncoding,
    /// The start of a character or of an escape sequence whose rest has not been written yet.
    pending: Vec<u8>,
}

/// The ANSI sequence (Select Graphic Rendition) that resets all styles.
pub(crate) const SGR_RESET: &str = "\u{1b}[0m";
/// The ANSI sequence for bold text.
pub(crate) const SGR_BOLD: &str = "\u{1b}[1m";
/// The ANSI sequence for dim text.
pub(crate) const SGR_DIM: &str = "\u{1b}[2m";

/// The ANSI sequence for green text.
pub(crate) const SGR_GREEN: &str = "\u{1b}[32m";
/// The ANSI sequence for red text.
pub(crate) const SGR_RED: &str = "\u{1b}[31m";

/// The sequences that [`TerminalEncoding::Styled`] lets pass: those of [`Colour::Ansi`](crate::Colour::Ansi).
const SGR_SEQUENCES: [&str; 5] = [SGR_RESET, SGR_BOLD, SGR_DIM, SGR_GREEN, SGR_RED];

impl<W: Write> TerminalWriter<W> {
    /// Returns a writer to the terminal `out`.
    pub fn new(out: W, encoding: TerminalEncoding) -> Self {
        Self {
            out,
            encoding,
            pending: Vec::new(),
        }
    }

    /// Writes an incomplete character or sequence escaped, flushes, and returns the output.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.flush()?;
        Ok(self.out)
    }

    /// Escapes bytes; an incomplete character or sequence at their end is left in `pending`.
    fn escape_bytes(&mut self, bytes: &[u8]) -> String {
        let mut escaped = String::with_capacity(bytes.len());
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
            let text = self.escape_text(valid, &mut escaped);
            rest = &rest[valid.len()..];
            match invalid {
                None if text.is_empty() => {}
                // The start of what may be a style sequence.
                None => self.pending.extend_from_slice(text.as_bytes()),
                Some(length) => {
                    push_escaped_text(&mut escaped, text, self.encoding);
                    match length {
                        Some(length) => {
                            escaped.push(char::REPLACEMENT_CHARACTER);
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
        escaped
    }

    /// Escapes a text; returns the end of it that may be the start of a style sequence, empty if there is none.
    fn escape_text<'t>(&self, text: &'t str, escaped: &mut String) -> &'t str {
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            if self.encoding == TerminalEncoding::Styled && character == '\u{1b}' {
                let mut sequences = SGR_SEQUENCES.iter();
                if let Some(sequence) = sequences.find(|sequence| rest.starts_with(**sequence)) {
                    escaped.push_str(sequence);
                    rest = &rest[sequence.len()..];
                    continue;
                }
                if SGR_SEQUENCES
                    .iter()
                    .any(|sequence| sequence.starts_with(rest))
                {
                    return rest;
                }
            }
            push_escaped(escaped, character, self.encoding);
            rest = &rest[character.len_utf8()..];
        }
        rest
    }
}

impl<W: Write> Write for TerminalWriter<W> {
    /// Escapes and writes all bytes, except an incomplete end, which a later call completes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let escaped = if self.pending.is_empty() {
            self.escape_bytes(bytes)
        } else {
            let mut joined = std::mem::take(&mut self.pending);
            joined.extend_from_slice(bytes);
            self.escape_bytes(&joined)
        };
        self.out.write_all(escaped.as_bytes())?;
        Ok(bytes.len())
    }

    /// Writes an incomplete character or sequence escaped, and flushes the output.
    fn flush(&mut self) -> io::Result<()> {
        let pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() {
            let mut escaped = String::new();
            let text = String::from_utf8_lossy(&pending);
            push_escaped_text(&mut escaped, &text, self.encoding);
            self.out.write_all(escaped.as_bytes())?;
        }
        self.out.flush()
    }
}

/// Appends a text whose characters are escaped one by one, so that no style sequence passes.
fn push_escaped_text(escaped: &mut String, text: &str, encoding: TerminalEncoding) {
    for character in text.chars() {
        push_escaped(escaped, character, encoding);
    }
}

/// Appends a character, or its escape if it is hidden.
fn push_escaped(escaped: &mut String, character: char, encoding: TerminalEncoding) {
    match character {
        '\n' | '\t' => escaped.push(character),
        '\r' if encoding == TerminalEncoding::Json => escaped.push(' '),
        _ if !is_hidden(character) => escaped.push(character),
        _ if encoding == TerminalEncoding::Json => {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
        _ => escaped.push_str(&escape(character.encode_utf8(&mut [0; 4]))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(encoding: TerminalEncoding, writes: &[&[u8]]) -> String {
        let mut terminal = TerminalWriter::new(Vec::new(), encoding);
        for bytes in writes {
            terminal.write_all(bytes).unwrap();
        }
        String::from_utf8(terminal.finish().unwrap()).unwrap()
    }

    #[test]
    fn text_with_hidden_characters_is_escaped_in_every_encoding() {
        let text = "a\u{1b}[1mb\u{9b}\u{7f}\u{202e}\u{e0041}\r\n\t\u{1b}]0;x";
        for (encoding, expected) in [
            (
                TerminalEncoding::Text,
                "a\\u{1b}[1mb\\u{9b}\\u{7f}\\u{202e}\\u{e0041}\\r\n\t\\u{1b}]0;x",
            ),
            (
                TerminalEncoding::Styled,
                "a\u{1b}[1mb\\u{9b}\\u{7f}\\u{202e}\\u{e0041}\\r\n\t\\u{1b}]0;x",
            ),
            (
                TerminalEncoding::Json,
                "a\\u001b[1mb\\u009b\\u007f\\u202e\\udb40\\udc41 \n\t\\u001b]0;x",
            ),
        ] {
            assert_eq!(written(encoding, &[text.as_bytes()]), expected);
            let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            assert_eq!(written(encoding, &bytes), expected, "byte by byte");
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
            assert_eq!(
                written(TerminalEncoding::Styled, &[bytes]),
                expected,
                "{bytes:?}"
            );
        }
    }
}
