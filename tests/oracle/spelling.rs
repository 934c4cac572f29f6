//! Spellings of one JSON value by different servers.

use proptest::prelude::*;
use serde_json::Value;

/// Start of a text that is spelled as the number behind it, because `serde_json` does not keep the spelling of numbers.
const NUMBER: char = '\u{e000}';

/// Returns the value that is spelled as this number.
pub(crate) fn number(spelling: &str) -> Value {
    format!("{NUMBER}{spelling}").into()
}

/// Spelling of a record.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Spelling {
    /// As `serde_json` does.
    Plain,
    /// PHP: `\/`, and every non-ASCII character as `\uXXXX`.
    Php,
    /// ASP.NET: non-ASCII and HTML's own characters as `\u00XX`.
    DotNet,
    /// White space between all tokens, and reversed keys.
    Spaced,
}

pub(crate) fn spelling() -> impl Strategy<Value = Spelling> {
    prop_oneof![
        Just(Spelling::Plain),
        Just(Spelling::Php),
        Just(Spelling::DotNet),
        Just(Spelling::Spaced),
    ]
}

impl Spelling {
    pub(crate) fn spell(self, value: &Value) -> String {
        let (open, colon, comma) = match self {
            Self::Spaced => (" ", " :\t", " , "),
            _ => ("", ":", ","),
        };
        match value {
            Value::String(text) => match text.strip_prefix(NUMBER) {
                Some(number) => number.to_owned(),
                None => self.text(text),
            },
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| self.spell(item)).collect();
                format!("[{open}{}{open}]", items.join(comma))
            }
            Value::Object(members) => {
                let member = |(key, value): (&String, &Value)| {
                    format!("{}{colon}{}", self.text(key), self.spell(value))
                };
                let mut members: Vec<_> = members.iter().map(member).collect();
                if matches!(self, Self::Spaced) {
                    members.reverse();
                }
                format!("{{{open}{}{open}}}", members.join(comma))
            }
            scalar => scalar.to_string(),
        }
    }

    fn text(self, text: &str) -> String {
        let plain = serde_json::to_string(text).unwrap();
        match self {
            Self::Plain | Self::Spaced => plain,
            Self::Php => {
                let escaped = plain.replace('/', "\\/");
                escaped
                    .chars()
                    .map(|c| escaped_if(!c.is_ascii(), c, "x"))
                    .collect()
            }
            Self::DotNet => {
                // An escaped quotation mark becomes `\u0022` as a whole.
                let inner = plain[1..plain.len() - 1].replace("\\\"", "\"");
                let special = |c: char| !c.is_ascii() || "\"'&<>+".contains(c);
                let inner: String = inner
                    .chars()
                    .map(|c| escaped_if(special(c), c, "X"))
                    .collect();
                format!("\"{inner}\"")
            }
        }
    }
}

/// Escapes a character as `\uXXXX`, as a surrogate pair if needed.
fn escaped_if(condition: bool, character: char, case: &str) -> String {
    if !condition {
        return character.to_string();
    }
    let units = character.encode_utf16(&mut [0; 2]).to_vec();
    let escape = |unit: u16| match case {
        "x" => format!("\\u{unit:04x}"),
        _ => format!("\\u{unit:04X}"),
    };
    units.into_iter().map(escape).collect()
}

#[test]
fn spellings_of_a_value_parse_to_it() {
    let texts: Value = crate::cells::TEXTS.iter().copied().collect();
    for spelling in [
        Spelling::Plain,
        Spelling::Php,
        Spelling::DotNet,
        Spelling::Spaced,
    ] {
        let spelled = spelling.spell(&texts);
        let read: Value = serde_json::from_str(&spelled).unwrap();
        assert_eq!(read, texts, "{spelling:?}");
    }
}
