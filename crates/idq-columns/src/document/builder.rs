use arrow_array::BinaryArray;
use arrow_buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use hashbrown::HashMap;

use super::place::PlaceBuilder;
use super::{DocumentColumn, END};
use crate::fold::fold_into;
use crate::presence::{PresenceBuilder, PresenceOf};

/// A place in a document: the keys that lead to it. An element of an array is at the place of the array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DocumentPlace(u32);

/// Builds a [`DocumentColumn`]: any number of [`add`](Self::add), then the end of the row.
#[derive(Debug)]
pub struct DocumentBuilder {
    places: Vec<Place>,
    children: HashMap<(DocumentPlace, Box<str>), DocumentPlace>,
    /// The places of what the current row has got so far.
    row: Vec<DocumentPlace>,
    texts: RowTexts,
    presence: PresenceBuilder,
    rows: u32,
}

#[derive(Debug)]
struct Place {
    around: DocumentPlace,
    key: Box<str>,
    values: PlaceBuilder,
}

/// How many places are kept apart. Where a document's keys are data there is no end to them: the keys below any further
/// place are then added as values.
const MAX_PLACES: usize = 4_096;

impl Default for DocumentBuilder {
    fn default() -> Self {
        let place = || Place {
            around: Self::ROOT,
            key: Box::default(),
            values: PlaceBuilder::default(),
        };
        Self {
            places: vec![place(), place()],
            children: HashMap::new(),
            row: Vec::new(),
            texts: RowTexts::default(),
            presence: PresenceBuilder::new(),
            rows: 0,
        }
    }
}

impl DocumentBuilder {
    /// The document itself.
    pub const ROOT: DocumentPlace = DocumentPlace(0);

    /// The place of whatever lies too deep in too many keys.
    const OTHER: DocumentPlace = DocumentPlace(1);

    /// A builder without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// The place under a key.
    ///
    /// The key itself is searched in every row that gets something at this place or below it.
    pub fn place(&mut self, around: DocumentPlace, key: &str) -> DocumentPlace {
        if let Some(&place) = self.children.get(&Child(around, key)) {
            return place;
        }
        if around == Self::OTHER || self.places.len() == MAX_PLACES {
            return Self::OTHER;
        }
        let place = DocumentPlace(self.places.len() as u32);
        self.places.push(Place {
            around,
            key: key.into(),
            values: PlaceBuilder::default(),
        });
        self.children.insert((around, key.into()), place);
        place
    }

    /// Goes to the place under a key of the current row's document.
    pub fn enter(&mut self, around: DocumentPlace, key: &str) -> DocumentPlace {
        let place = self.place(around, key);
        if self.is_other(place) {
            self.add(place, key);
            self.add_keys_of(around);
        }
        place
    }

    /// Adds the keys that lead to a place as values, unless that has been done.
    fn add_keys_of(&mut self, place: DocumentPlace) {
        let mut at = place;
        while at != Self::ROOT && at != Self::OTHER {
            let key = self.places[at.0 as usize].key.clone();
            self.add(Self::OTHER, &key);
            at = self.places[at.0 as usize].around;
        }
    }

    /// Whether there is no room for more places.
    pub fn is_full(&self) -> bool {
        self.places.len() == MAX_PLACES
    }

    /// Whether a place is the one for what lies in too many keys: then its keys have to be [added](Self::add) as values.
    pub fn is_other(&self, place: DocumentPlace) -> bool {
        place == Self::OTHER
    }

    /// Adds null, or an object or array without members, at a place of the current row's document.
    pub fn add_nothing(&mut self, place: DocumentPlace) {
        // A document without keys has nothing that could be found.
        if place != Self::ROOT {
            self.add(place, "");
        }
    }

    /// Adds a scalar value of the current row's document.
    #[inline]
    pub fn add(&mut self, place: DocumentPlace, value: &str) {
        let values = &mut self.places[place.0 as usize].values;
        // What a row has at two places is found at either: an address under two keys, an id that is a name as well.
        let is_again = values.is_plain() && !self.texts.add(value);
        values.push(self.rows, if is_again { "" } else { value });
        self.row.push(place);
    }

    /// Forgets what the current row has got so far.
    pub fn restart_row(&mut self) {
        self.texts.clear();
        for place in self.row.drain(..).rev() {
            self.places[place.0 as usize].values.pop();
        }
    }

    /// Ends the current row.
    #[inline]
    pub fn end_row(&mut self, presence: PresenceOf) {
        self.row.clear();
        self.texts.clear();
        self.rows += 1;
        self.presence.push(presence);
    }

    /// The column.
    ///
    /// # Panics
    /// The documents of one chunk exceed 2 GiB; loaders cut chunks far below that.
    pub fn finish(self) -> DocumentColumn {
        let rows = self.rows as usize;
        let (mut keys, mut values) = (Bytes::new(), Bytes::new());
        let mut places = Vec::with_capacity(self.places.len());
        for (index, place) in self.places.into_iter().enumerate() {
            if index > Self::OTHER.0 as usize {
                fold_into(&place.key, &mut keys.bytes);
                keys.bytes.push(END);
            }
            keys.end();
            let around = place.around.0;
            places.push(place.values.finish(around, rows, &mut values.bytes));
            values.end();
        }
        let (nulls, missing) = self.presence.finish();
        DocumentColumn {
            keys: keys.finish(),
            values: values.finish(),
            places,
            rows,
            nulls,
            missing,
        }
    }
}

/// The texts of one row that are stored row by row.
#[derive(Debug, Default)]
struct RowTexts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// After so many different texts a row's further ones are not compared.
const MAX_COMPARED: usize = 32;

impl RowTexts {
    /// Adds a text; false if it is there already.
    #[inline]
    fn add(&mut self, text: &str) -> bool {
        let mut start = 0;
        for &end in &self.ends {
            if self.bytes[start..end] == *text.as_bytes() {
                return false;
            }
            start = end;
        }
        if self.ends.len() < MAX_COMPARED {
            self.bytes.extend_from_slice(text.as_bytes());
            self.ends.push(self.bytes.len());
        }
        true
    }

    #[inline]
    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

/// A place and a key below it, borrowed.
#[derive(Hash)]
struct Child<'k>(DocumentPlace, &'k str);

impl hashbrown::Equivalent<(DocumentPlace, Box<str>)> for Child<'_> {
    fn equivalent(&self, other: &(DocumentPlace, Box<str>)) -> bool {
        self.0 == other.0 && *self.1 == *other.1
    }
}

/// Byte strings one after another.
struct Bytes {
    offsets: Vec<i32>,
    bytes: Vec<u8>,
}

impl Bytes {
    fn new() -> Self {
        Self {
            offsets: vec![0],
            bytes: Vec::new(),
        }
    }

    fn end(&mut self) {
        let end =
            i32::try_from(self.bytes.len()).expect("a chunk holds less than 2 GiB of documents");
        self.offsets.push(end);
    }

    fn finish(mut self) -> BinaryArray {
        self.bytes.shrink_to_fit();
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets));
        BinaryArray::new(offsets, Buffer::from_vec(self.bytes), None)
    }
}
