//! The column of the records.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::BinaryBuilder;
use idq_snapshot::{Chunk, LoadError, RowId, Snapshot};
use zstd::bulk::Compressor;
use zstd::dict::EncoderDictionary;

use super::cells::ChunkCells;
use super::encode::Encoder;
use super::shapes::ShapesDescription;
use super::training::Trained;
use super::{COMPRESSED, PLAIN, WHOLE, record_checksum};
use crate::error::PackError;
use idq_snapshot::SpillFile;

/// The most bytes of the dictionary. It takes one for so many bytes that are compressed with it, and is trained on so
/// many times its own.
const DICTIONARY_BYTES: usize = 110 << 10;
const COMPRESSED_A_BYTE: u64 = 20;
const TRAINED_ON: usize = 50;

/// A smaller dictionary would not pay, nor one trained on fewer samples.
const SMALL_DICTIONARY: usize = 4 << 10;
const FEW: usize = 100;

/// Compressing takes most of the time of packing. At level 1 the texts that are left of a record are compressed where
/// they are more than one byte of so many of the record; at higher levels always.
const MUCH: usize = 5;

/// The fewest bytes that can be compressed.
const MIN_COMPRESSED: usize = 32;

/// What records are compressed with.
pub(crate) struct RecordCompression {
    trained: Trained,
    level: i32,
    dictionary: Vec<u8>,
    prepared: EncoderDictionary<'static>,
}

impl RecordCompression {
    /// Learns what the records at these rows have in common.
    pub(crate) fn train(
        snapshot: &Snapshot,
        rows: &[RowId],
        level: i32,
        spill: Option<&SpillFile>,
    ) -> Result<Self, LoadError> {
        let (trained, samples) = Trained::of(snapshot, rows, spill)?;
        let mut compressed = Vec::new();
        let mut encoder = Encoder::new(&trained);
        samples.each(snapshot, &trained.fields, |_, record, cells| match encoder
            .take_apart(record, cells)
        {
            None => compressed.push(record.to_vec()),
            Some((_, texts)) if is_compressed(level, record, texts) => {
                compressed.push(texts.to_vec());
            }
            Some(_) => {}
        });
        let bytes = compressed.iter().map(Vec::len).sum();
        let dictionary = dictionary(compressed, bytes, samples.in_all(bytes, rows.len()));
        Ok(Self {
            trained,
            level,
            prepared: EncoderDictionary::copy(&dictionary, level),
            dictionary,
        })
    }

    /// The dictionary; empty where there is none.
    pub(crate) fn dictionary(&self) -> &[u8] {
        &self.dictionary
    }

    /// The shapes of the records.
    pub(crate) fn shapes(&self) -> &ShapesDescription {
        &self.trained.description
    }

    /// The records at these rows, which are rows of a chunk; its first is this one of the snapshot.
    pub(crate) fn compress(
        &self,
        snapshot: &Snapshot,
        chunk: &Chunk,
        start: RowId,
        rows: impl Iterator<Item = RowId>,
    ) -> Result<ArrayRef, PackError> {
        let failed = PackError::Compress;
        let mut compressor =
            Compressor::with_prepared_dictionary(&self.prepared).map_err(failed)?;
        // The record has a checksum, and that the dictionary is the file's goes without saying.
        compressor.include_checksum(false).map_err(failed)?;
        compressor.include_dictid(false).map_err(failed)?;
        let mut reader = snapshot.reader();
        let mut encoder = Encoder::new(&self.trained);
        let mut cells = ChunkCells::new(chunk, &self.trained.fields);
        let mut stored = Vec::new();
        let mut frame = Vec::new();
        let mut column = BinaryBuilder::new();
        for row in rows {
            let record = snapshot.record(row, &mut reader)?;
            cells.row = (row.0 - start.0) as usize;
            stored.clear();
            stored.extend_from_slice(&record_checksum(record));
            // The number of bytes of choices is a byte.
            let taken_apart = encoder.take_apart(record, &cells);
            let taken_apart = taken_apart.and_then(|(choices, texts)| {
                Some((u8::try_from(choices.len()).ok()?, choices, texts))
            });
            let (rest, is_compressed) = match taken_apart {
                None => {
                    stored.push(WHOLE);
                    (record, true)
                }
                Some((count, choices, texts)) => {
                    let is_compressed = is_compressed(self.level, record, texts);
                    stored.push(if is_compressed { COMPRESSED } else { PLAIN });
                    stored.push(count);
                    stored.extend_from_slice(choices);
                    (texts, is_compressed)
                }
            };
            if is_compressed {
                frame.clear();
                frame.reserve(zstd::zstd_safe::compress_bound(rest.len()));
                compressor
                    .compress_to_buffer(rest, &mut frame)
                    .map_err(failed)?;
                stored.extend_from_slice(&frame);
            } else {
                stored.extend_from_slice(rest);
            }
            column.append_value(&stored);
        }
        Ok(Arc::new(column.finish()))
    }
}

/// A dictionary for what is compressed of the samples, which has so many bytes, and so many of all records; empty where
/// none would pay.
fn dictionary(compressed: Vec<Vec<u8>>, bytes: usize, of_all: u64) -> Vec<u8> {
    let size = usize::try_from(of_all / COMPRESSED_A_BYTE).unwrap_or(DICTIONARY_BYTES);
    let size = size.min(DICTIONARY_BYTES);
    if compressed.len() < FEW || size < SMALL_DICTIONARY {
        return Vec::new();
    }
    let step = bytes.div_ceil(size * TRAINED_ON).max(1);
    let some: Vec<Vec<u8>> = compressed.into_iter().step_by(step).collect();
    // Too uniform samples make no dictionary; all is then compressed without.
    zstd::dict::from_samples(&some, size).unwrap_or_default()
}

/// Whether the texts that are left of a record are compressed.
fn is_compressed(level: i32, record: &[u8], texts: &[u8]) -> bool {
    texts.len() >= MIN_COMPRESSED && (level > 1 || texts.len() > record.len() / MUCH)
}
