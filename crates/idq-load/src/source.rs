use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{LoadError, LoadErrorKind};
use crate::packed::is_packed;

/// Where a dump comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// Bytes in memory, with a name for error messages.
    Bytes {
        /// The name.
        name: String,
        /// The bytes; the snapshot keeps them.
        bytes: Arc<Vec<u8>>,
    },
}

impl Source {
    /// Bytes in memory.
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self::Bytes {
            name: name.into(),
            bytes: Arc::new(bytes.into()),
        }
    }

    /// The name in messages.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Stdin => "standard input".to_owned(),
            Self::Bytes { name, .. } => name.clone(),
        }
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<&Path> for Source {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<&str> for Source {
    fn from(path: &str) -> Self {
        Self::File(path.into())
    }
}

/// The sources that a person's words stand for, in order.
///
/// `-` is standard input; a folder stands for every file below it, by name, but hidden ones: for dumps, or for snapshot
/// files; a name that no file has is a glob pattern (`pages/*.json.gz`).
///
/// # Errors
/// A name or a pattern that nothing matches, a folder without files, with both kinds or one that cannot be read, `-` twice.
pub fn expand<S: AsRef<str>>(names: &[S]) -> Result<Vec<Source>, LoadError> {
    let mut sources = Vec::new();
    for name in names {
        let name = name.as_ref();
        let path = Path::new(name);
        if name == "-" {
            if sources.contains(&Source::Stdin) {
                return Err(LoadError::of(name, LoadErrorKind::StdinTwice));
            }
            sources.push(Source::Stdin);
        } else if path.is_dir() {
            let before = sources.len();
            folder(path, &mut sources)?;
            if sources.len() == before {
                return Err(LoadError::of(name, LoadErrorKind::EmptyFolder));
            }
        } else if path.exists() {
            sources.push(path.into());
        } else {
            matching(name, &mut sources)?;
        }
    }
    Ok(sources)
}

fn matching(pattern: &str, sources: &mut Vec<Source>) -> Result<(), LoadError> {
    let no_match = || LoadError::of(pattern, LoadErrorKind::NoSuchSource);
    if !pattern.contains(['*', '?', '[']) {
        return Err(no_match());
    }
    let before = sources.len();
    // As in a folder, hidden files must be asked for.
    let options = glob::MatchOptions {
        require_literal_leading_dot: true,
        ..glob::MatchOptions::new()
    };
    for path in glob::glob_with(pattern, options).map_err(|_| no_match())? {
        let path =
            path.map_err(|error| LoadError::io(&error.path().display().to_string(), error.into()))?;
        if path.is_dir() {
            folder(&path, sources)?;
        } else {
            sources.push(path.into());
        }
    }
    if sources.len() == before {
        Err(no_match())
    } else {
        Ok(())
    }
}

/// Every file below a folder. A snapshot file among the dumps that it was packed from would count each record twice.
fn folder(path: &Path, sources: &mut Vec<Source>) -> Result<(), LoadError> {
    let before = sources.len();
    files_below(path, sources)?;
    let below = &sources[before..];
    let is_snapshot = |source: &&Source| matches!(source, Source::File(path) if is_packed(path));
    let snapshots: Vec<&Source> = below.iter().filter(is_snapshot).collect();
    match snapshots.first() {
        Some(snapshot) if snapshots.len() < below.len() => {
            let kind = LoadErrorKind::MixedFolder(snapshot.name());
            Err(LoadError::of(&path.display().to_string(), kind))
        }
        _ => Ok(()),
    }
}

fn files_below(folder: &Path, sources: &mut Vec<Source>) -> Result<(), LoadError> {
    let failed = |error| LoadError::io(&folder.display().to_string(), error);
    let mut entries = std::fs::read_dir(folder)
        .map_err(failed)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    entries.sort_unstable_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type().map_err(failed)?.is_dir() {
            files_below(&path, sources)?;
        } else {
            sources.push(path.into());
        }
    }
    Ok(())
}
