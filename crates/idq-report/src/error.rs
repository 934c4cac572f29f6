//! Errors of reports.

/// The reason why a report cannot run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The report has no answer for the records of an API.
    #[error("the report {report} has no answer for {api}: {reason}")]
    Unanswerable {
        /// The name of the report.
        report: String,
        /// The title of the API.
        api: String,
        /// The reason.
        reason: String,
    },
    /// The definition does not suit the API.
    #[error("the report {report}, {part}: {message}")]
    Definition {
        /// The name of the report.
        report: String,
        /// The part of the definition.
        part: String,
        /// The mistake.
        message: String,
    },
    /// A number of days for a report that counts none.
    #[error("the report {0} has no number of days")]
    NoDays(String),
    /// A snapshot cannot be read.
    #[error(transparent)]
    Engine(#[from] idq::Error),
    /// Two snapshots cannot be matched.
    #[error(transparent)]
    Compare(#[from] idq_compare::Error),
    /// A record cannot be read as JSON, because its source has changed since it was loaded.
    #[error("the record cannot be read: {0}, at byte {offset}", offset = .0.offset)]
    Record(#[from] idq::json::Error),
    /// A file of the report cannot be read any more.
    #[error("{}: {error}", idq::escape(file))]
    UnreadableFile {
        /// The name of the file.
        file: String,
        /// The error of the system.
        error: std::io::Error,
    },
    /// A file has changed since the load, so its hash is not that of the records.
    #[error("{}: the file has changed since it was loaded: load it again", idq::escape(.0))]
    ChangedFile(String),
    /// More findings than a sheet of a workbook has lines.
    #[error("a sheet has at most {most} findings, found {found}: -o csv has all")]
    TooManyFindings {
        /// The number of findings.
        found: usize,
        /// The number of lines.
        most: usize,
    },
    /// A workbook cannot be written.
    #[error("the workbook cannot be written: {0}")]
    Workbook(String),
    /// Output cannot be written.
    #[error(transparent)]
    Write(#[from] std::io::Error),
}

#[cfg(feature = "xlsx")]
impl From<rust_xlsxwriter::XlsxError> for Error {
    fn from(error: rust_xlsxwriter::XlsxError) -> Self {
        Self::Workbook(error.to_string())
    }
}

impl From<idq::LoadError> for Error {
    fn from(error: idq::LoadError) -> Self {
        Self::Engine(error.into())
    }
}

/// The reason why a text is no definition of a report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DefinitionError {
    /// The text is no TOML, or has other keys.
    #[error("{0}")]
    Syntax(String),
    /// The definition contradicts itself.
    #[error("{0}")]
    Content(String),
}
