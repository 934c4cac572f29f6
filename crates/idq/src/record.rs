//! One record, with typed and dynamic access.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use idq_json::{Cell, Scalar};
use idq_snapshot::cells_of_names;
use serde::Deserialize;

/// One record: its bytes as they are in the dump, and access to its values.
///
/// Values are read when they are asked for, by paths or into a type of the program's own. Undocumented members are read
/// like documented ones.
///
/// ```
/// use std::borrow::Cow;
///
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Person<'r> {
///     #[serde(borrow)]
///     id: Cow<'r, str>, // borrowed from the record, unless it has escapes
///     email: Option<String>,
///     timestamp: Times,
/// }
///
/// #[derive(Deserialize)]
/// struct Times {
///     created_at: String,
/// }
///
/// # let people = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/provisionr.ndjson");
/// let engine = idq::Engine::open([people])?;
/// for record in engine.query("sort=email&per_page=3")?.page()?.records()? {
///     let person: Person = record.deserialize()?; // typed
///     let department = record.get("profile.department"); // dynamic
///     let department = department.as_ref().and_then(|value| value.as_str());
///     println!("{} {:?} {} {department:?}", person.id, person.email, person.timestamp.created_at);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Record {
    bytes: Vec<u8>,
}

impl Record {
    /// Creates a record of its bytes, which a load has accepted.
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    /// Returns the bytes, as they are in the dump.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the bytes, as they are in the dump.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Returns the value at a path as in expressions: `timestamp.created_at`, `profile."cost.center"`. Returns `None` if the
    /// record has no such member; the value of a member that is `null` is [`Value::is_null`].
    pub fn get(&self, path: &str) -> Option<Value<'_>> {
        let cells = cells_of_names([path]).read_valid(&self.bytes).ok()?;
        let cell = cells.first()?;
        (cell.cell != Cell::Missing).then_some(Value {
            cell: cell.cell,
            spelling: cell.spelling,
        })
    }

    /// Reads the record into a type of the program's own. The type may borrow texts from the record: as
    /// `Cow<str>` with `#[serde(borrow)]`, because `&str` fails for a text with escapes.
    ///
    /// # Errors
    /// The record has other members or values than the type.
    pub fn deserialize<'r, T: Deserialize<'r>>(&'r self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.bytes)
    }
}

impl Deref for Record {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsRef<[u8]> for Record {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Record> for Vec<u8> {
    fn from(record: Record) -> Self {
        record.bytes
    }
}

/// Personal data stays out of logs: the length alone is shown.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({} bytes)", self.bytes.len())
    }
}

/// A value of a record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Value<'r> {
    cell: Cell<'r>,
    spelling: &'r [u8],
}

impl<'r> Value<'r> {
    /// Returns the text of a string; `None` for another value.
    pub fn as_str(&self) -> Option<Cow<'r, str>> {
        match self.cell {
            Cell::Scalar(Scalar::String(text)) => Some(text.decode()),
            _ => None,
        }
    }

    /// Returns the value of a boolean; `None` for another value.
    pub fn as_bool(&self) -> Option<bool> {
        match self.cell {
            Cell::Scalar(Scalar::Boolean(value)) => Some(value),
            _ => None,
        }
    }

    /// Returns the value of a number without fraction and exponent; `None` for another value, or one beyond 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.cell {
            Cell::Scalar(Scalar::Number(spelling)) => spelling.parse().ok(),
            _ => None,
        }
    }

    /// Returns the nearest floating-point number of a number; `None` for another value.
    pub fn as_f64(&self) -> Option<f64> {
        match self.cell {
            Cell::Scalar(Scalar::Number(spelling)) => spelling.parse().ok(),
            _ => None,
        }
    }

    /// Returns whether the value is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.cell, Cell::Scalar(Scalar::Null))
    }

    /// Returns the bytes of the value as JSON, as they are in the dump.
    pub fn as_json(&self) -> &'r [u8] {
        self.spelling
    }

    /// Reads the value into a type of the program's own.
    ///
    /// # Errors
    /// The value is of another type.
    pub fn deserialize<T: Deserialize<'r>>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(self.spelling)
    }
}

/// Personal data stays out of logs: the kind alone is shown.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.cell {
            Cell::Missing => "missing",
            Cell::Scalar(Scalar::Null) => "null",
            Cell::Scalar(Scalar::Boolean(_)) => "boolean",
            Cell::Scalar(Scalar::Number(_)) => "number",
            Cell::Scalar(Scalar::String(_)) => "string",
            Cell::Container(_) => "container",
        };
        write!(f, "Value({kind}, {} bytes)", self.spelling.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(json: &str) -> Record {
        Record::new(json.as_bytes().to_vec())
    }

    #[test]
    fn values_of_every_kind_are_read_by_path() {
        let record = record(
            r#"{"a":{"b":"x\u00e9"},"t":true,"n":-12,"f":1.5e1,"z":null,"l":[1,2],"big":99999999999999999999}"#,
        );
        let value = |path| record.get(path).unwrap();
        assert_eq!(value("a.b").as_str().as_deref(), Some("xé"));
        assert_eq!(value("t").as_bool(), Some(true));
        assert_eq!(
            (value("n").as_i64(), value("n").as_f64()),
            (Some(-12), Some(-12.0))
        );
        assert_eq!(
            (value("f").as_i64(), value("f").as_f64()),
            (None, Some(15.0))
        );
        assert_eq!(value("big").as_i64(), None);
        assert!(value("z").is_null() && !value("t").is_null());
        assert_eq!(value("l").deserialize::<Vec<u8>>().unwrap(), [1, 2]);
        assert_eq!(value("a").as_json(), br#"{"b":"x\u00e9"}"#);
        assert_eq!(value("t").as_str(), None);
        for missing in ["b", "a.c", "a.b.c", "l.0", ""] {
            assert!(record.get(missing).is_none(), "{missing}");
        }
    }

    #[test]
    fn logged_record_shows_no_value() {
        let record = record(r#"{"email":"ada@x.example"}"#);
        let logged = format!("{record:?} {:?}", record.get("email"));
        assert_eq!(logged, "Record(25 bytes) Some(Value(string, 15 bytes))");
    }
}
