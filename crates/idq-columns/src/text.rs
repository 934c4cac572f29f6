use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::{Array, StringArray};
use arrow_buffer::{BooleanBuffer, NullBuffer};

use crate::Column;
use crate::fingerprint::{Fingerprint, fingerprint};
use crate::folded::Folded;
use crate::keyword::KeywordBuilder;
use crate::presence::{Presence, PresenceBuilder, PresenceOf};
use crate::split::Split;
use crate::strings::{Strings, bytes_of};
use crate::uuid::{self, Uuids};

/// The strings of one chunk, mostly distinct, in the form that takes the least memory.
#[derive(Debug)]
pub struct TextColumn {
    pub(crate) form: Form,
    nulls: Option<NullBuffer>,
    missing: Option<BooleanBuffer>,
    folded: OnceLock<Folded>,
    /// Whether an exact text has been looked for.
    asked: AtomicBool,
    fingerprints: OnceLock<Vec<Fingerprint>>,
}

#[derive(Debug)]
pub(crate) enum Form {
    /// One after another in one buffer.
    Plain(StringArray),
    /// UUIDs in their canonical spelling.
    Uuids(Uuids),
    /// One end of each out of a few.
    Split(Split),
}

/// The start of a string, or of the rest of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Its first bytes; zeros behind its end.
    pub bytes: [u8; 8],
    /// How many bytes it has in all.
    pub length: usize,
}

impl Start {
    fn of(text: &[u8], from: usize) -> Self {
        let rest = text.get(from..).unwrap_or_default();
        let mut bytes = [0; 8];
        match rest.first_chunk() {
            Some(first) => bytes = *first,
            None => bytes[..rest.len()].copy_from_slice(rest),
        }
        Self {
            bytes,
            length: rest.len(),
        }
    }

    /// That of two texts, one after the other.
    fn of_halves([one, other]: [&str; 2], from: usize) -> Self {
        let mut start = Self::of(one.as_bytes(), from);
        let rest = Self::of(other.as_bytes(), from.saturating_sub(one.len()));
        if start.length < 8 {
            let room = &mut start.bytes[start.length..];
            room.copy_from_slice(&rest.bytes[..room.len()]);
        }
        start.length += rest.length;
        start
    }
}

impl TextColumn {
    /// Strings as they are.
    pub(crate) fn plain(values: StringArray) -> Self {
        let nulls = values.nulls().cloned();
        Self::new(Form::Plain(values), nulls, None)
    }

    pub(crate) fn new(
        form: Form,
        nulls: Option<NullBuffer>,
        missing: Option<BooleanBuffer>,
    ) -> Self {
        Self {
            form,
            nulls,
            missing,
            folded: OnceLock::new(),
            asked: AtomicBool::new(false),
            fingerprints: OnceLock::new(),
        }
    }

    /// The strings as a plain Arrow array; null where a row has none. Copies nothing where they are kept like that.
    pub fn to_strings(&self) -> StringArray {
        if let Form::Plain(values) = &self.form {
            return values.clone();
        }
        let mut strings = Strings::default();
        for row in 0..self.rows() {
            strings.push_with(|out| self.append(row, out));
        }
        strings.finish(self.nulls.clone())
    }

    pub(crate) fn rows(&self) -> usize {
        match &self.form {
            Form::Plain(values) => values.len(),
            Form::Uuids(uuids) => uuids.all().len(),
            Form::Split(split) => split.codes.len(),
        }
    }

    pub(crate) fn nulls(&self) -> Option<&NullBuffer> {
        self.nulls.as_ref()
    }

    /// Which rows have a value, null, or nothing.
    pub fn presence(&self) -> Presence<'_> {
        Presence::new(self.rows(), self.nulls.as_ref(), self.missing.as_ref())
    }

    pub(crate) fn is_valid(&self, row: usize) -> bool {
        self.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row))
    }

    /// The string of a row.
    pub fn value(&self, row: usize) -> Option<Cow<'_, str>> {
        if !self.is_valid(row) {
            return None;
        }
        Some(match &self.form {
            Form::Plain(values) => values.value(row).into(),
            Form::Uuids(uuids) => {
                let text = uuid::format(uuids.all()[row]);
                String::from_utf8_lossy(&text).into_owned().into()
            }
            Form::Split(split) => split.halves(row).concat().into(),
        })
    }

    /// The folded string of a row.
    pub fn folded_value(&self, row: usize) -> Option<Cow<'_, str>> {
        if !self.is_valid(row) {
            return None;
        }
        match self.folded().value(row) {
            Some(folded) => Some(folded.into()),
            None => self.value(row),
        }
    }

    /// The string of a row from this byte on.
    pub fn start(&self, row: usize, from: usize) -> Option<Start> {
        if !self.is_valid(row) {
            return None;
        }
        Some(match &self.form {
            Form::Plain(values) => Start::of(values.value(row).as_bytes(), from),
            Form::Uuids(uuids) => Start::of(&uuid::format(uuids.all()[row]), from),
            Form::Split(split) => Start::of_halves(split.halves(row), from),
        })
    }

    /// The folded string of a row from this byte on.
    pub fn folded_start(&self, row: usize, from: usize) -> Option<Start> {
        if !self.is_valid(row) {
            return None;
        }
        match self.folded().value(row) {
            Some(folded) => Some(Start::of(folded.as_bytes(), from)),
            None => self.start(row, from),
        }
    }

    /// Whether this is the string of a row that has one.
    pub(crate) fn is(&self, row: usize, text: &str) -> bool {
        match &self.form {
            Form::Plain(values) => values.value(row) == text,
            Form::Uuids(uuids) => uuid::format(uuids.all()[row]) == *text.as_bytes(),
            Form::Split(split) => {
                let [one, other] = split.halves(row);
                text.strip_prefix(one) == Some(other)
            }
        }
    }

    /// What a row's string is made of; `None` where it has none, or one that folding never changes.
    pub(crate) fn halves(&self, row: usize) -> Option<[&str; 2]> {
        if !self.is_valid(row) {
            return None;
        }
        match &self.form {
            Form::Plain(values) => Some([values.value(row), ""]),
            Form::Uuids(_) => None,
            Form::Split(split) => Some(split.halves(row)),
        }
    }

    /// Writes a row's string over a buffer; false if the row has none.
    pub fn write(&self, row: usize, out: &mut Vec<u8>) -> bool {
        out.clear();
        self.append(row, out);
        self.is_valid(row)
    }

    /// Appends a row's string, if it has one.
    fn append(&self, row: usize, out: &mut Vec<u8>) {
        if !self.is_valid(row) {
            return;
        }
        match &self.form {
            Form::Plain(values) => out.extend_from_slice(values.value(row).as_bytes()),
            Form::Uuids(uuids) => out.extend_from_slice(&uuid::format(uuids.all()[row])),
            Form::Split(split) => split
                .halves(row)
                .iter()
                .for_each(|half| out.extend_from_slice(half.as_bytes())),
        }
    }

    /// How many bytes all strings have in common at their start, at least; 0 without strings.
    pub fn shared_start<'s>(&'s self, shared: &mut Option<Cow<'s, str>>) {
        for row in 0..self.rows() {
            match (&mut *shared, self.value(row)) {
                (_, None) => {}
                (None, Some(text)) => *shared = Some(text),
                (Some(start), Some(text)) => {
                    if start.is_empty() {
                        return;
                    }
                    if !text.starts_with(&**start) {
                        let pairs = start.chars().zip(text.chars());
                        let alike = pairs.take_while(|(one, other)| one == other);
                        let length = alike.map(|(one, _)| one.len_utf8()).sum();
                        start.to_mut().truncate(length);
                    }
                }
            }
        }
    }

    /// Bytes of memory that the buffers take.
    pub fn memory(&self) -> usize {
        let form = match &self.form {
            Form::Plain(values) => bytes_of(values),
            Form::Uuids(uuids) => 16 * uuids.all().len(),
            Form::Split(split) => {
                split.codes.memory() + bytes_of(&split.parts) + bytes_of(&split.rests)
            }
        };
        let fingerprints = self.fingerprints.get().map_or(0, |prints| 2 * prints.len());
        form + self.folded_memory() + fingerprints + self.presence().memory()
    }

    pub(crate) fn folded_memory(&self) -> usize {
        self.folded.get().map_or(0, Folded::memory)
    }

    /// The folded forms, made by whoever asks first.
    pub(crate) fn folded(&self) -> &Folded {
        self.folded.get_or_init(|| Folded::of(self))
    }

    /// The fingerprints of all rows, from the second time that they are asked for: a single question is answered faster
    /// by comparing the strings, unless it is about many. Those of rows without a string mean nothing.
    pub(crate) fn fingerprints(&self, about_many: bool) -> Option<&[Fingerprint]> {
        if !self.asked.swap(true, Ordering::Relaxed) && !about_many {
            return None;
        }
        let make = || match &self.form {
            Form::Uuids(uuids) => uuids.all().iter().map(|uuid| fingerprint(uuid)).collect(),
            _ => {
                let mut text = Vec::new();
                let print = |row| {
                    self.write(row, &mut text);
                    fingerprint(&text)
                };
                (0..self.rows()).map(print).collect()
            }
        };
        Some(self.fingerprints.get_or_init(make))
    }

    /// The fingerprint of a row with this string, if a row can have it.
    pub(crate) fn fingerprint_of(&self, text: &str) -> Option<Fingerprint> {
        match &self.form {
            Form::Uuids(_) => uuid::parse(text.as_bytes()).map(|uuid| fingerprint(&uuid)),
            _ => Some(fingerprint(text.as_bytes())),
        }
    }
}

/// Builds a [`TextColumn`].
#[derive(Debug, Default)]
pub struct TextBuilder {
    strings: Strings,
    presence: PresenceBuilder,
}

/// A dictionary is tried for so many rows, whatever they have.
const SAMPLE: usize = 512;

/// Beyond those, more distinct values than one for so many rows save too little.
const ROWS_A_VALUE: usize = 8;

impl TextBuilder {
    /// A builder without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row with a string.
    ///
    /// # Panics
    /// The strings of one chunk exceed 2 GiB; loaders cut chunks far below that.
    pub fn push(&mut self, value: &str) {
        self.strings.push(value);
        self.presence.push(PresenceOf::Present);
    }

    /// Adds a row with null.
    pub fn push_null(&mut self) {
        self.strings.push("");
        self.presence.push(PresenceOf::Null);
    }

    /// Adds a row whose record does not have the field.
    pub fn push_missing(&mut self) {
        self.strings.push("");
        self.presence.push(PresenceOf::Missing);
    }

    /// The column.
    pub fn finish(self) -> TextColumn {
        let (nulls, missing) = self.presence.finish();
        let form = uuids(&self.strings, nulls.as_ref()).map_or_else(
            || {
                let plain = self.strings.finish(nulls.clone());
                Split::of(&plain).map_or(Form::Plain(plain), Form::Split)
            },
            |uuids| Form::Uuids(Uuids::new(uuids)),
        );
        TextColumn::new(form, nulls, missing)
    }

    /// The column: with a dictionary, where that takes less memory.
    pub fn finish_smallest(self) -> Column {
        match self.keywords() {
            Some(builder) => Column::Keyword(builder.finish()),
            None => Column::Text(self.finish()),
        }
    }

    /// The same rows, if few enough of their strings are distinct.
    fn keywords(&self) -> Option<KeywordBuilder> {
        let mut builder = KeywordBuilder::new();
        for row in 0..self.strings.len() {
            match self.presence.of(row) {
                PresenceOf::Present => builder.push(self.strings.text(row)),
                PresenceOf::Null => builder.push_null(),
                PresenceOf::Missing => builder.push_missing(),
            }
            if builder.distinct() > SAMPLE + row / ROWS_A_VALUE {
                return None;
            }
        }
        (builder.distinct() <= self.strings.len() / 2).then_some(builder)
    }
}

/// The strings as UUIDs, if all of them are.
fn uuids(strings: &Strings, nulls: Option<&NullBuffer>) -> Option<Vec<[u8; 16]>> {
    let mut uuids = Vec::new();
    let mut any = false;
    for row in 0..strings.len() {
        let is_valid = nulls.is_none_or(|nulls| nulls.is_valid(row));
        any |= is_valid;
        let uuid = if is_valid {
            uuid::parse(strings.get(row))?
        } else {
            [0; 16]
        };
        if uuids.is_empty() {
            uuids.reserve_exact(strings.len());
        }
        uuids.push(uuid);
    }
    any.then_some(uuids)
}
