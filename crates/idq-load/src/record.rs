use std::fmt;

use idq_json::ErrorKind;
use simd_json::{Buffers, Tape};

use crate::exact;
use crate::familiar::Familiar;
use crate::options::Parser;
use crate::row::{ChunkBuilder, Slot};
use crate::schema::Schema;
use crate::tape;

/// The longest record, in bytes.
pub const MAX_RECORD: usize = 64 << 20;

/// The longest record that is read by way of a tape, which takes up to some twenty times the record's memory.
const MAX_TAPE_RECORD: usize = 1 << 20;

/// Why a record cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordErrorKind {
    /// It is not JSON.
    Json(ErrorKind),
    /// Where an identity should stand there is something else.
    NotAnObject(String),
    /// The text between two records is not what separates records.
    NotASeparator(String),
    /// A field holds a value of another type.
    WrongType {
        /// What the API says.
        expected: &'static str,
        /// What is there, cut short.
        found: String,
    },
    /// The id is missing or null.
    MissingId,
    /// The record looks like one of another API.
    OtherApi(String),
    /// More bytes than a record may have: [`MAX_RECORD`], or what the loader was told.
    TooLong {
        /// The most bytes.
        most: usize,
    },
    /// The source holds nothing at all.
    Empty,
}

impl RecordErrorKind {
    pub(crate) fn wrong(expected: &'static str, slot: &Slot<'_>) -> Self {
        let found = match slot {
            Slot::Missing => "nothing".to_owned(),
            Slot::Null => "null".to_owned(),
            Slot::Text(text) => format!("the string {}", quoted(text)),
            Slot::Number(number) => format!("the number {}", shortened(number)),
            Slot::Boolean(boolean) => boolean.to_string(),
            Slot::Object => "an object".to_owned(),
            Slot::Array => "an array".to_owned(),
            Slot::Document => "a document".to_owned(),
            Slot::Timestamp(instant) => idq_grammar::date::format_timestamp(*instant),
        };
        Self::WrongType { expected, found }
    }
}

impl fmt::Display for RecordErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(kind) => write!(f, "{kind}"),
            Self::NotAnObject(found) => {
                write!(f, "expected an identity (a JSON object), found {found}")
            }
            Self::NotASeparator(found) => {
                write!(f, "expected `,` or the end of the array, found {found}")
            }
            Self::WrongType { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::MissingId => write!(f, "expected an identity with an id, found none"),
            Self::OtherApi(api) => {
                write!(f, "this record looks like one of {api}: query them apart")
            }
            Self::TooLong { most: MAX_RECORD } => {
                write!(f, "a record of more than {} MiB", MAX_RECORD >> 20)
            }
            Self::TooLong { most } => write!(
                f,
                "a record of more than {:.1} MiB, the longest that this load has memory for",
                *most as f64 / f64::from(1 << 20)
            ),
            Self::Empty => write!(f, "the file is empty: an export without identities is `[]`"),
        }
    }
}

/// How much of a value an error shows.
const SHOWN: usize = 40;

/// The start of a text, on one line.
pub(crate) fn shortened(text: &str) -> String {
    shown(text, |character| matches!(character, '"' | '\'' | '\\'))
}

/// The start of a text, with escapes for all but the characters that are `plain` and those that can be seen.
fn shown(text: &str, plain: impl Fn(char) -> bool) -> String {
    let mut short = String::new();
    for character in text.chars().take(SHOWN) {
        if plain(character) {
            short.push(character);
        } else {
            short.extend(character.escape_debug());
        }
    }
    if text.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    short
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", shown(text, |character| character == '\''))
}

/// What is wrong with a record, and at which of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordError {
    pub(crate) offset: usize,
    pub(crate) path: Option<String>,
    pub(crate) kind: RecordErrorKind,
}

impl RecordError {
    /// An error that no field is to blame for.
    pub(crate) fn at(offset: usize, kind: RecordErrorKind) -> Self {
        Self {
            offset,
            path: None,
            kind,
        }
    }

    /// Whether the record's text is one JSON value all the same, so that its end is known.
    pub(crate) fn is_about_meaning(&self) -> bool {
        !matches!(self.kind, RecordErrorKind::Json(kind) if kind != ErrorKind::TooDeep)
    }
}

/// Parses one record after another, with buffers that it keeps.
pub(crate) struct RecordParser<'s> {
    schema: &'s Schema,
    scratch: Vec<u8>,
    buffers: Buffers,
    tape: Tape<'static>,
    slots: Vec<Slot<'static>>,
    familiar: Option<Familiar<'s>>,
}

impl<'s> RecordParser<'s> {
    pub(crate) fn new(schema: &'s Schema) -> Self {
        Self {
            schema,
            scratch: Vec::new(),
            buffers: Buffers::with_max_depth(4096, idq_json::MAX_DEPTH),
            tape: Tape::null().reset(),
            slots: Vec::new(),
            familiar: Familiar::new(schema),
        }
    }

    /// Adds the record that starts at `start`, and says where it ends, if it is sound and of a shape that has been seen.
    #[inline]
    pub(crate) fn parse_familiar(
        &mut self,
        bytes: &[u8],
        start: usize,
        chunk: &mut ChunkBuilder,
    ) -> Option<usize> {
        let end = self
            .familiar
            .as_mut()?
            .parse(self.schema, bytes, start, chunk)?;
        debug_assert!(end - start <= MAX_RECORD);
        Some(end)
    }

    /// Adds a record to the chunk, or says what is wrong with it and adds nothing.
    pub(crate) fn parse(
        &mut self,
        record: &[u8],
        chunk: &mut ChunkBuilder,
    ) -> Result<(), RecordError> {
        let simd = self.schema.parser != Parser::Exact && record.len() <= MAX_TAPE_RECORD;
        if !(simd && self.parse_with_simd(record, chunk)) {
            chunk.restart_record();
            let parsed = exact::parse(self.schema, record, chunk);
            if parsed.is_err() {
                chunk.restart_record();
                return parsed;
            }
        }
        Ok(())
    }

    /// Returns the APIs among which the records' one is detected.
    pub(crate) fn apis(&self) -> &'s idq_api::ApiRegistry {
        &self.schema.apis
    }

    /// The most bytes of a record.
    pub(crate) fn max_record(&self) -> usize {
        self.schema.max_record
    }

    /// Takes a record that has been added for familiar from now on.
    pub(crate) fn learn(&mut self, record: &[u8]) {
        if let Some(familiar) = &mut self.familiar {
            familiar.learn(record);
        }
    }

    /// Whether `simd-json` understood the record and it was added.
    fn parse_with_simd(&mut self, record: &[u8], chunk: &mut ChunkBuilder) -> bool {
        // The parser unescapes in place, and a record's own bytes are kept.
        self.scratch.clear();
        self.scratch.extend_from_slice(record);
        let mut tape = std::mem::replace(&mut self.tape, Tape(Vec::new())).reset();
        let mut slots = reused(std::mem::take(&mut self.slots));
        slots.resize(self.schema.api.fields.len(), Slot::Missing);
        let added = simd_json::fill_tape(&mut self.scratch, &mut self.buffers, &mut tape).is_ok()
            && tape::read(self.schema, record, &tape.0, &mut slots, chunk).is_ok()
            && chunk.push(self.schema, &mut slots).is_ok();
        self.slots = reused(slots);
        self.tape = tape.reset();
        added
    }
}

/// The allocation of a vector, emptied, for slots that borrow from something else.
fn reused<'b>(mut slots: Vec<Slot<'_>>) -> Vec<Slot<'b>> {
    slots.clear();
    // Collecting an emptied vector in place keeps its memory.
    slots.into_iter().map(|_| Slot::Missing).collect()
}
