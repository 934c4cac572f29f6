//! The footer: the blocks of the messages, and the metadata.

use std::collections::HashMap;
use std::ops::Range;

use arrow_ipc::{Block, root_as_footer};

use super::checksum::checksum_around;
use super::format::key;

/// A parsed footer.
#[derive(Debug)]
pub struct Footer {
    /// The blocks of the dictionaries.
    pub dictionaries: Vec<Block>,
    /// The blocks of the batches.
    pub batches: Vec<Block>,
    /// The metadata of the schema and of the footer.
    pub metadata: HashMap<String, String>,
    /// For each value of the metadata its range in the footer's bytes.
    ranges: HashMap<String, Range<usize>>,
}

impl Footer {
    /// Parses a footer. Its checksum is not compared: see [`is_intact`](Self::is_intact).
    ///
    /// # Errors
    /// The bytes are not a valid footer.
    pub fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        let footer = root_as_footer(bytes).map_err(|_| "the footer cannot be read")?;
        let blocks = |blocks: Option<flatbuffers::Vector<'_, Block>>| -> Vec<Block> {
            blocks.map_or_else(Vec::new, |blocks| blocks.iter().copied().collect())
        };
        let mut metadata = HashMap::new();
        let mut ranges = HashMap::new();
        let of_schema = footer.schema().and_then(|schema| schema.custom_metadata());
        for pairs in [of_schema, footer.custom_metadata()].into_iter().flatten() {
            for pair in pairs {
                let (Some(name), Some(value)) = (pair.key(), pair.value()) else {
                    continue;
                };
                let start = value.as_ptr() as usize - bytes.as_ptr() as usize;
                ranges.insert(name.to_owned(), start..start + value.len());
                metadata.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(Self {
            dictionaries: blocks(footer.dictionaries()),
            batches: blocks(footer.recordBatches()),
            metadata,
            ranges,
        })
    }

    /// Returns whether the bytes of the footer have the checksum in its metadata.
    pub fn is_intact(&self, bytes: &[u8]) -> bool {
        let ranges = self.range_of(key::FOOTER_CHECKSUM);
        let values = self.metadata.get(key::FOOTER_CHECKSUM);
        ranges.zip(values).is_some_and(|(hole, expected)| {
            *expected == format!("{:016x}", checksum_around(bytes, hole))
        })
    }

    /// Returns the range of a value of the metadata in the footer's bytes.
    pub fn range_of(&self, name: &str) -> Option<Range<usize>> {
        self.ranges.get(name).cloned()
    }
}
