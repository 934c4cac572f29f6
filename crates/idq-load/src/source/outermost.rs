//! The outermost objects of a dump, by its first bytes.

use idq_json::{Error, ErrorKind, Event, Reader};

use super::detect_api::strip_marks;

/// A reader of the outermost objects of a dump: those in no object, in arrays of any depth or in none.
#[derive(Clone)]
pub(super) struct OutermostObjects<'a> {
    bytes: &'a [u8],
    reader: Reader<'a>,
    /// The number of containers around the last object; `None` before the first one.
    last_depth: Option<usize>,
}

/// The end of the objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ObjectsEnd {
    /// No object follows, or the bytes end inside one.
    Ended,
    /// The text is malformed.
    Malformed,
}

impl<'a> OutermostObjects<'a> {
    /// Creates a reader of the first bytes of a dump.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let bytes = strip_marks(bytes);
        Self {
            bytes,
            reader: Reader::new(bytes),
            last_depth: None,
        }
    }

    /// Returns a reader that has just read the opening bracket of the next object.
    ///
    /// # Errors
    /// There is no further object.
    pub(super) fn next(&mut self) -> Result<Reader<'a>, ObjectsEnd> {
        loop {
            match self.reader.next_event() {
                Ok(Some(Event::ObjectStart)) if self.is_outermost() => {
                    self.last_depth = Some(self.reader.depth() - 1);
                    return Ok(self.reader.clone());
                }
                Ok(Some(_)) => {
                    if self
                        .last_depth
                        .is_some_and(|depth| self.reader.depth() <= depth)
                    {
                        self.last_depth = None;
                    }
                }
                Ok(None) => return Err(ObjectsEnd::Ended),
                // The value ends, and another one follows it.
                Err(Error {
                    kind: ErrorKind::TrailingBytes(_),
                    offset,
                }) => {
                    self.bytes = strip_marks(&self.bytes[offset..]);
                    self.reader = Reader::new(self.bytes);
                    self.last_depth = None;
                }
                Err(error) if error.kind == ErrorKind::UnexpectedEnd => {
                    return Err(ObjectsEnd::Ended);
                }
                Err(_) => return Err(ObjectsEnd::Malformed),
            }
        }
    }

    /// Returns the bytes that the readers read, and the offset of the last object in them.
    pub(super) fn last(&self) -> (&'a [u8], usize) {
        (self.bytes, self.reader.span().start)
    }

    /// Returns whether no object is open around the current one.
    fn is_outermost(&self) -> bool {
        self.last_depth.is_none()
    }
}
