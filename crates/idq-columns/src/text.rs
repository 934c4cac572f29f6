use std::sync::OnceLock;

use arrow_array::{Array, StringArray};
use arrow_buffer::{BooleanBuffer, Buffer, OffsetBuffer, ScalarBuffer};

use crate::fold::{fold_into, is_folded};
use crate::presence::{Presence, PresenceBuilder, PresenceOf};

/// The strings of one chunk, one after another in one buffer.
#[derive(Debug)]
pub struct TextColumn {
    values: StringArray,
    missing: Option<BooleanBuffer>,
    folded: OnceLock<Folded>,
}

/// The folded forms of the rows that folding changes.
#[derive(Debug)]
pub(crate) struct Folded {
    /// For each row its position in `values`, or `UNCHANGED`; empty when no row changes.
    positions: Vec<u32>,
    /// The rows that change, ascending.
    pub(crate) rows: Vec<u32>,
    /// Their folded forms.
    pub(crate) values: StringArray,
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
}

const UNCHANGED: u32 = u32::MAX;

impl TextColumn {
    /// The strings as an Arrow array; null where a row has none.
    pub fn values(&self) -> &StringArray {
        &self.values
    }

    /// Which rows have a value, null, or nothing.
    pub fn presence(&self) -> Presence<'_> {
        Presence::new(
            self.values.len(),
            self.values.nulls(),
            self.missing.as_ref(),
        )
    }

    /// The string of a row.
    pub fn value(&self, row: usize) -> Option<&str> {
        self.values.is_valid(row).then(|| self.values.value(row))
    }

    /// The folded string of a row.
    pub fn folded_value(&self, row: usize) -> Option<&str> {
        let value = self.value(row)?;
        let folded = self.folded();
        match folded.positions.get(row) {
            None | Some(&UNCHANGED) => Some(value),
            Some(&position) => Some(folded.values.value(position as usize)),
        }
    }

    /// What all strings of the chunk start with, as far as that is stored once; folding does not change it.
    pub fn prefix(&self) -> &str {
        ""
    }

    /// The string of a row from this byte on.
    pub fn start(&self, row: usize, from: usize) -> Option<Start> {
        self.value(row).map(|text| Start::of(text.as_bytes(), from))
    }

    /// The folded string of a row from this byte on.
    pub fn folded_start(&self, row: usize, from: usize) -> Option<Start> {
        self.folded_value(row)
            .map(|text| Start::of(text.as_bytes(), from))
    }

    /// Bytes of memory that the buffers take.
    pub fn memory(&self) -> usize {
        let folded = self.folded.get().map_or(0, |folded| {
            folded.values.get_buffer_memory_size()
                + 4 * (folded.rows.len() + folded.positions.len())
        });
        self.values.get_buffer_memory_size() + folded
    }

    /// The folded forms, made by whoever asks first.
    pub(crate) fn folded(&self) -> &Folded {
        self.folded.get_or_init(|| {
            let mut rows = Vec::new();
            let mut builder = TextBuilder::new();
            for (row, value) in self.values.iter().enumerate() {
                if let Some(value) = value
                    && !is_folded(value)
                {
                    rows.push(row as u32);
                    builder.push_folded(value);
                }
            }
            let mut positions = Vec::new();
            if !rows.is_empty() {
                positions.resize(self.values.len(), UNCHANGED);
                for (position, &row) in rows.iter().enumerate() {
                    positions[row as usize] = position as u32;
                }
            }
            Folded {
                positions,
                rows,
                values: builder.finish().values,
            }
        })
    }
}

/// Builds a [`TextColumn`].
#[derive(Debug)]
pub struct TextBuilder {
    offsets: Vec<i32>,
    bytes: Vec<u8>,
    presence: PresenceBuilder,
}

impl Default for TextBuilder {
    fn default() -> Self {
        Self {
            offsets: vec![0],
            bytes: Vec::new(),
            presence: PresenceBuilder::new(),
        }
    }
}

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
        self.bytes.extend_from_slice(value.as_bytes());
        self.end_row(PresenceOf::Present);
    }

    /// Adds a row with null.
    pub fn push_null(&mut self) {
        self.end_row(PresenceOf::Null);
    }

    /// Adds a row whose record does not have the field.
    pub fn push_missing(&mut self) {
        self.end_row(PresenceOf::Missing);
    }

    /// The column.
    pub fn finish(mut self) -> TextColumn {
        let (nulls, missing) = self.presence.finish();
        self.bytes.shrink_to_fit();
        self.offsets.shrink_to_fit();
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets));
        let values = StringArray::new(offsets, Buffer::from_vec(self.bytes), nulls);
        TextColumn {
            values,
            missing,
            folded: OnceLock::new(),
        }
    }

    fn push_folded(&mut self, value: &str) {
        fold_into(value, &mut self.bytes);
        self.end_row(PresenceOf::Present);
    }

    fn end_row(&mut self, presence: PresenceOf) {
        let end = i32::try_from(self.bytes.len()).expect("a chunk holds less than 2 GiB of text");
        self.offsets.push(end);
        self.presence.push(presence);
    }
}
