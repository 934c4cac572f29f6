//! A string arena: the bytes of all strings in one buffer, and the offsets between them, in Arrow's own layout.

use arrow_array::types::ByteArrayType;
use arrow_array::{GenericByteArray, StringArray};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};

/// Strings or byte strings one after another.
#[derive(Debug)]
pub(crate) struct StringArena {
    /// One more than there are strings; string `i` is `bytes[offsets[i]..offsets[i + 1]]`.
    offsets: Vec<i32>,
    bytes: Vec<u8>,
}

impl Default for StringArena {
    fn default() -> Self {
        Self {
            offsets: vec![0],
            bytes: Vec::new(),
        }
    }
}

impl StringArena {
    /// Returns the number of strings.
    pub(crate) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Returns the number of bytes of all strings.
    pub(crate) fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the bytes of a string.
    pub(crate) fn get(&self, index: usize) -> &[u8] {
        &self.bytes[self.offsets[index] as usize..self.offsets[index + 1] as usize]
    }

    /// Returns a string that was added by [`push`](Self::push).
    pub(crate) fn text(&self, index: usize) -> &str {
        std::str::from_utf8(self.get(index)).unwrap_or_default()
    }

    /// Adds a string.
    ///
    /// # Panics
    /// The strings exceed 2 GiB; loaders cut chunks far below that.
    pub(crate) fn push(&mut self, value: &str) {
        self.push_bytes(value.as_bytes());
    }

    /// Adds the bytes of a string.
    ///
    /// # Panics
    /// As for [`push`](Self::push).
    pub(crate) fn push_bytes(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.end_string();
    }

    /// Adds the string that `write` appends.
    ///
    /// # Panics
    /// As for [`push`](Self::push).
    pub(crate) fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.end_string();
    }

    fn end_string(&mut self) {
        let end = i32::try_from(self.bytes.len()).expect("a chunk holds less than 2 GiB of text");
        self.offsets.push(end);
    }

    /// Returns the strings as an Arrow array over the same memory, which validates their UTF-8.
    pub(crate) fn finish(self, nulls: Option<NullBuffer>) -> StringArray {
        let (offsets, bytes) = self.into_buffers();
        StringArray::new(offsets, bytes, nulls)
    }

    fn into_buffers(mut self) -> (OffsetBuffer<i32>, Buffer) {
        self.bytes.shrink_to_fit();
        self.offsets.shrink_to_fit();
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets));
        (offsets, Buffer::from_vec(self.bytes))
    }
}

/// Returns the bytes of memory that the strings and their offsets take.
pub(crate) fn array_memory<T: ByteArrayType>(values: &GenericByteArray<T>) -> usize {
    values.offsets().inner().inner().len() + values.value_data().len()
}
