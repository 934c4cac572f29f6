//! The pull parser: a state machine over one JSON value.

use std::ops::Range;

use crate::error::{Error, ErrorKind};
use crate::scalar::Scalar;
use crate::scan;
use crate::text::Text;

/// The maximum number of nested containers: more than any real record has, and few enough for recursive code over a
/// validated record.
pub const MAX_DEPTH: usize = 1_000;

/// One token of a JSON value, in document order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// `{`
    ObjectStart,
    /// `}`
    ObjectEnd,
    /// `[`
    ArrayStart,
    /// `]`
    ArrayEnd,
    /// A key of an object; the events of its value follow.
    Key(Text<'a>),
    /// A value that is not a container.
    Scalar(Scalar<'a>),
}

/// The tokens that the grammar allows next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// A value, after a key or a comma or at the start.
    Value,
    /// A key or `}`, after `{`.
    FirstKeyOrEnd,
    /// A key, after a comma in an object.
    Key,
    /// A value or `]`, after `[`.
    FirstElementOrEnd,
    /// A comma or the closing bracket, after an element or a member.
    SeparatorOrEnd,
    /// White space alone, after the value.
    Nothing,
}

/// A pull parser of the events of exactly one JSON value, with optional white space around it.
///
/// The only state that grows is one `bool` for each open container, at most [`MAX_DEPTH`].
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    /// Bytes of the value.
    bytes: &'a [u8],
    /// Offset of the next byte.
    position: usize,
    /// Offset of the first byte of the last event.
    event_start: usize,
    /// Tokens that the grammar allows next.
    expected: Expected,
    /// For each open container, whether it is an object.
    open: Vec<bool>,
}

impl<'a> Reader<'a> {
    /// Returns a reader at the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            position: 0,
            event_start: 0,
            expected: Expected::Value,
            open: Vec::new(),
        }
    }

    /// Returns the byte range of the last event; the range of a string includes its quotes.
    pub fn span(&self) -> Range<usize> {
        self.event_start..self.position
    }

    /// Returns the offset of the next byte that is not white space: the next value, key or bracket, or the separator
    /// before it.
    pub fn next_start(&self) -> usize {
        scan::skip_whitespace(self.bytes, self.position)
    }

    /// Returns the number of open containers.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Returns the next event, or `None` after the end of the value and the white space after it.
    ///
    /// # Errors
    /// The first byte that violates the grammar. The events of a reader that has failed are meaningless.
    pub fn next_event(&mut self) -> Result<Option<Event<'a>>, Error> {
        self.position = scan::skip_whitespace(self.bytes, self.position);
        self.event_start = self.position;
        let Some(mut byte) = self.bytes.get(self.position).copied() else {
            return match self.expected {
                Expected::Nothing => Ok(None),
                _ => Err(self.error(ErrorKind::UnexpectedEnd)),
            };
        };
        // A comma is passed with the token after it, so it is no event.
        if self.expected == Expected::SeparatorOrEnd && byte == b',' {
            self.position = scan::skip_whitespace(self.bytes, self.position + 1);
            self.event_start = self.position;
            self.expected = if self.in_object() {
                Expected::Key
            } else {
                Expected::Value
            };
            byte = *self
                .bytes
                .get(self.position)
                .ok_or_else(|| self.error(ErrorKind::UnexpectedEnd))?;
        }
        // The arms that accept precede those that describe a mistake.
        match (self.expected, byte) {
            (Expected::Nothing, _) => Err(self.error(ErrorKind::TrailingBytes(byte))),
            (Expected::FirstKeyOrEnd | Expected::Key, b'"') => self.key().map(Some),
            (Expected::FirstKeyOrEnd, b'}') => Ok(Some(self.close(Event::ObjectEnd))),
            (Expected::SeparatorOrEnd, b'}') if self.in_object() => {
                Ok(Some(self.close(Event::ObjectEnd)))
            }
            (Expected::FirstElementOrEnd, b']') => Ok(Some(self.close(Event::ArrayEnd))),
            (Expected::SeparatorOrEnd, b']') if !self.in_object() => {
                Ok(Some(self.close(Event::ArrayEnd)))
            }
            (Expected::Value | Expected::FirstElementOrEnd, _) => self.value(byte).map(Some),
            (Expected::FirstKeyOrEnd, _) => Err(self.unexpected("a key or `}`", byte)),
            (Expected::Key, _) => Err(self.unexpected("a key", byte)),
            (Expected::SeparatorOrEnd, _) if self.in_object() => {
                Err(self.unexpected("`,` or `}`", byte))
            }
            (Expected::SeparatorOrEnd, _) => Err(self.unexpected("`,` or `]`", byte)),
        }
    }

    /// Validates and skips the next value (after a key, or at the start).
    ///
    /// # Errors
    /// As [`next_event`](Self::next_event).
    pub fn skip_value(&mut self) -> Result<(), Error> {
        let depth = self.depth();
        loop {
            let end = self.next_event()?.is_none();
            if end || self.depth() <= depth {
                return Ok(());
            }
        }
    }

    /// Returns whether the innermost open container is an object.
    fn in_object(&self) -> bool {
        self.open.last() == Some(&true)
    }

    /// Returns an error at the current position.
    fn error(&self, kind: ErrorKind) -> Error {
        Error {
            kind,
            offset: self.position,
        }
    }

    /// Returns the error of a byte that the grammar does not allow.
    fn unexpected(&self, expected: &'static str, found: u8) -> Error {
        self.error(ErrorKind::Unexpected { expected, found })
    }

    /// Reads a key and the colon after it.
    fn key(&mut self) -> Result<Event<'a>, Error> {
        let key = self.string()?;
        self.position = scan::skip_whitespace(self.bytes, self.position);
        match self.bytes.get(self.position) {
            Some(b':') => self.position += 1,
            Some(&found) => return Err(self.unexpected("`:`", found)),
            None => return Err(self.error(ErrorKind::UnexpectedEnd)),
        }
        self.expected = Expected::Value;
        Ok(Event::Key(key))
    }

    /// Reads a string, whose opening quote is the next byte. Escapes are validated here and decoded on demand.
    fn string(&mut self) -> Result<Text<'a>, Error> {
        let start = self.position + 1;
        let quote = scan::validated_string_close(self.bytes, start)?;
        self.position = quote + 1;
        Text::at(start, &self.bytes[start..quote])
    }

    /// Reads a value that starts with `byte`: a whole scalar, or the opening bracket of a container.
    fn value(&mut self, byte: u8) -> Result<Event<'a>, Error> {
        let event = match byte {
            b'{' | b'[' => return self.open(byte == b'{'),
            b'"' => Event::Scalar(Scalar::String(self.string()?)),
            b't' => self.literal(b"true", Event::Scalar(Scalar::Boolean(true)))?,
            b'f' => self.literal(b"false", Event::Scalar(Scalar::Boolean(false)))?,
            b'n' => self.literal(b"null", Event::Scalar(Scalar::Null))?,
            b'-' | b'0'..=b'9' => {
                let start = self.position;
                self.position = scan::number_end(self.bytes, start)?;
                // Numbers are ASCII, so the default is never used.
                let spelling = std::str::from_utf8(&self.bytes[start..self.position]);
                Event::Scalar(Scalar::Number(spelling.unwrap_or_default()))
            }
            _ => return Err(self.unexpected("a value", byte)),
        };
        self.after_value();
        Ok(event)
    }

    /// Reads `true`, `false` or `null`; an error points at its first wrong byte.
    fn literal(&mut self, spelling: &'static [u8], event: Event<'a>) -> Result<Event<'a>, Error> {
        let rest = &self.bytes[self.position..];
        if rest.starts_with(spelling) {
            self.position += spelling.len();
            return Ok(event);
        }
        let same = rest
            .iter()
            .zip(spelling)
            .take_while(|(found, wanted)| found == wanted)
            .count();
        self.position += same;
        match rest.get(same) {
            Some(&found) => Err(self.unexpected("true, false or null", found)),
            None => Err(self.error(ErrorKind::UnexpectedEnd)),
        }
    }

    /// Opens an object or an array.
    fn open(&mut self, object: bool) -> Result<Event<'a>, Error> {
        if self.open.len() == MAX_DEPTH {
            return Err(self.error(ErrorKind::TooDeep));
        }
        self.open.push(object);
        self.position += 1;
        self.expected = if object {
            Expected::FirstKeyOrEnd
        } else {
            Expected::FirstElementOrEnd
        };
        Ok(if object {
            Event::ObjectStart
        } else {
            Event::ArrayStart
        })
    }

    /// Closes the innermost container.
    fn close(&mut self, event: Event<'a>) -> Event<'a> {
        self.open.pop();
        self.position += 1;
        self.after_value();
        event
    }

    /// Sets the expectation after a value: the end, or the rest of the container.
    fn after_value(&mut self) {
        self.expected = if self.open.is_empty() {
            Expected::Nothing
        } else {
            Expected::SeparatorOrEnd
        };
    }
}
