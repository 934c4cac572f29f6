//! The walk over the entries of an index: tokens one after another, and values that are only validated.

use std::ops::Range;

use idq_json::scan;

/// The maximum depth of containers, which bounds recursion and fits in the bits of a stack.
pub(super) const MAX_WALK_DEPTH: u32 = 64;

/// The reason for the end of a walk before the end of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The record is malformed, or this reader does not decide on it.
    Fault,
    /// The record is nested too deeply, or may be a page.
    Unsupported,
    /// The index ends before the record.
    EndOfIndex,
}

/// The kind of a scalar that is not a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Literal {
    /// `null`.
    Null,
    /// `true`.
    True,
    /// `false`.
    False,
    /// A number.
    Number,
}

/// A position in the entries of a text.
pub(super) struct TokenWalk<'w, 'b> {
    /// The text.
    pub(super) bytes: &'b [u8],
    /// The entries of the index, from the start of the record.
    entries: &'w [u32],
    /// The number of entries that were walked.
    at: usize,
    /// The number of open containers.
    depth: u32,
}

impl<'w, 'b> TokenWalk<'w, 'b> {
    /// Creates a walk at the first entry.
    pub(super) fn new(bytes: &'b [u8], entries: &'w [u32]) -> Self {
        Self {
            bytes,
            entries,
            at: 0,
            depth: 0,
        }
    }

    /// Returns the offset up to which the text was walked.
    pub(super) fn reached(&self) -> usize {
        let next = self.entries.get(self.at).or(self.entries.last());
        next.map_or(0, |&entry| entry as usize)
    }

    /// Returns the next token by its offset and first byte.
    #[inline(always)]
    pub(super) fn token(&mut self) -> Result<(usize, u8), Stop> {
        let (offset, byte) = self.peek()?;
        self.at += 1;
        Ok((offset, byte))
    }

    /// Returns the next token, without passing it.
    #[inline(always)]
    pub(super) fn peek(&self) -> Result<(usize, u8), Stop> {
        let &entry = self.entries.get(self.at).ok_or(Stop::EndOfIndex)?;
        let offset = entry as usize;
        let &byte = self.bytes.get(offset).ok_or(Stop::Fault)?;
        Ok((offset, byte))
    }

    /// Passes the next token if it starts with a byte. Returns whether it does.
    #[inline(always)]
    pub(super) fn pass(&mut self, expected: u8) -> Result<bool, Stop> {
        let (_, byte) = self.peek()?;
        self.at += usize::from(byte == expected);
        Ok(byte == expected)
    }

    /// Passes the closing quote of the string whose opening quote at `open` was passed. Returns the range between them.
    #[inline(always)]
    pub(super) fn string(&mut self, open: usize) -> Result<Range<usize>, Stop> {
        match self.token()? {
            (close, b'"') => Ok(open + 1..close),
            _ => Err(Stop::Fault),
        }
    }

    /// Passes a key and the colon after it. Returns the range between its quotes.
    #[inline(always)]
    pub(super) fn key(&mut self) -> Result<Range<usize>, Stop> {
        // One check of the length instead of three. At the end of the index, the exact token decides.
        let Some(&[open, close, colon]) =
            self.entries.get(self.at..).and_then(<[u32]>::first_chunk)
        else {
            return self.last_key();
        };
        let byte = |offset: u32| self.bytes.get(offset as usize).copied();
        if byte(open) != Some(b'"') || byte(close) != Some(b'"') || byte(colon) != Some(b':') {
            return Err(Stop::Fault);
        }
        self.at += 3;
        Ok(open as usize + 1..close as usize)
    }

    /// Does the same near the end of the index.
    #[cold]
    fn last_key(&mut self) -> Result<Range<usize>, Stop> {
        let (open, byte) = self.token()?;
        if byte != b'"' {
            return Err(Stop::Fault);
        }
        let key = self.string(open)?;
        match self.token()? {
            (_, b':') => Ok(key),
            _ => Err(Stop::Fault),
        }
    }

    /// Validates a scalar other than a string, whose entry at `start` was passed. Returns its kind and end.
    #[inline(always)]
    pub(super) fn literal(&mut self, start: usize, byte: u8) -> Result<(Literal, usize), Stop> {
        let rest = self.bytes.get(start..).unwrap_or_default();
        let (kind, end) = match byte {
            b'n' if rest.starts_with(b"null") => (Literal::Null, start + 4),
            b't' if rest.starts_with(b"true") => (Literal::True, start + 4),
            b'f' if rest.starts_with(b"false") => (Literal::False, start + 5),
            b'-' | b'0'..=b'9' => (Literal::Number, number_end(self.bytes, start)?),
            _ => return Err(Stop::Fault),
        };
        // Another entry ends the scalar, or a blank, after which the next token has an entry.
        let (next, _) = self.peek()?;
        let is_end =
            next == end || matches!(self.bytes.get(end), Some(b' ' | b'\n' | b'\r' | b'\t'));
        if is_end {
            Ok((kind, end))
        } else {
            Err(Stop::Fault)
        }
    }

    /// Enters a container.
    #[inline(always)]
    pub(super) fn enter(&mut self) -> Result<(), Stop> {
        self.depth += 1;
        if self.depth > MAX_WALK_DEPTH {
            return Err(Stop::Unsupported);
        }
        Ok(())
    }

    /// Leaves a container.
    #[inline(always)]
    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Passes the comma or closing bracket after a member or element. Returns whether another one follows.
    #[inline(always)]
    pub(super) fn separator(&mut self, close: u8) -> Result<bool, Stop> {
        match self.token()? {
            (_, b',') => Ok(true),
            (_, byte) if byte == close => Ok(false),
            _ => Err(Stop::Fault),
        }
    }

    /// Validates the next value, without reading it.
    #[inline]
    pub(super) fn skip_value(&mut self) -> Result<(), Stop> {
        let (start, byte) = self.token()?;
        match byte {
            b'"' => self.string(start).map(drop),
            b'{' | b'[' => self.skip_container(byte == b'{'),
            _ => self.literal(start, byte).map(drop),
        }
    }

    /// Validates the rest of a container after its opening bracket.
    fn skip_container(&mut self, is_object: bool) -> Result<(), Stop> {
        let outer_depth = self.depth;
        // A bit for each open container inside, the innermost lowest: whether it is an object.
        let (mut kinds, mut is_object) = (0_u64, is_object);
        self.enter()?;
        let mut is_at_end = self.pass(closing(is_object))?;
        loop {
            // After a value: a comma, or the end of containers.
            if is_at_end {
                self.leave();
                if self.depth == outer_depth {
                    return Ok(());
                }
                is_object = kinds & 1 == 1;
                kinds >>= 1;
                is_at_end = !self.separator(closing(is_object))?;
                continue;
            }
            if is_object {
                self.key()?;
            }
            let (start, byte) = self.token()?;
            match byte {
                b'"' => drop(self.string(start)?),
                b'{' | b'[' => {
                    kinds = kinds << 1 | u64::from(is_object);
                    is_object = byte == b'{';
                    self.enter()?;
                    is_at_end = self.pass(closing(is_object))?;
                    continue;
                }
                _ => drop(self.literal(start, byte)?),
            }
            is_at_end = !self.separator(closing(is_object))?;
        }
    }
}

/// Returns the closing bracket of a container.
#[inline(always)]
fn closing(is_object: bool) -> u8 {
    if is_object { b'}' } else { b']' }
}

/// Returns the end of a number. Most are whole numbers of a few digits.
#[inline(always)]
fn number_end(bytes: &[u8], start: usize) -> Result<usize, Stop> {
    scan::number_end(bytes, start).map_err(|_| Stop::Fault)
}
