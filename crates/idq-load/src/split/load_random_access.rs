//! Loading of a source with random access, a window of blocks at a time: each worker reads the blocks that it parses.
//!
//! A window bounds the memory of parsed blocks that are not committed yet, and the work that is lost if a reject stops
//! the load. Within a window, work stealing balances long and short blocks.

use std::sync::atomic::{AtomicU64, Ordering};

use idq_snapshot::LoadError;
use rayon::prelude::*;

use super::{
    Block, BlockAssembler, BlockPlan, BlockStart, Load, RandomAccessSource, SpeculativeBlock,
    Worker,
};
use crate::framing::Separator;
use crate::settings::FIRST_BLOCK_BYTES;

/// The number of blocks of a window per thread: few enough to bound the memory of parsed blocks, and enough that
/// threads are seldom idle at the end of a window.
const WINDOW_BLOCKS_PER_THREAD: usize = 16;

/// The layout of the blocks of a source. Neither the layout nor the chunks depend on the number of threads.
struct BlockLayout {
    /// The length of the source in bytes.
    length: u64,
    /// The end of the first block, after which all blocks except the last have the same length.
    first_end: u64,
    /// The length of a block.
    block_bytes: u64,
    /// The number of blocks of a window.
    window_blocks: usize,
}

impl BlockLayout {
    /// Plans the window of blocks from the offset that the assembler has reached. The first block extends to the next
    /// offset of the layout.
    fn plan_window(&self, reached: u64, at_record: bool) -> Vec<BlockPlan> {
        let whole_blocks = (reached - self.first_end) / self.block_bytes + 1;
        let first_end = self.first_end + whole_blocks * self.block_bytes;
        let first = BlockPlan {
            start: BlockStart::Exact {
                offset: reached,
                at_record,
            },
            end: first_end,
            block_bytes: self.block_bytes,
        };
        let starts = (first_end..self.length).step_by(self.block_bytes as usize);
        let others = starts.map(|start| BlockPlan {
            start: BlockStart::Nominal(start),
            end: start + self.block_bytes,
            block_bytes: self.block_bytes,
        });
        std::iter::once(first)
            .chain(others)
            .take(self.window_blocks)
            .collect()
    }
}

impl Load<'_, '_> {
    /// Loads a source with random access.
    pub(super) fn load_random_access(
        &self,
        source: &RandomAccessSource<'_>,
        assembler: &mut BlockAssembler<'_>,
        worker: &mut Worker<'_>,
    ) -> Result<(), LoadError> {
        let length = source.length();
        let block_bytes = self.settings.block_bytes_of_source(length) as u64;
        let layout = BlockLayout {
            length,
            first_end: length.min(block_bytes).min(FIRST_BLOCK_BYTES as u64),
            block_bytes,
            window_blocks: WINDOW_BLOCKS_PER_THREAD * rayon::current_num_threads(),
        };
        let first = Block {
            bytes: source.read(0..layout.first_end)?,
            starts_at_separator: false,
            is_last: layout.first_end == length,
        };
        self.add_bytes_read(layout.first_end);
        assembler.commit_block(first, None, &mut worker.parser);
        self.report_progress(assembler.records);
        let mut reached = assembler.offset();
        while reached < length && !assembler.is_stopped {
            self.settings.check_cancelled(source.name())?;
            let plans = layout.plan_window(reached, assembler.speculation_holds());
            let blocks = self.parse_window(source, plans, assembler.separator());
            reached = self.commit_window(source, reached, blocks, assembler, worker)?;
        }
        Ok(())
    }

    /// Parses the blocks of a window in parallel. Blocks after one that fails or stops the load may be `None`; if the
    /// speculation of that block was wrong, they are parsed in the next window.
    fn parse_window(
        &self,
        source: &RandomAccessSource<'_>,
        plans: Vec<BlockPlan>,
        separator: Option<&Separator>,
    ) -> Vec<Option<Result<SpeculativeBlock, LoadError>>> {
        let failed_at = AtomicU64::new(u64::MAX);
        plans
            .into_par_iter()
            .with_max_len(1)
            .map(|plan| {
                let start = plan.start.offset();
                if start > failed_at.load(Ordering::Relaxed) {
                    return None;
                }
                let mut worker = self.take_worker();
                let block = worker.parse_speculatively(self.schema, source, plan, separator);
                self.return_worker(worker);
                let is_failed = match &block {
                    Ok(block) => {
                        (block.parsed.as_ref()).is_some_and(|(parsed, _)| parsed.outcome.is_stopped)
                    }
                    Err(_) => true,
                };
                if is_failed {
                    failed_at.fetch_min(start, Ordering::Relaxed);
                }
                self.add_bytes_read(plan.end.min(source.length()) - start);
                // Counted with their bytes, and corrected if the speculation turns out to be wrong.
                self.report_progress(block.as_ref().map_or(0, SpeculativeBlock::records));
                Some(block)
            })
            .collect()
    }

    /// Commits the blocks of a window, from the offset that the assembler has reached. Returns the offset after them.
    fn commit_window(
        &self,
        source: &RandomAccessSource<'_>,
        mut reached: u64,
        blocks: Vec<Option<Result<SpeculativeBlock, LoadError>>>,
        assembler: &mut BlockAssembler<'_>,
        worker: &mut Worker<'_>,
    ) -> Result<u64, LoadError> {
        for block in blocks {
            let Some(block) = block else {
                break;
            };
            if assembler.is_stopped {
                break;
            }
            let block = block?;
            let counted = block.records();
            let SpeculativeBlock { range, parsed } = block;
            debug_assert_eq!(range.start, assembler.offset());
            reached = range.end;
            let records_before = assembler.records;
            match parsed.filter(|_| assembler.speculation_holds()) {
                Some((parsed, leftover)) => assembler.commit_parsed(parsed, leftover),
                None => {
                    let block = Block {
                        is_last: range.end == source.length(),
                        bytes: source.read(range)?,
                        starts_at_separator: false,
                    };
                    assembler.commit_block(block, None, &mut worker.parser);
                }
            }
            self.correct_progress(counted, assembler.records - records_before);
            self.check_reject_count(source.name(), assembler.rejects.len())?;
        }
        Ok(reached)
    }
}
