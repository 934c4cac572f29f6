//! The files of a report: their state before the load, and the statement on them after it.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use idq::Source;
use idq::date::format_timestamp;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::result::FileStatement;

/// The bytes that are hashed at a time: a dump may be larger than memory.
const HASHED_BYTES: usize = 1 << 20;

/// The files of the sources of a report, as they were before they were loaded.
///
/// ```
/// use idq::{Engine, Source};
/// use idq_report::SourceFiles;
///
/// # let people = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/provisionr.ndjson");
/// let source = Source::from(people);
/// let files = SourceFiles::of(std::slice::from_ref(&source));
/// let engine = Engine::open([source])?;
/// let statements = files.statements()?; // the hashes are those of the loaded records
/// assert_eq!(statements[0].sha256.as_ref().map(String::len), Some(64));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SourceFiles {
    files: Vec<SourceFile>,
}

/// A file, as it was before it was loaded.
#[derive(Debug, Clone)]
struct SourceFile {
    name: String,
    /// The file; `None` for a source that can be read only once.
    path: Option<PathBuf>,
    bytes: Option<u64>,
    modified: Option<SystemTime>,
}

impl SourceFiles {
    /// Notes the state of the files of these sources, which are to be loaded after it.
    pub fn of(sources: &[Source]) -> Self {
        let mut files: Vec<SourceFile> = Vec::new();
        for source in sources {
            let path = match source {
                Source::File(path)
                | Source::Bytes {
                    archive: Some(path),
                    ..
                } => Some(path.as_path()),
                // A pipe or standard input.
                _ => None,
            };
            // The members of an archive are in one file.
            let last = files.last().and_then(|file| file.path.as_deref());
            if path.is_some() && last == path {
                continue;
            }
            let metadata = path.and_then(|path| path.metadata().ok());
            files.push(SourceFile {
                name: path
                    .map_or_else(|| source.name(), |path| path.to_string_lossy().into_owned()),
                path: path.map(Path::to_owned),
                bytes: metadata.as_ref().map(Metadata::len),
                modified: metadata.and_then(|metadata| metadata.modified().ok()),
            });
        }
        Self { files }
    }

    /// Returns the statements on all files, in their order, with the hashes of their content.
    ///
    /// # Errors
    /// A file that cannot be read any more, or that has changed since its state was noted.
    pub fn statements(&self) -> Result<Vec<FileStatement>, Error> {
        self.files.par_iter().map(SourceFile::statement).collect()
    }
}

impl SourceFile {
    /// Returns the statement on the file, which must be as it was before the load.
    fn statement(&self) -> Result<FileStatement, Error> {
        let sha256 = match &self.path {
            Some(path) => {
                let hash = hash(path).map_err(|error| Error::UnreadableFile {
                    file: self.name.clone(),
                    error,
                })?;
                let metadata = path.metadata();
                let is_unchanged = metadata.is_ok_and(|metadata| {
                    Some(metadata.len()) == self.bytes && metadata.modified().ok() == self.modified
                });
                if !is_unchanged {
                    return Err(Error::ChangedFile(self.name.clone()));
                }
                Some(hash)
            }
            None => None,
        };
        // Whole seconds, as file listings have them.
        let micros = |time: SystemTime| {
            let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
            i64::try_from(since.as_secs()).ok()?.checked_mul(1_000_000)
        };
        Ok(FileStatement {
            name: self.name.clone(),
            bytes: self.bytes,
            modified: self.modified.and_then(micros).map(format_timestamp),
            sha256,
        })
    }
}

/// Returns SHA-256 of a file in hexadecimal digits.
fn hash(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; HASHED_BYTES];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => hasher.update(&buffer[..read]),
        }
    }
    let hash = hasher.finalize();
    Ok(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}
