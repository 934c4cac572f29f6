//! Interners: a number for each distinct text or integer, in the order of first occurrence.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

/// Texts, one after another in one buffer.
#[derive(Debug, Default, Clone)]
pub(super) struct TextArena {
    /// Bytes of all texts.
    bytes: String,
    /// The end of each text.
    ends: Vec<usize>,
}

impl TextArena {
    /// Appends a text.
    pub(super) fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
    }

    /// Returns the text at a position.
    #[inline]
    pub(super) fn get(&self, position: usize) -> &str {
        let start = if position == 0 {
            0
        } else {
            self.ends[position - 1]
        };
        &self.bytes[start..self.ends[position]]
    }

    /// Returns the number of texts.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the texts.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|position| self.get(position))
    }
}

/// Distinct texts, numbered from 0. Hashes are seeded, because a dump could have values that collide.
#[derive(Debug, Default)]
pub(super) struct TextInterner {
    /// Texts by number.
    texts: TextArena,
    /// Number of each text, by hash. The texts are only in the arena.
    numbers: HashTable<u32>,
    /// Seeded hash function.
    hasher: DefaultHashBuilder,
}

impl TextInterner {
    /// Returns the number of a text, and whether it is new.
    pub(super) fn intern(&mut self, text: &str) -> (u32, bool) {
        let Self {
            texts,
            numbers,
            hasher,
        } = self;
        let hash = hasher.hash_one(text);
        let is_same = |&number: &u32| texts.get(number as usize) == text;
        if let Some(&number) = numbers.find(hash, is_same) {
            return (number, false);
        }
        // A snapshot has at most 2^32 - 1 rows, so there are no more numbers.
        let number = texts.len() as u32;
        texts.push(text);
        let rehash = |&number: &u32| hasher.hash_one(texts.get(number as usize));
        numbers.insert_unique(hash, number, rehash);
        (number, true)
    }

    /// Returns the texts by number.
    pub(super) fn texts(&self) -> &TextArena {
        &self.texts
    }

    /// Returns the texts by number, and frees the rest.
    pub(super) fn into_texts(self) -> TextArena {
        self.texts
    }
}

/// Distinct keys of a fixed size, numbered from 0.
#[derive(Debug)]
pub(super) struct Interner<K> {
    /// Keys by number.
    keys: Vec<K>,
    /// Number of each key.
    numbers: HashMap<K, u32>,
}

impl<K> Default for Interner<K> {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            numbers: HashMap::new(),
        }
    }
}

impl<K: Copy + Eq + std::hash::Hash> Interner<K> {
    /// Returns the number of a key.
    pub(super) fn intern(&mut self, key: K) -> u32 {
        let keys = &mut self.keys;
        *self.numbers.entry(key).or_insert_with(|| {
            keys.push(key);
            keys.len() as u32 - 1
        })
    }

    /// Returns the keys by number.
    pub(super) fn keys(&self) -> &[K] {
        &self.keys
    }
}
