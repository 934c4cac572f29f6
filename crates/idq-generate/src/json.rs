//! A JSON writer into a byte buffer, in the spelling of each API's server.

use std::fmt::{self, Display, Write};

use idq_json::EscapeDialect;

/// A compact JSON writer. It writes commas; the caller pairs keys with values.
pub(crate) struct JsonWriter<'bytes> {
    /// Destination, to which bytes are appended.
    bytes: &'bytes mut Vec<u8>,
    /// Escaping rules of the API's server.
    dialect: EscapeDialect,
    /// Whether a comma comes before the next value.
    after_value: bool,
}

impl<'bytes> JsonWriter<'bytes> {
    /// Returns a writer that appends one value to `bytes`.
    pub(crate) fn new(bytes: &'bytes mut Vec<u8>, dialect: EscapeDialect) -> Self {
        Self {
            bytes,
            dialect,
            after_value: false,
        }
    }

    /// Writes the key of a member; its value is written next.
    pub(crate) fn key(&mut self, name: &str) -> &mut Self {
        self.text(name);
        self.bytes.push(b':');
        self.after_value = false;
        self
    }

    /// Writes an object whose members are written by `fields`. PHP has one type for lists and maps, and encodes an
    /// empty one as `[]`.
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

    /// Writes an array whose elements are written by `items`.
    pub(crate) fn array(&mut self, items: impl FnOnce(&mut Self)) {
        self.open(b'[');
        items(self);
        self.close(b']');
    }

    /// Writes a string, escaped.
    pub(crate) fn text(&mut self, text: &str) {
        self.separate();
        self.bytes.push(b'"');
        self.dialect.escape(text, self.bytes);
        self.bytes.push(b'"');
    }

    /// Writes a string, escaped while it is formatted.
    pub(crate) fn display(&mut self, value: impl Display) {
        self.separate();
        self.bytes.push(b'"');
        let mut escaper = Escaper {
            bytes: self.bytes,
            dialect: self.dialect,
        };
        // A vector accepts all bytes, and the types formatted here return no error of their own.
        let _ = write!(escaper, "{value}");
        self.bytes.push(b'"');
    }

    /// Writes a string, or null.
    pub(crate) fn nullable(&mut self, value: Option<impl Display>) {
        match value {
            Some(value) => self.display(value),
            None => self.null(),
        }
    }

    /// Writes a number in the format of `Display`.
    pub(crate) fn number(&mut self, value: impl Display) {
        self.separate();
        let mut escaper = Escaper {
            bytes: self.bytes,
            dialect: self.dialect,
        };
        // As in `display`, no error is possible.
        let _ = write!(escaper, "{value}");
    }

    /// Writes a boolean.
    pub(crate) fn boolean(&mut self, value: bool) {
        self.raw(if value { b"true" } else { b"false" });
    }

    /// Writes null.
    pub(crate) fn null(&mut self) {
        self.raw(b"null");
    }

    /// Writes a value that is JSON text.
    pub(crate) fn raw(&mut self, json: &[u8]) {
        self.separate();
        self.bytes.extend_from_slice(json);
    }

    /// Calls `write` to append one complete value.
    pub(crate) fn append(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.separate();
        write(self.bytes);
    }

    /// Writes the comma before a value that is not the first.
    fn separate(&mut self) {
        if self.after_value {
            self.bytes.push(b',');
        }
        self.after_value = true;
    }

    /// Opens a container, whose first value has no comma.
    fn open(&mut self, bracket: u8) {
        self.separate();
        self.bytes.push(bracket);
        self.after_value = false;
    }

    /// Closes a container, which is a value of its parent.
    fn close(&mut self, bracket: u8) {
        self.bytes.push(bracket);
        self.after_value = true;
    }
}

/// A formatter that escapes.
struct Escaper<'bytes> {
    /// Destination of the escaped text.
    bytes: &'bytes mut Vec<u8>,
    /// Escaping rules.
    dialect: EscapeDialect,
}

impl Write for Escaper<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.dialect.escape(text, self.bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_object_is_an_empty_list_in_php_alone() {
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
