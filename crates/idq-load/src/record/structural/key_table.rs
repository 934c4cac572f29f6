//! The table of documented keys: members by the object that has the key and the bytes of the key.

use std::ops::Range;

use idq_api::{Api, ApiRegistry, Kind};
use idq_json::PathTree;

use super::field_spans::{Slot, SpanKinds};

/// The number of a documented object: the record itself, or an object on the way to fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ObjectId(u32);

impl ObjectId {
    /// The record itself.
    pub(super) const RECORD: Self = Self(0);
}

/// A documented object.
#[derive(Debug)]
pub(super) struct Object {
    /// The keys that lead to it from the record.
    pub(super) keys: Box<[Box<str>]>,
    /// These keys joined by dots; `None` for the record itself.
    pub(super) path: Option<Box<str>>,
}

/// The meaning of a documented key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// An object on the way to fields.
    Object(ObjectId),
    /// A field that holds scalars of these kinds.
    Scalar(SpanKinds),
    /// A document, and whether it becomes a column.
    Document { is_wanted: bool },
}

impl Meaning {
    /// Returns the meaning of the key of a field.
    fn of_field(api: &Api, columns: ColumnUses<'_>, field: usize) -> Self {
        let kinds = match api.fields[field].kind {
            Kind::Text | Kind::Keyword | Kind::Timestamp if columns.takes_numbers[field] => {
                SpanKinds::STRINGS_AND_NUMBERS
            }
            Kind::Text | Kind::Keyword | Kind::Timestamp => SpanKinds::STRINGS,
            Kind::Number => SpanKinds::NUMBERS,
            Kind::Boolean => SpanKinds::BOOLEANS,
            Kind::Document => {
                let is_wanted = columns.wanted[field];
                return Self::Document { is_wanted };
            }
        };
        Self::Scalar(kinds)
    }
}

/// The columns of an API in a load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ColumnUses<'a> {
    /// For each column whether it is built.
    pub(crate) wanted: &'a [bool],
    /// For each field whether numbers are accepted where the API has strings.
    pub(crate) takes_numbers: &'a [bool],
}

/// A documented key. A cache line each, so that one is found by a shift.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Member {
    /// The words of the key and its object.
    words: KeyWords,
    /// The slot of the value.
    pub(super) slot: Slot,
    /// The meaning of the key.
    pub(super) meaning: Meaning,
    /// Whether it is a key of the record itself under which a page has its records.
    pub(super) is_records_key: bool,
}

/// The table.
#[derive(Debug)]
pub(crate) struct KeyTable {
    /// The objects, by their number.
    objects: Vec<Object>,
    /// The members, by their number.
    members: Vec<Member>,
    /// The keys of the members.
    keys: Vec<Box<[u8]>>,
    /// The numbers of the members by hash, plus one; 0 for none. At least three quarters are empty, and the
    /// length is a power of two.
    buckets: Box<[u32]>,
    /// The factor of the hash function, chosen so that few members share a bucket.
    factor: u64,
    /// The number of slots for the values of members.
    slots: usize,
}

/// The number of factors that are tried: with some fifty members in four times the buckets, one in some hundred factors
/// leads to no collision.
const FACTORS: u64 = 1_000;

/// The words by which a key of an object is found: eight bytes at either end and in the middle, which are the whole of
/// a key of up to [`WHOLE_KEY_BYTES`]. Those of a key of less than eight bytes are padded with zeros.
#[derive(Debug, Clone, Copy)]
struct KeyWords {
    /// The first eight bytes.
    first: u64,
    /// Eight bytes in the middle.
    middle: u64,
    /// The last eight bytes.
    last: u64,
    /// The length of the key in bytes, and above it the number of the object.
    length_and_object: u64,
}

/// The length up to which the words of a key have all of its bytes.
const WHOLE_KEY_BYTES: usize = 24;

impl KeyWords {
    /// Returns the words of the key at a range of a text; `None` if the key is empty, is short and ends before offset
    /// 8, or is not in the text.
    #[inline(always)]
    fn inside(text: &[u8], object: ObjectId, start: usize, end: usize) -> Option<Self> {
        let length = end.wrapping_sub(start);
        if length == 0 {
            return None;
        }
        // The bytes before a short key are shifted out, without a branch: the lengths of keys are as unpredictable as
        // their order.
        let bytes_read = length.max(8);
        let padding = 8 * (bytes_read - length) as u32;
        let key = text.get(end.checked_sub(bytes_read)?..end)?;
        let middle = (bytes_read - 8) / 2;
        let middle = key.get(middle..middle + 8)?.first_chunk()?;
        let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes) >> padding;
        Some(Self {
            first: word(key.first_chunk()?),
            middle: word(middle),
            last: word(key.last_chunk()?),
            length_and_object: Self::length_and_object(length, object),
        })
    }

    /// Returns the words of a key of an object.
    fn of(key: &[u8], object: ObjectId) -> Self {
        let word = |bytes: &[u8]| {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            u64::from_le_bytes(word)
        };
        let count = key.len().min(8);
        let middle = (key.len() - count) / 2;
        Self {
            first: word(&key[..count]),
            middle: word(&key[middle..middle + count]),
            last: word(&key[key.len() - count..]),
            length_and_object: Self::length_and_object(key.len(), object),
        }
    }

    /// Returns the length of a key and the number of its object as one word.
    #[inline(always)]
    fn length_and_object(length: usize, object: ObjectId) -> u64 {
        u64::from(object.0) << 32 | length as u64
    }

    /// Returns whether two keys have the same words.
    #[inline(always)]
    fn equals(&self, other: &Self) -> bool {
        let difference = (self.first ^ other.first)
            | (self.middle ^ other.middle)
            | (self.last ^ other.last)
            | (self.length_and_object ^ other.length_and_object);
        difference == 0
    }

    /// Returns a hash.
    #[inline(always)]
    fn hash(&self, factor: u64) -> usize {
        let mixed = self.first ^ self.last.rotate_left(23) ^ self.length_and_object.rotate_left(7);
        // The highest bits of a product depend on all bits of its factors.
        (mixed.wrapping_mul(factor) >> 40) as usize
    }
}

impl KeyTable {
    /// Creates the table of an API. The tree has the paths of its columns.
    pub(crate) fn new(
        api: &Api,
        apis: &ApiRegistry,
        tree: &PathTree,
        columns: ColumnUses<'_>,
    ) -> Self {
        let mut table = Self {
            objects: vec![Object {
                keys: Box::default(),
                path: None,
            }],
            members: Vec::new(),
            keys: Vec::new(),
            buckets: Box::default(),
            factor: 1,
            slots: api.column_count(),
        };
        let names = api.fields.iter().map(|field| field.name.as_str());
        let objects = api.objects.iter().map(|name| &**name);
        for name in names.chain(objects) {
            table.add_path(api, apis, tree, columns, name);
        }
        table.choose_factor();
        table
    }

    /// Returns the number of slots for the values of members.
    pub(super) fn slot_count(&self) -> usize {
        self.slots
    }

    /// Returns a documented object.
    pub(super) fn object(&self, object: ObjectId) -> &Object {
        &self.objects[object.0 as usize]
    }

    /// Returns the member of an object for the key at a range of a text, as spelled.
    #[inline(always)]
    pub(super) fn find(&self, object: ObjectId, text: &[u8], key: &Range<u32>) -> Option<&Member> {
        let (start, end) = (key.start as usize, key.end as usize);
        let Some(words) = KeyWords::inside(text, object, start, end) else {
            let key = text.get(start..end)?;
            return self.find_further(&KeyWords::of(key, object), key);
        };
        let bucket = words.hash(self.factor) & (self.buckets.len() - 1);
        let number = (self.buckets[bucket] as usize).wrapping_sub(1);
        let member = self.members.get(number)?;
        if member.words.equals(&words) && end - start <= WHOLE_KEY_BYTES {
            return Some(member);
        }
        self.find_further(&words, text.get(start..end)?)
    }

    /// Returns the member for a key that may be long, near the start of the text, or in another bucket than its first
    /// one.
    #[cold]
    fn find_further(&self, words: &KeyWords, key: &[u8]) -> Option<&Member> {
        let mask = self.buckets.len() - 1;
        let mut bucket = words.hash(self.factor);
        loop {
            let number = (self.buckets[bucket & mask] as usize).wrapping_sub(1);
            let member = self.members.get(number)?;
            if member.words.equals(words) && *self.keys[number] == *key {
                return Some(member);
            }
            bucket += 1;
        }
    }

    /// Adds the members on a path, as far as they are new.
    fn add_path(
        &mut self,
        api: &Api,
        apis: &ApiRegistry,
        tree: &PathTree,
        columns: ColumnUses<'_>,
        name: &str,
    ) {
        let (mut object, mut node) = (ObjectId::RECORD, PathTree::ROOT);
        for key in name.split('.') {
            let Some(child) = tree.child(node, key, &mut 0) else {
                return;
            };
            let words = KeyWords::of(key.as_bytes(), object);
            let known = (self.members.iter().zip(&self.keys))
                .find(|(member, known)| member.words.equals(&words) && ***known == *key.as_bytes());
            let meaning = known.map(|(member, _)| member.meaning);
            let meaning = meaning.unwrap_or_else(|| {
                let column = tree.leaf(child);
                let field = column.filter(|&column| column < api.fields.len());
                let meaning = match field {
                    None => Meaning::Object(self.add_object(object, key)),
                    Some(field) => Meaning::of_field(api, columns, field),
                };
                let slot = column.unwrap_or(self.slots);
                self.slots = self.slots.max(slot + 1);
                self.keys.push(key.as_bytes().into());
                self.members.push(Member {
                    words,
                    slot: Slot::new(slot),
                    meaning,
                    is_records_key: object == ObjectId::RECORD && apis.is_records_key(key),
                });
                meaning
            });
            let Meaning::Object(inner) = meaning else {
                return;
            };
            (object, node) = (inner, child);
        }
    }

    /// Adds an object under a key of another one.
    fn add_object(&mut self, outer: ObjectId, key: &str) -> ObjectId {
        let outer = self.object(outer);
        let keys: Box<[Box<str>]> = outer.keys.iter().cloned().chain([key.into()]).collect();
        let path = Some(keys.join(".").into());
        self.objects.push(Object { keys, path });
        ObjectId(self.objects.len() as u32 - 1)
    }

    /// Chooses the factor with the least number of collisions, and fills the buckets.
    fn choose_factor(&mut self) {
        let length = (self.members.len() * 4).next_power_of_two().max(2);
        let mut least = usize::MAX;
        for number in 1..=FACTORS {
            // Odd numbers, so that no bit of a key is lost.
            let factor = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
            let (buckets, collisions) = self.fill_buckets(factor, length);
            if collisions < least {
                (self.buckets, self.factor, least) = (buckets, factor, collisions);
            }
            if collisions == 0 {
                break;
            }
        }
    }

    /// Returns the buckets of all members, and the number of passed buckets.
    fn fill_buckets(&self, factor: u64, length: usize) -> (Box<[u32]>, usize) {
        let mut buckets = vec![0; length].into_boxed_slice();
        let mut collisions = 0;
        for (number, member) in (1..).zip(&self.members) {
            let mut bucket = member.words.hash(factor);
            while buckets[bucket & (length - 1)] != 0 {
                bucket += 1;
                collisions += 1;
            }
            buckets[bucket & (length - 1)] = number;
        }
        (buckets, collisions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_words_inside_a_text_are_those_near_its_start() {
        let text = b"01234567abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
        let object = ObjectId(3);
        for length in 1..=52 {
            let (start, end) = (8, 8 + length);
            let inside = KeyWords::inside(text, object, start, end).unwrap();
            assert!(
                inside.equals(&KeyWords::of(&text[start..end], object)),
                "{length}"
            );
        }
        assert!(KeyWords::inside(text, object, 8, 8).is_none());
        assert!(KeyWords::inside(text, object, 1, 5).is_none());
        assert!(KeyWords::inside(text, object, 56, 61).is_none());
    }

    #[test]
    fn every_field_is_found_by_its_key_and_no_other_key_is() {
        for api in ApiRegistry::built_in() {
            let names = api.fields.iter().map(|field| &field.name);
            let tree = PathTree::new(names.chain(&api.objects));
            let wanted = vec![true; api.column_count()];
            let columns = ColumnUses {
                wanted: &wanted,
                takes_numbers: &vec![false; api.fields.len()],
            };
            let table = KeyTable::new(api, ApiRegistry::built_in(), &tree, columns);
            for (member, known) in table.members.iter().zip(&table.keys) {
                let object = ObjectId((member.words.length_and_object >> 32) as u32);
                for padding in [0, 1, 7, 8, 12] {
                    let key = [&vec![b' '; padding], &**known, b"\":  "].concat();
                    let range = padding as u32..(padding + known.len()) as u32;
                    let found = table.find(object, &key, &range);
                    assert!(found.is_some_and(|found| found.slot == member.slot));
                    for changed in padding..padding + known.len() {
                        let mut other = key.clone();
                        other[changed] ^= 0x80;
                        assert!(table.find(object, &other, &range).is_none(), "{known:?}");
                    }
                    let longer = range.start..range.end + 1;
                    assert!(table.find(object, &key, &longer).is_none());
                }
            }
        }
    }
}
