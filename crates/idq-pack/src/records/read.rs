//! Puts the records of a file together again.

use std::cell::RefCell;
use std::fmt;

use idq_snapshot::{LoadError, MAX_RECORD, PackedReader};
use zstd::dict::DecoderDictionary;
use zstd::zstd_safe::{DCtx, get_error_name, get_frame_content_size};

use super::cells::RowOfBatch;
use super::{CHECKSUM_BYTES, COMPRESSED, PLAIN, WHOLE, record_checksum};
use crate::open::PackedFile;

thread_local! {
    /// What decompressing works in: some 100 KiB that are not set up anew for each page.
    static CONTEXT: RefCell<Option<DCtx<'static>>> = const { RefCell::new(None) };
}

/// Reads records of a file one by one.
pub(crate) struct FrameReader<'f> {
    file: &'f PackedFile,
    texts: Vec<u8>,
    record: Vec<u8>,
    /// Records that may be read until the file is looked at again.
    unchecked: u32,
}

/// Records read between two checks of the file's state. Callers that read the records of an answer look once more when
/// they have all of them.
const RECORDS_A_CHECK: u32 = 128;

impl<'f> FrameReader<'f> {
    pub(crate) fn new(file: &'f PackedFile) -> Self {
        Self {
            file,
            texts: Vec::new(),
            record: Vec::new(),
            unchecked: 0,
        }
    }
}

impl fmt::Debug for FrameReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameReader").finish_non_exhaustive()
    }
}

impl PackedReader for FrameReader<'_> {
    fn read(&mut self, chunk: usize, row: usize) -> Result<&[u8], LoadError> {
        if self.unchecked == 0 {
            self.file.check_unchanged()?;
            self.unchecked = RECORDS_A_CHECK;
        }
        self.unchecked -= 1;
        let file = self.file;
        match self.put_together(chunk, row) {
            Ok(()) => Ok(&self.record),
            Err(error) => Err(file.explained(error)),
        }
    }
}

impl FrameReader<'_> {
    fn put_together(&mut self, chunk: usize, row: usize) -> Result<(), LoadError> {
        let damaged = |what: &str| {
            self.file
                .damaged(format!("record {row} of batch {chunk}: {what}"))
        };
        let batch = self.file.batch_records(chunk)?;
        let stored = batch
            .stored
            .get(row)
            .ok_or_else(|| damaged("there is none"))?;
        let Some((checksum, [form, stored @ ..])) = stored.split_first_chunk::<CHECKSUM_BYTES>()
        else {
            return Err(damaged("it is cut off"));
        };
        let cells = RowOfBatch {
            columns: &batch.columns,
            row,
        };
        self.record.clear();
        match (*form, stored) {
            (WHOLE, frame) => decompress(self.file, frame, &mut self.record).map_err(damaged)?,
            (form @ (PLAIN | COMPRESSED), [count, stored @ ..])
                if stored.len() >= usize::from(*count) =>
            {
                let (choices, mut texts) = stored.split_at(usize::from(*count));
                if form == COMPRESSED {
                    decompress(self.file, texts, &mut self.texts).map_err(damaged)?;
                    texts = &self.texts;
                }
                self.file
                    .record_shapes()?
                    .put_together(choices, texts, &cells, &mut self.record)
                    .map_err(damaged)?;
            }
            _ => return Err(damaged("it is of an unknown form")),
        }
        if record_checksum(&self.record) != *checksum {
            return Err(damaged("it does not have its checksum"));
        }
        Ok(())
    }
}

/// Decompresses a frame with the file's dictionary.
fn decompress(file: &PackedFile, frame: &[u8], out: &mut Vec<u8>) -> Result<(), &'static str> {
    let length = get_frame_content_size(frame)
        .ok()
        .flatten()
        .and_then(|length| usize::try_from(length).ok())
        .filter(|length| *length <= MAX_RECORD)
        .ok_or("its frame does not tell its length")?;
    let dictionary = file.record_dictionary()?;
    out.clear();
    out.reserve(length);
    CONTEXT.with_borrow_mut(|context| {
        context
            .get_or_insert_with(DCtx::create)
            .decompress_using_ddict(out, frame, dictionary.as_ddict())
            .map_err(get_error_name)
    })?;
    Ok(())
}

/// A dictionary, prepared for reading.
pub(crate) fn prepare(dictionary: &[u8]) -> DecoderDictionary<'static> {
    DecoderDictionary::copy(dictionary)
}
