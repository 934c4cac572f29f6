//! Records of a style: the server's record is parsed to a tree, changed, and written in the spelling of the style.
//!
//! One generator thus writes every style. A style costs a parse and a second writing of each record; the server's own
//! style takes no longer, because its generator alone writes it.

mod data_keys;
mod metadata;
mod order;
mod raw_utf8;
mod sparse;
mod tree;
mod writer;

use idq_json::EscapeDialect;

use crate::generators::Generator;
use crate::random::{Purpose, Random};
use crate::records::{PagePosition, Records};
use crate::style::{Spacing, Style};

use tree::Tree;
use writer::TreeWriter;

/// The places in the records of one API that styles change.
pub(crate) struct StylePlaces {
    /// Escaping rules of the API's server.
    pub(crate) dialect: EscapeDialect,
    /// Path of an object that takes members of any key; the record itself if the path is empty.
    pub(crate) open_object: &'static [&'static str],
    /// Path of the object whose member `metadata` [`Style::MixedMetadata`] replaces.
    pub(crate) metadata_owner: &'static [&'static str],
    /// Path of the text by which the shapes of metadata differ.
    pub(crate) vendor: &'static [&'static str],
    /// Paths of free-form objects, whose members are optional at every level.
    pub(crate) documents: &'static [&'static [&'static str]],
    /// Documented keys, at any level, that a record may lack.
    pub(crate) optional: &'static [&'static str],
}

/// A writer of the records of one seed in a style.
pub(crate) struct StyledRecords {
    /// Writer of the server's records.
    server: Box<dyn Records>,
    /// Places that the style changes.
    places: &'static StylePlaces,
    /// Seed of the style's own random choices.
    seed: u64,
    /// Style of the records.
    style: Style,
    /// Number of containers around each record, by which its lines are indented.
    depth: usize,
}

impl StyledRecords {
    /// Returns the writer of a generator's records within `depth` containers.
    pub(crate) fn new(generator: Generator, seed: u64, style: Style, depth: usize) -> Self {
        Self {
            server: generator.records(seed),
            places: generator.places(),
            seed,
            style,
            depth,
        }
    }

    /// Writes JSON text of the server in the style, after `change`.
    fn rewrite(
        &self,
        json: &[u8],
        depth: usize,
        bytes: &mut Vec<u8>,
        change: impl FnOnce(&mut Tree<'_>),
    ) {
        let mut tree = Tree::parse(json).expect("the server's writer writes valid JSON");
        change(&mut tree);
        let writer = TreeWriter {
            spacing: self.style.spacing(),
            dialect: self.style.dialect(self.places.dialect),
        };
        writer.write(&tree, depth, bytes);
    }

    /// Changes the content of a record, or the order of its keys.
    fn change(&self, row: u64, record: &mut Tree<'_>) {
        let mut random = Random::new(self.seed, Purpose::Style, row);
        match self.style {
            Style::Server | Style::Compact | Style::Spaced | Style::Indented => {}
            Style::Sorted => order::sort_keys(record),
            Style::Shuffled => order::shuffle_keys(record, &mut random),
            Style::DataKeys => data_keys::add_groups(self.places, self.seed, record, &mut random),
            Style::Sparse => sparse::thin_out(self.places, record, &mut random),
            Style::RawUtf8 => raw_utf8::localize(record),
            Style::MixedMetadata => metadata::replace(self.places, record, &mut random),
        }
    }
}

impl Records for StyledRecords {
    fn write(&self, row: u64, bytes: &mut Vec<u8>) {
        let mut json = Vec::new();
        self.server.write(row, &mut json);
        self.rewrite(&json, self.depth, bytes, |record| self.change(row, record));
    }

    /// Writes the envelope in the spelling of the style; its keys keep their order unless they are sorted.
    fn write_page(&self, page: PagePosition, records: &dyn Records, bytes: &mut Vec<u8>) {
        let mut json = Vec::new();
        self.server.write_page(page, records, &mut json);
        self.rewrite(&json, 0, bytes, |page| {
            if self.style == Style::Sorted {
                order::sort_keys(page);
            }
        });
    }
}

/// Returns the number of containers around a record of an array in a style that indents.
pub(crate) fn array_depth(style: Style) -> usize {
    usize::from(style.spacing() == Spacing::Indented)
}

/// Returns the FNV-1a hash, which is the same on every machine.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
