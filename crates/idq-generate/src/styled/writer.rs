//! The writer of trees, in the white space and the escapes of a style.

use idq_json::EscapeDialect;

use crate::style::Spacing;

use super::tree::Tree;

/// The spelling of a tree.
#[derive(Clone, Copy)]
pub(super) struct TreeWriter {
    /// White space between tokens.
    pub(super) spacing: Spacing,
    /// Escaping rules of strings.
    pub(super) dialect: EscapeDialect,
}

impl TreeWriter {
    /// Appends a value that is within `depth` containers.
    pub(super) fn write(self, tree: &Tree<'_>, depth: usize, bytes: &mut Vec<u8>) {
        match tree {
            Tree::Literal(json) => bytes.extend_from_slice(json.as_bytes()),
            Tree::Text(text) => self.write_text(text, bytes),
            Tree::Array(items) => {
                self.write_container(*b"[]", items, depth, bytes, |item, bytes| {
                    self.write(item, depth + 1, bytes);
                });
            }
            // PHP has one type for lists and maps, and encodes an empty one as `[]`.
            Tree::Object(members) if members.is_empty() && self.dialect == EscapeDialect::Php => {
                bytes.extend_from_slice(b"[]");
            }
            Tree::Object(members) => {
                self.write_container(*b"{}", members, depth, bytes, |(key, value), bytes| {
                    self.write_text(key, bytes);
                    bytes.extend_from_slice(match self.spacing {
                        Spacing::Compact => b":",
                        Spacing::Spaced | Spacing::Indented => b": ",
                    });
                    self.write(value, depth + 1, bytes);
                });
            }
        }
    }

    /// Appends the brackets of a container, and between them its parts by `write`; nothing between those of an empty
    /// one.
    fn write_container<T>(
        self,
        [open, close]: [u8; 2],
        parts: &[T],
        depth: usize,
        bytes: &mut Vec<u8>,
        write: impl Fn(&T, &mut Vec<u8>),
    ) {
        bytes.push(open);
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                bytes.push(b',');
            }
            match self.spacing {
                Spacing::Spaced if index > 0 => bytes.push(b' '),
                Spacing::Compact | Spacing::Spaced => {}
                Spacing::Indented => start_line(depth + 1, bytes),
            }
            write(part, bytes);
        }
        if self.spacing == Spacing::Indented && !parts.is_empty() {
            start_line(depth, bytes);
        }
        bytes.push(close);
    }

    /// Appends a string.
    fn write_text(self, text: &str, bytes: &mut Vec<u8>) {
        bytes.push(b'"');
        self.dialect.escape(text, bytes);
        bytes.push(b'"');
    }
}

/// Starts a line within `depth` containers.
fn start_line(depth: usize, bytes: &mut Vec<u8>) {
    bytes.push(b'\n');
    bytes.resize(bytes.len() + 2 * depth, b' ');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_that_of_the_style() {
        let tree = Tree::parse(br#"{"a":[1,{"b":null}],"c":[],"d":{}}"#).unwrap();
        for (spacing, depth, expected) in [
            (Spacing::Compact, 0, r#"{"a":[1,{"b":null}],"c":[],"d":{}}"#),
            (
                Spacing::Spaced,
                0,
                r#"{"a": [1, {"b": null}], "c": [], "d": {}}"#,
            ),
            (
                Spacing::Indented,
                0,
                "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n  \"c\": [],\n  \"d\": {}\n}",
            ),
            (
                Spacing::Indented,
                1,
                "{\n    \"a\": [\n      1,\n      {\n        \"b\": null\n      }\n    ],\n    \"c\": [],\n    \"d\": {}\n  }",
            ),
        ] {
            let mut bytes = Vec::new();
            let dialect = EscapeDialect::Python;
            TreeWriter { spacing, dialect }.write(&tree, depth, &mut bytes);
            assert_eq!(String::from_utf8(bytes).unwrap(), expected, "{spacing:?}");
        }
    }

    #[test]
    fn empty_object_is_an_empty_list_in_php_alone() {
        for (dialect, expected) in [(EscapeDialect::Php, "[]"), (EscapeDialect::DotNet, "{}")] {
            let spacing = Spacing::Compact;
            let mut bytes = Vec::new();
            TreeWriter { spacing, dialect }.write(&Tree::Object(Vec::new()), 0, &mut bytes);
            assert_eq!(String::from_utf8(bytes).unwrap(), expected);
        }
    }
}
