use std::ops::BitOr;

use arrow_schema::{DataType, TimeUnit};
use idq::api::{Api, Kind};
use idq::json::{Cell, Scalar};

use crate::numbers;

/// The type of a column of a Parquet or Arrow file. A value that is null or missing is null in each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnType {
    /// A string, decoded.
    Text,
    /// Any value, as its JSON text without white space between tokens.
    Json,
    /// Microseconds since the Unix epoch, UTC.
    Timestamp,
    Boolean,
    /// Numbers that are all integers of 64 bits.
    Integer,
    /// Numbers that are all doubles, to the last digit.
    Double,
    /// Numbers as they are spelled.
    Spelling,
    /// The record's own bytes.
    Record,
}

impl ColumnType {
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Text | Self::Json | Self::Spelling | Self::Record => DataType::Utf8,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Boolean => DataType::Boolean,
            Self::Integer => DataType::Int64,
            Self::Double => DataType::Float64,
        }
    }

    /// Whether its values are long and mostly all different, so that a dictionary of them is a waste of time.
    pub(crate) fn is_long(self) -> bool {
        matches!(self, Self::Json | Self::Record)
    }
}

/// A column of an export, before its type is known.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    holds: Holds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// A field of the API's table.
    Field(Kind),
    /// A place of which the API says nothing.
    Anything,
    /// The record itself.
    Record,
}

/// The name of the column of raw records.
pub(crate) const RECORD: &str = "record";

impl Column {
    pub(crate) fn named(name: &str, api: &Api) -> Self {
        let field = api.field(name);
        Self {
            name: name.to_owned(),
            holds: field.map_or(Holds::Anything, |field| {
                Holds::Field(api.fields[field].kind)
            }),
        }
    }

    pub(crate) fn record() -> Self {
        Self {
            name: RECORD.to_owned(),
            holds: Holds::Record,
        }
    }

    /// Whether its type follows from its values.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.holds, Holds::Field(Kind::Number) | Holds::Anything)
    }

    /// The type of a column that has such values.
    pub(crate) fn type_of(&self, seen: Seen) -> ColumnType {
        match self.holds {
            Holds::Record => ColumnType::Record,
            Holds::Field(Kind::Text | Kind::Keyword) => ColumnType::Text,
            Holds::Field(Kind::Timestamp) => ColumnType::Timestamp,
            Holds::Field(Kind::Boolean) => ColumnType::Boolean,
            Holds::Field(Kind::Document) => ColumnType::Json,
            Holds::Field(Kind::Number) => seen.number(),
            Holds::Anything => seen.anything(),
        }
    }
}

/// Which sorts of values a column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Seen(u8);

impl Seen {
    const TEXT: Self = Self(1);
    const BOOLEAN: Self = Self(2);
    const CONTAINER: Self = Self(4);
    /// An integer that a double has as well.
    const SMALL_INTEGER: Self = Self(8);
    /// An integer that no double has.
    const LARGE_INTEGER: Self = Self(16);
    /// A double that is no integer of 64 bits.
    const DOUBLE: Self = Self(32);
    /// A number that neither type has.
    const OTHER_NUMBER: Self = Self(64);
    const NUMBERS: Self = Self(8 | 16 | 32 | 64);
    const INTEGERS: Self = Self(8 | 16);
    const DOUBLES: Self = Self(8 | 32);

    pub(crate) fn of(cell: &Cell<'_>) -> Self {
        match cell {
            Cell::Missing | Cell::Scalar(Scalar::Null) => Self::default(),
            Cell::Scalar(Scalar::String(_)) => Self::TEXT,
            Cell::Scalar(Scalar::Boolean(_)) => Self::BOOLEAN,
            Cell::Container(_) => Self::CONTAINER,
            Cell::Scalar(Scalar::Number(spelling)) => {
                let is_integer = numbers::integer(spelling).is_some();
                match (is_integer, numbers::double(spelling)) {
                    (true, Some(_)) => Self::SMALL_INTEGER,
                    (true, None) => Self::LARGE_INTEGER,
                    (false, Some(_)) => Self::DOUBLE,
                    (false, None) => Self::OTHER_NUMBER,
                }
            }
        }
    }

    fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The type of a column that may have any values.
    fn anything(self) -> ColumnType {
        if self.is_within(Self::TEXT) {
            ColumnType::Text
        } else if self.is_within(Self::BOOLEAN) {
            ColumnType::Boolean
        } else if self.is_within(Self::NUMBERS) {
            self.number()
        } else {
            ColumnType::Json
        }
    }

    /// The type of a column that has numbers alone.
    fn number(self) -> ColumnType {
        if self.is_within(Self::INTEGERS) {
            ColumnType::Integer
        } else if self.is_within(Self::DOUBLES) {
            ColumnType::Double
        } else {
            ColumnType::Spelling
        }
    }
}

impl BitOr for Seen {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
