//! The error of a source or of a record in it, with its location.

use std::fmt;
use std::io;

use idq_grammar::{escape, quote};

use crate::records::reject::RecordErrorKind;
use crate::sources::compression::Compression;
use crate::sources::foreign_format::ForeignFormat;

/// The failure of a load, or of a later read from a snapshot, with its location.
///
/// Displayed on one line: `people.json: record 3, line 5, byte 1207, field timestamp.created_at: expected …, found …`.
#[derive(Debug)]
pub struct LoadError {
    /// The name of the source.
    pub file: String,
    /// The number of the record within the source, from 1.
    pub record: Option<u64>,
    /// The line of the decompressed source, from 1.
    pub line: Option<u64>,
    /// The offset in the decompressed source.
    pub offset: Option<u64>,
    /// The dotted name of the field.
    pub path: Option<String>,
    /// The reason.
    pub kind: Box<LoadErrorKind>,
}

/// The reason of a failure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadErrorKind {
    /// The source cannot be read.
    #[error("{0}")]
    Io(io::Error),
    /// The compressed data are damaged or cut off.
    #[error("the {0} data are damaged or cut off: {1}")]
    Corrupt(Compression, io::Error),
    /// Decompressing takes more memory than is allowed.
    #[error(
        "the zstd data need a window of more than 128 MiB to be decompressed (as `zstd --long=28` and beyond make them): \
         decompress them first, with `zstd -d --long=31`"
    )]
    LargeWindow,
    /// More rejects than the load sets aside: the source is probably not a dump.
    #[error(
        "more than {0} records could not be read, which is more than are set aside: is this a dump of identities? Without \
         `--on-bad-record skip` the first of them is shown"
    )]
    TooManyRejects(u64),
    /// A file of another format than JSON.
    #[error("{}", .0.message())]
    Foreign(ForeignFormat),
    /// An archive that cannot be read.
    #[error("cannot read the archive ({0})")]
    Archive(String),
    /// No such file, and no file matches the pattern.
    #[error("no such file, and no file matches it as a pattern")]
    NoSuchSource,
    /// A folder without files.
    #[error("the folder has no files")]
    EmptyFolder,
    /// A folder, an archive, or the matches of a pattern, without a dump; the text names one of the other files.
    #[error("expected dumps (JSON), found none; {0}")]
    NoDump(String),
    /// A folder with both dumps and snapshot files; the text names one snapshot file.
    #[error(
        "the folder has dumps and snapshot files ({}), which may hold the same records: select one kind with a pattern \
         such as FOLDER/*.json",
        escape(.0)
    )]
    MixedFolder(String),
    /// Standard input was named twice.
    #[error("standard input can be read only once")]
    StdinTwice,
    /// A record cannot be read.
    #[error("{0}")]
    Record(RecordErrorKind),
    /// The records of a source could be at the end of several paths, the first of which are given.
    #[error("{}", ambiguous_path(.0))]
    AmbiguousPath(Vec<String>),
    /// The sources were written by different APIs.
    #[error("holds records of {found}, but {} holds records of {first}: query them separately", escape(.first_file))]
    MixedApis {
        /// The API of this source.
        found: String,
        /// The source that came first.
        first_file: String,
        /// The API of that source.
        first: String,
    },
    /// An error answer of an API in the place of a dump, with the start of its message, which may be empty.
    #[error("{}", error_answer(.0))]
    ErrorAnswer(String),
    /// No record has the keys of an API.
    #[error("the records do not identify their API: name it with --api ({0})")]
    UnknownApi(String),
    /// The flag that cancels the load is set.
    #[error("the load was cancelled")]
    Cancelled,
    /// More records than row numbers.
    #[error("more than {} records in one snapshot", u32::MAX)]
    TooManyRecords,
    /// A file changed between loading and reading a record from it.
    #[error("the file has changed since it was loaded: load it again")]
    Changed,
    /// A snapshot file of another API than the caller has set.
    #[error("a snapshot file of {0} records: name that API, or none")]
    OtherApi(String),
    /// A snapshot file with other bytes than were written to it.
    #[error("the snapshot file is damaged ({0}): pack it again from its dumps")]
    Damaged(String),
    /// A snapshot file of another format.
    #[error("{}", other_format(.found, *.known))]
    OtherFormat {
        /// Its format.
        found: String,
        /// The format that this version reads.
        known: u32,
    },
    /// A snapshot file that cannot be mapped, because it is compressed or not a regular file.
    #[error("{}", stray(*.0))]
    StrayPacked(Compression),
    /// A file that idq has not packed.
    #[error("not a snapshot file that idq has packed")]
    NotASnapshot,
}

/// Returns the message on records at the end of several paths.
fn ambiguous_path(paths: &[String]) -> String {
    let quoted: Vec<String> = paths.iter().map(|path| quote(path)).collect();
    let options: Vec<String> = paths
        .iter()
        .map(|path| quote(&format!("--records {path}")))
        .collect();
    format!(
        "the records could be those of {}; choose with {}",
        quoted.join(" or of "),
        options.join(" or ")
    )
}

/// Returns the message on an error answer of an API.
fn error_answer(message: &str) -> String {
    let message = match message {
        "" => String::new(),
        message => format!(" ({})", quote(message)),
    };
    format!(
        "expected a dump, found an error answer of the API{message}: check the URL and the token of the export"
    )
}

fn other_format(found: &str, known: u32) -> String {
    let help = match found.parse::<u32>() {
        Ok(found) if found < known => "pack it again from its dumps: `idq pack SOURCES -o FILE`",
        _ => "use a newer idq",
    };
    format!(
        "a snapshot file of format {found}, but this version of idq reads format {known}: {help}"
    )
}

/// Returns the message on an Arrow IPC file that cannot be mapped. Its first bytes do not identify the program that
/// wrote it, so the message names Arrow.
fn stray(compression: Compression) -> String {
    match compression {
        Compression::None => {
            "a snapshot file (Arrow) is mapped, so it must be a file: save it to one, and name that"
                .to_owned()
        }
        compression => {
            format!(
                "a snapshot file (Arrow) inside {compression}: decompress it to a file, and name that"
            )
        }
    }
}

impl LoadErrorKind {
    /// Returns whether the source does not exist.
    pub fn is_missing_source(&self) -> bool {
        match self {
            Self::NoSuchSource => true,
            Self::Io(error) => error.kind() == io::ErrorKind::NotFound,
            _ => false,
        }
    }
}

impl LoadError {
    /// Creates an error of a source as a whole.
    pub fn new(file: &str, kind: LoadErrorKind) -> Self {
        Self {
            file: file.to_owned(),
            record: None,
            line: None,
            offset: None,
            path: None,
            kind: Box::new(kind),
        }
    }

    /// Creates the error of a source that cannot be read.
    pub fn io(file: &str, error: io::Error) -> Self {
        Self::new(file, LoadErrorKind::Io(error))
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The name of a file may contain escape sequences of a terminal.
        write!(f, "{}: ", escape(&self.file))?;
        let location = [
            ("record", self.record),
            ("line", self.line),
            ("byte", self.offset),
        ];
        let mut parts: Vec<String> = location
            .iter()
            .filter_map(|(name, number)| number.map(|number| format!("{name} {number}")))
            .collect();
        parts.extend(self.path.as_ref().map(|path| format!("field {path}")));
        if !parts.is_empty() {
            write!(f, "{}: ", parts.join(", "))?;
        }
        write!(f, "{}", self.kind)
    }
}

// The cause is part of the message, so `source` would repeat it.
impl std::error::Error for LoadError {}
