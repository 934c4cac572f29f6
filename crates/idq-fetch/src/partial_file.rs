//! [`PartialFile`]: a dump that is not complete yet, and the state of its run beside it.
//!
//! The records of a page are appended before the state is replaced, so after a break at any point the file has at least
//! the bytes that the state says. The bytes after them are part of a page that will be fetched again.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use idq_files::{AtomicFile, OutputKind, check_target, parent_folder, sync_folder};

use crate::error::Error;
use crate::fetch::Resume;
use crate::sink::Sink;
use crate::state::{STATE_VERSION, State};

/// The suffix of a dump that is not complete.
const PARTIAL_SUFFIX: &str = ".partial";

/// The suffix of the state beside it.
const STATE_SUFFIX: &str = ".partial.json";

/// Returns the path of the partial file of a dump.
pub fn partial_path(target: &Path) -> PathBuf {
    with_suffix(target, PARTIAL_SUFFIX)
}

/// Returns a path whose name has one more suffix.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path.as_os_str());
    name.push(suffix);
    PathBuf::from(name)
}

/// A dump that is not complete.
pub(crate) struct PartialFile {
    /// The path of the complete dump.
    target: PathBuf,
    /// The path of the partial dump.
    path: PathBuf,
    /// The path of the state.
    state_path: PathBuf,
    /// The partial dump, which is created with the first page.
    file: Option<File>,
}

impl PartialFile {
    /// Opens the partial file of a dump, and returns the state from which its run goes on; `None` without one.
    ///
    /// # Errors
    /// The dump could not be renamed into place in the end; the files cannot be read, or do not belong together.
    pub(crate) fn open(target: &Path, resume: Resume) -> Result<(Self, Option<State>), Error> {
        check_target(target, OutputKind::File).map_err(|error| Error::write(target, error))?;
        let mut partial = Self {
            target: target.to_owned(),
            path: partial_path(target),
            state_path: with_suffix(target, STATE_SUFFIX),
            file: None,
        };
        if resume == Resume::Restart {
            partial.remove();
        }
        let state = partial.read_state()?;
        if let Some(state) = &state {
            partial.reopen(state.bytes)?;
        }
        Ok((partial, state))
    }

    /// Removes both files, if they are there.
    pub(crate) fn remove(&self) {
        // A file that stays is reported when it is opened again.
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_file(&self.state_path);
    }

    /// Returns the path of the partial dump.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Syncs the dump and renames it into place. It gets the permissions of a file that it replaces.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let finish = || -> io::Result<()> {
            if let Some(file) = &self.file {
                file.sync_all()?;
            }
            // A link leads to the file that is replaced.
            let target = fs::canonicalize(&self.target).unwrap_or_else(|_| self.target.clone());
            if let Ok(found) = fs::metadata(&target) {
                fs::set_permissions(&self.path, found.permissions())?;
            }
            fs::rename(&self.path, &target)?;
            sync_folder(parent_folder(&target));
            fs::remove_file(&self.state_path)
        };
        finish().map_err(|error| Error::write(&self.target, error))
    }

    /// Creates the dump if no page has been written.
    fn create(&mut self) -> Result<(), Error> {
        if self.file.is_some() {
            return Ok(());
        }
        let options = &mut File::options();
        let options = options.append(true).create_new(true);
        let file = options.open(&self.path).map_err(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                return self
                    .damaged("expected no such file, found one without the state of its run");
            }
            Error::write(&self.path, error)
        })?;
        self.file = Some(file);
        Ok(())
    }

    /// Reads the state; `None` if there is no partial dump.
    fn read_state(&self) -> Result<Option<State>, Error> {
        if !self.path.exists() {
            return Ok(None);
        }
        let bytes = match fs::read(&self.state_path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.damaged(&format!("its state cannot be read: {error}"))),
        };
        match serde_json::from_slice(&bytes) {
            Ok(state) if is_current(&state) => Ok(Some(state)),
            Ok(_) => Err(self.damaged("its state is that of another version of idq")),
            Err(error) => Err(self.damaged(&format!("its state cannot be read: {error}"))),
        }
    }

    /// Opens the dump of an earlier run, without the bytes after its last complete page.
    fn reopen(&mut self, bytes: u64) -> Result<(), Error> {
        let file = File::options().append(true).open(&self.path);
        let file = file.map_err(|error| Error::write(&self.path, error))?;
        let length = file.metadata().map(|metadata| metadata.len());
        let length = length.map_err(|error| Error::write(&self.path, error))?;
        if length < bytes {
            let reason = format!("expected at least {bytes} bytes, found {length}");
            return Err(self.damaged(&reason));
        }
        file.set_len(bytes)
            .map_err(|error| Error::write(&self.path, error))?;
        self.file = Some(file);
        Ok(())
    }

    /// Replaces the state.
    fn write_state(&self, state: &State) -> io::Result<()> {
        let (unfinished, mut file) = AtomicFile::create(&self.state_path)?;
        serde_json::to_writer_pretty(&mut file, state)?;
        file.write_all(b"\n")?;
        unfinished.commit()
    }

    /// Returns the error of a partial dump that cannot be continued.
    pub(crate) fn damaged(&self, reason: &str) -> Error {
        Error::Damaged {
            path: self.path.clone(),
            reason: reason.to_owned(),
        }
    }
}

/// Returns whether a state has the current form.
fn is_current(state: &State) -> bool {
    state.idq_fetch == STATE_VERSION
}

impl Sink for PartialFile {
    fn write_page(&mut self, records: &[u8], state: &State) -> Result<(), Error> {
        let is_new = self.file.is_none();
        self.create()?;
        let failed = |error| Error::write(&self.path, error);
        if is_new {
            // A break before the end of this page leaves a file that is known as partial.
            let begun = State::new(state.url.clone());
            self.write_state(&begun).map_err(failed)?;
        }
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        file.write_all(records).map_err(failed)?;
        // After a crash of the system, the state must not be ahead of the records.
        file.sync_data().map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        if length != state.bytes {
            let expected = state.bytes;
            return Err(self.damaged(&format!(
                "expected {expected} bytes, found {length}: another process writes to it"
            )));
        }
        self.write_state(state).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the state after one page of these bytes.
    fn state(bytes: u64) -> State {
        State {
            bytes,
            pages: 1,
            ..State::new("https://a/x?f=1".to_owned())
        }
    }

    fn open(target: &Path, resume: Resume) -> Result<(PartialFile, Option<State>), Error> {
        PartialFile::open(target, resume)
    }

    #[test]
    fn partial_file_goes_on_after_its_last_page() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("dump.ndjson");
        let (mut partial, found) = open(&target, Resume::IfPossible).unwrap();
        assert_eq!(found, None);
        partial.write_page(b"{}\n", &state(3)).unwrap();
        // A break while the second page was written.
        partial.file.as_mut().unwrap().write_all(b"{\"cut").unwrap();
        drop(partial);
        let (mut partial, found) = open(&target, Resume::IfPossible).unwrap();
        assert_eq!(found, Some(state(3)));
        partial.write_page(b"[]\n", &state(6)).unwrap();
        partial.finish().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "{}\n[]\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn partial_file_that_does_not_fit_its_state_is_refused_until_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("dump.ndjson");
        let partial = partial_path(&target);
        let state_path = with_suffix(&target, STATE_SUFFIX);
        let whole = serde_json::to_string(&state(3)).unwrap();
        for (dump, state, expected) in [
            (
                "{}",
                Some(whole.as_str()),
                "expected at least 3 bytes, found 2",
            ),
            ("{}\n", Some("{}"), "its state cannot be read"),
            ("{}\n", Some(&whole.replace(":1", ":2")), "another version"),
        ] {
            fs::write(&partial, dump).unwrap();
            if let Some(state) = state {
                fs::write(&state_path, state).unwrap();
            }
            let error = open(&target, Resume::IfPossible).err().unwrap().to_string();
            assert!(
                error.contains(expected) && error.contains("--restart"),
                "{error}"
            );
            assert!(open(&target, Resume::Restart).unwrap().1.is_none());
        }
        // A file of that name which no run has written is not replaced.
        fs::write(&partial, "mine").unwrap();
        let (mut found, none) = open(&target, Resume::IfPossible).unwrap();
        assert_eq!(none, None);
        let error = found.write_page(b"{}\n", &state(3)).unwrap_err();
        assert!(error.to_string().contains("without the state"), "{error}");
        assert_eq!(fs::read_to_string(&partial).unwrap(), "mine");
    }

    #[test]
    fn partial_file_that_another_process_writes_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("dump.ndjson");
        let (mut partial, _) = open(&target, Resume::IfPossible).unwrap();
        partial.write_page(b"{}\n", &state(3)).unwrap();
        let mut other = File::options().append(true).open(partial.path()).unwrap();
        other.write_all(b"{}\n").unwrap();
        let error = partial.write_page(b"[]\n", &state(6)).unwrap_err();
        assert!(error.to_string().contains("another process"), "{error}");
    }
}
