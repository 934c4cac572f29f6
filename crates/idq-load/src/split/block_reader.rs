//! Cutting of a stream into blocks, each at an offset where a record seems to start.

use idq_snapshot::LoadError;

use crate::framing::Separator;
use crate::source::Input;

/// A block of a stream.
#[derive(Debug)]
pub(super) struct Block {
    /// The bytes.
    pub(super) bytes: Vec<u8>,
    /// Whether the block starts at a separator, so that it most likely starts with a record.
    pub(super) starts_at_separator: bool,
    /// Whether no more bytes follow.
    pub(super) is_last: bool,
}

/// A reader of the blocks of a stream.
///
/// A block is cut at its last separator. The cut is speculative, because the same bytes may occur inside a record; the
/// assembler verifies it.
pub(super) struct BlockReader {
    /// The stream.
    input: Input,
    /// The number of bytes that are read for a block.
    block_bytes: usize,
    /// The bytes after the last cut.
    carry: Vec<u8>,
    /// Whether the carry starts at a separator.
    starts_at_separator: bool,
    /// Whether the last block was read.
    is_done: bool,
}

impl BlockReader {
    /// Creates a reader of blocks of about `block_bytes`.
    pub(super) fn new(input: Input, block_bytes: usize) -> Self {
        Self {
            input,
            block_bytes,
            carry: Vec::new(),
            starts_at_separator: false,
            is_done: false,
        }
    }

    /// Reads the first block, cut anywhere. It is smaller than others, because the separator is learned from it before
    /// any block can be parsed speculatively.
    pub(super) fn read_first(&mut self, bytes: usize) -> Result<Block, LoadError> {
        let mut block = Vec::new();
        self.input.take_bytes(&mut block, bytes)?;
        self.is_done = self.input.has_ended();
        Ok(Block {
            bytes: block,
            starts_at_separator: false,
            is_last: self.is_done,
        })
    }

    /// Reads the next block; `None` after the last. Without a separator, blocks are cut anywhere.
    pub(super) fn read_next(
        &mut self,
        separator: Option<&Separator>,
    ) -> Result<Option<Block>, LoadError> {
        if self.is_done {
            return Ok(None);
        }
        let mut block = Block {
            bytes: Vec::with_capacity(self.carry.len() + self.block_bytes + 1),
            starts_at_separator: std::mem::take(&mut self.starts_at_separator),
            is_last: false,
        };
        block.bytes.append(&mut self.carry);
        self.input.take_bytes(&mut block.bytes, self.block_bytes)?;
        if self.input.has_ended() {
            self.is_done = true;
            block.is_last = true;
        } else if let Some(separator) = separator
            && let Some(found) = separator.reverse_finder().rfind(&block.bytes)
        {
            self.carry = block.bytes.split_off(found + separator.record_offset());
            self.starts_at_separator = true;
        }
        Ok(Some(block))
    }

    /// Returns the input.
    pub(super) fn into_input(self) -> Input {
        self.input
    }
}
