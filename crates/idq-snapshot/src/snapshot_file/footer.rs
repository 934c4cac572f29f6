//! The footer: the blocks of the messages, and the metadata.

use std::collections::HashMap;
use std::ops::Range;

use arrow_ipc::{Block, root_as_footer};

use super::checksum::checksum_around;
use super::format::key;

/// A parsed footer, with a copy of its bytes: the file may change after its validation.
#[derive(Debug)]
pub struct Footer {
    /// The blocks of the dictionaries.
    pub dictionaries: Vec<Block>,
    /// The blocks of the batches.
    pub batches: Vec<Block>,
    /// The bytes of the footer.
    bytes: Vec<u8>,
    /// For each value of the metadata, of the schema and of the footer itself, its range in the bytes. Values are not
    /// copied: the dictionary of the records is large, and most commands never read it.
    metadata: HashMap<String, Range<usize>>,
}

impl Footer {
    /// Parses a footer. Its checksum is not compared: see [`is_intact`](Self::is_intact).
    ///
    /// # Errors
    /// The bytes are not a valid footer.
    pub fn read(bytes: Vec<u8>) -> Result<Self, &'static str> {
        let footer = root_as_footer(&bytes).map_err(|_| "the footer cannot be read")?;
        let blocks = |blocks: Option<flatbuffers::Vector<'_, Block>>| -> Vec<Block> {
            blocks.map_or_else(Vec::new, |blocks| blocks.iter().copied().collect())
        };
        let mut metadata = HashMap::new();
        let of_schema = footer.schema().and_then(|schema| schema.custom_metadata());
        for pairs in [of_schema, footer.custom_metadata()].into_iter().flatten() {
            for pair in pairs {
                let (Some(name), Some(value)) = (pair.key(), pair.value()) else {
                    continue;
                };
                let start = value.as_ptr() as usize - bytes.as_ptr() as usize;
                metadata.insert(name.to_owned(), start..start + value.len());
            }
        }
        Ok(Self {
            dictionaries: blocks(footer.dictionaries()),
            batches: blocks(footer.recordBatches()),
            metadata,
            bytes,
        })
    }

    /// Returns a value of the metadata.
    pub fn value(&self, name: &str) -> Option<&str> {
        let range = self.range_of(name)?;
        std::str::from_utf8(&self.bytes[range]).ok()
    }

    /// Returns the range of a value of the metadata in the footer's bytes.
    pub fn range_of(&self, name: &str) -> Option<Range<usize>> {
        self.metadata.get(name).cloned()
    }

    /// Returns whether the bytes have the checksum in the metadata.
    pub fn is_intact(&self) -> bool {
        let hole = self.range_of(key::FOOTER_CHECKSUM);
        let expected = self.value(key::FOOTER_CHECKSUM);
        hole.zip(expected).is_some_and(|(hole, expected)| {
            expected == format!("{:016x}", checksum_around(&self.bytes, hole))
        })
    }

    /// Returns the bytes of the footer.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
