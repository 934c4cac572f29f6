//! The storage of the bytes of sources: in a file, which is read again, or in memory.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_buffer::Buffer;
use idq_files::{FileState, open_regular};

use crate::error::{LoadError, LoadErrorKind};
use crate::records::reader::ReadAheadBuffer;
use crate::snapshot_file::SnapshotFile;

/// The bytes of one source.
#[derive(Debug)]
pub struct SourceStore {
    /// The name in messages.
    pub name: String,
    /// The storage.
    pub bytes: SourceBytes,
}

/// The storage of a source's bytes.
#[derive(Debug)]
pub enum SourceBytes {
    /// In the dump, which is a file.
    File(StoredFile),
    /// In memory that the caller of the load shares.
    Shared(Arc<Vec<u8>>),
    /// In a snapshot file, by row.
    Packed(Arc<SnapshotFile>),
    /// In memory, because the source cannot be read again: pieces by ascending offset, without the bytes between
    /// records.
    Memory(Vec<(u64, Buffer)>),
}

/// A file, and its state when its load began.
#[derive(Debug)]
pub struct StoredFile {
    path: PathBuf,
    /// The open file; `None` if the load has too many files to keep them open.
    file: Option<Arc<File>>,
    state: FileState,
}

impl StoredFile {
    /// Opens a regular file. Other files, such as named pipes, are refused without blocking.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = open_regular(path)?;
        Ok(Self {
            path: path.to_owned(),
            state: FileState::from_metadata(&file.metadata()?),
            file: Some(Arc::new(file)),
        })
    }

    /// Returns a handle for reading the file from its start.
    pub fn reader(&self) -> io::Result<File> {
        self.handle()?.try_clone()
    }

    /// Closes the file. Every later read opens it again.
    pub fn closed(self) -> Self {
        Self { file: None, ..self }
    }

    /// Returns the state when the file was opened.
    pub fn state(&self) -> FileState {
        self.state
    }

    /// Returns the length in bytes.
    pub fn length(&self) -> u64 {
        self.state.length()
    }

    /// Reads bytes from an offset.
    pub fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        match &self.file {
            Some(file) => read_exact_at(file, bytes, offset),
            None => read_exact_at(&*self.handle()?, bytes, offset),
        }
    }

    pub(crate) fn handle(&self) -> io::Result<Arc<File>> {
        self.file
            .clone()
            .map_or_else(|| Ok(Arc::new(open_regular(&self.path)?)), Ok)
    }

    /// Returns whether the file at the path, or the open one, is as it was when the load began.
    pub(crate) fn is_unchanged_now(&self) -> io::Result<bool> {
        self.is_unchanged(&*self.handle()?)
    }

    pub(crate) fn is_unchanged(&self, file: &File) -> io::Result<bool> {
        Ok(self.state.has_same_content(&file.metadata()?))
    }
}

impl SourceStore {
    /// Returns the snapshot file, if the source is one.
    pub(crate) fn snapshot_file(&self) -> Option<&SnapshotFile> {
        match &self.bytes {
            SourceBytes::Packed(file) => Some(file),
            _ => None,
        }
    }

    /// Returns the number of line feeds before each of these offsets, which ascend.
    pub fn lines_before(&self, offsets: &[u64]) -> Result<Vec<u64>, LoadError> {
        const PIECE_BYTES: u64 = 1 << 20;
        let mut lines = Vec::with_capacity(offsets.len());
        let (mut count, mut position) = (0, 0);
        let mut buffer = ReadAheadBuffer::default();
        for &offset in offsets {
            while position < offset {
                let length = PIECE_BYTES.min(offset - position);
                let bytes = self.read(&mut buffer, position, length as usize)?;
                count += memchr::memchr_iter(b'\n', bytes).count() as u64;
                position += bytes.len().max(1) as u64;
            }
            lines.push(count);
        }
        Ok(lines)
    }

    /// Returns the bytes at an offset: `length` bytes from a file, or from memory those up to the end of the piece.
    pub(crate) fn read<'b>(
        &'b self,
        buffer: &'b mut ReadAheadBuffer,
        offset: u64,
        length: usize,
    ) -> Result<&'b [u8], LoadError> {
        match &self.bytes {
            SourceBytes::Packed(_) => {
                unreachable!("a snapshot file has no locations, and its records are read by row")
            }
            SourceBytes::Shared(bytes) => {
                let from = offset as usize;
                Ok(&bytes[from..(from + length).min(bytes.len())])
            }
            SourceBytes::Memory(blocks) => {
                let after = blocks.partition_point(|(start, _)| *start <= offset);
                let (start, block) = &blocks[after - 1];
                let from = (offset - start) as usize;
                Ok(&block[from..(from + length).min(block.len())])
            }
            SourceBytes::File(stored) => {
                buffer
                    .read(stored, offset, length)
                    .map_err(|error| LoadError::io(&self.name, error))?;
                match buffer.bytes(offset, length) {
                    Some(bytes) => Ok(bytes),
                    None => Err(LoadError::new(&self.name, LoadErrorKind::Changed)),
                }
            }
        }
    }
}

#[cfg(unix)]
pub(crate) fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
pub(crate) fn read_exact_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                bytes = &mut bytes[count..];
                offset += count as u64;
            }
        }
    }
    Ok(())
}
