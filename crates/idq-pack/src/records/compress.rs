//! The column of the records.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::BinaryBuilder;
use idq_load::{Chunk, LoadError, Row, Snapshot};
use zstd::bulk::Compressor;
use zstd::dict::EncoderDictionary;

use super::cells::ChunkCells;
use super::encode::Encoder;
use super::shapes::ShapesDescription;
use super::training::Trained;
use super::{COMPRESSED, PLAIN, WHOLE, record_checksum};
use crate::error::PackError;
use crate::plan::for_each_live;

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
    pub(crate) fn train(snapshot: &Snapshot, rows: &[Row], level: i32) -> Result<Self, LoadError> {
        let (trained, samples) = Trained::of(snapshot, rows)?;
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
        let dictionary = dictionary(compressed, samples.count(), rows.len());
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

    /// The records of a chunk that count; its first row is this one of the snapshot.
    pub(crate) fn compress(
        &self,
        snapshot: &Snapshot,
        chunk: &Chunk,
        start: Row,
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
        let mut add = |row: usize| -> Result<(), PackError> {
            let record = snapshot.record(Row(start.0 + row as u32), &mut reader)?;
            cells.row = row;
            stored.clear();
            stored.extend_from_slice(&record_checksum(record));
            let taken_apart = encoder.take_apart(record, &cells);
            // The number of bytes of choices is a byte.
            let taken_apart = taken_apart.and_then(|(choices, texts)| {
                Some((u8::try_from(choices.len()).ok()?, choices, texts))
            });
            let compressed = match taken_apart {
                None => {
                    stored.push(WHOLE);
                    record
                }
                Some((count, choices, texts)) => {
                    let is_compressed = is_compressed(self.level, record, texts);
                    stored.push(if is_compressed { COMPRESSED } else { PLAIN });
                    stored.push(count);
                    stored.extend_from_slice(choices);
                    if !is_compressed {
                        stored.extend_from_slice(texts);
                        column.append_value(&stored);
                        return Ok(());
                    }
                    texts
                }
            };
            frame.clear();
            frame.reserve(zstd::zstd_safe::compress_bound(compressed.len()));
            compressor
                .compress_to_buffer(compressed, &mut frame)
                .map_err(failed)?;
            stored.extend_from_slice(&frame);
            column.append_value(&stored);
            Ok(())
        };
        let mut result = Ok(());
        for_each_live(chunk, |row| {
            if result.is_ok() {
                result = add(row);
            }
        });
        result?;
        Ok(Arc::new(column.finish()))
    }
}

/// A dictionary for what is compressed of this many samples, which stand for so many records; empty where none would pay.
fn dictionary(compressed: Vec<Vec<u8>>, samples: usize, rows: usize) -> Vec<u8> {
    let bytes: usize = compressed.iter().map(Vec::len).sum();
    let of_all = bytes as u64 * rows as u64 / samples.max(1) as u64;
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
