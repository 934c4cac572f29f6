//! Errors of comparisons.

use idq::api::{Api, Kind};
use idq::{escape, quote};

use crate::fold::Fold;
use crate::key::Key;

/// The reason why two snapshots cannot be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A snapshot cannot be read.
    #[error(transparent)]
    Engine(#[from] idq::Error),
    /// A record cannot be read as JSON, because its source has changed since it was loaded.
    #[error("the record cannot be read: {0}, at byte {offset}", offset = .0.offset)]
    Record(#[from] idq::json::Error),
    /// The two snapshots have records of different APIs.
    #[error("expected two snapshots of one API, found records of {old} and of {new}")]
    OtherApi {
        /// The title of the API of the old records.
        old: String,
        /// The title of the API of the new records.
        new: String,
    },
    /// No record has a value of the key.
    #[error("no record has a value of {}, by which records are paired{}", quote(.key), help(.nearest.as_deref()))]
    NoKeys {
        /// The key.
        key: String,
        /// The field of the nearest name, if one is near.
        nearest: Option<String>,
    },
    /// Columns of Arrow cannot be made of the result.
    #[error("cannot make columns: {0}")]
    Batch(#[from] arrow_schema::ArrowError),
    /// Output cannot be written.
    #[error(transparent)]
    Write(#[from] std::io::Error),
}

impl Error {
    /// Returns the error for a key that no record has.
    pub(crate) fn no_keys(key: &Key, api: &Api) -> Self {
        let key = key.to_string();
        let names = api.fields.iter().map(|field| field.name.as_str());
        let nearest = idq::nearest(&key, names, 1).first().copied();
        Self::NoKeys {
            nearest: nearest.map(str::to_owned),
            key,
        }
    }
}

impl From<idq::LoadError> for Error {
    fn from(error: idq::LoadError) -> Self {
        Self::Engine(error.into())
    }
}

impl From<idq::ColumnError> for Error {
    fn from(error: idq::ColumnError) -> Self {
        Self::Engine(error.into())
    }
}

/// The reason why a text is no key of records.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text breaks the grammar of keys.
    #[error("{0}")]
    Syntax(String),
    /// Another number of keys than one.
    #[error("expected one field, found {0}")]
    Several(usize),
    /// A bucket that puts different values together.
    #[error("expected a field or FIELD:fold, found the bucket `{0}`")]
    Bucket(&'static str),
    /// A folding of another name.
    #[error("expected a folding (trim, nfc, fold, plus or local), found {}{}", quote(.0), help(nearest_fold(.0)))]
    Fold(String),
    /// A text that is no field and no path.
    #[error("expected a field or a path, found {}", quote(.0))]
    Path(String),
    /// A field whose values are not texts.
    #[error("expected a field with texts, found the {kind} field {}", escape(.field))]
    Kind {
        /// The name of the field.
        field: String,
        /// Its kind.
        kind: Kind,
    },
}

/// Returns the folding with the nearest name.
fn nearest_fold(name: &str) -> Option<&'static str> {
    let names = Fold::ALL.into_iter().map(Fold::name);
    idq::nearest(name, names, 1).first().copied()
}

fn help(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}
