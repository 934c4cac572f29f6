//! Indentation of JSON: white space between tokens, and no other byte changed.

use std::io::{self, Write};

/// The indentation of one level.
const INDENT: &[u8] = b"  ";

/// Writes JSON with a line for each member and element. Numbers and strings keep their spelling.
///
/// Several values may follow each other, with line feeds between them. The bytes may be split between writes anywhere.
/// The JSON must be valid: of other text, only white space changes.
///
/// ```
/// use std::io::Write;
///
/// let mut pretty = idq_render::PrettyWriter::new(Vec::new());
/// pretty.write_all(br#"{"id":1.50,"tags":[],"name":{"full":"Zo\u00eb"}}"#)?;
/// let text = String::from_utf8(pretty.into_inner())?;
/// assert_eq!(text, "{\n  \"id\": 1.50,\n  \"tags\": [],\n  \"name\": {\n    \"full\": \"Zo\\u00eb\"\n  }\n}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct PrettyWriter<W> {
    out: W,
    /// The number of open containers.
    depth: usize,
    position: Position,
    /// Indented bytes of one write.
    buffer: Vec<u8>,
}

/// The position of the next byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    /// Between tokens, or in a number or literal.
    Outside,
    /// After an opening bracket: the container is empty if a closing one follows.
    Opened,
    /// In a string.
    String,
    /// In a string, after a backslash.
    Escape,
}

impl<W: Write> PrettyWriter<W> {
    /// Returns a writer of indented JSON to `out`.
    pub fn new(out: W) -> Self {
        Self {
            out,
            depth: 0,
            position: Position::Outside,
            buffer: Vec::new(),
        }
    }

    /// Returns the output. All bytes have been written to it.
    pub fn into_inner(self) -> W {
        self.out
    }

    /// Appends one byte to the buffer, with the white space before and after it.
    fn push(&mut self, byte: u8) {
        match self.position {
            Position::String => {
                self.buffer.push(byte);
                self.position = match byte {
                    b'\\' => Position::Escape,
                    b'"' => Position::Outside,
                    _ => Position::String,
                };
            }
            Position::Escape => {
                self.buffer.push(byte);
                self.position = Position::String;
            }
            Position::Outside | Position::Opened => self.push_outside(byte),
        }
    }

    /// Appends one byte that is not in a string.
    fn push_outside(&mut self, byte: u8) {
        match byte {
            // Line feeds between values are kept, and all other white space is replaced.
            b'\n' if self.depth == 0 => self.buffer.push(b'\n'),
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.position != Position::Opened {
                    self.break_line();
                }
                self.buffer.push(byte);
                self.position = Position::Outside;
            }
            _ => {
                if self.position == Position::Opened {
                    self.break_line();
                }
                self.buffer.push(byte);
                self.position = Position::Outside;
                match byte {
                    b'"' => self.position = Position::String,
                    b'{' | b'[' => {
                        self.depth += 1;
                        self.position = Position::Opened;
                    }
                    b',' => self.break_line(),
                    b':' => self.buffer.push(b' '),
                    _ => {}
                }
            }
        }
    }

    /// Appends a line feed and the indentation of the current depth.
    fn break_line(&mut self) {
        self.buffer.push(b'\n');
        for _ in 0..self.depth {
            self.buffer.extend_from_slice(INDENT);
        }
    }
}

impl<W: Write> Write for PrettyWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.clear();
        for &byte in bytes {
            self.push(byte);
        }
        self.out.write_all(&self.buffer)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the indented form of a text that is written in pieces of `length` bytes.
    fn indented(text: &str, length: usize) -> String {
        let mut pretty = PrettyWriter::new(Vec::new());
        for piece in text.as_bytes().chunks(length) {
            pretty.write_all(piece).unwrap();
        }
        String::from_utf8(pretty.into_inner()).unwrap()
    }

    #[test]
    fn json_is_indented_between_tokens_and_unchanged_within() {
        for (json, expected) in [
            ("1e999", "1e999"),
            ("[]", "[]"),
            ("[ ]", "[]"),
            ("{\n}", "{}"),
            ("[1 , 2]", "[\n  1,\n  2\n]"),
            (
                r#"{"a":{"b":[ {} ,[]]},"c:,{":"x\"]\\"}"#,
                "{\n  \"a\": {\n    \"b\": [\n      {},\n      []\n    ]\n  },\n  \"c:,{\": \"x\\\"]\\\\\"\n}",
            ),
            (
                "{\"a\":1}\n{\"a\":2}\n",
                "{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n",
            ),
            (r#"["Zoë 田"]"#, "[\n  \"Zoë 田\"\n]"),
        ] {
            for length in 1..=json.len() {
                assert_eq!(indented(json, length), expected, "{json} by {length}");
            }
            let value: serde_json::Value = match serde_json::from_str(json) {
                Ok(value) => value,
                Err(_) => continue,
            };
            let read_again: serde_json::Value = serde_json::from_str(expected).unwrap();
            assert_eq!(value, read_again);
        }
    }
}
