//! Sources that can be read from any offset, so that each worker reads the blocks that it parses.

use std::ops::Range;

use idq_snapshot::{LoadError, SourceBytes, StoredFile};

use crate::source::Input;

/// A source with random access: an uncompressed file, or bytes in memory.
pub(super) enum RandomAccessSource<'f> {
    File { name: &'f str, file: &'f StoredFile },
    Shared { name: &'f str, bytes: &'f [u8] },
}

impl<'f> RandomAccessSource<'f> {
    /// Creates the source of an input; `None` for a stream or a compressed file.
    pub(super) fn from_input(input: &'f Input) -> Option<Self> {
        let name = &input.name;
        match &input.stored {
            Some(SourceBytes::File(file)) => Some(Self::File { name, file }),
            Some(SourceBytes::Shared(bytes)) => Some(Self::Shared { name, bytes }),
            _ => None,
        }
    }

    /// Returns the name in messages.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::File { name, .. } | Self::Shared { name, .. } => name,
        }
    }

    /// Returns the length in bytes.
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::File { file, .. } => file.length(),
            Self::Shared { bytes, .. } => bytes.len() as u64,
        }
    }

    /// Reads a range, which must be within the source.
    pub(super) fn read(&self, range: Range<u64>) -> Result<Vec<u8>, LoadError> {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        self.read_into(&mut bytes, range.start)?;
        Ok(bytes)
    }

    /// Fills a buffer with the bytes at an offset.
    pub(super) fn read_into(&self, buffer: &mut [u8], offset: u64) -> Result<(), LoadError> {
        match self {
            Self::File { name, file } => file
                .read_exact_at(buffer, offset)
                .map_err(|error| LoadError::io(name, error)),
            Self::Shared { bytes, .. } => {
                let from = offset as usize;
                buffer.copy_from_slice(&bytes[from..from + buffer.len()]);
                Ok(())
            }
        }
    }
}
