//! The tokens of a text, found by the entries of its index, and values that are only validated.
//!
//! Everything between two entries is checked: keys and strings extend from one to the other, and around every other
//! token there is white space at most. Where an entry is not what the grammar has there, it is a fault, or the first
//! byte of white space after a string.

use std::ops::Range;

use idq_json::scan;

use super::field_spans::SpanKind;

/// The maximum depth of containers, which bounds recursion and fits in the bits of a stack.
const MAX_WALK_DEPTH: u32 = 64;

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

/// A text with the entries of its index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tokens<'w, 'b> {
    /// The text.
    pub(super) bytes: &'b [u8],
    /// The entries of the index, from the start of the record.
    entries: &'w [u32],
}

/// A position in the text, outside strings. It is passed and returned by value, so that it stays in registers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Position {
    /// The offset.
    pub(super) offset: usize,
    /// The number of entries before the offset.
    pub(super) passed: usize,
}

/// The start of a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct ValueStart {
    /// The position of the first byte.
    pub(super) position: Position,
    /// The first byte.
    pub(super) first: u8,
    /// The number of containers around the value.
    pub(super) depth: u32,
}

/// A scalar as spelled.
pub(super) struct ScalarSpan {
    /// The kind.
    pub(super) kind: SpanKind,
    /// The range, without the quotes of a string.
    pub(super) range: Range<usize>,
    /// The position after the scalar.
    pub(super) end: Position,
}

impl<'w, 'b> Tokens<'w, 'b> {
    /// Creates the tokens of a text.
    pub(super) fn new(bytes: &'b [u8], entries: &'w [u32]) -> Self {
        Self { bytes, entries }
    }

    /// Returns the record, which starts with the first entry.
    pub(super) fn record(self) -> Result<ValueStart, Stop> {
        let offset = self.entry(0)?;
        Ok(ValueStart {
            position: Position { offset, passed: 0 },
            first: self.byte(offset),
            depth: 0,
        })
    }

    /// Returns the last entry of the index.
    pub(super) fn last(self) -> usize {
        self.entries.last().map_or(0, |&entry| entry as usize)
    }

    /// Returns an entry. All bytes before an entry are in the text.
    #[inline(always)]
    fn entry(self, number: usize) -> Result<usize, Stop> {
        let &entry = self.entries.get(number).ok_or(Stop::EndOfIndex)?;
        Ok(entry as usize)
    }

    /// Returns the byte at an offset in the text. The default is never used.
    #[inline(always)]
    fn byte(self, offset: usize) -> u8 {
        self.bytes.get(offset).copied().unwrap_or(0)
    }

    /// Returns the offset of the first byte that is not white space.
    #[inline(always)]
    fn skip_blanks(self, offset: usize) -> usize {
        if self.byte(offset) > b' ' {
            return offset;
        }
        scan::skip_whitespace(self.bytes, offset)
    }

    /// Enters a container. Returns the start of its first value or key; its first byte is the closing bracket of an
    /// empty container.
    #[inline(always)]
    pub(super) fn enter(self, container: ValueStart) -> Result<ValueStart, Stop> {
        if container.depth == MAX_WALK_DEPTH {
            return Err(Stop::Unsupported);
        }
        let bracket = self.entry(container.position.passed)?;
        self.value(
            Position {
                offset: bracket + 1,
                passed: container.position.passed + 1,
            },
            container.depth + 1,
        )
    }

    /// Returns the value, the key or the closing bracket at a position after a structural character.
    #[inline(always)]
    pub(super) fn value(self, after: Position, depth: u32) -> Result<ValueStart, Stop> {
        // The bytes up to the next entry are in the text.
        self.entry(after.passed)?;
        let offset = self.skip_blanks(after.offset);
        Ok(ValueStart {
            position: Position { offset, ..after },
            first: self.byte(offset),
            depth,
        })
    }

    /// Returns the range of a key without its quotes, and its value.
    #[inline(always)]
    pub(super) fn key(self, key: ValueStart) -> Result<(Range<usize>, ValueStart), Stop> {
        let (range, colon) = self.string(key, |byte| byte == b':')?;
        Ok((range, self.value(colon.next(), key.depth)?))
    }

    /// Validates a scalar.
    #[inline(always)]
    pub(super) fn scalar(self, scalar: ValueStart) -> Result<ScalarSpan, Stop> {
        if scalar.first == b'"' {
            let (range, end) = self.string(scalar, is_separator)?;
            return Ok(ScalarSpan {
                kind: SpanKind::String,
                range,
                end,
            });
        }
        let start = scalar.position.offset;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let (kind, end) = match scalar.first {
            b'n' if rest.starts_with(b"null") => (SpanKind::Null, start + 4),
            b't' if rest.starts_with(b"true") => (SpanKind::True, start + 4),
            b'f' if rest.starts_with(b"false") => (SpanKind::False, start + 5),
            b'-' | b'0'..=b'9' => (SpanKind::Number, number_end(rest, start)?),
            _ => return Err(Stop::Fault),
        };
        Ok(ScalarSpan {
            kind,
            range: start..end,
            end: Position {
                offset: end,
                ..scalar.position
            },
        })
    }

    /// Returns the range of a string without its quotes, and the position of the structural character after it, which
    /// must pass a test.
    #[inline(always)]
    fn string(
        self,
        string: ValueStart,
        is_next: impl Fn(u8) -> bool,
    ) -> Result<(Range<usize>, Position), Stop> {
        let Position { offset, passed } = string.position;
        let after = self.entry(passed)?;
        if string.first != b'"' {
            return Err(Stop::Fault);
        }
        let mut next = Position {
            offset: after,
            passed,
        };
        if !is_next(self.byte(after)) {
            next = self.after_blanks(next)?;
            if !is_next(self.byte(next.offset)) {
                return Err(Stop::Fault);
            }
        }
        Ok((offset + 1..after - 1, next))
    }

    /// Returns the position of the entry after the white space that starts with one.
    #[cold]
    fn after_blanks(self, blanks: Position) -> Result<Position, Stop> {
        let passed = blanks.passed + 1;
        let offset = self.entry(passed)?;
        // After white space in a string, which is a fault, a quote precedes the next structural character.
        if scan::skip_whitespace(self.bytes, blanks.offset) != offset {
            return Err(Stop::Fault);
        }
        Ok(Position { offset, passed })
    }

    /// Passes the comma or the closing bracket after a value. Returns the position after it, and whether it was a comma,
    /// so that another member or element follows.
    #[inline(always)]
    pub(super) fn separator(self, after: Position, close: u8) -> Result<(Position, bool), Stop> {
        let offset = self.entry(after.passed)?;
        // After white space.
        if offset != after.offset && scan::skip_whitespace(self.bytes, after.offset) != offset {
            return Err(Stop::Fault);
        }
        let byte = self.byte(offset);
        if byte != b',' && byte != close {
            return Err(Stop::Fault);
        }
        let separator = Position { offset, ..after };
        Ok((separator.next(), byte == b','))
    }

    /// Validates a value without reading it. Returns the position after it.
    #[inline]
    pub(super) fn skip_value(self, value: ValueStart) -> Result<Position, Stop> {
        if matches!(value.first, b'{' | b'[') {
            return self.skip_container(value);
        }
        Ok(self.scalar(value)?.end)
    }

    /// Validates a container. Returns the position after it.
    fn skip_container(self, container: ValueStart) -> Result<Position, Stop> {
        // A bit for each open container inside, the innermost lowest: whether it is an object.
        let (mut kinds, mut is_object) = (0_u64, container.first == b'{');
        let mut next = self.enter(container)?;
        let mut depth = next.depth;
        let mut is_at_end = next.first == closing(is_object);
        let mut after = next.position.next();
        loop {
            if is_at_end {
                depth -= 1;
                if depth == container.depth {
                    return Ok(after);
                }
                is_object = kinds & 1 == 1;
                kinds >>= 1;
            } else {
                if is_object {
                    (_, next) = self.key(next)?;
                }
                if matches!(next.first, b'{' | b'[') {
                    kinds = kinds << 1 | u64::from(is_object);
                    is_object = next.first == b'{';
                    next = self.enter(next)?;
                    depth = next.depth;
                    is_at_end = next.first == closing(is_object);
                    after = next.position.next();
                    continue;
                }
                after = self.scalar(next)?.end;
            }
            let (position, continues) = self.separator(after, closing(is_object))?;
            is_at_end = !continues;
            after = position;
            if continues {
                next = self.value(position, depth)?;
            }
        }
    }
}

impl Position {
    /// Returns the position after the structural character at this one.
    #[inline(always)]
    pub(super) fn next(self) -> Self {
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

/// Returns the closing bracket of a container.
#[inline(always)]
fn closing(is_object: bool) -> u8 {
    if is_object { b'}' } else { b']' }
}

/// Returns the end of the number at an offset; `rest` is the text from there. Most numbers are whole and short.
#[inline(always)]
fn number_end(rest: &[u8], start: usize) -> Result<usize, Stop> {
    if let Some(chunk) = rest.first_chunk::<8>()
        && let Some(digits) = scan::short_number(chunk)
    {
        return Ok(start + digits);
    }
    match scan::number_end(rest, 0) {
        Ok(length) => Ok(start + length),
        Err(_) => Err(Stop::Fault),
    }
}
