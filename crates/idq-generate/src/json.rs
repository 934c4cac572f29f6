//! JSON text written straight into a byte buffer, spelled as each API's server spells it.

use std::fmt::{self, Display, Write};

use idq_api::EscapeDialect;

/// Returns for each byte whether it is written as it is inside a string.
fn plain_bytes(dialect: EscapeDialect) -> &'static [bool; 256] {
    match dialect {
        EscapeDialect::Php => &PLAIN_PHP,
        EscapeDialect::DotNet => &PLAIN_DOT_NET,
    }
}

/// Bytes that stand for themselves inside a string.
static PLAIN_PHP: [bool; 256] = plain_except(b"\"\\/");
static PLAIN_DOT_NET: [bool; 256] = plain_except(b"\"\\'&<>+`\x7f");

const fn plain_except(escaped: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0x20;
    while byte < 0x80 {
        table[byte] = true;
        byte += 1;
    }
    let mut index = 0;
    while index < escaped.len() {
        table[escaped[index] as usize] = false;
        index += 1;
    }
    table
}

/// A compact JSON writer. It places commas; pairing keys with values is up to the caller.
pub(crate) struct JsonWriter<'bytes> {
    bytes: &'bytes mut Vec<u8>,
    dialect: EscapeDialect,
    after_value: bool,
}

impl<'bytes> JsonWriter<'bytes> {
    /// A writer of one value, at the end of `bytes`.
    pub(crate) fn new(bytes: &'bytes mut Vec<u8>, dialect: EscapeDialect) -> Self {
        Self {
            bytes,
            dialect,
            after_value: false,
        }
    }

    /// Starts a field of the open object; its value comes next.
    pub(crate) fn key(&mut self, name: &str) -> &mut Self {
        self.text(name);
        self.bytes.push(b':');
        self.after_value = false;
        self
    }

    pub(crate) fn object(&mut self, fields: impl FnOnce(&mut Self)) {
        self.open(b'{');
        let start = self.bytes.len();
        fields(self);
        if self.dialect == EscapeDialect::Php && self.bytes.len() == start {
            self.bytes.truncate(start - 1);
            self.bytes.extend_from_slice(b"[]");
            self.after_value = true;
        } else {
            self.close(b'}');
        }
    }

    pub(crate) fn array(&mut self, items: impl FnOnce(&mut Self)) {
        self.open(b'[');
        items(self);
        self.close(b']');
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.separate();
        self.bytes.push(b'"');
        escape(self.bytes, text, self.dialect);
        self.bytes.push(b'"');
    }

    /// A string value, escaped as it is formatted.
    pub(crate) fn display(&mut self, value: impl Display) {
        self.separate();
        self.bytes.push(b'"');
        let mut escaper = Escaper {
            bytes: self.bytes,
            dialect: self.dialect,
        };
        // Writing into a vector can't fail, and the types formatted here report no error of their own.
        let _ = write!(escaper, "{value}");
        self.bytes.push(b'"');
    }

    /// A string value, or null.
    pub(crate) fn nullable(&mut self, value: Option<impl Display>) {
        match value {
            Some(value) => self.display(value),
            None => self.null(),
        }
    }

    /// A number, in the digits that `Display` gives it.
    pub(crate) fn number(&mut self, value: impl Display) {
        self.separate();
        let mut escaper = Escaper {
            bytes: self.bytes,
            dialect: self.dialect,
        };
        // As in `display`: there is nothing here to fail.
        let _ = write!(escaper, "{value}");
    }

    pub(crate) fn boolean(&mut self, value: bool) {
        self.raw(if value { b"true" } else { b"false" });
    }

    pub(crate) fn null(&mut self) {
        self.raw(b"null");
    }

    /// One value that is JSON text already.
    pub(crate) fn raw(&mut self, json: &[u8]) {
        self.separate();
        self.bytes.extend_from_slice(json);
    }

    /// Lets `write` append one complete value itself.
    pub(crate) fn append(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.separate();
        write(self.bytes);
    }

    fn separate(&mut self) {
        if self.after_value {
            self.bytes.push(b',');
        }
        self.after_value = true;
    }

    fn open(&mut self, bracket: u8) {
        self.separate();
        self.bytes.push(bracket);
        self.after_value = false;
    }

    fn close(&mut self, bracket: u8) {
        self.bytes.push(bracket);
        self.after_value = true;
    }
}

struct Escaper<'bytes> {
    bytes: &'bytes mut Vec<u8>,
    dialect: EscapeDialect,
}

impl Write for Escaper<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape(self.bytes, text, self.dialect);
        Ok(())
    }
}

fn escape(bytes: &mut Vec<u8>, text: &str, dialect: EscapeDialect) {
    let plain = plain_bytes(dialect);
    let mut rest = text;
    // Most texts are plain throughout, and copied in one piece.
    while let Some(at) = rest.bytes().position(|byte| !plain[usize::from(byte)]) {
        let (before, after) = rest.split_at(at);
        bytes.extend_from_slice(before.as_bytes());
        let mut characters = after.chars();
        if let Some(character) = characters.next() {
            escape_character(bytes, character, dialect);
        }
        rest = characters.as_str();
    }
    bytes.extend_from_slice(rest.as_bytes());
}

fn escape_character(bytes: &mut Vec<u8>, character: char, dialect: EscapeDialect) {
    let short = match (character, dialect) {
        ('\\', _) => b'\\',
        ('"', EscapeDialect::Php) => b'"',
        ('/', EscapeDialect::Php) => b'/',
        ('\n', _) => b'n',
        ('\r', _) => b'r',
        ('\t', _) => b't',
        ('\u{8}', _) => b'b',
        ('\u{c}', _) => b'f',
        _ => {
            let digits = match dialect {
                EscapeDialect::Php => b"0123456789abcdef",
                EscapeDialect::DotNet => b"0123456789ABCDEF",
            };
            for unit in character.encode_utf16(&mut [0; 2]) {
                bytes.extend_from_slice(b"\\u");
                bytes.extend([12, 8, 4, 0].map(|shift| digits[usize::from(*unit >> shift & 0xf)]));
            }
            return;
        }
    };
    bytes.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str, dialect: EscapeDialect) -> String {
        let mut bytes = Vec::new();
        JsonWriter::new(&mut bytes, dialect).text(text);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn php_escapes_slashes_and_everything_beyond_ascii() {
        assert_eq!(
            escaped(r#"a/b "ë" \ 🎉 'x' <y>"#, EscapeDialect::Php),
            r#""a\/b \"\u00eb\" \\ \ud83c\udf89 'x' <y>""#
        );
        assert_eq!(
            escaped("\n\u{1}\u{7f}", EscapeDialect::Php),
            "\"\\n\\u0001\u{7f}\""
        );
    }

    #[test]
    fn dot_net_escapes_what_html_would_read() {
        let spelled = r#""a/b \u0022\u00EB\u0022 \\ \uD83C\uDF89 \u0027x\u0027 \u003Cy\u003E \u002B\u0026\u0060""#;
        assert_eq!(
            escaped(r#"a/b "ë" \ 🎉 'x' <y> +&`"#, EscapeDialect::DotNet),
            spelled
        );
    }

    #[test]
    fn an_empty_object_is_an_empty_list_in_php_alone() {
        for (dialect, expected) in [
            (EscapeDialect::Php, r#"{"a":[],"b":[],"c":1}"#),
            (EscapeDialect::DotNet, r#"{"a":{},"b":[],"c":1}"#),
        ] {
            let mut bytes = Vec::new();
            JsonWriter::new(&mut bytes, dialect).object(|json| {
                json.key("a").object(|_| {});
                json.key("b").array(|_| {});
                json.key("c").number(1);
            });
            assert_eq!(String::from_utf8(bytes).unwrap(), expected);
        }
    }
}
