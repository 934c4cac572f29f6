//! Escaping of strings as the JSON writers of different platforms spell them.
//!
//! RFC 8259 leaves open how most characters are spelled, and every writer has its habits. A generated dump has to
//! repeat those of the API's server, because escapes take other paths through a parser than plain text does.

/// The rules by which a JSON writer escapes the characters of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum EscapeDialect {
    /// Quotes, backslashes and control characters, which RFC 8259 requires, and nothing else: `serde_json`.
    #[default]
    Minimal,
    /// PHP's `json_encode`: also `/` as `\/`, and every character beyond ASCII as lower-case `\uXXXX`.
    Php,
    /// .NET's `System.Text.Json`: every character beyond ASCII and the ASCII characters that HTML interprets, quotes
    /// included, as upper-case `\uXXXX`.
    DotNet,
    /// Python's `json.dumps`: every character beyond ASCII, and DEL, as lower-case `\uXXXX`.
    Python,
}

/// For each byte of UTF-8, whether a dialect writes it without an escape.
type UnescapedBytes = [bool; 256];

static MINIMAL: UnescapedBytes = unescaped_bytes(b"\"\\", true);
static PHP: UnescapedBytes = unescaped_bytes(b"\"\\/", false);
static DOT_NET: UnescapedBytes = unescaped_bytes(b"\"\\'&<>+`\x7f", false);
static PYTHON: UnescapedBytes = unescaped_bytes(b"\"\\\x7f", false);

/// Returns the table of a dialect that escapes control characters and the given ASCII characters; `beyond_ascii` is
/// whether all other characters stay unescaped.
const fn unescaped_bytes(escaped: &[u8], beyond_ascii: bool) -> UnescapedBytes {
    let mut unescaped = [false; 256];
    let mut byte = 0x20;
    while byte < unescaped.len() {
        unescaped[byte] = byte < 0x80 || beyond_ascii;
        byte += 1;
    }
    let mut index = 0;
    while index < escaped.len() {
        unescaped[escaped[index] as usize] = false;
        index += 1;
    }
    unescaped
}

impl EscapeDialect {
    /// Appends `text` as it is spelled between the quotes of a JSON string.
    ///
    /// ```
    /// use idq_json::EscapeDialect;
    ///
    /// let mut spelled = Vec::new();
    /// EscapeDialect::Php.escape("a/ë", &mut spelled);
    /// assert_eq!(spelled, br"a\/\u00eb");
    /// ```
    pub fn escape(self, text: &str, out: &mut Vec<u8>) {
        let unescaped = self.unescaped_bytes();
        let mut rest = text;
        // Most texts have nothing to escape and are copied in one piece.
        while let Some(position) = rest.bytes().position(|byte| !unescaped[usize::from(byte)]) {
            let (before, after) = rest.split_at(position);
            out.extend_from_slice(before.as_bytes());
            let mut characters = after.chars();
            if let Some(character) = characters.next() {
                self.escape_character(character, out);
            }
            rest = characters.as_str();
        }
        out.extend_from_slice(rest.as_bytes());
    }

    fn unescaped_bytes(self) -> &'static UnescapedBytes {
        match self {
            Self::Minimal => &MINIMAL,
            Self::Php => &PHP,
            Self::DotNet => &DOT_NET,
            Self::Python => &PYTHON,
        }
    }

    fn escape_character(self, character: char, out: &mut Vec<u8>) {
        let short = match character {
            '\\' => b'\\',
            '"' if self != Self::DotNet => b'"',
            '/' => b'/',
            '\n' => b'n',
            '\r' => b'r',
            '\t' => b't',
            '\u{8}' => b'b',
            '\u{c}' => b'f',
            _ => {
                let digits = match self {
                    Self::DotNet => b"0123456789ABCDEF",
                    Self::Minimal | Self::Php | Self::Python => b"0123456789abcdef",
                };
                // A character beyond the basic plane is a pair of surrogates.
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.extend_from_slice(b"\\u");
                    out.extend(
                        [12, 8, 4, 0].map(|shift| digits[usize::from(*unit >> shift & 0xF)]),
                    );
                }
                return;
            }
        };
        out.extend_from_slice(&[b'\\', short]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dialect_escapes_as_its_platform_does() {
        let text = "a/b \"ë\" \\ 🎉 'x' <y> +&`\n\u{1}\u{7f}";
        for (dialect, expected) in [
            (
                EscapeDialect::Minimal,
                "a/b \\\"ë\\\" \\\\ 🎉 'x' <y> +&`\\n\\u0001\u{7f}",
            ),
            (
                EscapeDialect::Php,
                "a\\/b \\\"\\u00eb\\\" \\\\ \\ud83c\\udf89 'x' <y> +&`\\n\\u0001\u{7f}",
            ),
            (
                EscapeDialect::DotNet,
                "a/b \\u0022\\u00EB\\u0022 \\\\ \\uD83C\\uDF89 \\u0027x\\u0027 \\u003Cy\\u003E \\u002B\\u0026\\u0060\
                 \\n\\u0001\\u007F",
            ),
            (
                EscapeDialect::Python,
                "a/b \\\"\\u00eb\\\" \\\\ \\ud83c\\udf89 'x' <y> +&`\\n\\u0001\\u007f",
            ),
        ] {
            let mut spelled = Vec::new();
            dialect.escape(text, &mut spelled);
            assert_eq!(String::from_utf8(spelled).unwrap(), expected, "{dialect:?}");
        }
    }
}
