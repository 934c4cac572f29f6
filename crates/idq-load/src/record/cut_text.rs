//! Texts that an exporter has written in place of objects below its depth limit.
//!
//! `ConvertTo-Json` of PowerShell nests two levels of objects by default. A deeper object becomes a text: `@{key=value}`
//! for a custom object, and the name of the type for others, such as `System.Collections.Hashtable`.

use std::collections::BTreeMap;

use idq_api::Kind;
use idq_columns::{Column, DocumentColumn, ValueKind};

use super::field_builder::with_decoded;
use super::field_value::{FieldValue, FieldValues};
use super::schema::Schema;

/// The namespace of the types that are recognized, with the dot after it.
const NAMESPACE: &str = "System.";

/// The starts of the texts that are recognized, casefolded: a search for them precedes the examination of each text.
const STARTS: [&str; 2] = ["@{", "system."];

/// The values of a chunk that look like texts in place of objects.
#[derive(Debug, Default)]
pub(crate) struct CutValues {
    /// The number of values by field.
    pub(crate) fields: BTreeMap<usize, u64>,
    /// The first row that has one.
    pub(crate) first_row: Option<u32>,
}

impl CutValues {
    /// Adds the documents of a record that are texts in place of an object.
    #[inline]
    pub(super) fn add_record<V: FieldValues + ?Sized>(
        &mut self,
        schema: &Schema,
        values: &V,
        row: usize,
    ) {
        for &field in &*schema.documents {
            if let FieldValue::Scalar(idq_json::Scalar::String(text)) = values.get(field)
                && with_decoded(text, |text| is_cut(text.as_bytes()))
            {
                self.add(field, row);
            }
        }
    }

    /// Adds the values of the keys of documents, one level inside, that are texts in place of an object.
    pub(super) fn add_members(&mut self, documents: &[usize], columns: &[Option<Column>]) {
        for &field in documents {
            if let Some(Some(Column::Document(documents))) = columns.get(field) {
                self.add_members_of(field, documents);
            }
        }
    }

    /// Adds the values of the keys of a column's documents. Each distinct text is read once, where a path has few.
    fn add_members_of(&mut self, field: usize, documents: &DocumentColumn) {
        for path in documents.paths().filter(|path| path.depth() == 1) {
            if !STARTS.iter().any(|start| path.may_contain(start)) {
                continue;
            }
            let texts = path.texts();
            let are_cut: Vec<bool> = texts
                .map(|text| text.kind == ValueKind::String && is_cut(text.original))
                .collect();
            if !are_cut.contains(&true) {
                continue;
            }
            for (row, text) in path.occurrences() {
                if are_cut.get(text) == Some(&true) {
                    self.add(field, row);
                }
            }
        }
    }

    /// Adds a value.
    fn add(&mut self, field: usize, row: usize) {
        let row = row as u32;
        *self.fields.entry(field).or_default() += 1;
        self.first_row = Some(self.first_row.map_or(row, |first| first.min(row)));
    }
}

/// Returns the fields that are documents, ascending.
pub(super) fn document_fields(api: &idq_api::Api) -> std::sync::Arc<[usize]> {
    let is_document = |field: &usize| api.fields[*field].kind == Kind::Document;
    (0..api.fields.len()).filter(is_document).collect()
}

/// Returns whether a text is one that stands for an object: `@{…}`, or the name of a type.
pub(super) fn is_cut(text: &[u8]) -> bool {
    match text {
        [b'@', b'{', .., b'}'] => true,
        [b'S', ..] => str::from_utf8(text).is_ok_and(is_type_name),
        _ => false,
    }
}

/// Returns whether a text is the name of a type of .NET: dotted, with the parameters of a generic type or the brackets
/// of an array.
///
/// A name of two words without either, such as `System.Administrator`, may be any text; only `System.Object` counts.
fn is_type_name(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(NAMESPACE) else {
        return false;
    };
    let (name, suffix) = rest.split_at(rest.find(['[', '`']).unwrap_or(rest.len()));
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_uppercase())
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'+')
    };
    let is_dotted = name.contains('.');
    name.split('.').all(is_word)
        && match suffix {
            "" => is_dotted || name == "Object",
            suffix => suffix.ends_with(']'),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_text_is_one_that_stands_for_a_whole_object() {
        for (text, expected) in [
            ("@{dept=IT}", true),
            ("@{}", true),
            ("@{dept=IT; manager=}", true),
            ("@{dept=IT", false),
            (" @{dept=IT}", false),
            ("@}", false),
            ("@", false),
            ("", false),
            ("System.Object[]", true),
            ("System.Object", true),
            ("System.String[]", true),
            ("System.Collections.Hashtable", true),
            ("System.Management.Automation.PSCustomObject", true),
            (
                "System.Collections.Generic.Dictionary`2[System.String,System.Object]",
                true,
            ),
            ("System.Collections.Generic.List`1[System.String]", true),
            ("System.Administrator", false),
            ("System", false),
            ("System.", false),
            ("System..Object", false),
            ("System.Object[", false),
            ("System.Object. See the manual", false),
            ("System.Collections.Hashtable and more", false),
            ("Systems.Collections.Hashtable", false),
            ("system.collections.hashtable", false),
        ] {
            assert_eq!(is_cut(text.as_bytes()), expected, "{text}");
        }
    }
}
