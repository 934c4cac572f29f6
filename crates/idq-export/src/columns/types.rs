//! Types of exported columns, and their inference from observed values.
//!
//! The API determines the types of documented fields, except numbers. The type of a number field or of an undocumented
//! path is inferred: the kinds of values in the column form a set, and the type is the narrowest one that fits the set.

use std::ops::BitOr;

use arrow_schema::{DataType, TimeUnit};
use idq::api::{Api, Kind};
use idq::json::{Cell, Scalar};

use super::numbers;

/// The type of a column of a typed file. Null and missing values are null in every type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnType {
    /// Decoded strings, mostly distinct.
    Text,
    /// Decoded strings, of which many may be equal.
    Keyword,
    /// Values of any kind, as JSON text without white space between tokens.
    Json,
    /// Microseconds since the Unix epoch, UTC.
    Timestamp,
    /// Booleans.
    Boolean,
    /// Numbers that `i64` represents exactly.
    Integer,
    /// Numbers that `f64` represents exactly.
    Double,
    /// Numbers as text, with the spelling of the record.
    NumberText,
    /// Whole records, verbatim.
    Record,
}

impl ColumnType {
    /// Returns the Arrow type.
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Text | Self::Keyword | Self::Json | Self::NumberText | Self::Record => {
                DataType::Utf8
            }
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Boolean => DataType::Boolean,
            Self::Integer => DataType::Int64,
            Self::Double => DataType::Float64,
        }
    }

    /// Returns whether a dictionary could reduce the size of the column. The values of the others are mostly distinct,
    /// so building a dictionary of them only takes time; compression finds those that are not.
    pub(crate) fn benefits_from_dictionary(self) -> bool {
        !matches!(
            self,
            Self::Text | Self::Timestamp | Self::Json | Self::Record
        )
    }
}

/// A column of an export whose type is not determined yet.
#[derive(Debug, Clone)]
pub(crate) struct ExportColumn {
    pub(crate) name: String,
    content: ColumnContent,
}

/// The values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ColumnContent {
    /// A field that the API documents.
    Field(Kind),
    /// A path that the API does not document.
    FreeForm,
    /// Whole records.
    Record,
}

/// The name of the column of raw records.
const RAW_RECORD_COLUMN: &str = "record";

impl ExportColumn {
    /// Returns the column of a path.
    pub(crate) fn for_path(name: &str, api: &Api) -> Self {
        let field = api.field(name);
        Self {
            name: name.to_owned(),
            content: field.map_or(ColumnContent::FreeForm, |field| {
                ColumnContent::Field(api.fields[field].kind)
            }),
        }
    }

    /// Returns the column of raw records.
    pub(crate) fn raw_record() -> Self {
        Self {
            name: RAW_RECORD_COLUMN.to_owned(),
            content: ColumnContent::Record,
        }
    }

    /// Returns whether the type of the column depends on its values.
    pub(crate) fn is_inferred(&self) -> bool {
        matches!(
            self.content,
            ColumnContent::Field(Kind::Number) | ColumnContent::FreeForm
        )
    }

    /// Returns the type of the column for the kinds of values that were observed in it.
    pub(crate) fn type_for(&self, observed: ObservedTypes) -> ColumnType {
        match self.content {
            ColumnContent::Record => ColumnType::Record,
            ColumnContent::Field(Kind::Text) => ColumnType::Text,
            ColumnContent::Field(Kind::Keyword) => ColumnType::Keyword,
            ColumnContent::Field(Kind::Timestamp) => ColumnType::Timestamp,
            ColumnContent::Field(Kind::Boolean) => ColumnType::Boolean,
            ColumnContent::Field(Kind::Document) => ColumnType::Json,
            ColumnContent::Field(Kind::Number) => observed.number_type(),
            ColumnContent::FreeForm => observed.any_type(),
        }
    }
}

/// The set of kinds of values that were observed in a column, as a bit set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ObservedTypes(u8);

impl ObservedTypes {
    /// A string.
    const TEXT: Self = Self(1);
    /// A boolean.
    const BOOLEAN: Self = Self(2);
    /// An object or array.
    const CONTAINER: Self = Self(4);
    /// An integer that both `i64` and `f64` represent.
    const SMALL_INTEGER: Self = Self(8);
    /// An integer that only `i64` represents.
    const LARGE_INTEGER: Self = Self(16);
    /// A number that only `f64` represents.
    const DOUBLE: Self = Self(32);
    /// A number that neither type represents.
    const OTHER_NUMBER: Self = Self(64);
    /// All kinds of numbers.
    const NUMBERS: Self = Self(8 | 16 | 32 | 64);
    /// The kinds of numbers that `i64` represents.
    const INTEGERS: Self = Self(8 | 16);
    /// The kinds of numbers that `f64` represents.
    const DOUBLES: Self = Self(8 | 32);

    /// Returns the kind of a value; nothing for null and missing values, which fit every type.
    pub(crate) fn from_cell(cell: &Cell<'_>) -> Self {
        match cell {
            Cell::Missing | Cell::Scalar(Scalar::Null) => Self::default(),
            Cell::Scalar(Scalar::String(_)) => Self::TEXT,
            Cell::Scalar(Scalar::Boolean(_)) => Self::BOOLEAN,
            Cell::Container(_) => Self::CONTAINER,
            Cell::Scalar(Scalar::Number(spelling)) => {
                let is_integer = numbers::exact_i64(spelling).is_some();
                match (is_integer, numbers::exact_f64(spelling)) {
                    (true, Some(_)) => Self::SMALL_INTEGER,
                    (true, None) => Self::LARGE_INTEGER,
                    (false, Some(_)) => Self::DOUBLE,
                    (false, None) => Self::OTHER_NUMBER,
                }
            }
        }
    }

    /// Returns whether every observed kind is one of `other`.
    fn is_subset_of(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Returns the type of a column whose values may be of any kind.
    fn any_type(self) -> ColumnType {
        if self.is_subset_of(Self::TEXT) {
            ColumnType::Keyword
        } else if self.is_subset_of(Self::BOOLEAN) {
            ColumnType::Boolean
        } else if self.is_subset_of(Self::NUMBERS) {
            self.number_type()
        } else {
            ColumnType::Json
        }
    }

    /// Returns the type of a column whose values are numbers.
    fn number_type(self) -> ColumnType {
        if self.is_subset_of(Self::INTEGERS) {
            ColumnType::Integer
        } else if self.is_subset_of(Self::DOUBLES) {
            ColumnType::Double
        } else {
            ColumnType::NumberText
        }
    }
}

impl BitOr for ObservedTypes {
    type Output = Self;

    /// Returns the union of two sets.
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
