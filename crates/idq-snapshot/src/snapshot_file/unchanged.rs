//! Detection of changes of an open file: by its state, and by its checksums if the state is ambiguous.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use super::verify::check_blocks;
use super::{SnapshotFile, footer_range};
use crate::error::{LoadError, LoadErrorKind};

/// Runs work between two checks, and returns the error of either check in place of the work's result or panic.
pub(crate) fn while_unchanged<T, E: From<LoadError>>(
    check: impl Fn() -> Result<(), LoadError>,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    check()?;
    let result = catch_unwind(AssertUnwindSafe(work));
    check()?;
    result.unwrap_or_else(|panic| resume_unwind(panic))
}

impl SnapshotFile {
    /// Runs work that reads the file, and returns its result only if the file was not written to since it was opened.
    /// Otherwise it returns [`LoadErrorKind::Changed`], even if the work fails or panics. The cost is two calls of
    /// `fstat`; if the file was renamed, unlinked or given other permissions, its checksums are compared once.
    ///
    /// # Errors
    /// Those of the work; [`LoadErrorKind::Changed`].
    pub fn while_unchanged<T, E: From<LoadError>>(
        &self,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        while_unchanged(|| self.check_unchanged(), work)
    }

    /// Checks that the file was not written to since it was opened.
    ///
    /// # Errors
    /// [`LoadErrorKind::Changed`].
    pub fn check_unchanged(&self) -> Result<(), LoadError> {
        if self.has_changed() {
            return Err(self.error(LoadErrorKind::Changed));
        }
        Ok(())
    }

    /// Compares every part of the file with its checksum, which reads all of it.
    ///
    /// # Errors
    /// [`LoadErrorKind::Damaged`].
    pub fn check_checksums(&self) -> Result<(), LoadError> {
        if self.has_its_checksums()? {
            return Ok(());
        }
        let damage = "a part has another checksum than it was packed with".to_owned();
        Err(self.error(LoadErrorKind::Damaged(damage)))
    }

    /// Returns [`LoadErrorKind::Changed`] if the file has changed, which is then the cause of the error, else the
    /// error.
    pub fn explained(&self, error: LoadError) -> LoadError {
        self.check_unchanged().err().unwrap_or(error)
    }

    fn has_changed(&self) -> bool {
        let map = self.map.as_ref().map(Arc::as_ref);
        map.is_some_and(|map| map.has_changed(|| self.has_its_checksums().unwrap_or(false)))
    }

    /// Returns whether the footer is the same as at opening, and every part has its checksum.
    fn has_its_checksums(&self) -> Result<bool, LoadError> {
        let footer = footer_range(&self.bytes).map(|footer| &self.bytes[footer]);
        if footer != Some(self.footer.bytes()) {
            return Ok(false);
        }
        check_blocks(self)?;
        for index in 0..self.footer.dictionaries.len() {
            if !self.has_dictionary(index)? {
                return Ok(false);
            }
        }
        for batch in 0..self.footer.batches.len() {
            if !self.has_batch(batch)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
