use std::ops::Range;

use crate::error::{Error, ErrorKind};
use crate::scalar::Scalar;
use crate::scan;
use crate::text::Text;

/// How many objects and arrays may stand inside each other.
///
/// Far beyond any real profile, and small enough that whoever walks a record recursively is safe.
pub const MAX_DEPTH: usize = 1_000;

/// One step through a JSON value.
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
    /// A key; its value comes next.
    Key(Text<'a>),
    /// A value that is no container.
    Scalar(Scalar<'a>),
}

/// What the grammar allows next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    FirstKeyOrEnd,
    Key,
    FirstElementOrEnd,
    SeparatorOrEnd,
    Nothing,
}

/// Pulls the events of exactly one JSON value out of bytes.
///
/// White space may stand around the value, anything else may not.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    event_start: usize,
    expect: Expect,
    /// For each open container, whether it is an object.
    open: Vec<bool>,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            position: 0,
            event_start: 0,
            expect: Expect::Value,
            open: Vec::new(),
        }
    }

    /// The byte range of the last event: a string's includes its quotes.
    pub fn span(&self) -> Range<usize> {
        self.event_start..self.position
    }

    /// Where the next value, key or bracket starts, or the separator before it: the next byte that is no white space.
    pub fn next_start(&self) -> usize {
        scan::skip_whitespace(self.bytes, self.position)
    }

    /// How many containers are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// The next event; `None` after the end of the value and the white space behind it.
    ///
    /// # Errors
    /// The first byte that breaks the syntax. A reader that has failed gives no sensible events any more.
    pub fn next_event(&mut self) -> Result<Option<Event<'a>>, Error> {
        self.position = scan::skip_whitespace(self.bytes, self.position);
        self.event_start = self.position;
        let Some(mut byte) = self.bytes.get(self.position).copied() else {
            return match self.expect {
                Expect::Nothing => Ok(None),
                _ => Err(self.error(ErrorKind::UnexpectedEnd)),
            };
        };
        if self.expect == Expect::SeparatorOrEnd && byte == b',' {
            self.position = scan::skip_whitespace(self.bytes, self.position + 1);
            self.event_start = self.position;
            self.expect = if self.in_object() {
                Expect::Key
            } else {
                Expect::Value
            };
            byte = *self
                .bytes
                .get(self.position)
                .ok_or_else(|| self.error(ErrorKind::UnexpectedEnd))?;
        }
        match (self.expect, byte) {
            (Expect::Nothing, _) => Err(self.error(ErrorKind::TrailingBytes(byte))),
            (Expect::FirstKeyOrEnd | Expect::Key, b'"') => self.key().map(Some),
            (Expect::FirstKeyOrEnd, b'}') => Ok(Some(self.close(Event::ObjectEnd))),
            (Expect::SeparatorOrEnd, b'}') if self.in_object() => {
                Ok(Some(self.close(Event::ObjectEnd)))
            }
            (Expect::FirstElementOrEnd, b']') => Ok(Some(self.close(Event::ArrayEnd))),
            (Expect::SeparatorOrEnd, b']') if !self.in_object() => {
                Ok(Some(self.close(Event::ArrayEnd)))
            }
            (Expect::Value | Expect::FirstElementOrEnd, _) => self.value(byte).map(Some),
            (Expect::FirstKeyOrEnd, _) => Err(self.unexpected("a key or `}`", byte)),
            (Expect::Key, _) => Err(self.unexpected("a key", byte)),
            (Expect::SeparatorOrEnd, _) if self.in_object() => {
                Err(self.unexpected("`,` or `}`", byte))
            }
            (Expect::SeparatorOrEnd, _) => Err(self.unexpected("`,` or `]`", byte)),
        }
    }

    /// Steps over the value that comes next (after a key, or at the start), validating it.
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

    fn in_object(&self) -> bool {
        self.open.last() == Some(&true)
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error {
            kind,
            offset: self.position,
        }
    }

    fn unexpected(&self, expected: &'static str, found: u8) -> Error {
        self.error(ErrorKind::Unexpected { expected, found })
    }

    fn key(&mut self) -> Result<Event<'a>, Error> {
        let key = self.string()?;
        self.position = scan::skip_whitespace(self.bytes, self.position);
        match self.bytes.get(self.position) {
            Some(b':') => self.position += 1,
            Some(&found) => return Err(self.unexpected("`:`", found)),
            None => return Err(self.error(ErrorKind::UnexpectedEnd)),
        }
        self.expect = Expect::Value;
        Ok(Event::Key(key))
    }

    fn string(&mut self) -> Result<Text<'a>, Error> {
        let start = self.position + 1;
        let end = scan::string_end(self.bytes, start)?;
        self.position = end.quote + 1;
        match std::str::from_utf8(&self.bytes[start..end.quote]) {
            Ok(raw) => Ok(Text::from_raw(raw, end.escaped)),
            Err(error) => {
                let offset = start + error.valid_up_to();
                Err(Error {
                    kind: ErrorKind::InvalidUtf8(self.bytes[offset]),
                    offset,
                })
            }
        }
    }

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
                // Digits, signs and points are ASCII.
                let spelling = std::str::from_utf8(&self.bytes[start..self.position]);
                Event::Scalar(Scalar::Number(spelling.unwrap_or_default()))
            }
            _ => return Err(self.unexpected("a value", byte)),
        };
        self.after_value();
        Ok(event)
    }

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

    fn open(&mut self, object: bool) -> Result<Event<'a>, Error> {
        if self.open.len() == MAX_DEPTH {
            return Err(self.error(ErrorKind::TooDeep));
        }
        self.open.push(object);
        self.position += 1;
        self.expect = if object {
            Expect::FirstKeyOrEnd
        } else {
            Expect::FirstElementOrEnd
        };
        Ok(if object {
            Event::ObjectStart
        } else {
            Event::ArrayStart
        })
    }

    fn close(&mut self, event: Event<'a>) -> Event<'a> {
        self.open.pop();
        self.position += 1;
        self.after_value();
        event
    }

    fn after_value(&mut self) {
        self.expect = if self.open.is_empty() {
            Expect::Nothing
        } else {
            Expect::SeparatorOrEnd
        };
    }
}
