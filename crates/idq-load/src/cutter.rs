use memchr::memmem::FinderRev;

use crate::input::Input;
use crate::resynchronise::Separator;
use idq_snapshot::LoadError;

/// A stretch of a source.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) bytes: Vec<u8>,
    /// Whether it starts where a record seems to: the separator's state is then the likely one.
    pub(crate) guessed: bool,
    pub(crate) last: bool,
}

/// Reads a source in blocks, cut where a record seems to start.
///
/// The cut is a guess: what separates two records may also stand inside one. Whoever commits the blocks in order
/// finds out, and then parses on from where the block before it really ended.
pub(crate) struct Cutter {
    input: Input,
    size: usize,
    carry: Vec<u8>,
    guessed: bool,
    done: bool,
}

impl Cutter {
    pub(crate) fn new(input: Input, size: usize) -> Self {
        Self {
            input,
            size,
            carry: Vec::new(),
            guessed: false,
            done: false,
        }
    }

    /// The first block, cut anywhere and small: from it the structure of the dump is learned.
    pub(crate) fn first(&mut self, size: usize) -> Result<Block, LoadError> {
        let mut bytes = Vec::new();
        self.input.fill(&mut bytes, size)?;
        self.done = self.input.has_ended();
        Ok(Block {
            bytes,
            guessed: false,
            last: self.done,
        })
    }

    /// The next block; `None` after the last.
    pub(crate) fn next(
        &mut self,
        separator: Option<&Separator>,
    ) -> Result<Option<Block>, LoadError> {
        if self.done {
            return Ok(None);
        }
        let guessed = self.guessed;
        let mut bytes = Vec::with_capacity(self.carry.len() + self.size + 1);
        bytes.append(&mut self.carry);
        self.input.fill(&mut bytes, self.size)?;
        self.guessed = false;
        if self.input.has_ended() {
            self.done = true;
            return Ok(Some(Block {
                bytes,
                guessed,
                last: true,
            }));
        }
        if let Some(separator) = separator
            && let Some(found) = FinderRev::new(&separator.pattern).rfind(&bytes)
        {
            self.carry = bytes.split_off(found + separator.cut);
            self.guessed = true;
        }
        Ok(Some(Block {
            bytes,
            guessed,
            last: false,
        }))
    }

    pub(crate) fn into_input(self) -> Input {
        self.input
    }
}
