use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_buffer::Buffer;
use idq_files::{FileState, open_regular};

use crate::chunk::Place;
use crate::error::{LoadError, LoadErrorKind};
use crate::packed::PackedReader;

/// Where the bytes of one source are.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
}

#[derive(Debug)]
pub(crate) enum Bytes {
    /// In the file itself.
    File(StoredFile),
    /// In memory that was there before.
    Shared(Arc<Vec<u8>>),
    /// In memory: pieces by the offset of their first byte, ascending, with gaps where nothing is wanted.
    Memory(Vec<(u64, Buffer)>),
}

/// A file as it was when its load began.
#[derive(Debug)]
pub(crate) struct StoredFile {
    path: PathBuf,
    /// Kept open where that does not take too many handles.
    file: Option<Arc<File>>,
    state: FileState,
}

impl StoredFile {
    /// Opens a regular file, without ever waiting for one that is none.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = open_regular(path)?;
        Ok(Self {
            path: path.to_owned(),
            state: FileState::from_metadata(&file.metadata()?),
            file: Some(Arc::new(file)),
        })
    }

    /// The file's bytes from where it was opened.
    pub(crate) fn reader(&self) -> io::Result<File> {
        self.handle()?.try_clone()
    }

    /// The same file, opened again by whoever reads it.
    pub(crate) fn closed(self) -> Self {
        Self { file: None, ..self }
    }

    /// Its state when it was opened.
    pub(crate) fn state(&self) -> FileState {
        self.state
    }

    /// Its length in bytes.
    pub(crate) fn length(&self) -> u64 {
        self.state.length()
    }

    /// Reads bytes from an offset. The file must be open.
    pub(crate) fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        match &self.file {
            Some(file) => read_exact_at(file, bytes, offset),
            None => read_exact_at(&*self.handle()?, bytes, offset),
        }
    }

    fn handle(&self) -> io::Result<Arc<File>> {
        self.file
            .clone()
            .map_or_else(|| Ok(Arc::new(open_regular(&self.path)?)), Ok)
    }

    fn is_unchanged(&self, file: &File) -> io::Result<bool> {
        Ok(self.state.has_same_content(&file.metadata()?))
    }
}

impl Store {
    /// How many line feeds stand before each of these offsets, which ascend.
    pub(crate) fn lines_before(&self, offsets: &[u64]) -> Result<Vec<u64>, LoadError> {
        const PIECE: u64 = 1 << 20;
        let mut lines = Vec::with_capacity(offsets.len());
        let (mut count, mut position) = (0, 0);
        let mut window = Window::default();
        for &offset in offsets {
            while position < offset {
                let length = PIECE.min(offset - position);
                let bytes = self.read(&mut window, position, length as usize)?;
                count += memchr::memchr_iter(b'\n', bytes).count() as u64;
                position += bytes.len().max(1) as u64;
            }
            lines.push(count);
        }
        Ok(lines)
    }

    /// Bytes from an offset: `length` of them from a file, up to the end of a block from memory.
    pub(crate) fn read<'w>(
        &'w self,
        window: &'w mut Window,
        offset: u64,
        length: usize,
    ) -> Result<&'w [u8], LoadError> {
        match &self.bytes {
            Bytes::Shared(bytes) => {
                let from = offset as usize;
                Ok(&bytes[from..(from + length).min(bytes.len())])
            }
            Bytes::Memory(blocks) => {
                let after = blocks.partition_point(|(start, _)| *start <= offset);
                let (start, block) = &blocks[after - 1];
                let from = (offset - start) as usize;
                Ok(&block[from..(from + length).min(block.len())])
            }
            Bytes::File(stored) => {
                window
                    .read(stored, offset, length)
                    .map_err(|error| LoadError::io(&self.name, error))?;
                match window.bytes(offset, length) {
                    Some(bytes) => Ok(bytes),
                    None => Err(LoadError::of(&self.name, LoadErrorKind::Changed)),
                }
            }
        }
    }
}

/// A piece of a file that has been read.
#[derive(Debug, Default)]
pub(crate) struct Window {
    file: Option<Arc<File>>,
    start: u64,
    bytes: Vec<u8>,
    /// Where the last read ended: whoever reads on from there wants what follows as well.
    end: u64,
    /// How much to read ahead if the next read goes on from there: the more have done so, the more.
    ahead: usize,
}

/// Least and most that is read ahead when records are read in order.
const AHEAD: std::ops::RangeInclusive<usize> = 8 << 10..=1 << 20;

impl Window {
    fn bytes(&self, offset: u64, length: usize) -> Option<&[u8]> {
        let from = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        self.bytes.get(from..from + length)
    }

    /// Makes the window hold these bytes, or fewer where the file is no longer what it was.
    fn read(&mut self, stored: &StoredFile, offset: u64, length: usize) -> io::Result<()> {
        if self.bytes(offset, length).is_some() {
            self.end = offset + length as u64;
            return Ok(());
        }
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => stored.handle()?,
        };
        self.bytes.clear();
        if !stored.is_unchanged(&file)? {
            return Ok(());
        }
        let ahead = self.ahead.clamp(*AHEAD.start(), *AHEAD.end());
        let in_order = offset >= self.end && offset - self.end < ahead as u64;
        self.ahead = if in_order { ahead * 2 } else { 0 };
        let left = usize::try_from(stored.length().saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = if in_order { length.max(ahead) } else { length };
        self.bytes.resize(wanted.min(left), 0);
        if let Err(error) = read_exact_at(&file, &mut self.bytes, offset) {
            self.bytes.clear();
            return Err(error);
        }
        self.start = offset;
        self.end = offset + length as u64;
        self.file = Some(file);
        Ok(())
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
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

/// Reads records' own bytes, fast when they are read in load order.
#[derive(Debug)]
pub struct RecordReader<'s> {
    stores: &'s [Store],
    windows: Vec<(u32, Window)>,
    packed: Option<Box<dyn PackedReader + 's>>,
}

/// How many sources a reader keeps a window of.
const WINDOWS: usize = 4;

impl<'s> RecordReader<'s> {
    pub(crate) fn new(stores: &'s [Store]) -> Self {
        Self {
            stores,
            windows: Vec::new(),
            packed: None,
        }
    }

    pub(crate) fn packed(reader: Box<dyn PackedReader + 's>) -> Self {
        Self {
            packed: Some(reader),
            ..Self::new(&[])
        }
    }

    /// A record of a packed snapshot.
    ///
    /// # Panics
    /// The reader is another snapshot's, as with a row of another snapshot.
    pub(crate) fn read_packed(&mut self, chunk: usize, row: usize) -> Result<&[u8], LoadError> {
        let reader = self.packed.as_mut();
        reader
            .expect("the reader is one of this snapshot")
            .read(chunk, row)
    }

    pub(crate) fn read(&mut self, place: Place) -> Result<&[u8], LoadError> {
        let window = self.window(place.source);
        self.stores[place.source as usize].read(
            &mut self.windows[window].1,
            place.offset,
            place.length as usize,
        )
    }

    /// Reads what stands at these places in one go, if that is one piece of a file without much between them.
    pub(crate) fn expect(&mut self, places: &[Place]) {
        let [first, .., last] = places else {
            return;
        };
        let length: u64 = places.iter().map(|place| u64::from(place.length)).sum();
        let end = last.offset + u64::from(last.length);
        let span = end.saturating_sub(first.offset);
        let is_piece = places.is_sorted_by_key(|place| place.offset)
            && places.iter().all(|place| place.source == first.source)
            && span <= (length + length / 4).min(*AHEAD.end() as u64);
        if is_piece {
            let window = self.window(first.source);
            let store = &self.stores[first.source as usize];
            // What is wrong is said when a record is asked for.
            let _ = store.read(&mut self.windows[window].1, first.offset, span as usize);
        }
    }

    fn window(&mut self, source: u32) -> usize {
        let known = self.windows.iter().position(|(of, _)| *of == source);
        known.unwrap_or_else(|| {
            if self.windows.len() == WINDOWS {
                self.windows.remove(0);
            }
            self.windows.push((source, Window::default()));
            self.windows.len() - 1
        })
    }
}
