//! Records' own bytes, each in a zstd frame of its own, with a dictionary that all share.

use std::cell::RefCell;
use std::fmt;

use arrow_array::ArrayRef;
use arrow_array::builder::BinaryBuilder;
use idq_load::{LoadError, MAX_RECORD, PackedReader, Row, Snapshot};
use std::sync::Arc;
use zstd::bulk::Compressor;
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::{DCtx, get_error_name};

use crate::error::PackError;
use crate::open::PackedFile;

/// The dictionary is trained on so many records, taken at equal distances.
const SAMPLES: usize = 1_500;

/// Of a long record so much is looked at.
const SAMPLE_BYTES: usize = 64 << 10;

/// Bytes of the dictionary.
const DICTIONARY_BYTES: usize = 110 << 10;

/// With fewer records than this a dictionary would not pay.
const FEW: usize = 100;

/// What records are compressed with.
pub(crate) struct RecordCompression {
    dictionary: Vec<u8>,
    prepared: EncoderDictionary<'static>,
}

impl RecordCompression {
    /// Trains a dictionary.
    pub(crate) fn train(snapshot: &Snapshot, rows: &[Row], level: i32) -> Result<Self, LoadError> {
        let mut reader = snapshot.reader();
        let mut samples: Vec<Vec<u8>> = Vec::new();
        if rows.len() >= FEW {
            for row in rows.iter().step_by(rows.len().div_ceil(SAMPLES)) {
                let record = snapshot.record(*row, &mut reader)?;
                samples.push(record[..record.len().min(SAMPLE_BYTES)].to_vec());
            }
        }
        // Too few or too uniform samples make no dictionary; records are then compressed without.
        let dictionary = zstd::dict::from_samples(&samples, DICTIONARY_BYTES).unwrap_or_default();
        Ok(Self {
            prepared: EncoderDictionary::copy(&dictionary, level),
            dictionary,
        })
    }

    /// The dictionary; empty where there is none.
    pub(crate) fn dictionary(&self) -> &[u8] {
        &self.dictionary
    }

    /// The records of these rows, compressed.
    pub(crate) fn compress(
        &self,
        snapshot: &Snapshot,
        rows: impl Iterator<Item = Row>,
    ) -> Result<ArrayRef, PackError> {
        let failed = |error: std::io::Error| PackError::Compress(error);
        let mut compressor =
            Compressor::with_prepared_dictionary(&self.prepared).map_err(failed)?;
        // Each record can be read alone, and is checked alone.
        compressor.include_checksum(true).map_err(failed)?;
        compressor.include_dictid(false).map_err(failed)?;
        let mut reader = snapshot.reader();
        let mut frame = Vec::new();
        let mut frames = BinaryBuilder::new();
        for row in rows {
            let record = snapshot.record(row, &mut reader)?;
            frame.clear();
            frame.reserve(zstd::zstd_safe::compress_bound(record.len()));
            compressor
                .compress_to_buffer(record, &mut frame)
                .map_err(failed)?;
            frames.append_value(&frame);
        }
        Ok(Arc::new(frames.finish()))
    }
}

thread_local! {
    /// What decompressing works in: some 100 KiB that are not set up anew for each page.
    static CONTEXT: RefCell<Option<DCtx<'static>>> = const { RefCell::new(None) };
}

/// Reads records of a file one by one.
pub(crate) struct FrameReader<'f> {
    file: &'f PackedFile,
    record: Vec<u8>,
}

impl<'f> FrameReader<'f> {
    pub(crate) fn new(file: &'f PackedFile) -> Self {
        Self {
            file,
            record: Vec::new(),
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
        let damaged = |what: &str| {
            self.file
                .damaged(format!("record {row} of batch {chunk}: {what}"))
        };
        let frame = self.file.frames(chunk)?.get(row);
        let frame = frame.ok_or_else(|| damaged("there is none"))?;
        let length = zstd::zstd_safe::get_frame_content_size(frame)
            .ok()
            .flatten()
            .and_then(|length| usize::try_from(length).ok())
            .filter(|length| *length <= MAX_RECORD)
            .ok_or_else(|| damaged("its frame does not tell its length"))?;
        let dictionary = self.file.record_dictionary()?;
        self.record.clear();
        self.record.reserve(length);
        CONTEXT.with_borrow_mut(|context| {
            context
                .get_or_insert_with(DCtx::create)
                .decompress_using_ddict(&mut self.record, frame, dictionary.as_ddict())
                .map_err(|code| damaged(get_error_name(code)))
        })?;
        Ok(&self.record)
    }
}

/// A dictionary, prepared for reading.
pub(crate) fn prepare(dictionary: &[u8]) -> DecoderDictionary<'static> {
    DecoderDictionary::copy(dictionary)
}
