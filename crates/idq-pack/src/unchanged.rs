//! Whether a file that is open is still the one that was opened.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use idq_snapshot::{LoadError, LoadErrorKind};

use crate::checksum::checksum;
use crate::open::{PackedFile, footer_range};
use crate::verify::check_blocks;

impl PackedFile {
    /// Does work that reads the file, and gives its result only if nothing was written to the file since it was opened.
    /// Work that fails, or panics, over a file that has been written to fails because of that. It costs two calls of
    /// `fstat`; where the file was renamed, unlinked or given other permissions since, its checksums are compared once.
    ///
    /// # Errors
    /// Those of the work; [`LoadErrorKind::Changed`].
    pub fn while_unchanged<T, E: From<LoadError>>(
        &self,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.check_unchanged()?;
        let result = catch_unwind(AssertUnwindSafe(work));
        self.check_unchanged()?;
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Refuses a file that was written to since it was opened.
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
        let what = "a part has another checksum than it was packed with".to_owned();
        Err(self.error(LoadErrorKind::Damaged(what)))
    }

    /// The error, or that the file has changed, which explains it.
    pub fn explained(&self, error: LoadError) -> LoadError {
        self.check_unchanged().err().unwrap_or(error)
    }

    fn has_changed(&self) -> bool {
        let map = self.map.as_ref().map(Arc::as_ref);
        map.is_some_and(|map| map.has_changed(|| self.has_its_checksums().unwrap_or(false)))
    }

    /// Whether every part has the checksum that the footer had when the file was opened, and the footer its own.
    fn has_its_checksums(&self) -> Result<bool, LoadError> {
        let footer = footer_range(&self.bytes).map(|footer| checksum(&self.bytes[footer]));
        if footer != Some(self.footer_checksum) {
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
