use arrow_array::types::ByteArrayType;
use arrow_array::{GenericByteArray, StringArray};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};

/// Strings one after another.
#[derive(Debug)]
pub(crate) struct Strings {
    offsets: Vec<i32>,
    bytes: Vec<u8>,
}

impl Default for Strings {
    fn default() -> Self {
        Self {
            offsets: vec![0],
            bytes: Vec::new(),
        }
    }
}

impl Strings {
    pub(crate) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn get(&self, position: usize) -> &[u8] {
        &self.bytes[self.offsets[position] as usize..self.offsets[position + 1] as usize]
    }

    /// A string as such.
    pub(crate) fn text(&self, position: usize) -> &str {
        // Only strings are pushed.
        std::str::from_utf8(self.get(position)).unwrap_or_default()
    }

    /// Adds a string.
    ///
    /// # Panics
    /// The strings of one chunk exceed 2 GiB; loaders cut chunks far below that.
    pub(crate) fn push(&mut self, value: &str) {
        self.bytes.extend_from_slice(value.as_bytes());
        self.end();
    }

    /// Adds a string that `write` appends.
    pub(crate) fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.end();
    }

    fn end(&mut self) {
        let end = i32::try_from(self.bytes.len()).expect("a chunk holds less than 2 GiB of text");
        self.offsets.push(end);
    }

    pub(crate) fn finish(mut self, nulls: Option<NullBuffer>) -> StringArray {
        self.bytes.shrink_to_fit();
        self.offsets.shrink_to_fit();
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets));
        StringArray::new(offsets, Buffer::from_vec(self.bytes), nulls)
    }
}

/// Bytes that the texts and their offsets take.
pub(crate) fn bytes_of<T: ByteArrayType>(values: &GenericByteArray<T>) -> usize {
    values.offsets().inner().inner().len() + values.value_data().len()
}
