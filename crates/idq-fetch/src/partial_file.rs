//! [`PartialFile`]: a dump that is not complete yet, and the state of its run beside it.
//!
//! The records of a page are appended before the state is replaced, so after a break at any point the file has at least
//! the bytes that the state says. The bytes after them are part of a page that will be fetched again. The first page of a
//! run replaces the files of an earlier one: until then, a request that is refused loses nothing. One run at a time has
//! the lock of the file.

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
    /// The partial dump with its lock, if there is one.
    file: Option<File>,
    /// The length of the dump after the last page; `None` before the first page of a run that does not go on.
    length: Option<u64>,
}

impl PartialFile {
    /// Opens the partial file of a dump, and returns the state from which its run goes on; `None` without one. `check`
    /// refuses the state of another run, before the file is changed.
    ///
    /// # Errors
    /// The dump could not be renamed into place in the end; the files cannot be read, do not belong together, or are
    /// those of a run that has not ended.
    pub(crate) fn open(
        target: &Path,
        resume: Resume,
        check: impl FnOnce(&State, &Self) -> Result<(), Error>,
    ) -> Result<(Self, Option<State>), Error> {
        check_target(target, OutputKind::File).map_err(|error| Error::write(target, error))?;
        let mut partial = Self {
            target: target.to_owned(),
            path: partial_path(target),
            state_path: with_suffix(target, STATE_SUFFIX),
            file: None,
            length: None,
        };
        let Some(file) = partial.open_existing()? else {
            return Ok((partial, None));
        };
        let length = file.metadata().map(|metadata| metadata.len());
        let length = length.map_err(|error| Error::write(&partial.path, error))?;
        if resume == Resume::Restart {
            partial.file = Some(file);
            return Ok((partial, None));
        }
        let Some(state) = partial.read_state()? else {
            // A run that has ended before its first page leaves an empty file.
            if length > 0 {
                return Err(partial
                    .damaged("expected no such file, found one without the state of its run"));
            }
            partial.file = Some(file);
            return Ok((partial, None));
        };
        check(&state, &partial)?;
        if length < state.bytes {
            let reason = format!("expected at least {} bytes, found {length}", state.bytes);
            return Err(partial.damaged(&reason));
        }
        // The bytes after the last complete page.
        file.set_len(state.bytes)
            .map_err(|error| Error::write(&partial.path, error))?;
        partial.length = Some(state.bytes);
        partial.file = Some(file);
        Ok((partial, Some(state)))
    }

    /// Opens and locks the partial dump of an earlier run; `None` without one.
    fn open_existing(&self) -> Result<Option<File>, Error> {
        let file = match File::options().append(true).open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::write(&self.path, error)),
        };
        self.lock(&file)?;
        // A run that has ended meanwhile has renamed the file that was opened.
        Ok(self.path.exists().then_some(file))
    }

    /// Locks the partial dump until it is closed.
    #[cfg(unix)]
    fn lock(&self, file: &File) -> Result<(), Error> {
        use rustix::fs::{FlockOperation, flock};

        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(()),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(Error::Busy(self.path.clone())),
            Err(error) => Err(Error::write(&self.path, error.into())),
        }
    }

    /// Does nothing: on other systems, two runs are noticed by the length of the file.
    #[cfg(not(unix))]
    fn lock(&self, _: &File) -> Result<(), Error> {
        Ok(())
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
                if self.length != Some(file.metadata()?.len()) {
                    return Err(io::Error::other("another process writes to it"));
                }
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

    /// Begins the dump of a run that does not go on: an empty file, and its state.
    fn begin(&mut self, url: &str) -> Result<(), Error> {
        let file = match self.file.take() {
            Some(file) => file,
            None => {
                let options = &mut File::options();
                let options = options.append(true).create_new(true);
                let file = options.open(&self.path).map_err(|error| {
                    if error.kind() == io::ErrorKind::AlreadyExists {
                        return Error::Busy(self.path.clone());
                    }
                    Error::write(&self.path, error)
                })?;
                self.lock(&file)?;
                file
            }
        };
        let failed = |error| Error::write(&self.path, error);
        // A break before the end of the first page leaves a file that is known as partial.
        file.set_len(0).map_err(failed)?;
        self.write_state(&State::new(url.to_owned()))
            .map_err(failed)?;
        self.file = Some(file);
        self.length = Some(0);
        Ok(())
    }

    /// Reads the state; `None` if there is none.
    fn read_state(&self) -> Result<Option<State>, Error> {
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

    /// Replaces the state.
    fn write_state(&self, state: &State) -> io::Result<()> {
        let (unfinished, mut file) = AtomicFile::create(&self.state_path)?;
        serde_json::to_writer_pretty(&mut file, state)?;
        file.write_all(b"\n")?;
        // After a crash of the system, a renamed state must not be empty.
        file.sync_all()?;
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
        if self.length.is_none() {
            self.begin(&state.url)?;
        }
        let failed = |error| Error::write(&self.path, error);
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
        self.length = Some(length);
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
        PartialFile::open(target, resume, |_, _| Ok(()))
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
            // A restart changes nothing before its first page.
            let (mut restarted, none) = open(&target, Resume::Restart).unwrap();
            assert_eq!(none, None);
            assert_eq!(fs::read_to_string(&partial).unwrap(), dump);
            restarted.write_page(b"[]\n", &self::state(3)).unwrap();
            assert_eq!(fs::read_to_string(&partial).unwrap(), "[]\n");
        }
        // A file of that name which no run has written is not replaced.
        fs::remove_file(&state_path).unwrap();
        fs::write(&partial, "mine").unwrap();
        let error = open(&target, Resume::IfPossible).err().unwrap();
        assert!(error.to_string().contains("without the state"), "{error}");
        assert_eq!(fs::read_to_string(&partial).unwrap(), "mine");
        // That of a run which ended before its first page is empty.
        fs::write(&partial, "").unwrap();
        let (mut found, none) = open(&target, Resume::IfPossible).unwrap();
        assert_eq!(none, None);
        found.write_page(b"{}\n", &state(3)).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn partial_file_of_a_run_that_has_not_ended_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("dump.ndjson");
        let (mut first, _) = open(&target, Resume::IfPossible).unwrap();
        let (mut late, _) = open(&target, Resume::IfPossible).unwrap();
        first.write_page(b"{}\n", &state(3)).unwrap();
        for resume in [Resume::IfPossible, Resume::Restart] {
            let error = open(&target, resume).err().unwrap();
            assert!(matches!(error, Error::Busy(_)), "{error}");
        }
        let error = late.write_page(b"[]\n", &state(3)).unwrap_err();
        assert!(matches!(error, Error::Busy(_)), "{error}");
        first.finish().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "{}\n");
    }

    #[test]
    fn state_that_is_refused_leaves_the_partial_file_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("dump.ndjson");
        let (mut partial, _) = open(&target, Resume::IfPossible).unwrap();
        partial.write_page(b"{}\n", &state(3)).unwrap();
        partial.file.as_mut().unwrap().write_all(b"{\"cut").unwrap();
        drop(partial);
        let refused = PartialFile::open(&target, Resume::IfPossible, |_, file| {
            Err(file.damaged("of another run"))
        });
        assert!(refused.is_err());
        assert_eq!(
            fs::read_to_string(partial_path(&target)).unwrap(),
            "{}\n{\"cut"
        );
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
