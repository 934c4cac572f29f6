//! The ways in which programs spell texts in JSON.

use serde::{Deserialize, Serialize};

/// What is escaped in a string, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Style {
    /// Quotes, backslashes and control characters: what has to be.
    #[default]
    Plain,
    /// Everything beyond ASCII as well, in lowercase digits: Python's `json`.
    Ascii,
    /// The same, and slashes: PHP's `json_encode`.
    Slashes,
    /// Everything beyond ASCII, in uppercase digits, and what HTML would read: .NET's `System.Text.Json`.
    Html,
}

/// Bytes that stand for themselves in a string.
const fn plain_except(escaped: &[u8], beyond_ascii: bool) -> [bool; 256] {
    let mut plain = [false; 256];
    let mut byte = 0x20;
    while byte < 256 {
        plain[byte] = byte < 0x80 || beyond_ascii;
        byte += 1;
    }
    let mut index = 0;
    while index < escaped.len() {
        plain[escaped[index] as usize] = false;
        index += 1;
    }
    plain
}

static PLAIN: [bool; 256] = plain_except(b"\"\\", true);
static ASCII: [bool; 256] = plain_except(b"\"\\", false);
static SLASHES: [bool; 256] = plain_except(b"\"\\/", false);
static HTML: [bool; 256] = plain_except(b"\"\\'&<>+`\x7f", false);

impl Style {
    pub(crate) const ALL: [Self; 4] = [Self::Plain, Self::Ascii, Self::Slashes, Self::Html];

    fn plain_bytes(self) -> &'static [bool; 256] {
        match self {
            Self::Plain => &PLAIN,
            Self::Ascii => &ASCII,
            Self::Slashes => &SLASHES,
            Self::Html => &HTML,
        }
    }

    /// Whether a text stands for itself.
    pub(crate) fn is_plain(self, text: &[u8]) -> bool {
        let plain = self.plain_bytes();
        // Texts are short and mostly plain: looking at all of them is faster than stopping early.
        text.iter()
            .fold(true, |all, &byte| all & plain[usize::from(byte)])
    }

    /// Appends how a text is spelled between its quotes.
    pub(crate) fn spell(self, text: &str, out: &mut Vec<u8>) {
        let plain = self.plain_bytes();
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|byte| !plain[usize::from(byte)]) {
            let (before, after) = rest.split_at(at);
            out.extend_from_slice(before.as_bytes());
            let mut characters = after.chars();
            if let Some(character) = characters.next() {
                self.escape(character, out);
            }
            rest = characters.as_str();
        }
        out.extend_from_slice(rest.as_bytes());
    }

    fn escape(self, character: char, out: &mut Vec<u8>) {
        let short = match character {
            '\\' => b'\\',
            '"' if self != Self::Html => b'"',
            '/' if self == Self::Slashes => b'/',
            '\n' => b'n',
            '\r' => b'r',
            '\t' => b't',
            '\u{8}' => b'b',
            '\u{c}' => b'f',
            _ => {
                let digits = match self {
                    Self::Html => b"0123456789ABCDEF",
                    _ => b"0123456789abcdef",
                };
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

    fn spelled(style: Style, text: &str) -> String {
        let mut out = Vec::new();
        style.spell(text, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_style_escapes_what_its_programs_do() {
        let text = "a/b \"ë\" \\ 🎉 'x' <y> +&`\n\u{1}\u{7f}";
        for (style, expected) in [
            (
                Style::Plain,
                "a/b \\\"ë\\\" \\\\ 🎉 'x' <y> +&`\\n\\u0001\u{7f}",
            ),
            (
                Style::Ascii,
                "a/b \\\"\\u00eb\\\" \\\\ \\ud83c\\udf89 'x' <y> +&`\\n\\u0001\u{7f}",
            ),
            (
                Style::Slashes,
                "a\\/b \\\"\\u00eb\\\" \\\\ \\ud83c\\udf89 'x' <y> +&`\\n\\u0001\u{7f}",
            ),
            (
                Style::Html,
                "a/b \\u0022\\u00EB\\u0022 \\\\ \\uD83C\\uDF89 \\u0027x\\u0027 \\u003Cy\\u003E \\u002B\\u0026\\u0060\\n\\u0001\\u007F",
            ),
        ] {
            assert_eq!(spelled(style, text), expected);
            assert!(!style.is_plain(text.as_bytes()));
            assert!(style.is_plain(b"plain text"));
        }
    }
}
