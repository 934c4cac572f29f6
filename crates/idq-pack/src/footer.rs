//! The footer of a file.

use std::collections::HashMap;
use std::ops::Range;

use arrow_ipc::{Block, root_as_footer};

use crate::checksum::checksum_around;
use crate::format::key;

/// What a footer says.
#[derive(Debug)]
pub(crate) struct Footer {
    pub(crate) dictionaries: Vec<Block>,
    pub(crate) batches: Vec<Block>,
    /// The metadata of the schema and of the footer.
    pub(crate) metadata: HashMap<String, String>,
    checksum: (Range<usize>, String),
}

impl Footer {
    /// Reads a footer, without trusting it: see [`is_intact`](Self::is_intact).
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        let footer = root_as_footer(bytes).map_err(|_| "the footer cannot be read")?;
        let blocks = |blocks: Option<flatbuffers::Vector<'_, Block>>| -> Vec<Block> {
            blocks.map_or_else(Vec::new, |blocks| blocks.iter().copied().collect())
        };
        let mut metadata = HashMap::new();
        let mut checksum = None;
        let of_schema = footer.schema().and_then(|schema| schema.custom_metadata());
        for pairs in [of_schema, footer.custom_metadata()].into_iter().flatten() {
            for pair in pairs {
                let (Some(name), Some(value)) = (pair.key(), pair.value()) else {
                    continue;
                };
                if name == key::FOOTER_CHECKSUM {
                    let start = value.as_ptr() as usize - bytes.as_ptr() as usize;
                    checksum = Some((start..start + value.len(), value.to_owned()));
                }
                metadata.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(Self {
            dictionaries: blocks(footer.dictionaries()),
            batches: blocks(footer.recordBatches()),
            metadata,
            checksum: checksum.ok_or("the footer has no checksum")?,
        })
    }

    /// Whether these bytes, which it was read from, have the checksum that it says.
    pub(crate) fn is_intact(&self, bytes: &[u8]) -> bool {
        let (hole, expected) = &self.checksum;
        *expected == format!("{:016x}", checksum_around(bytes, hole.clone()))
    }

    /// Where its own checksum stands.
    pub(crate) fn checksum_range(&self) -> Range<usize> {
        self.checksum.0.clone()
    }
}
