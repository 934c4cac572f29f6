//! A text with its structural index: reads keys, scalars and separators, and validates values that are not read.
//!
//! All bytes between two entries are checked. A string starts after a structural character and ends directly before the
//! next entry; around any other token there is only white space. An entry that is no structural character is the byte
//! after a string, or a fault: the former must be white space.

use std::ops::Range;

use idq_json::scan;

use super::field_spans::SpanKind;

/// The maximum depth of containers, which bounds recursion and fits in the bits of a stack.
const MAX_WALK_DEPTH: u8 = 64;

/// The reason for the end of a walk before the end of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The record is malformed, or has a repeated key or a value of another kind: the reference parser decides.
    Fault,
    /// The record is nested too deeply, or may be a page.
    Unsupported,
    /// The index ends before the record.
    EndOfIndex,
}

/// A text with the entries of its index.
#[derive(Debug, Clone, Copy)]
pub(super) struct IndexedText<'w, 'b> {
    /// The text.
    pub(super) bytes: &'b [u8],
    /// The entries of the index, from the start of the record.
    entries: &'w [u32],
}

/// A position in the text, outside strings. It is as small as the entries of the index, so that it is passed and
/// returned in registers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Position {
    /// The offset.
    pub(super) offset: u32,
    /// The number of entries before the offset.
    pub(super) passed: u32,
}

/// The start of an item of a container: a value, or a key with a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct ItemStart {
    /// The position of the first byte.
    pub(super) position: Position,
    /// The first byte.
    pub(super) first: u8,
    /// The number of containers around the item.
    pub(super) depth: u8,
}

/// The next part of a container.
#[derive(Debug, Clone, Copy)]
pub(super) enum Next {
    /// A value, or a key with a value.
    Item(ItemStart),
    /// The end of the container: the position after its bracket.
    End(Position),
}

/// A scalar as spelled.
pub(super) struct ScalarSpan {
    /// The kind.
    pub(super) kind: SpanKind,
    /// The range, without the quotes of a string.
    pub(super) range: Range<u32>,
    /// The position after the scalar.
    pub(super) end: Position,
}

impl<'w, 'b> IndexedText<'w, 'b> {
    /// Creates a text with the entries of its index.
    pub(super) fn new(bytes: &'b [u8], entries: &'w [u32]) -> Self {
        Self { bytes, entries }
    }

    /// Returns the record, which starts with the first entry.
    pub(super) fn record(self) -> Result<ItemStart, Stop> {
        let offset = self.entry(0)?;
        Ok(ItemStart {
            position: Position { offset, passed: 0 },
            first: self.byte(offset),
            depth: 0,
        })
    }

    /// Returns the last entry of the index.
    pub(super) fn last_entry(self) -> usize {
        self.entries.last().map_or(0, |&entry| entry as usize)
    }

    /// Returns an entry by its number. The bytes before it are in the text, so that a token before it is whole.
    #[inline(always)]
    fn entry(self, number: u32) -> Result<u32, Stop> {
        let entry = self.entries.get(number as usize);
        entry.copied().ok_or(Stop::EndOfIndex)
    }

    /// Returns the byte at an offset; 0 after the end of the text.
    #[inline(always)]
    fn byte(self, offset: u32) -> u8 {
        self.bytes.get(offset as usize).copied().unwrap_or(0)
    }

    /// Returns the byte at an offset and the next one; 0 after the end of the text.
    #[inline(always)]
    fn two_bytes(self, offset: u32) -> [u8; 2] {
        let start = offset as usize;
        match self.bytes.get(start..start + 2) {
            Some(&[byte, next]) => [byte, next],
            _ => [self.byte(offset), 0],
        }
    }

    /// Returns the offset of the first byte that is not white space.
    #[inline(never)]
    fn skip_whitespace(self, offset: u32) -> u32 {
        scan::skip_whitespace(self.bytes, offset as usize) as u32
    }

    /// Returns the start of the item after a structural character, or the closing bracket in its place. `next` is the
    /// byte after the character.
    #[inline(always)]
    fn start_after(self, structural: Position, next: u8, depth: u8) -> Result<ItemStart, Stop> {
        let mut start = ItemStart {
            position: structural.after_character(),
            first: next,
            depth,
        };
        if next <= b' ' {
            // The next entry bounds the white space, so that no byte beyond the index is scanned.
            self.entry(start.position.passed)?;
            start.position.offset = self.skip_whitespace(start.position.offset);
            start.first = self.byte(start.position.offset);
        }
        Ok(start)
    }

    /// Enters a container. Returns its first item, or its end if it is empty.
    #[inline(always)]
    pub(super) fn enter(self, container: ItemStart) -> Result<Next, Stop> {
        if container.depth == MAX_WALK_DEPTH {
            return Err(Stop::Unsupported);
        }
        let [bracket, next] = self.two_bytes(container.position.offset);
        let first = self.start_after(container.position, next, container.depth + 1)?;
        Ok(if first.first == closing(bracket) {
            Next::End(first.position.after_character())
        } else {
            Next::Item(first)
        })
    }

    /// Returns the range of a key without its quotes, and its value.
    #[inline(always)]
    pub(super) fn key(self, key: ItemStart) -> Result<(Range<u32>, ItemStart), Stop> {
        let (range, colon) = self.string(key.position, |byte| byte == b':')?;
        if key.first != b'"' {
            return Err(Stop::Fault);
        }
        let [_, next] = self.two_bytes(colon.offset);
        Ok((range, self.start_after(colon, next, key.depth)?))
    }

    /// Returns the range of the string at a position without its quotes, and the structural character after it, which
    /// must pass a test.
    #[inline(always)]
    fn string(
        self,
        start: Position,
        is_next: impl Fn(u8) -> bool,
    ) -> Result<(Range<u32>, Position), Stop> {
        let mut next = Position {
            offset: self.entry(start.passed)?,
            ..start
        };
        let range = start.offset + 1..next.offset - 1;
        if !is_next(self.byte(next.offset)) {
            next = self.after_whitespace(next)?;
            if !is_next(self.byte(next.offset)) {
                return Err(Stop::Fault);
            }
        }
        Ok((range, next))
    }

    /// Validates a scalar.
    #[inline(always)]
    pub(super) fn scalar(self, scalar: ItemStart) -> Result<ScalarSpan, Stop> {
        if scalar.first != b'"' {
            return self.other_scalar(scalar);
        }
        let (range, end) = self.string(scalar.position, is_separator)?;
        Ok(ScalarSpan {
            kind: SpanKind::String,
            range,
            end,
        })
    }

    /// Validates a scalar that is not a string.
    #[inline(always)]
    fn other_scalar(self, scalar: ItemStart) -> Result<ScalarSpan, Stop> {
        // The scalar is whole.
        self.entry(scalar.position.passed)?;
        let start = scalar.position.offset;
        let rest = self.bytes.get(start as usize..).unwrap_or_default();
        let (kind, length) = match scalar.first {
            b'n' if rest.starts_with(b"null") => (SpanKind::Null, 4),
            b't' if rest.starts_with(b"true") => (SpanKind::True, 4),
            b'f' if rest.starts_with(b"false") => (SpanKind::False, 5),
            b'-' | b'0'..=b'9' => (SpanKind::Number, number_length(rest)? as u32),
            _ => return Err(Stop::Fault),
        };
        let offset = start + length;
        Ok(ScalarSpan {
            kind,
            range: start..offset,
            end: Position {
                offset,
                ..scalar.position
            },
        })
    }

    /// Returns the position of the entry after a given one, if only white space is between them.
    #[cold]
    fn after_whitespace(self, whitespace: Position) -> Result<Position, Stop> {
        let passed = whitespace.passed + 1;
        let offset = self.entry(passed)?;
        // If the given entry is a fault in a string, the next one is another fault, whose byte the caller refuses, or
        // follows the closing quote, at which the white space ends too early.
        if self.skip_whitespace(whitespace.offset) != offset {
            return Err(Stop::Fault);
        }
        Ok(Position { offset, passed })
    }

    /// Passes the comma or the closing bracket after a value in a container. Returns the next item, or the end of the
    /// container.
    #[inline(always)]
    pub(super) fn pass_separator(self, end: Position, close: u8, depth: u8) -> Result<Next, Stop> {
        let offset = self.entry(end.passed)?;
        if offset != end.offset && self.skip_whitespace(end.offset) != offset {
            return Err(Stop::Fault);
        }
        let separator = Position { offset, ..end };
        let [byte, next] = self.two_bytes(offset);
        if byte == b',' {
            return Ok(Next::Item(self.start_after(separator, next, depth)?));
        }
        if byte == close {
            return Ok(Next::End(separator.after_character()));
        }
        Err(Stop::Fault)
    }

    /// Validates a value without reading it. Returns the position after it.
    #[inline]
    pub(super) fn skip_value(self, value: ItemStart) -> Result<Position, Stop> {
        if matches!(value.first, b'{' | b'[') {
            return self.skip_container(value);
        }
        Ok(self.scalar(value)?.end)
    }

    /// Validates a container. Returns the position after it.
    fn skip_container(self, container: ItemStart) -> Result<Position, Stop> {
        // A bit for each open container, the innermost lowest: whether it is an object.
        let mut kinds = u64::from(container.first == b'{');
        let mut depth = container.depth + 1;
        let mut next = self.enter(container)?;
        loop {
            next = match next {
                Next::Item(mut value) => {
                    if kinds & 1 == 1 {
                        (_, value) = self.key(value)?;
                    }
                    if matches!(value.first, b'{' | b'[') {
                        kinds = kinds << 1 | u64::from(value.first == b'{');
                        depth += 1;
                        self.enter(value)?
                    } else {
                        let end = self.scalar(value)?.end;
                        self.pass_separator(end, innermost_closing(kinds), depth)?
                    }
                }
                Next::End(end) => {
                    depth -= 1;
                    if depth == container.depth {
                        return Ok(end);
                    }
                    kinds >>= 1;
                    self.pass_separator(end, innermost_closing(kinds), depth)?
                }
            };
        }
    }
}

impl Position {
    /// Returns the position after the structural character at this one.
    #[inline(always)]
    pub(super) fn after_character(self) -> Self {
        Self {
            offset: self.offset + 1,
            passed: self.passed + 1,
        }
    }
}

/// Returns whether a byte is a comma or a closing bracket.
#[inline(always)]
fn is_separator(byte: u8) -> bool {
    // With the bit of lower-case letters, `]` equals `}`.
    (byte == b',') | (byte | 0x20 == b'}')
}

/// Returns the closing bracket for an opening one.
#[inline(always)]
fn closing(opening: u8) -> u8 {
    opening.wrapping_add(b'}' - b'{')
}

/// Returns the closing bracket of the innermost container; its lowest bit is set for an object.
#[inline(always)]
fn innermost_closing(kinds: u64) -> u8 {
    if kinds & 1 == 1 { b'}' } else { b']' }
}

/// Returns the length of the number that a text starts with. Most numbers are whole and short.
#[inline(always)]
fn number_length(text: &[u8]) -> Result<usize, Stop> {
    if let Some(chunk) = text.first_chunk::<8>()
        && let Some(digits) = scan::short_number(chunk)
    {
        return Ok(digits);
    }
    scan::number_end(text, 0).map_err(|_| Stop::Fault)
}
