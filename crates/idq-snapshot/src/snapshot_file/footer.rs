//! The footer of a file.

use std::collections::HashMap;
use std::ops::Range;

use arrow_ipc::{Block, root_as_footer};

use super::checksum::checksum_around;
use super::format::key;

/// What a footer says.
#[derive(Debug)]
pub struct Footer {
    pub dictionaries: Vec<Block>,
    pub batches: Vec<Block>,
    /// The metadata of the schema and of the footer.
    pub metadata: HashMap<String, String>,
    /// Where each of their values stands.
    places: HashMap<String, Range<usize>>,
}

impl Footer {
    /// Reads a footer, without trusting it: see [`is_intact`](Self::is_intact).
    pub fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        let footer = root_as_footer(bytes).map_err(|_| "the footer cannot be read")?;
        let blocks = |blocks: Option<flatbuffers::Vector<'_, Block>>| -> Vec<Block> {
            blocks.map_or_else(Vec::new, |blocks| blocks.iter().copied().collect())
        };
        let mut metadata = HashMap::new();
        let mut places = HashMap::new();
        let of_schema = footer.schema().and_then(|schema| schema.custom_metadata());
        for pairs in [of_schema, footer.custom_metadata()].into_iter().flatten() {
            for pair in pairs {
                let (Some(name), Some(value)) = (pair.key(), pair.value()) else {
                    continue;
                };
                let start = value.as_ptr() as usize - bytes.as_ptr() as usize;
                places.insert(name.to_owned(), start..start + value.len());
                metadata.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(Self {
            dictionaries: blocks(footer.dictionaries()),
            batches: blocks(footer.recordBatches()),
            metadata,
            places,
        })
    }

    /// Whether these bytes, which it was read from, have the checksum that it says.
    pub fn is_intact(&self, bytes: &[u8]) -> bool {
        let places = self.place_of(key::FOOTER_CHECKSUM);
        let values = self.metadata.get(key::FOOTER_CHECKSUM);
        places.zip(values).is_some_and(|(hole, expected)| {
            *expected == format!("{:016x}", checksum_around(bytes, hole))
        })
    }

    /// Where a value of the metadata stands.
    pub fn place_of(&self, name: &str) -> Option<Range<usize>> {
        self.places.get(name).cloned()
    }
}
