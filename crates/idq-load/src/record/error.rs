//! The error of a record, and the shortened values in its message.

use idq_json::{ErrorKind, Scalar};
use idq_snapshot::RecordErrorKind;

use super::cut_text::is_cut;
use super::field_value::FieldValue;

/// The error of a record, with the offending byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordError {
    /// The offset of the byte in the bytes that were parsed.
    pub(crate) offset: usize,
    /// The dotted path of the offending field.
    pub(crate) path: Option<String>,
    /// The reason.
    pub(crate) kind: RecordErrorKind,
}

impl RecordError {
    /// Creates an error without a field.
    pub(crate) fn new(offset: usize, kind: RecordErrorKind) -> Self {
        Self {
            offset,
            path: None,
            kind,
        }
    }

    /// Returns whether the error is not one of syntax, so that the end of the record is known. A record that is nested
    /// too deeply counts, because its brackets are balanced.
    pub(crate) fn is_about_content(&self) -> bool {
        !matches!(self.kind, RecordErrorKind::Json(kind) if kind != ErrorKind::TooDeep)
    }
}

/// Returns the error of a field that holds a value of another kind.
pub(crate) fn wrong_type(expected: &'static str, value: FieldValue<'_>) -> RecordErrorKind {
    let is_cut = matches!(value, FieldValue::Scalar(Scalar::String(text)) if is_cut(text.decode().as_bytes()));
    let found = match value {
        FieldValue::Missing => "nothing".to_owned(),
        FieldValue::Scalar(Scalar::String(text)) => {
            format!("the string {}", quoted(&text.decode()))
        }
        FieldValue::Scalar(Scalar::Number(number)) => format!("the number {}", shortened(number)),
        FieldValue::Scalar(scalar) => scalar.to_text().into_owned(),
        FieldValue::Integer(number) => format!("the number {}", shortened(&number.to_string())),
        FieldValue::Object => "an object".to_owned(),
        FieldValue::Array => "an array".to_owned(),
        FieldValue::Document => "a document".to_owned(),
    };
    if is_cut {
        RecordErrorKind::CutObject { expected, found }
    } else {
        RecordErrorKind::WrongType { expected, found }
    }
}

/// The maximum number of characters of a value in an error.
const MAX_SHOWN_CHARACTERS: usize = 40;

/// Returns the start of a text on one line, without escapes for quotes and backslashes.
pub(crate) fn shortened(text: &str) -> String {
    escape_start(text, |character| matches!(character, '"' | '\'' | '\\'))
}

/// Returns the start of a text on one line, in quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", escape_start(text, |character| character == '\''))
}

/// Returns the start of a text, with Rust's escapes for all characters except those that satisfy `is_plain`.
fn escape_start(text: &str, is_plain: impl Fn(char) -> bool) -> String {
    let mut start = String::new();
    for character in text.chars().take(MAX_SHOWN_CHARACTERS) {
        if is_plain(character) {
            start.push(character);
        } else {
            start.extend(character.escape_debug());
        }
    }
    if text.chars().nth(MAX_SHOWN_CHARACTERS).is_some() {
        start.push('…');
    }
    start
}
