//! Errors of masking.

/// The reason why records cannot be masked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A name that has no texts to mask.
    #[error("{name} is a {kind}: expected a field of texts, a document or an object{help}")]
    NoTexts {
        /// The name.
        name: String,
        /// The kind of its values.
        kind: idq::api::Kind,
        /// The way to mask them, if there is one; otherwise empty.
        help: &'static str,
    },
    /// A name that is no path.
    #[error("expected the name of a field or a path such as profile.emails.address, found {}", idq::quote(.0))]
    NoPath(String),
    /// A path that no record has: a misspelt name would mask nothing.
    #[error("no record has a value at {}", idq::quote(.0))]
    NoValues(String),
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
    /// A text that is no key.
    #[error("expected a key of {} hexadecimal digits on one line", crate::KEY_BYTES * 2)]
    Key,
    /// A file of a key cannot be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A record cannot be read as JSON, because its source has changed since it was loaded.
    #[error("the record cannot be read: {0}, at byte {offset}", offset = .0.offset)]
    Record(#[from] idq::json::Error),
    /// A record cannot be read.
    #[error(transparent)]
    Load(#[from] idq::LoadError),
    /// A snapshot that was not learned, whose values a copy would leave in other texts.
    #[error("the masked values of a snapshot must be learned before it is copied")]
    NotLearned,
    /// The copy cannot be loaded.
    #[error(transparent)]
    Engine(#[from] idq::Error),
}
