//! A file that is mapped, and whether it is still the file that was opened.
//!
//! A snapshot file is replaced as a whole by `idq pack`, and open maps keep the old file. Other programs may
//! write to it in place: cut it short, which makes reading the map a fault (SIGBUS), or put other bytes there, which the
//! map then shows. Three things hold against that:
//!
//! * The [guard](guard_mapped_files), where the process has installed it, turns the fault into zeros and a mark.
//! * Whatever says where something lies (headers, offsets, the footer) is copied before it is checked, so that bytes that
//!   change later can make an answer wrong, and no read go astray.
//! * An answer is given only if the file's state (length and both times: one `fstat`) is that of its opening before
//!   and after the work, and no mark is set: see [`PackedFile::while_unchanged`](crate::PackedFile::while_unchanged).
//!
//! Other ways were weighed. `pread` into memory of the process cannot fault, but every column that a question looks at
//! then takes memory of its own, which the system cannot give to others, and is copied before the first answer. A private
//! map (`MAP_PRIVATE`) faults and changes as a shared one does, until a page is written to. Locks and leases bind only
//! those who look at them, or need a privilege.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use idq_files::{FileState, StateDifference, open_regular};
use memmap2::{Mmap, MmapOptions};

#[cfg(unix)]
mod guard;

/// Makes the process go on where a mapped snapshot file is cut short: questions about it then fail with
/// [`LoadErrorKind::Changed`](idq_snapshot::LoadErrorKind::Changed). Without this, a read of what is gone ends the process
/// with SIGBUS.
///
/// It sets a handler for SIGBUS, for the whole process, as long as it runs; that is why opening a file does not do it by
/// itself. The handler leaves every fault that is not in a mapped snapshot file to the one that was there before. Those
/// who set another handler later have to call this one from it. A second call does nothing.
///
/// The command `idq` calls it first of all. Elsewhere than on Unix it does nothing, as the system does not let a mapped
/// file be cut short there.
///
/// # Errors
/// The system refuses.
pub fn guard_mapped_files() -> io::Result<()> {
    #[cfg(unix)]
    guard::install()?;
    Ok(())
}

/// A file, mapped and open.
#[derive(Debug)]
pub(crate) struct MappedFile {
    /// Before the map, as it has to go before it.
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
        // SAFETY: the map is read only. Others may write to the file: the module's text says why no read goes astray then,
        // and why no answer is given. What remains is that a text may not be UTF-8 while it is read for an answer that is
        // then refused.
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

    /// Whether the file has been written to since it was opened. Once it has, it has for ever.
    ///
    /// A rename, a link, and other permissions change the file's state in one respect only, in which one that was written
    /// to and given its old time back differs as well: then `is_same` has to find out, by reading all of it. Others wait
    /// meanwhile, so it must not hand work to other threads.
    pub(crate) fn has_changed(&self, is_same: impl FnOnce() -> bool) -> bool {
        if self.has_changed.load(Ordering::SeqCst) || self.is_cut() {
            return true;
        }
        // One after the other, so that no one takes an earlier state for a later one.
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

    fn is_cut(&self) -> bool {
        #[cfg(unix)]
        return self.guarded.is_cut();
        #[cfg(not(unix))]
        false
    }
}
