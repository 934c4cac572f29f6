//! The texts of keys: as they are compared, and as they are spelled.

use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;

use crate::key::Key;

/// The texts by which records are compared.
#[derive(Default)]
pub(crate) struct KeyTexts {
    folded: Texts,
    /// The same as they are spelled, before any folding, of those that a folding changes.
    spelled: Texts,
    /// For each text its number in `spelled`, or [`AS_FOLDED`]; without elements if no folding changes a text.
    spelled_numbers: Vec<u32>,
}

/// No number of a spelling: the text is spelled as it is compared.
const AS_FOLDED: u32 = u32::MAX;

/// Texts, one after another.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    /// The end of each text in `bytes`.
    ends: Vec<u64>,
}

impl KeyTexts {
    /// Reserves memory for some texts, of this number of bytes together.
    pub(crate) fn reserve(&mut self, texts: usize, bytes: usize) {
        self.folded.bytes.reserve(bytes);
        self.folded.ends.reserve(texts);
    }

    /// Returns the number of texts. A snapshot has fewer rows than numbers of 32 bits.
    pub(crate) fn len(&self) -> u32 {
        self.folded.len()
    }

    /// Adds a text, and returns its number and its hash; `None` for a text that is no key.
    pub(crate) fn push(
        &mut self,
        key: &Key,
        text: &str,
        hasher: &DefaultHashBuilder,
    ) -> Option<(u32, u64)> {
        let folded = key.fold(text)?;
        let number = self.len();
        self.folded.push(folded.as_bytes());
        if folded != text {
            self.spelled_numbers.resize(number as usize, AS_FOLDED);
            self.spelled_numbers.push(self.spelled.len());
            self.spelled.push(text.as_bytes());
        }
        Some((number, hasher.hash_one(folded.as_bytes())))
    }

    /// Returns a text by its number.
    pub(crate) fn folded(&self, number: u32) -> &[u8] {
        self.folded.get(number)
    }

    /// Returns a text as it is spelled.
    pub(crate) fn spelled(&self, number: u32) -> &[u8] {
        match self.spelled_numbers.get(number as usize) {
            Some(&spelled) if spelled != AS_FOLDED => self.spelled.get(spelled),
            _ => self.folded.get(number),
        }
    }
}

impl Texts {
    /// Returns the number of texts.
    fn len(&self) -> u32 {
        self.ends.len() as u32
    }

    /// Adds a text.
    fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len() as u64);
    }

    /// Returns a text by its number.
    fn get(&self, number: u32) -> &[u8] {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start as usize..self.ends[number] as usize]
    }
}
