//! Loading of a stream by double buffering: while a batch of blocks is parsed, the next batch is read and decompressed.
//!
//! A stream has one reader, so decompression limits the speed of compressed sources. Two batches are in memory at a
//! time.

use idq_snapshot::LoadError;
use rayon::prelude::*;

use super::{Block, BlockAssembler, BlockReader, Load, ParsedBlock, Worker};
use crate::framing::{BlockInput, Separator};
use crate::settings::FIRST_BLOCK_BYTES;
use crate::source::Input;

/// The number of blocks of a batch per thread. There are two, so that a thread with a fast block parses another one
/// while a slow block is parsed.
const BATCH_BLOCKS_PER_THREAD: usize = 2;

/// Blocks of a stream, and the error of reading the next block.
#[derive(Default)]
struct Batch {
    /// The blocks, in order.
    blocks: Vec<Block>,
    /// The error, if the next block could not be read.
    error: Option<LoadError>,
}

impl Batch {
    /// Reads up to `count` blocks.
    fn read(reader: &mut BlockReader, separator: Option<&Separator>, count: usize) -> Self {
        let mut batch = Self::default();
        while batch.blocks.len() < count {
            match reader.read_next(separator) {
                Ok(Some(block)) => batch.blocks.push(block),
                Ok(None) => break,
                Err(error) => {
                    batch.error = Some(error);
                    break;
                }
            }
        }
        batch
    }

    /// Returns whether the stream had ended before the batch.
    fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.error.is_none()
    }
}

impl Load<'_, '_> {
    /// Loads a stream. Returns its input.
    pub(super) fn load_stream(
        &self,
        input: Input,
        assembler: &mut BlockAssembler<'_>,
        worker: &mut Worker<'_>,
    ) -> Result<Input, LoadError> {
        let name = input.name.clone();
        let mut reader = BlockReader::new(input, self.settings.block_bytes());
        let parser = &mut worker.parser;
        let first = reader.read_first(FIRST_BLOCK_BYTES.min(self.settings.block_bytes()))?;
        assembler.commit_block(first, None, parser);
        let batch_blocks = rayon::current_num_threads().max(1) * BATCH_BLOCKS_PER_THREAD;
        let mut batch = Batch::default();
        if !assembler.is_stopped {
            batch = Batch::read(&mut reader, assembler.separator(), batch_blocks);
        }
        while !batch.is_empty() && !assembler.is_stopped {
            self.settings.check_cancelled(&name)?;
            let separator = assembler.separator();
            let (parsed, next) = rayon::join(
                || self.parse_batch(&batch.blocks, separator),
                || match batch.error {
                    None => Batch::read(&mut reader, separator, batch_blocks),
                    Some(_) => Batch::default(),
                },
            );
            for (block, parsed) in batch.blocks.into_iter().zip(parsed) {
                if !assembler.is_stopped {
                    let records_before = assembler.records;
                    let counted = parsed.as_ref().map_or(0, |parsed| parsed.outcome.records);
                    assembler.commit_block(block, parsed, parser);
                    self.correct_progress(counted, assembler.records - records_before);
                    self.check_reject_count(&name, assembler.rejects.len())?;
                }
            }
            // An error of a record precedes the error of reading later bytes.
            if let Some(error) = batch.error
                && !assembler.is_stopped
            {
                return Err(error);
            }
            batch = next;
        }
        Ok(reader.into_input())
    }

    /// Parses in parallel the blocks that most likely start with a record.
    fn parse_batch(
        &self,
        blocks: &[Block],
        separator: Option<&Separator>,
    ) -> Vec<Option<ParsedBlock>> {
        blocks
            .par_iter()
            .with_max_len(1)
            .map(|block| {
                let separator = separator.filter(|_| block.starts_at_separator)?;
                let mut worker = self.take_worker();
                let input = BlockInput::at_record(&block.bytes, separator, block.is_last);
                let parsed = ParsedBlock::parse(self.schema, &mut worker.parser, input);
                self.return_worker(worker);
                // Corrected if the speculation turns out to be wrong.
                self.report_progress(parsed.outcome.records);
                Some(parsed)
            })
            .collect()
    }
}
