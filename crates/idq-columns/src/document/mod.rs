//! Free-form documents, to be searched as a whole.

mod arrow;
mod builder;
mod place;
mod retain;

use arrow_array::BinaryArray;
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};

use crate::presence::{Presence, PresenceOf};
use crate::strings::bytes_of;

pub use builder::{DocumentBuilder, DocumentPlace};
pub(crate) use place::Rows;

/// Ends each text. No UTF-8 text has this byte, so no needle matches across two texts.
pub(crate) const END: u8 = 0xFF;

/// The searchable text of free-form documents: every key and scalar value at any depth, folded.
///
/// Documents from one vendor have values at the same places, so texts are stored place by place: the keys that lead to
/// a place once, and its values each once where they recur, or row by row where they do not. Every text ends with a
/// byte that UTF-8 does not have.
#[derive(Debug)]
pub struct DocumentColumn {
    keys: BinaryArray,
    values: BinaryArray,
    places: Vec<PlaceRows>,
    rows: usize,
    nulls: Option<NullBuffer>,
    missing: Option<BooleanBuffer>,
}

/// Which rows have a place, and which of its texts each has.
#[derive(Debug)]
pub(crate) struct PlaceRows {
    /// The place around it, which comes before it; of the first two places the first.
    pub(crate) around: u32,
    pub(crate) rows: Rows,
    /// For each of the rows the position of its text; without codes the texts are those of the rows, in order.
    pub(crate) codes: Option<ScalarBuffer<u8>>,
}

impl DocumentColumn {
    /// For each place its own key, which ends with byte 0xFF. The document itself has none; nor has the place for what
    /// lies in too many keys.
    pub fn keys(&self) -> &BinaryArray {
        &self.keys
    }

    /// For each place its values; each ends with byte 0xFF. Null, and an object or array without members, is an empty
    /// text.
    pub fn values(&self) -> &BinaryArray {
        &self.values
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    pub(crate) fn places(&self) -> &[PlaceRows] {
        &self.places
    }

    /// The keys and values of one row's document, each once, both sorted: what can be searched in it. For tests, as it
    /// reads the whole column.
    pub fn texts_of(&self, row: usize) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        for (index, place) in self.places.iter().enumerate() {
            let texts: Vec<&[u8]> = split(self.values.value(index)).collect();
            for (position, _) in place.rows.iter().enumerate().filter(|(_, at)| *at == row) {
                let mut at = index;
                while at > 0 {
                    keys.extend(split(self.keys.value(at)).map(<[u8]>::to_vec));
                    at = self.places[at].around as usize;
                }
                let code = place
                    .codes
                    .as_ref()
                    .map_or(position, |codes| usize::from(codes[position]));
                values.push(texts[code].to_vec());
            }
        }
        values.retain(|value| !value.is_empty());
        keys.sort_unstable();
        keys.dedup();
        values.sort_unstable();
        values.dedup();
        (keys, values)
    }

    /// Which rows have a value, null, or nothing.
    pub fn presence(&self) -> Presence<'_> {
        Presence::new(self.rows, self.nulls.as_ref(), self.missing.as_ref())
    }

    /// What one row has.
    pub fn presence_of(&self, row: usize) -> PresenceOf {
        self.presence().of(row)
    }

    /// Bytes of memory that the buffers take.
    pub fn memory(&self) -> usize {
        let places = self.places.iter().map(|place| {
            size_of::<PlaceRows>()
                + place.rows.memory()
                + place.codes.as_ref().map_or(0, ScalarBuffer::len)
        });
        bytes_of(&self.keys) + bytes_of(&self.values) + places.sum::<usize>()
    }
}

/// The texts of a place.
fn split(texts: &[u8]) -> impl Iterator<Item = &[u8]> {
    texts
        .split_inclusive(|&byte| byte == END)
        .map(|text| &text[..text.len() - 1])
}
