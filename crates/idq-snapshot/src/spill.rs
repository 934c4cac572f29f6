//! The spill file: an unnamed temporary file, mapped, for columns and records for which memory has no room.
#![expect(
    unsafe_code,
    reason = "a map is unsafe if another process can write to the file; this file has no name"
)]

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, ArrayRef, FixedSizeBinaryArray, StringArray, make_array};
use arrow_buffer::{BooleanBuffer, Buffer, MutableBuffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_data::ArrayData;
use idq_columns::{Column, DocumentColumn, TextColumn, TimestampColumn, Validity};
#[cfg(unix)]
use memmap2::UncheckedAdvice;
use memmap2::{Mmap, MmapOptions};

/// The alignment of buffers in bytes, as in Arrow IPC files.
const ALIGNMENT: usize = 64;

/// The length of a segment, in which the file grows and is mapped.
const SEGMENT_BYTES: usize = 256 << 20;

/// The number of bytes that are read or written between two releases of the mapped pages.
const RELEASE_AFTER_BYTES: usize = 16 << 20;

/// The approximate number of bytes of texts in one write.
const WRITE_BYTES: usize = 1 << 20;

/// An unnamed temporary file for texts, timestamps, documents, and records that cannot be read again. They are returned
/// as buffers of a map, whose pages the system keeps in memory while there is room. The file is deleted when this value
/// and all its buffers are dropped.
///
/// No other process can open the file, so it needs no guard against truncation.
#[derive(Debug)]
pub struct SpillFile {
    /// File without a name, which the system deletes when it is closed.
    file: File,
    /// Segment that is being filled.
    segment: Mutex<Segment>,
    /// The maps of all segments.
    maps: Mutex<Vec<Arc<Mmap>>>,
    /// The bytes that were read or written since the last release.
    unreleased: AtomicUsize,
    /// First error; later ones are dropped.
    failure: Mutex<Option<io::Error>>,
}

/// The segment that is being filled.
#[derive(Debug, Default)]
struct Segment {
    /// Offset of the segment in the file.
    start: usize,
    /// Number of its bytes that are reserved.
    used: usize,
    /// Map of the segment; `None` before the first reservation.
    map: Option<Buffer>,
}

/// A map that its buffers and the [`SpillFile`] share.
struct Shared(Arc<Mmap>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl SpillFile {
    /// Creates a file in a folder.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn in_folder(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            file: tempfile::tempfile_in(folder)?,
            segment: Mutex::default(),
            maps: Mutex::default(),
            unreleased: AtomicUsize::new(0),
            failure: Mutex::default(),
        })
    }

    /// Writes bytes, and returns them mapped.
    fn put(&self, bytes: &[u8]) -> io::Result<Buffer> {
        if bytes.is_empty() {
            // An empty buffer of the allocator is aligned for every type; an empty slice of the map might not be.
            return Ok(MutableBuffer::new(0).into());
        }
        let (offset, mapped) = self.reserve(bytes.len())?;
        write_all_at(&self.file, bytes, offset as u64)?;
        Ok(mapped)
    }

    /// Reserves a range of the file, and returns its offset and its bytes, mapped.
    fn reserve(&self, length: usize) -> io::Result<(usize, Buffer)> {
        let mut segment = lock(&self.segment);
        let capacity = segment.map.as_ref().map_or(0, Buffer::len);
        // A buffer does not span two segments, so the rest of the old segment stays unused.
        if segment.used + length > capacity {
            let start = segment.start + capacity;
            let capacity = length.next_multiple_of(SEGMENT_BYTES);
            self.file.set_len((start + capacity) as u64)?;
            let mut options = MmapOptions::new();
            options.offset(start as u64).len(capacity);
            // SAFETY: the file has no name, so no other process writes to it. This type writes each range once, before
            // it returns the bytes of the range.
            let map = unsafe { options.map(&self.file) }?;
            let map = Arc::new(map);
            lock(&self.maps).push(Arc::clone(&map));
            *segment = Segment {
                start,
                used: 0,
                map: Some(Buffer::from(bytes::Bytes::from_owner(Shared(map)))),
            };
        }
        let at = segment.used;
        segment.used = (at + length).next_multiple_of(ALIGNMENT);
        let offset = segment.start + at;
        self.touched(length);
        // The segment has a map: without one its capacity would be 0, and a new segment would have been mapped.
        let map = segment.map.as_ref().ok_or(io::ErrorKind::Other)?;
        Ok((offset, map.slice_with_length(at, length)))
    }

    /// Releases the mapped pages. They count as memory of the process, although the system has them in its page cache
    /// and maps them again when they are read.
    pub fn release(&self) {
        #[cfg(unix)]
        for map in lock(&self.maps).iter() {
            // SAFETY: the map is shared and backed by a file, so pages have the file's bytes when they are mapped
            // again; nothing is written through the map. An error only costs memory.
            let _ = unsafe { map.unchecked_advise(UncheckedAdvice::DontNeed) };
        }
    }

    /// Adds to the number of bytes that were read or written, and releases the pages after some megabytes.
    pub fn touched(&self, bytes: usize) {
        let before = self.unreleased.fetch_add(bytes, Ordering::Relaxed);
        if before + bytes >= RELEASE_AFTER_BYTES {
            self.unreleased.store(0, Ordering::Relaxed);
            self.release();
        }
    }

    /// Writes texts with `bytes` bytes in total to the file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn texts<'t>(
        &self,
        texts: impl ExactSizeIterator<Item = &'t str>,
        bytes: usize,
    ) -> io::Result<StringArray> {
        let mut offsets = Vec::with_capacity(texts.len() + 1);
        offsets.push(0);
        let mut piece = Vec::new();
        let (mut offset, mapped) = match bytes {
            0 => (0, MutableBuffer::new(0).into()),
            bytes => self.reserve(bytes)?,
        };
        let mut end = 0usize;
        for text in texts {
            end += text.len();
            offsets.push(i32::try_from(end).map_err(io::Error::other)?);
            // Texts are written in pieces, because a system call for each would be slow.
            piece.extend_from_slice(text.as_bytes());
            if piece.len() >= WRITE_BYTES {
                write_all_at(&self.file, &piece, offset as u64)?;
                offset += piece.len();
                piece.clear();
            }
        }
        write_all_at(&self.file, &piece, offset as u64)?;
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        StringArray::try_new(offsets, mapped, None).map_err(io::Error::other)
    }

    /// Moves texts into the file, with errors as in [`column`](Self::column).
    pub fn moved_texts(&self, texts: StringArray) -> StringArray {
        match self.stored(&texts) {
            Ok(moved) => moved.as_string().clone(),
            Err(error) => {
                self.fail(error);
                texts
            }
        }
    }

    /// Copies an array into the file.
    fn array(&self, data: &ArrayData) -> io::Result<ArrayData> {
        let buffers = data.buffers().iter().map(|buffer| self.put(buffer));
        let children = data.child_data().iter().map(|child| self.array(child));
        ArrayData::builder(data.data_type().clone())
            .len(data.len())
            .offset(data.offset())
            .nulls(data.nulls().cloned())
            .buffers(buffers.collect::<io::Result<_>>()?)
            .child_data(children.collect::<io::Result<_>>()?)
            .build()
            .map_err(io::Error::other)
    }

    /// Copies an array of any type into the file.
    fn stored(&self, array: &dyn Array) -> io::Result<ArrayRef> {
        Ok(make_array(self.array(&array.to_data())?))
    }

    /// Copies a column into the file; `None` for a column that stays in memory.
    fn moved(&self, column: &Column) -> io::Result<Option<Column>> {
        let validity = column.validity();
        Ok(match column {
            Column::Text(texts) => {
                let missing = missing(validity);
                let moved = match texts.uuids() {
                    Some(uuids) => {
                        let bytes = Buffer::from_slice_ref(uuids.as_flattened());
                        let uuids = FixedSizeBinaryArray::new(16, bytes, nulls(validity));
                        TextColumn::from_uuids(self.stored(&uuids)?.as_fixed_size_binary(), missing)
                    }
                    None => {
                        let texts = self.stored(&texts.to_strings())?;
                        TextColumn::from_strings(texts.as_string().clone(), missing)
                    }
                };
                Some(Column::Text(moved.map_err(io::Error::other)?))
            }
            Column::Timestamp(instants) => {
                let instants = self.stored(&instants.to_arrow())?;
                let instants = instants.as_primitive::<TimestampMicrosecondType>();
                let moved = TimestampColumn::from_instants(instants, missing(validity));
                Some(Column::Timestamp(moved.map_err(io::Error::other)?))
            }
            Column::Document(documents) => {
                let paths = self.stored(&documents.to_paths())?;
                let (rows, nulls) = (validity.rows(), nulls(validity));
                let paths = paths.as_struct();
                let moved = DocumentColumn::from_paths(paths, rows, nulls, missing(validity));
                Some(Column::Document(moved.map_err(io::Error::other)?))
            }
            // Codes and bits are small.
            Column::Keyword(_) | Column::Boolean(_) => None,
        })
    }

    /// Moves a column into the file. If that fails, returns the column unchanged, and [`failure`](Self::failure)
    /// returns the error.
    pub fn column(&self, column: Column) -> Column {
        match self.moved(&column) {
            Ok(moved) => moved.unwrap_or(column),
            Err(error) => {
                self.fail(error);
                column
            }
        }
    }

    /// Moves bytes into the file, with errors as in [`column`](Self::column).
    pub fn bytes(&self, bytes: Vec<u8>) -> Buffer {
        match self.put(&bytes) {
            Ok(moved) => moved,
            Err(error) => {
                self.fail(error);
                Buffer::from_vec(bytes)
            }
        }
    }

    /// Returns the first error.
    pub fn failure(&self) -> Option<io::Error> {
        let failure = lock(&self.failure);
        let again = |error: &io::Error| match error.raw_os_error() {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::new(error.kind(), error.to_string()),
        };
        failure.as_ref().map(again)
    }

    /// Keeps an error, unless there is an earlier one.
    pub fn fail(&self, error: io::Error) {
        lock(&self.failure).get_or_insert(error);
    }
}

/// Returns the validity of a column for an Arrow array; `None` if all rows have values.
fn nulls(validity: Validity<'_>) -> Option<NullBuffer> {
    validity.validity_bitmap().cloned().map(NullBuffer::new)
}

/// Returns the missing rows of a column; `None` if there are none.
fn missing(validity: Validity<'_>) -> Option<BooleanBuffer> {
    let missing = validity.missing_rows();
    (missing.count_set_bits() > 0).then_some(missing)
}

/// Locks a mutex, even if a thread has panicked while it held the lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change of a value is complete before anything can panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes bytes at an offset. The position of the file is not used, because threads share it.
#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

/// Writes bytes at an offset; one call of the system may write only some of them.
#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
        bytes = &bytes[count..];
        offset += count as u64;
    }
    Ok(())
}
