//! Glob expansion: expands the names that a user types (files, patterns, folders, `-`) into sources.
//!
//! Shells expand patterns as well, but the shell of Windows does not, and a pattern in quotes is not limited by the
//! length of a command line. Files are compared by identity, not by path, so that links and overlapping patterns do not
//! load a record twice.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};
use hashbrown::HashMap;
use idq_files::{FileIdentity, file_kind_name};
use idq_grammar::escape;
use idq_snapshot::{ForeignFormat, LoadError, LoadErrorKind, is_snapshot_file};

use super::Source;
use super::archive::read_archive;
use super::content::{FileContent, content_of_file};

/// The sources that names expand to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expansion {
    /// The sources, in order.
    pub sources: Vec<Source>,
    /// The entries of folders and the matches of patterns that are not sources.
    pub ignored: Vec<IgnoredEntry>,
}

/// An entry of a folder or a match of a pattern that is not a source.
///
/// Displays as its path and the reason: `people/queue: a pipe`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IgnoredEntry {
    /// The path.
    pub path: PathBuf,
    /// The reason, as part of a message.
    pub reason: String,
}

impl fmt::Display for IgnoredEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}",
            escape(&self.path.to_string_lossy()),
            self.reason
        )
    }
}

/// Expands names into sources, in order.
///
/// `-` is standard input. A folder expands to every dump below it, in the order of names, except hidden files; it must
/// not have snapshot files as well. A name that no file has is a pattern (`pages/**/*.json.gz`). Files of other formats
/// in a folder, or among the matches of a pattern, are ignored, and reported as such. Links to folders are followed;
/// each folder and each file counts once for a name. A pipe or a device is a source only if it is named explicitly.
///
/// A zip or tar archive, compressed or not, expands to the dumps among its members, which are read into memory. One
/// without dumps is an error if it is named, and ignored in a folder.
///
/// # Errors
/// A name or a pattern without a match; a folder without dumps, with both kinds of files, or that cannot be read; an
/// archive that cannot be read, or that is named and has no dumps; `-` twice.
pub fn expand<S: AsRef<OsStr>>(names: &[S]) -> Result<Expansion, LoadError> {
    expand_by(names, Selection::ByContent)
}

/// Lists the regular files that names expand to, archives and files of other formats included, without reading them.
///
/// # Errors
/// As [`expand`], except those of contents.
pub fn list_files<S: AsRef<OsStr>>(names: &[S]) -> Result<Vec<PathBuf>, LoadError> {
    let sources = expand_by(names, Selection::All)?.sources.into_iter();
    let paths = sources.filter_map(|source| match source {
        Source::File(path) => Some(path),
        _ => None,
    });
    Ok(paths.collect())
}

/// The selection of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Selection {
    /// All files.
    All,
    /// Dumps, snapshot files, and the members of archives.
    #[default]
    ByContent,
}

/// Expands names into the sources of a selection.
fn expand_by<S: AsRef<OsStr>>(names: &[S], selection: Selection) -> Result<Expansion, LoadError> {
    let new_walk = || Walk {
        selection,
        ..Walk::default()
    };
    let mut expansion = Expansion::default();
    for name in names {
        let name = name.as_ref();
        let path = Path::new(name);
        let shown = name.to_string_lossy();
        if name == "-" {
            if expansion.sources.contains(&Source::Stdin) {
                return Err(LoadError::new(&shown, LoadErrorKind::StdinTwice));
            }
            expansion.sources.push(Source::Stdin);
            continue;
        }
        let found = match fs::metadata(path) {
            Ok(found) => found,
            Err(error) if is_pattern(&shown) || is_not_found(&error) => {
                expansion.add(&shown, new_walk().with_pattern(path)?)?;
                continue;
            }
            Err(error) => return Err(LoadError::io(&shown, error)),
        };
        if found.is_dir() {
            let mut walk = new_walk();
            walk.add_folder(path)?;
            expansion.add(&shown, walk)?;
        } else if found.is_file() {
            let archive = match selection {
                Selection::All => None,
                Selection::ByContent => match content_of_file(path) {
                    FileContent::Archive(format) => Some(format),
                    _ => None,
                },
            };
            expansion.add_file(FoundFile {
                path: path.to_owned(),
                archive,
            })?;
        } else {
            expansion.sources.push(Source::Stream(path.to_owned()));
        }
    }
    Ok(expansion)
}

impl Expansion {
    /// Adds the files that a walk has found for a name. Fails if there is none.
    fn add(&mut self, name: &str, mut walk: Walk) -> Result<(), LoadError> {
        walk.ignored.sort_unstable();
        // Several components of a pattern can lead to one entry.
        walk.ignored.dedup();
        if walk.files.is_empty() {
            let kind = match walk.ignored.first() {
                Some(first) => LoadErrorKind::NoDump(first.to_string()),
                None if walk.is_pattern => LoadErrorKind::NoSuchSource,
                None => LoadErrorKind::EmptyFolder,
            };
            return Err(LoadError::new(name, kind));
        }
        let found_before = self.sources.len();
        self.ignored.extend(walk.ignored);
        for file in walk.files {
            let path = file.path.clone();
            match self.add_file(file) {
                // Like a file that is no dump: other files of the folder have the records.
                Err(error) if matches!(*error.kind, LoadErrorKind::NoDump(_)) => {
                    let reason = "an archive without dumps".to_owned();
                    self.ignored.push(IgnoredEntry { path, reason });
                }
                added => added?,
            }
        }
        if self.sources.len() == found_before
            && let Some(last) = self.ignored.last()
        {
            return Err(LoadError::new(
                name,
                LoadErrorKind::NoDump(last.to_string()),
            ));
        }
        Ok(())
    }

    /// Adds a file, or the members of an archive.
    fn add_file(&mut self, file: FoundFile) -> Result<(), LoadError> {
        match file.archive {
            None => self.sources.push(Source::File(file.path)),
            Some(format) => {
                let members = read_archive(&file.path, format)?;
                self.sources.extend(members.sources);
                self.ignored.extend(members.ignored);
            }
        }
        Ok(())
    }
}

/// A file that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FoundFile {
    path: PathBuf,
    /// The format, if the file is an archive.
    archive: Option<ForeignFormat>,
}

/// A walk over the folders of one name, and its result.
#[derive(Default)]
struct Walk {
    /// The files to add.
    selection: Selection,
    /// Whether the name is a pattern. A pattern without matches has another error than a folder without files.
    is_pattern: bool,
    /// The dumps, snapshot files and archives, in order.
    files: Vec<FoundFile>,
    /// The entries that are not sources.
    ignored: Vec<IgnoredEntry>,
    /// The folders that were entered, each with the number of remaining components of the pattern. A folder is entered
    /// once for each such number, so a cycle of links ends.
    entered: HashMap<(FileIdentity, usize), PathBuf>,
    /// The files that were found, each with its first path.
    found: HashMap<FileIdentity, PathBuf>,
}

/// As in a shell, `*` matches no slash, and hidden files must be named with their dot.
const MATCH_OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// The component of a pattern that matches folders at any depth.
const ANY_DEPTH: &str = "**";

impl Walk {
    /// Adds every file below a folder. Dumps and snapshot files must not be mixed: with a snapshot file and the dumps
    /// that it was packed from, each record would count twice.
    fn add_folder(&mut self, path: &Path) -> Result<(), LoadError> {
        let before = self.files.len();
        self.add_files_below(path)?;
        let below = &self.files[before..];
        let is_snapshot = |file: &&FoundFile| is_snapshot_file(&file.path);
        let snapshots: Vec<&FoundFile> = below.iter().filter(is_snapshot).collect();
        match snapshots.first() {
            Some(snapshot)
                if snapshots.len() < below.len() && self.selection == Selection::ByContent =>
            {
                let kind = LoadErrorKind::MixedFolder(snapshot.path.display().to_string());
                Err(LoadError::new(&path.display().to_string(), kind))
            }
            _ => Ok(()),
        }
    }

    /// Adds every file below a folder, in the order of names.
    fn add_files_below(&mut self, folder: &Path) -> Result<(), LoadError> {
        if !self.enter(folder, 0)? {
            return Ok(());
        }
        for entry in entries(folder)? {
            let path = entry.path();
            if is_dot_file(&entry) {
                continue;
            }
            match self.entry_kind(&path)? {
                EntryKind::File => self.add_file(path)?,
                EntryKind::Folder => self.add_files_below(&path)?,
                EntryKind::Other => {}
            }
        }
        Ok(())
    }

    /// Adds the files that match a pattern, in the order of their paths.
    fn with_pattern(mut self, pattern: &Path) -> Result<Self, LoadError> {
        self.is_pattern = true;
        let name = pattern.to_string_lossy();
        if !is_pattern(&name) {
            return Ok(self);
        }
        let components: Vec<Component<'_>> = pattern.components().collect();
        self.add_matches(PathBuf::new(), &components)?;
        self.files.sort_by(|one, other| one.path.cmp(&other.path));
        self.files.dedup();
        Ok(self)
    }

    /// Adds the files below a folder that match the components of a pattern.
    fn add_matches(
        &mut self,
        base: PathBuf,
        components: &[Component<'_>],
    ) -> Result<(), LoadError> {
        let Some((component, rest)) = components.split_first() else {
            return self.add_match(base);
        };
        let text = component.as_os_str().to_string_lossy();
        if text == ANY_DEPTH {
            return self.add_matches_at_any_depth(&base, components, rest);
        }
        if !matches!(component, Component::Normal(_)) || !is_pattern(&text) {
            let path = base.join(component);
            // For a component without wildcards, the folder is not listed.
            return match fs::metadata(&path) {
                Ok(_) => self.add_matches(path, rest),
                Err(_) => Ok(()),
            };
        }
        // An invalid pattern has no matches.
        let Ok(pattern) = Pattern::new(&text) else {
            return Ok(());
        };
        for entry in entries_if_folder(&base)? {
            let name = entry.file_name();
            if pattern.matches_with(&name.to_string_lossy(), MATCH_OPTIONS) {
                let path = base.join(name);
                if rest.is_empty() || path.is_dir() {
                    self.add_matches(path, rest)?;
                }
            }
        }
        Ok(())
    }

    /// Matches `rest` in a folder and in every folder below it. If `rest` is empty, adds every file below the folder.
    fn add_matches_at_any_depth(
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
            return self.add_folder(base);
        }
        if !self.enter(base, components.len())? {
            return Ok(());
        }
        self.add_matches(base.to_owned(), rest)?;
        for entry in entries_if_folder(base)? {
            let path = entry.path();
            if !is_dot_file(&entry) && path.is_dir() {
                self.add_matches_at_any_depth(&path, components, rest)?;
            }
        }
        Ok(())
    }

    /// Adds a match of a pattern: a file, or every file below a folder.
    fn add_match(&mut self, path: PathBuf) -> Result<(), LoadError> {
        match self.entry_kind(&path)? {
            EntryKind::File => self.add_file(path)?,
            EntryKind::Folder => self.add_folder(&path)?,
            EntryKind::Other => {}
        }
        Ok(())
    }

    /// Returns the kind of an entry. An entry that is neither file nor folder, or a broken link, is ignored.
    fn entry_kind(&mut self, path: &Path) -> Result<EntryKind, LoadError> {
        match fs::metadata(path) {
            Ok(found) if found.is_file() => Ok(EntryKind::File),
            Ok(found) if found.is_dir() => Ok(EntryKind::Folder),
            Ok(found) => {
                self.ignore(path, file_kind_name(found.file_type()).to_owned());
                Ok(EntryKind::Other)
            }
            Err(error) if error.kind() != io::ErrorKind::PermissionDenied && path.is_symlink() => {
                let reason = if error.kind() == io::ErrorKind::NotFound {
                    "a broken link".to_owned()
                } else {
                    format!("a link that cannot be followed: {error}")
                };
                self.ignore(path, reason);
                Ok(EntryKind::Other)
            }
            Err(error) => Err(LoadError::io(&path.display().to_string(), error)),
        }
    }

    /// Adds a file, unless it was found before under another name, because each record would then count twice.
    fn add_file(&mut self, path: PathBuf) -> Result<(), LoadError> {
        let identity = FileIdentity::from_path(&path)
            .map_err(|error| LoadError::io(&path.display().to_string(), error))?;
        match self.found.get(&identity) {
            None => {
                self.found.insert(identity, path.clone());
                let content = match self.selection {
                    Selection::All => FileContent::Dump,
                    Selection::ByContent => content_of_file(&path),
                };
                let archive = match content {
                    FileContent::Dump => None,
                    FileContent::Archive(format) => Some(format),
                    FileContent::Other(reason) => {
                        self.ignore(&path, reason);
                        return Ok(());
                    }
                };
                self.files.push(FoundFile { path, archive });
            }
            Some(before) if *before == path => {}
            Some(before) => {
                let reason = another_name(before);
                self.ignore(&path, reason);
            }
        }
        Ok(())
    }

    /// Enters a folder. Returns false if it was entered before, by this path or another.
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
                self.ignore(folder, reason);
            }
        }
        Ok(false)
    }

    /// Adds an entry that is not a source.
    fn ignore(&mut self, path: &Path, reason: String) {
        let path = path.to_owned();
        self.ignored.push(IgnoredEntry { path, reason });
    }
}

/// The kind of an entry.
enum EntryKind {
    File,
    Folder,
    /// An entry that was ignored.
    Other,
}

/// Returns the reason for ignoring a path that leads to the same file or folder as an earlier path.
fn another_name(before: &Path) -> String {
    format!("another name of {}", escape(&before.to_string_lossy()))
}

/// Returns whether a name has wildcards.
fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

/// Returns whether an error means that the entry does not exist, and not that it cannot be read.
fn is_not_found(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Returns whether an entry is hidden.
fn is_dot_file(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

/// Returns the entries of a folder, sorted by name.
fn entries(folder: &Path) -> Result<Vec<DirEntry>, LoadError> {
    let failed = |error| LoadError::io(&folder.display().to_string(), error);
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut entries: Vec<DirEntry> = entries.collect::<Result<_, _>>().map_err(failed)?;
    entries.sort_unstable_by_key(DirEntry::file_name);
    Ok(entries)
}

/// Returns the entries of a folder in a pattern; none if the path is not a folder.
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
