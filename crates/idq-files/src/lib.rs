//! Files as the commands read and write them: outputs that appear whole or not at all, and which file a name leads to.
//!
//! [`Unfinished`] is an output on its way; [`FileIdentity`] tells two names of one file from two files, so that no output
//! is written over an input.

mod identity;
mod open;
mod state;
mod unfinished;

pub use identity::{FileIdentity, Standard};
pub use open::{OpenError, kind_name, open_regular};
pub use state::{Difference, FileState};
pub use unfinished::{
    Stopped, Unfinished, check_path, folder_of, is_special, remove_unfinished, sync_folder,
    try_remove_unfinished,
};
