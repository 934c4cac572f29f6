//! Names that a person types, turned into sources.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};
use hashbrown::HashMap;
use idq_files::{FileIdentity, file_kind_name};
use idq_grammar::escape;

use crate::error::{LoadError, LoadErrorKind};
use crate::packed::is_packed;
use crate::source::Source;

/// The sources that names stand for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expansion {
    /// The sources, in order.
    pub sources: Vec<Source>,
    /// Entries of folders, and matches of patterns, that are no source.
    pub passed_over: Vec<PassedOver>,
}

/// An entry of a folder, or a match of a pattern, that is no source.
///
/// Prints as its name and the reason: `people/queue: a pipe`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PassedOver {
    /// Its path.
    pub path: PathBuf,
    /// The reason, as a message says it.
    pub reason: String,
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}",
            escape(&self.path.to_string_lossy()),
            self.reason
        )
    }
}

/// Turns names into sources, in order.
///
/// `-` is standard input. A folder stands for every regular file below it, by name, except hidden ones: for dumps, or for
/// snapshot files. A name that no file has is a pattern (`pages/**/*.json.gz`). Links to folders are followed, and each
/// folder and each file counts once for a name. A pipe or a device is a source only if it is named itself.
///
/// # Errors
/// A name or a pattern that nothing matches, a folder without files, with both kinds of files or one that cannot be read, `-`
/// twice.
pub fn expand<S: AsRef<OsStr>>(names: &[S]) -> Result<Expansion, LoadError> {
    let mut expansion = Expansion::default();
    for name in names {
        let name = name.as_ref();
        let path = Path::new(name);
        let shown = name.to_string_lossy();
        if name == "-" {
            if expansion.sources.contains(&Source::Stdin) {
                return Err(LoadError::of(&shown, LoadErrorKind::StdinTwice));
            }
            expansion.sources.push(Source::Stdin);
            continue;
        }
        let found = match fs::metadata(path) {
            Ok(found) => found,
            Err(error) if is_pattern(&shown) || is_absence(&error) => {
                expansion.add(&shown, Walk::default().pattern(path)?)?;
                continue;
            }
            Err(error) => return Err(LoadError::io(&shown, error)),
        };
        if found.is_dir() {
            let mut walk = Walk::default();
            walk.folder(path)?;
            expansion.add(&shown, walk)?;
        } else if found.is_file() {
            expansion.sources.push(path.into());
        } else {
            expansion.sources.push(Source::Stream(path.to_owned()));
        }
    }
    Ok(expansion)
}

impl Expansion {
    /// Adds the files that a walk has found for a name.
    fn add(&mut self, name: &str, mut walk: Walk) -> Result<(), LoadError> {
        walk.passed_over.sort_unstable();
        // A pattern can come by an entry several times.
        walk.passed_over.dedup();
        if walk.files.is_empty() {
            let kind = match walk.passed_over.first() {
                Some(first) => LoadErrorKind::NoRegularFile(first.to_string()),
                None if walk.is_pattern => LoadErrorKind::NoSuchSource,
                None => LoadErrorKind::EmptyFolder,
            };
            return Err(LoadError::of(name, kind));
        }
        self.sources
            .extend(walk.files.into_iter().map(Source::File));
        self.passed_over.extend(walk.passed_over);
        Ok(())
    }
}

/// A walk over the folders that one name leads to.
#[derive(Default)]
struct Walk {
    is_pattern: bool,
    files: Vec<PathBuf>,
    passed_over: Vec<PassedOver>,
    /// The folders that were entered, each with the number of the pattern's components that were still to match.
    entered: HashMap<(FileIdentity, usize), PathBuf>,
    /// The files that were found, each by the path that found it first.
    read: HashMap<FileIdentity, PathBuf>,
}

/// As in a folder, hidden files must be asked for.
const MATCH_OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// The component of a pattern that matches folders at any depth.
const ANY_DEPTH: &str = "**";

impl Walk {
    /// Finds every file below a folder. A snapshot file among the dumps that it was packed from would count each record
    /// twice.
    fn folder(&mut self, path: &Path) -> Result<(), LoadError> {
        let before = self.files.len();
        self.files_below(path)?;
        let below = &self.files[before..];
        let snapshots: Vec<&PathBuf> = below.iter().filter(|path| is_packed(path)).collect();
        match snapshots.first() {
            Some(snapshot) if snapshots.len() < below.len() => {
                let kind = LoadErrorKind::MixedFolder(snapshot.display().to_string());
                Err(LoadError::of(&path.display().to_string(), kind))
            }
            _ => Ok(()),
        }
    }

    fn files_below(&mut self, folder: &Path) -> Result<(), LoadError> {
        if !self.enter(folder, 0)? {
            return Ok(());
        }
        for entry in entries(folder)? {
            let path = entry.path();
            if is_dot_file(&entry) {
                continue;
            }
            match self.kind(&path)? {
                Kind::File => self.file(path)?,
                Kind::Folder => self.files_below(&path)?,
                Kind::Other => {}
            }
        }
        Ok(())
    }

    /// Finds the files that match a pattern, in the order of their paths.
    fn pattern(mut self, pattern: &Path) -> Result<Self, LoadError> {
        self.is_pattern = true;
        let name = pattern.to_string_lossy();
        if !is_pattern(&name) {
            return Ok(self);
        }
        let components: Vec<Component<'_>> = pattern.components().collect();
        self.matching(PathBuf::new(), &components)?;
        self.files.sort();
        self.files.dedup();
        Ok(self)
    }

    /// Finds the files below a folder that match the components of a pattern.
    fn matching(&mut self, base: PathBuf, components: &[Component<'_>]) -> Result<(), LoadError> {
        let Some((component, rest)) = components.split_first() else {
            return self.found(base);
        };
        let text = component.as_os_str().to_string_lossy();
        if text == ANY_DEPTH {
            return self.at_any_depth(&base, components, rest);
        }
        if !matches!(component, Component::Normal(_)) || !is_pattern(&text) {
            let path = base.join(component);
            // Only the last component has to be there: the others are looked up on the way.
            return match fs::metadata(&path) {
                Ok(_) => self.matching(path, rest),
                Err(_) => Ok(()),
            };
        }
        // A pattern that cannot be read matches nothing.
        let Ok(pattern) = Pattern::new(&text) else {
            return Ok(());
        };
        for entry in entries_if_folder(&base)? {
            let name = entry.file_name();
            if pattern.matches_with(&name.to_string_lossy(), MATCH_OPTIONS) {
                let path = base.join(name);
                if rest.is_empty() || path.is_dir() {
                    self.matching(path, rest)?;
                }
            }
        }
        Ok(())
    }

    /// Matches `rest` in a folder and in every folder below it; without `rest`, finds every file there.
    fn at_any_depth(
        &mut self,
        base: &Path,
        components: &[Component<'_>],
        rest: &[Component<'_>],
    ) -> Result<(), LoadError> {
        let base = if base.as_os_str().is_empty() {
            Path::new(".")
        } else {
            base
        };
        if rest.is_empty() {
            return self.folder(base);
        }
        if !self.enter(base, components.len())? {
            return Ok(());
        }
        self.matching(base.to_owned(), rest)?;
        for entry in entries_if_folder(base)? {
            let path = entry.path();
            if !is_dot_file(&entry) && path.is_dir() {
                self.at_any_depth(&path, components, rest)?;
            }
        }
        Ok(())
    }

    /// Adds a match of a pattern: a file, or every file below a folder.
    fn found(&mut self, path: PathBuf) -> Result<(), LoadError> {
        match self.kind(&path)? {
            Kind::File => self.file(path)?,
            Kind::Folder => self.folder(&path)?,
            Kind::Other => {}
        }
        Ok(())
    }

    /// Tells a file from a folder; notes an entry that is neither, and a link that cannot be followed.
    fn kind(&mut self, path: &Path) -> Result<Kind, LoadError> {
        match fs::metadata(path) {
            Ok(found) if found.is_file() => Ok(Kind::File),
            Ok(found) if found.is_dir() => Ok(Kind::Folder),
            Ok(found) => {
                self.pass_over(path, file_kind_name(found.file_type()).to_owned());
                Ok(Kind::Other)
            }
            Err(error) if error.kind() != io::ErrorKind::PermissionDenied && path.is_symlink() => {
                let reason = if error.kind() == io::ErrorKind::NotFound {
                    "a link to a file that is not there".to_owned()
                } else {
                    format!("a link that cannot be followed: {error}")
                };
                self.pass_over(path, reason);
                Ok(Kind::Other)
            }
            Err(error) => Err(LoadError::io(&path.display().to_string(), error)),
        }
    }

    /// Adds a file, unless another of its names has been found before: each record would count twice.
    fn file(&mut self, path: PathBuf) -> Result<(), LoadError> {
        let identity = FileIdentity::from_path(&path)
            .map_err(|error| LoadError::io(&path.display().to_string(), error))?;
        match self.read.get(&identity) {
            None => {
                self.read.insert(identity, path.clone());
                self.files.push(path);
            }
            Some(before) if *before == path => {}
            Some(before) => {
                let reason = another_name(before);
                self.pass_over(&path, reason);
            }
        }
        Ok(())
    }

    /// Notes that a folder is entered; false where it was entered before, by whatever path.
    fn enter(&mut self, folder: &Path, components: usize) -> Result<bool, LoadError> {
        let identity = FileIdentity::from_path(folder)
            .map_err(|error| LoadError::io(&folder.display().to_string(), error))?;
        match self.entered.get(&(identity.clone(), components)) {
            None => {
                let path = folder.to_owned();
                self.entered.insert((identity, components), path);
                return Ok(true);
            }
            Some(before) if *before == folder => {}
            Some(before) => {
                let reason = another_name(before);
                self.pass_over(folder, reason);
            }
        }
        Ok(false)
    }

    fn pass_over(&mut self, path: &Path, reason: String) {
        let path = path.to_owned();
        self.passed_over.push(PassedOver { path, reason });
    }
}

enum Kind {
    File,
    Folder,
    /// Noted as passed over.
    Other,
}

/// The reason why a path is passed over that leads where another one did.
fn another_name(before: &Path) -> String {
    format!("another name of {}", escape(&before.to_string_lossy()))
}

fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

/// Whether nothing is there, rather than something that cannot be looked at.
fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn is_dot_file(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

/// Lists a folder, sorted by name.
fn entries(folder: &Path) -> Result<Vec<DirEntry>, LoadError> {
    let failed = |error| LoadError::io(&folder.display().to_string(), error);
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut entries: Vec<DirEntry> = entries.collect::<Result<_, _>>().map_err(failed)?;
    entries.sort_unstable_by_key(DirEntry::file_name);
    Ok(entries)
}

/// Lists a folder that a pattern leads to; nothing where the path is none.
fn entries_if_folder(path: &Path) -> Result<Vec<DirEntry>, LoadError> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    if path.is_dir() {
        entries(path)
    } else {
        Ok(Vec::new())
    }
}
