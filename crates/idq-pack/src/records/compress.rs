//! The column of the records.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::BinaryBuilder;
use idq_load::{Chunk, LoadError, Row, Snapshot};
use zstd::bulk::Compressor;
use zstd::dict::EncoderDictionary;

use super::cells::ChunkCells;
use super::encode::{Encoder, Form};
use super::training::Trained;
use super::{REMAINDER, WHOLE, record_checksum};
use crate::error::PackError;
use crate::plan::for_each_live;

/// Bytes of the dictionary.
const DICTIONARY_BYTES: usize = 110 << 10;

/// With fewer records than this a dictionary would not pay.
const FEW: usize = 100;

/// What records are compressed with.
pub(crate) struct RecordCompression {
    trained: Trained,
    dictionary: Vec<u8>,
    prepared: EncoderDictionary<'static>,
}

impl RecordCompression {
    /// Learns what the records at these rows have in common.
    pub(crate) fn train(snapshot: &Snapshot, rows: &[Row], level: i32) -> Result<Self, LoadError> {
        let (trained, remainders) = Trained::of(snapshot, rows)?;
        // Too few or too uniform samples make no dictionary; remainders are then compressed without.
        let dictionary = match rows.len() {
            0..FEW => Vec::new(),
            _ => zstd::dict::from_samples(&remainders, DICTIONARY_BYTES).unwrap_or_default(),
        };
        Ok(Self {
            trained,
            prepared: EncoderDictionary::copy(&dictionary, level),
            dictionary,
        })
    }

    /// The dictionary; empty where there is none.
    pub(crate) fn dictionary(&self) -> &[u8] {
        &self.dictionary
    }

    /// The templates, which are text but for their references.
    pub(crate) fn templates(&self) -> Vec<String> {
        let templates = self.trained.templates.iter();
        templates
            .map(|template| String::from_utf8_lossy(template).into_owned())
            .collect()
    }

    /// The records of a chunk that count; its first row is this one of the snapshot.
    pub(crate) fn compress(
        &self,
        snapshot: &Snapshot,
        chunk: &Chunk,
        start: Row,
    ) -> Result<ArrayRef, PackError> {
        let mut compressor =
            Compressor::with_prepared_dictionary(&self.prepared).map_err(PackError::Compress)?;
        // The record has a checksum, and that the dictionary is the file's goes without saying.
        compressor
            .include_checksum(false)
            .map_err(PackError::Compress)?;
        compressor
            .include_dictid(false)
            .map_err(PackError::Compress)?;
        let mut reader = snapshot.reader();
        let mut encoder = Encoder::new(&self.trained);
        let mut cells = ChunkCells::new(chunk, &self.trained.fields);
        let mut frame = Vec::new();
        let mut stored = Vec::new();
        let mut column = BinaryBuilder::new();
        let mut add = |row: usize| -> Result<(), PackError> {
            let record = snapshot.record(Row(start.0 + row as u32), &mut reader)?;
            cells.row = row;
            let form = encoder.encode(record, &cells);
            stored.clear();
            stored.extend_from_slice(&record_checksum(record));
            if let Form::Template(form) = form {
                stored.push(form);
                stored.extend_from_slice(encoder.holes());
            } else {
                let remainder = encoder.remainder();
                stored.push(if form == Form::Whole {
                    WHOLE
                } else {
                    REMAINDER
                });
                frame.clear();
                frame.reserve(zstd::zstd_safe::compress_bound(remainder.len()));
                compressor
                    .compress_to_buffer(remainder, &mut frame)
                    .map_err(PackError::Compress)?;
                stored.extend_from_slice(&frame);
            }
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
