//! Trains the zstd dictionary of the records on a sample of them.

use idq_snapshot::{LoadError, RowId, Snapshot, SpillFile};
use zstd::dict::EncoderDictionary;

use super::BLOCK_BYTES;
use crate::error::PackError;

/// The number of records in the sample, taken at equal distances over the whole snapshot, and their bytes.
const MAX_SAMPLES: usize = 2_000;
const MAX_SAMPLE_BYTES: usize = 8 << 20;

/// Longer records are not sampled: their blocks compress well without a dictionary.
const MAX_SAMPLED_RECORD_BYTES: usize = BLOCK_BYTES;

/// Samples read between two releases of the spill file's pages.
const SAMPLES_PER_RELEASE: usize = 32;

/// The maximum bytes of the dictionary. A larger one takes more bytes than it saves.
const MAX_DICTIONARY_BYTES: usize = 110 << 10;

/// The dictionary has at most one byte for this number of bytes of records, because the file has it twice, in the
/// schema before the batches and in the footer, both in base64.
const RECORD_BYTES_PER_DICTIONARY_BYTE: u64 = 150;

/// A smaller dictionary takes more bytes than it saves, and so does one trained on fewer samples.
const MIN_DICTIONARY_BYTES: usize = 1 << 10;
const MIN_SAMPLES: usize = 32;

/// The dictionary of a file, prepared for compressing at one level.
pub(crate) struct RecordDictionary {
    bytes: Vec<u8>,
    prepared: EncoderDictionary<'static>,
}

impl RecordDictionary {
    /// Trains the dictionary on a sample of the records at these rows.
    pub(crate) fn train(
        snapshot: &Snapshot,
        rows: &[RowId],
        level: i32,
        spill: Option<&SpillFile>,
    ) -> Result<Self, PackError> {
        let samples = read_samples(snapshot, rows, spill)?;
        let sampled: usize = samples.iter().map(Vec::len).sum();
        let record_bytes = sampled as u64 * rows.len() as u64 / samples.len().max(1) as u64;
        let size = record_bytes / RECORD_BYTES_PER_DICTIONARY_BYTE;
        let size = usize::try_from(size)
            .map_or(MAX_DICTIONARY_BYTES, |size| size.min(MAX_DICTIONARY_BYTES));
        let bytes = if samples.len() < MIN_SAMPLES || size < MIN_DICTIONARY_BYTES {
            Vec::new()
        } else {
            // Training fails on samples that have nothing or everything in common. The blocks then have no dictionary.
            zstd::dict::from_samples(&samples, size).unwrap_or_default()
        };
        Ok(Self {
            prepared: EncoderDictionary::try_copy(&bytes, level).map_err(PackError::Compress)?,
            bytes,
        })
    }

    /// Returns the dictionary's bytes; empty if the blocks are compressed without one.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the dictionary in the form that a compressor takes.
    pub(super) fn prepared(&self) -> &EncoderDictionary<'static> {
        &self.prepared
    }
}

/// Reads records at equal distances. If they exceed the bytes of the sample, every second one is dropped and the
/// distance is doubled, so that the sample covers the whole snapshot.
fn read_samples(
    snapshot: &Snapshot,
    rows: &[RowId],
    spill: Option<&SpillFile>,
) -> Result<Vec<Vec<u8>>, LoadError> {
    let mut reader = snapshot.reader();
    let mut samples: Vec<Vec<u8>> = Vec::new();
    let mut bytes = 0;
    let mut step = rows.len().div_ceil(MAX_SAMPLES).max(1);
    let mut next = 0;
    while let Some(row) = rows.get(next) {
        next += step;
        let record = snapshot.record(*row, &mut reader)?;
        if record.len() > MAX_SAMPLED_RECORD_BYTES {
            continue;
        }
        bytes += record.len();
        samples.push(record.to_vec());
        // Reading a record maps the pages around it.
        if samples.len().is_multiple_of(SAMPLES_PER_RELEASE) {
            spill.inspect(|spill| spill.release());
        }
        if bytes > MAX_SAMPLE_BYTES {
            let mut keep = false;
            samples.retain(|_| {
                keep = !keep;
                keep
            });
            bytes = samples.iter().map(Vec::len).sum();
            step *= 2;
        }
    }
    Ok(samples)
}
