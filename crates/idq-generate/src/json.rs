//! A JSON writer into a byte buffer, in the spelling of each API's server.

use std::fmt::{self, Display, Write};

use idq_json::EscapeDialect;

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
        self.dialect.escape(text, self.bytes);
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
        self.dialect.escape(text, self.bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
