//! Files: outputs by atomic rename, inputs opened without blocking, comparison of files by identity and by state.
//!
//! * [`AtomicFile`] and [`AtomicFolder`] are outputs that appear whole or not at all.
//! * [`open_regular`] opens an input without blocking on a pipe.
//! * [`FileIdentity`] distinguishes two names of one file from two files, so that an output does not replace an input.
//! * [`FileState`] detects that a file has changed since its bytes were indexed.
//!
//! ```
//! use std::io::Write;
//!
//! use idq_files::AtomicFile;
//!
//! # let folder = tempfile::tempdir()?;
//! # let target = folder.path().join("report.csv");
//! let (output, mut file) = AtomicFile::create(&target)?;
//! file.write_all(b"id,name\n")?;
//! file.sync_all()?;
//! assert!(!target.exists());
//! output.commit()?;
//! assert_eq!(std::fs::read(&target)?, b"id,name\n");
//! # Ok::<(), std::io::Error>(())
//! ```

mod atomic;
mod file_identity;
mod file_state;
mod open;

pub use atomic::{
    AtomicFile, AtomicFolder, OutputKind, OutputLock, check_target, is_special_file, parent_folder,
    remove_temporaries, sync_folder, try_remove_temporaries,
};
pub use file_identity::{FileIdentity, StandardStream};
pub use file_state::{FileState, StateDifference};
pub use open::{OpenError, file_kind_name, open_regular};
