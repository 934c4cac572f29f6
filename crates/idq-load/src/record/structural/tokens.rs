//! The tokens of an index, and values that are only validated.
//!
//! A position among the tokens is passed and returned by value, so that it stays in a register.

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

/// The position of a value among the tokens, and its depth.
#[derive(Debug, Clone, Copy)]
pub(super) struct ValuePosition {
    /// The number of tokens before the value.
    pub(super) at: usize,
    /// The number of containers around it.
    pub(super) depth: u32,
}

/// A key with the start of its value.
pub(super) struct KeyTokens {
    /// The range between the quotes of the key.
    pub(super) key: Range<usize>,
    /// The offset of the value.
    pub(super) value: usize,
    /// The offset of the token after the first one of the value.
    pub(super) after: usize,
}

/// The number of tokens of a key: its quotes and the colon.
pub(super) const KEY_TOKENS: usize = 3;

impl<'w, 'b> Tokens<'w, 'b> {
    /// Creates the tokens of a text.
    pub(super) fn new(bytes: &'b [u8], entries: &'w [u32]) -> Self {
        Self { bytes, entries }
    }

    /// Returns the token at a position by its offset and first byte.
    #[inline(always)]
    pub(super) fn get(self, at: usize) -> Result<(usize, u8), Stop> {
        let &entry = self.entries.get(at).ok_or(Stop::EndOfIndex)?;
        Ok((entry as usize, self.byte(entry as usize)))
    }

    /// Returns the byte at the offset of an entry. The default is never used.
    #[inline(always)]
    pub(super) fn byte(self, offset: usize) -> u8 {
        self.bytes.get(offset).copied().unwrap_or(0)
    }

    /// Returns the last entry of the index.
    pub(super) fn last(self) -> usize {
        self.entries.last().map_or(0, |&entry| entry as usize)
    }

    /// Returns the key at a position, with the next two tokens. A complete record has them.
    #[inline(always)]
    pub(super) fn key(self, at: usize) -> Result<KeyTokens, Stop> {
        let entries = self.entries.get(at..).and_then(<[u32]>::first_chunk);
        let Some(&[open, close, colon, value, after]) = entries else {
            return Err(Stop::EndOfIndex);
        };
        let is_key = (self.byte(open as usize) == b'"')
            & (self.byte(close as usize) == b'"')
            & (self.byte(colon as usize) == b':');
        if !is_key {
            return Err(Stop::Fault);
        }
        Ok(KeyTokens {
            key: open as usize + 1..close as usize,
            value: value as usize,
            after: after as usize,
        })
    }

    /// Validates the scalar that starts at an offset; `after` is the offset of the next token. Returns its kind, its range
    /// without quotes, and the number of its tokens.
    #[inline(always)]
    pub(super) fn scalar(
        self,
        start: usize,
        first: u8,
        after: usize,
    ) -> Result<(SpanKind, Range<usize>, usize), Stop> {
        if first == b'"' {
            if self.byte(after) != b'"' {
                return Err(Stop::Fault);
            }
            return Ok((SpanKind::String, start + 1..after, 2));
        }
        let rest = self.bytes.get(start..).unwrap_or_default();
        let (kind, end) = match first {
            b'n' if rest.starts_with(b"null") => (SpanKind::Null, start + 4),
            b't' if rest.starts_with(b"true") => (SpanKind::True, start + 4),
            b'f' if rest.starts_with(b"false") => (SpanKind::False, start + 5),
            b'-' | b'0'..=b'9' => (SpanKind::Number, number_end(rest, start)?),
            _ => return Err(Stop::Fault),
        };
        // Another token ends the scalar, or a blank, after which the next token has an entry.
        if after == end || is_blank(self.byte(end)) {
            Ok((kind, start..end, 1))
        } else {
            Err(Stop::Fault)
        }
    }

    /// Returns whether a comma is at a position, so that another member or element follows, or else a closing bracket.
    #[inline(always)]
    pub(super) fn continues(self, at: usize, close: u8) -> Result<bool, Stop> {
        match self.get(at)? {
            (_, b',') => Ok(true),
            (_, byte) if byte == close => Ok(false),
            _ => Err(Stop::Fault),
        }
    }

    /// Validates a value without reading it. Returns the position after it.
    #[inline]
    pub(super) fn skip_value(self, value: ValuePosition) -> Result<usize, Stop> {
        let (start, first) = self.get(value.at)?;
        if matches!(first, b'{' | b'[') {
            return self.skip_container(value, first == b'{');
        }
        let (after, _) = self.get(value.at + 1)?;
        let (_, _, tokens) = self.scalar(start, first, after)?;
        Ok(value.at + tokens)
    }

    /// Validates a container. Returns the position after it.
    fn skip_container(self, value: ValuePosition, is_object: bool) -> Result<usize, Stop> {
        // A bit for each open container inside, the innermost lowest: whether it is an object.
        let (mut kinds, mut is_object) = (0_u64, is_object);
        let mut depth = value.enter()?.depth;
        let mut at = value.at + 1;
        let mut is_at_end = self.get(at)?.1 == closing(is_object);
        loop {
            if is_at_end {
                at += 1;
                depth -= 1;
                if depth == value.depth {
                    return Ok(at);
                }
                is_object = kinds & 1 == 1;
                kinds >>= 1;
            } else {
                let (start, after) = if is_object {
                    let key = self.key(at)?;
                    at += KEY_TOKENS;
                    (key.value, key.after)
                } else {
                    (self.get(at)?.0, self.get(at + 1)?.0)
                };
                let first = self.byte(start);
                if matches!(first, b'{' | b'[') {
                    kinds = kinds << 1 | u64::from(is_object);
                    is_object = first == b'{';
                    depth = ValuePosition { at, depth }.enter()?.depth;
                    at += 1;
                    is_at_end = self.byte(after) == closing(is_object);
                    continue;
                }
                let (_, _, tokens) = self.scalar(start, first, after)?;
                at += tokens;
            }
            is_at_end = !self.continues(at, closing(is_object))?;
            at += usize::from(!is_at_end);
        }
    }
}

impl ValuePosition {
    /// Returns the position of the first token inside a container.
    #[inline(always)]
    pub(super) fn enter(self) -> Result<Self, Stop> {
        if self.depth == MAX_WALK_DEPTH {
            return Err(Stop::Unsupported);
        }
        Ok(Self {
            at: self.at + 1,
            depth: self.depth + 1,
        })
    }

    /// Returns another position at the same depth.
    #[inline(always)]
    pub(super) fn at(self, at: usize) -> Self {
        Self { at, ..self }
    }
}

/// Returns whether a byte is white space of JSON.
#[inline(always)]
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
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
