//! Dumps: blocks of records are generated on all threads and written in order.

use std::io;
use std::ops::Range;

use rayon::prelude::*;

use crate::generators::Generator;
use crate::options::{Options, Shape};
use crate::records::{PagePosition, Records, records_in_style};
use crate::styled::array_depth;

/// Records in a block: about a megabyte of Provisionr's, so that the cost of passing blocks between threads is
/// negligible; and a multiple of each generator's page size, so that no page crosses a boundary.
const BLOCK_ROWS: u64 = 600;

const _: () = {
    let mut position = 0;
    while position < Generator::ALL.len() {
        assert!(
            BLOCK_ROWS.is_multiple_of(Generator::ALL[position].per_page()),
            "expected BLOCK_ROWS to be a multiple of each generator's page size"
        );
        position += 1;
    }
};

/// Blocks that each thread generates between two writes: enough to balance threads of unequal speed.
const BLOCKS_PER_THREAD: usize = 4;

/// Writes a dump and returns its length in bytes.
///
/// Blocks of records are generated on the threads of the current `rayon` pool, while the previous ones are written
/// (double buffering). Memory is bounded by some 8 MB for each thread, for any number of rows.
///
/// # Errors
///
/// The first error of `out`; `InvalidInput` for options that [`Options::check`] refuses.
///
/// ```
/// use idq_generate::{Options, Shape, write};
///
/// let mut dump = Vec::new();
/// let length = write(&Options::default().rows(3).shape(Shape::Ndjson), &mut dump)?;
/// assert_eq!(length, dump.len() as u64);
/// assert_eq!(dump.iter().filter(|byte| **byte == b'\n').count(), 3);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write(options: &Options, out: &mut impl io::Write) -> io::Result<u64> {
    write_with_progress(options, out, |_| {})
}

/// Writes a dump as [`write()`] does, and calls `progress` after each batch with the number of records written.
///
/// # Errors
///
/// The first error of `out`; `InvalidInput` for options that [`Options::check`] refuses.
pub fn write_with_progress(
    options: &Options,
    out: &mut impl io::Write,
    mut progress: impl FnMut(u64),
) -> io::Result<u64> {
    options
        .check()
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let depth = match options.shape {
        Shape::Array => array_depth(options.style),
        // The style rewrites a page with its records.
        Shape::Ndjson | Shape::Pages => 0,
    };
    let dump = Dump {
        options,
        records: records_in_style(options.generator, options.style, options.seed, depth),
    };
    let blocks = dump.block_count();
    let batch = rayon::current_num_threads() * BLOCKS_PER_THREAD;
    let mut ready: Vec<Vec<u8>> = vec![Vec::new(); batch];
    let mut pending = ready.clone();
    let mut written = 0;
    let mut next = 0;
    dump.generate_blocks(next, &mut ready);
    while next < blocks {
        let after = next + batch as u64;
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| dump.generate_blocks(after, &mut pending));
            ready
                .iter()
                .filter(|block| !block.is_empty())
                .try_for_each(|block| {
                    written += block.len() as u64;
                    out.write_all(block)
                })
        })?;
        next = after;
        progress(after.saturating_mul(BLOCK_ROWS).min(options.rows));
        std::mem::swap(&mut ready, &mut pending);
    }
    out.flush()?;
    Ok(written)
}

/// A dump that is being written.
struct Dump<'options> {
    options: &'options Options,
    records: Box<dyn Records>,
}

impl Dump<'_> {
    /// Returns the number of blocks: at least one, which opens and closes the dump.
    fn block_count(&self) -> u64 {
        self.options.rows.div_ceil(BLOCK_ROWS).max(1)
    }

    /// Generates the blocks from `first` on, one into each buffer; buffers past the last block become empty.
    fn generate_blocks(&self, first: u64, buffers: &mut [Vec<u8>]) {
        buffers
            .par_iter_mut()
            .enumerate()
            .for_each(|(index, bytes)| {
                bytes.clear();
                let block = first + index as u64;
                if block < self.block_count() {
                    self.generate_block(block, bytes);
                }
            });
    }

    fn generate_block(&self, block: u64, bytes: &mut Vec<u8>) {
        let start = block * BLOCK_ROWS;
        let rows = start..start.saturating_add(BLOCK_ROWS).min(self.options.rows);
        match self.options.shape {
            Shape::Array => {
                if self.options.rows == 0 {
                    bytes.extend_from_slice(b"[]\n");
                    return;
                }
                let [open, between, close] = self.options.style.spacing().of_array();
                for row in rows {
                    bytes.extend_from_slice(if row == 0 { open } else { between });
                    self.records.write(row, bytes);
                }
                if block + 1 == self.block_count() {
                    bytes.extend_from_slice(close);
                }
            }
            Shape::Ndjson => {
                for row in rows {
                    self.records.write(row, bytes);
                    bytes.push(b'\n');
                }
            }
            Shape::Pages => {
                for number in self.pages(&rows) {
                    self.records.write_page(
                        PagePosition {
                            number,
                            per_page: self.options.generator.per_page(),
                            total: self.options.rows,
                        },
                        &*self.records,
                        bytes,
                    );
                    bytes.push(b'\n');
                }
            }
        }
    }

    /// Returns the pages of a block's rows, or the first page if there are no rows.
    fn pages(&self, rows: &Range<u64>) -> Range<u64> {
        let per_page = self.options.generator.per_page();
        let first = rows.start / per_page + 1;
        first..first + (rows.end - rows.start).div_ceil(per_page).max(1)
    }
}
