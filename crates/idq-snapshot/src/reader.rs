//! Reads the bytes of records, with read-ahead for records in load order.

use std::fs::File;
use std::io;
use std::sync::Arc;

use crate::chunk::RecordLocation;
use crate::error::LoadError;
use crate::packed::PackedReader;
use crate::store::{SourceStore, StoredFile, read_exact_at};

/// A piece of a file that has been read.
#[derive(Debug, Default)]
pub(crate) struct ReadAheadBuffer {
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

impl ReadAheadBuffer {
    pub(crate) fn bytes(&self, offset: u64, length: usize) -> Option<&[u8]> {
        let from = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        self.bytes.get(from..from + length)
    }

    /// Makes the window hold these bytes, or fewer where the file is no longer what it was.
    pub(crate) fn read(
        &mut self,
        stored: &StoredFile,
        offset: u64,
        length: usize,
    ) -> io::Result<()> {
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

/// Reads records' own bytes, fast when they are read in load order.
#[derive(Debug)]
pub struct RecordReader<'s> {
    stores: &'s [SourceStore],
    windows: Vec<(u32, ReadAheadBuffer)>,
    packed: Option<Box<dyn PackedReader + 's>>,
}

/// How many sources a reader keeps a window of.
const WINDOWS: usize = 4;

impl<'s> RecordReader<'s> {
    pub(crate) fn new(stores: &'s [SourceStore]) -> Self {
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

    pub(crate) fn read(&mut self, place: RecordLocation) -> Result<&[u8], LoadError> {
        let window = self.window(place.source);
        self.stores[place.source as usize].read(
            &mut self.windows[window].1,
            place.offset,
            place.length as usize,
        )
    }

    /// Reads the first of these records of a packed snapshot ahead, and returns their number; `None` for a loaded one.
    pub(crate) fn prefetch_packed(
        &mut self,
        rows: &mut dyn Iterator<Item = (usize, usize)>,
    ) -> Option<usize> {
        self.packed.as_mut().map(|reader| reader.prefetch(rows))
    }

    /// Reads what stands at these places in one go, if that is one piece of a file without much between them.
    pub(crate) fn prefetch(&mut self, places: &[RecordLocation]) {
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
            self.windows.push((source, ReadAheadBuffer::default()));
            self.windows.len() - 1
        })
    }
}
