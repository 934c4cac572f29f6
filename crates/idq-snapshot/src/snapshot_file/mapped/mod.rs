//! A mapped file, and the detection of changes to it.
//!
//! `idq pack` replaces a snapshot file by an atomic rename, and open maps keep the old file. Other programs may write
//! to it in place: truncate it, after which a read of the map raises SIGBUS, or overwrite bytes, which the map then
//! shows. Three measures protect against that:
//!
//! * The [guard](guard_mapped_files), if the process has installed it, turns the fault into zeros and a mark.
//! * Headers, offsets and the footer are copied before they are validated, so bytes that change later can make an
//!   answer wrong, but cannot make a read go out of bounds.
//! * An answer is returned only if the file's state (length and both times: one `fstat`) equals that at its opening,
//!   both before and after the work, and no mark is set: see
//!   [`SnapshotFile::while_unchanged`](crate::SnapshotFile::while_unchanged).
//!
//! The alternatives are worse. `pread` into memory of the process cannot fault, but would copy each column of a query
//! before the first answer, into memory that the system cannot reclaim. A private map (`MAP_PRIVATE`) faults and
//! changes like a shared one, until a page is written to. Advisory locks bind only programs that check them, and leases
//! need a privilege.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use idq_files::{FileState, StateDifference, open_regular};
use memmap2::{Mmap, MmapOptions};

#[cfg(unix)]
mod guard;

/// Keeps the process alive when a mapped snapshot file is truncated: queries of it then fail with
/// [`LoadErrorKind::Changed`](crate::LoadErrorKind::Changed). Without the guard, a read beyond the new end ends the
/// process with SIGBUS.
///
/// The guard is a handler for SIGBUS of the whole process that is never removed; therefore opening a file does not
/// install it. The handler passes every fault outside mapped snapshot files to the previous handler. A handler that is
/// set later must call this one. A second call does nothing.
///
/// The command `idq` installs it at its start. On systems other than Unix this does nothing, because they do not allow
/// a mapped file to be truncated.
///
/// # Errors
/// The system refuses to set the handler.
pub fn guard_mapped_files() -> io::Result<()> {
    #[cfg(unix)]
    guard::install()?;
    Ok(())
}

/// A mapped file that is kept open.
#[derive(Debug)]
pub(crate) struct MappedFile {
    /// Declared before the map, because it must be dropped before the map.
    #[cfg(unix)]
    guarded: guard::Guarded,
    map: Mmap,
    file: File,
    state: Mutex<FileState>,
    has_changed: AtomicBool,
}

impl AsRef<[u8]> for MappedFile {
    fn as_ref(&self) -> &[u8] {
        &self.map
    }
}

impl MappedFile {
    /// Maps a regular file.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = open_regular(path)?;
        let metadata = file.metadata()?;
        let length = usize::try_from(metadata.len()).map_err(|_| io::ErrorKind::OutOfMemory)?;
        #[expect(unsafe_code, reason = "the file may be written to by another process")]
        // SAFETY: the map is read-only. Other processes may write to the file: the comment of this module explains why
        // no read then goes out of bounds, and why no answer is returned. The remaining risk is that a text is invalid
        // UTF-8 during work whose result is discarded.
        let map = unsafe { MmapOptions::new().len(length).map(&file) }?;
        Ok(Self {
            #[cfg(unix)]
            guarded: guard::Guarded::new(&map),
            map,
            file,
            state: Mutex::new(FileState::from_metadata(&metadata)),
            has_changed: AtomicBool::new(false),
        })
    }

    /// Returns whether the file was written to since it was opened. A changed file stays changed.
    ///
    /// A rename, a link or a change of permissions changes only the status change time. So does a write after which the
    /// modification time was restored. In these cases `is_same` decides, by reading the whole file. It runs under a
    /// lock, so it must not use the thread pool, whose threads may block on the lock.
    pub(crate) fn has_changed(&self, is_same: impl FnOnce() -> bool) -> bool {
        if self.has_changed.load(Ordering::SeqCst) || self.is_cut() {
            return true;
        }
        // The metadata are read under the lock, so that an earlier state does not replace a later one.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_unchanged = match self.file.metadata() {
            Ok(now) => match state.difference(&now) {
                StateDifference::None => true,
                StateDifference::Status if is_same() && !self.is_cut() => {
                    *state = FileState::from_metadata(&now);
                    true
                }
                StateDifference::Status | StateDifference::Content => false,
            },
            Err(_) => false,
        };
        if !is_unchanged {
            self.has_changed.store(true, Ordering::SeqCst);
        }
        !is_unchanged
    }

    /// Returns the modification time when the file was opened.
    pub(crate) fn modified(&self) -> Option<SystemTime> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.modified()
    }

    /// Returns whether a read went beyond the end of a truncated file.
    fn is_cut(&self) -> bool {
        #[cfg(unix)]
        return self.guarded.is_cut();
        #[cfg(not(unix))]
        false
    }
}
