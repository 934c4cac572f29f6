use std::hash::BuildHasher;

use arrow_array::{Array, BinaryArray, UInt32Array};
use arrow_buffer::{BooleanBuffer, Buffer, OffsetBuffer, ScalarBuffer};
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::fold::fold_into;
use crate::presence::{Presence, PresenceBuilder, PresenceOf};

/// Ends each text. No UTF-8 text has this byte, so no needle matches across two texts.
pub(crate) const END: u8 = 0xFF;

/// The searchable text of free-form documents: every key and scalar value at any depth, folded.
///
/// Documents from one vendor have the same keys, so the keys of a whole document are stored once a chunk; the values
/// are stored for each row. Every text ends with a byte that UTF-8 does not have.
#[derive(Debug)]
pub struct DocumentColumn {
    keys: BinaryArray,
    keys_of: UInt32Array,
    values: BinaryArray,
    missing: Option<BooleanBuffer>,
}

impl DocumentColumn {
    /// The distinct sequences of keys; each key ends with byte 0xFF.
    pub fn keys(&self) -> &BinaryArray {
        &self.keys
    }

    /// For each row the position of its keys in [`keys`](Self::keys).
    pub fn keys_of(&self) -> &UInt32Array {
        &self.keys_of
    }

    /// For each row its scalar values; each value ends with byte 0xFF.
    pub fn values(&self) -> &BinaryArray {
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

    /// Bytes of memory that the buffers take.
    pub fn memory(&self) -> usize {
        self.keys.get_buffer_memory_size()
            + self.keys_of.get_buffer_memory_size()
            + self.values.get_buffer_memory_size()
    }
}

/// Builds a [`DocumentColumn`]: any number of [`add_key`](Self::add_key) and [`add_value`](Self::add_value), then the
/// end of the row.
#[derive(Debug)]
pub struct DocumentBuilder {
    row_keys: Vec<u8>,
    keys: Bytes,
    positions: HashTable<u32>,
    hasher: DefaultHashBuilder,
    keys_of: Vec<u32>,
    values: Bytes,
    presence: PresenceBuilder,
}

impl Default for DocumentBuilder {
    fn default() -> Self {
        Self {
            row_keys: Vec::new(),
            keys: Bytes::new(),
            positions: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            keys_of: Vec::new(),
            values: Bytes::new(),
            presence: PresenceBuilder::new(),
        }
    }
}

impl DocumentBuilder {
    /// A builder without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key of the current row's document.
    pub fn add_key(&mut self, key: &str) {
        fold_into(key, &mut self.row_keys);
        self.row_keys.push(END);
    }

    /// Adds a scalar value of the current row's document.
    pub fn add_value(&mut self, value: &str) {
        fold_into(value, &mut self.values.bytes);
        self.values.bytes.push(END);
    }

    /// Forgets what the current row has got so far.
    pub fn restart_row(&mut self) {
        self.row_keys.clear();
        self.values.restart();
    }

    /// Ends the current row.
    ///
    /// # Panics
    /// The documents of one chunk exceed 2 GiB; loaders cut chunks far below that.
    pub fn end_row(&mut self, presence: PresenceOf) {
        let position = self.position_of_keys();
        self.keys_of.push(position);
        self.row_keys.clear();
        self.values.end();
        self.presence.push(presence);
    }

    /// The column.
    pub fn finish(self) -> DocumentColumn {
        let (nulls, missing) = self.presence.finish();
        DocumentColumn {
            keys: self.keys.finish(None),
            keys_of: UInt32Array::from(self.keys_of),
            values: self.values.finish(nulls),
            missing,
        }
    }

    fn position_of_keys(&mut self) -> u32 {
        let hash = self.hasher.hash_one(&self.row_keys);
        let same = |&position: &u32| self.keys.get(position) == self.row_keys;
        if let Some(&position) = self.positions.find(hash, same) {
            return position;
        }
        let position = self.keys.len();
        self.keys.bytes.extend_from_slice(&self.row_keys);
        self.keys.end();
        let keys = &self.keys;
        let rehash = |&position: &u32| self.hasher.hash_one(keys.get(position));
        self.positions.insert_unique(hash, position, rehash);
        position
    }
}

/// Byte strings one after another.
#[derive(Debug)]
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

    fn len(&self) -> u32 {
        self.offsets.len() as u32 - 1
    }

    fn get(&self, position: u32) -> &[u8] {
        let offset = |position: u32| self.offsets[position as usize] as usize;
        &self.bytes[offset(position)..offset(position + 1)]
    }

    fn restart(&mut self) {
        self.bytes
            .truncate(self.offsets[self.offsets.len() - 1] as usize);
    }

    fn end(&mut self) {
        let end =
            i32::try_from(self.bytes.len()).expect("a chunk holds less than 2 GiB of documents");
        self.offsets.push(end);
    }

    fn finish(mut self, nulls: Option<arrow_buffer::NullBuffer>) -> BinaryArray {
        self.bytes.shrink_to_fit();
        self.offsets.shrink_to_fit();
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets));
        BinaryArray::new(offsets, Buffer::from_vec(self.bytes), nulls)
    }
}
