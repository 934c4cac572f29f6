//! Malformed records: their location and the reason, as errors or as rejects.

use std::fmt;

use idq_grammar::quote;
use idq_json::ErrorKind;

use crate::error::{LoadError, LoadErrorKind};

/// The maximum length of a record in bytes.
pub const MAX_RECORD: usize = 64 << 20;

/// The reason why a record cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordErrorKind {
    /// The record is not JSON.
    Json(ErrorKind),
    /// Another value in place of an identity.
    NotAnObject(String),
    /// An object without the key on the path to the records.
    NotAWrapper(String),
    /// Text between two records that is not a separator.
    NotASeparator(String),
    /// A comma without a value after it, or before it: the text is the bracket that follows, if one does.
    SuperfluousComma(Option<char>),
    /// A field holds a value of another type.
    WrongType {
        /// The type of the API's description.
        expected: &'static str,
        /// The value, shortened.
        found: String,
    },
    /// A text that an exporter has written in place of an object below its depth limit.
    CutObject {
        /// The type of the API's description.
        expected: &'static str,
        /// The text, shortened.
        found: String,
    },
    /// The id is missing or null.
    MissingId,
    /// The record has the keys of another API.
    OtherApi(String),
    /// The record is longer than [`MAX_RECORD`], or than the limit of the load.
    TooLong {
        /// The limit in bytes.
        most: usize,
    },
    /// The source is empty.
    Empty,
}

impl fmt::Display for RecordErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(kind) => write!(f, "{kind}"),
            Self::NotAnObject(found) => {
                write!(f, "expected an identity (a JSON object), found {found}")
            }
            Self::NotAWrapper(key) => write!(
                f,
                "expected an object with the key {}, under which the records are, found none",
                quote(key)
            ),
            Self::NotASeparator(found) => {
                write!(f, "expected `,` or the end of the array, found {found}")
            }
            Self::SuperfluousComma(Some(bracket)) => {
                write!(f, "a comma too many before `{bracket}`")
            }
            Self::SuperfluousComma(None) => write!(f, "a comma too many"),
            Self::WrongType { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::CutObject { expected, found } => write!(
                f,
                "expected {expected}, found {found}, as an exporter writes in place of an object below its depth limit: \
                 raise the limit and export again (PowerShell: ConvertTo-Json -Depth 10)"
            ),
            Self::MissingId => write!(f, "expected an identity with an id, found none"),
            Self::OtherApi(api) => {
                write!(
                    f,
                    "this record looks like one of {api}: query them separately"
                )
            }
            Self::TooLong { most: MAX_RECORD } => {
                write!(f, "a record of more than {} MiB", MAX_RECORD >> 20)
            }
            Self::TooLong { most } => write!(
                f,
                "a record of more than {:.1} MiB, the longest that this load has memory for",
                *most as f64 / f64::from(1 << 20)
            ),
            Self::Empty => write!(
                f,
                "the file is empty: check the export; one without identities is `[]`, and needs `--api`"
            ),
        }
    }
}

/// A malformed record that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The position of its source in [`Snapshot::sources`](crate::Snapshot::sources).
    pub source: usize,
    /// The number of the record within the source, from 1, accepted records included.
    pub record: u64,
    /// The line on which it starts, from 1.
    pub line: u64,
    /// The offset of its first byte in the decompressed source.
    pub offset: u64,
    /// The offset of its first byte in the text as UTF-8, which differs from `offset` if the source has another
    /// encoding.
    pub text_offset: u64,
    /// The length in bytes; 0 if a token is missing, such as a closing bracket.
    pub length: u64,
    /// The number of leading bytes that [`Snapshot::rejected`](crate::Snapshot::rejected) can return: all of them,
    /// unless the source cannot be read again and its rejects exceed its share of the 16 MiB that a load keeps of such
    /// sources.
    pub kept: u64,
    /// The dotted name of the field that has the error, if a field has it.
    pub path: Option<String>,
    /// The reason.
    pub reason: RecordErrorKind,
}

impl Reject {
    /// Returns the error that stops a load at this record. Its line and offset must be those of the error.
    pub fn into_error(self, file: String) -> LoadError {
        LoadError {
            file,
            record: Some(self.record),
            line: Some(self.line),
            offset: Some(self.offset),
            path: self.path,
            kind: Box::new(LoadErrorKind::Record(self.reason)),
        }
    }
}
