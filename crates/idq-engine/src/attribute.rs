//! [`Attribute`]: the part of a record that a test of an expression reads.

use idq_api::Api;
use idq_grammar::AttributePath;
use idq_snapshot::ColumnPart;

/// A field of the API, an object that contains fields, or a path inside a document.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// A field, by its column.
    Field(usize),
    /// An object that contains fields, by the column of its presence.
    Object(usize),
    /// A path inside a document.
    Path {
        /// Column of the documents.
        column: usize,
        /// Keys from the document to the value; at least one.
        keys: Vec<String>,
    },
}

impl Attribute {
    /// Returns the column that has the attribute.
    pub fn column(&self) -> usize {
        match self {
            Self::Field(column) | Self::Object(column) | Self::Path { column, .. } => *column,
        }
    }

    /// Returns the part of the column that has the attribute.
    pub fn part(&self) -> ColumnPart {
        match self {
            Self::Field(column) | Self::Object(column) => (*column).into(),
            Self::Path { column, keys } => ColumnPart::path(*column, keys),
        }
    }

    /// Returns the dotted name, as an expression spells it.
    pub fn name(&self, api: &Api) -> String {
        match self {
            Self::Field(column) | Self::Object(column) => api.column_name(*column).to_owned(),
            Self::Path { column, keys } => {
                let outer = api.fields.get(*column).map(|field| field.name.split('.'));
                let outer = outer.into_iter().flatten().map(str::to_owned);
                AttributePath::new(outer.chain(keys.iter().cloned())).to_string()
            }
        }
    }
}
