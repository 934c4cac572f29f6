//! The table of documented keys: members by the object that has the key and the bytes of the key.

use std::hint::select_unpredictable;

use idq_api::{Api, ApiRegistry, Kind};
use idq_json::PathTree;

use super::field_spans::SpanKinds;

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
    /// An object on the way to fields, and the column of its presence.
    Object {
        object: ObjectId,
        column: Option<usize>,
    },
    /// A field that holds scalars of these kinds.
    Scalar { field: usize, kinds: SpanKinds },
    /// A document, and whether it becomes a column.
    Document { field: usize, is_wanted: bool },
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
                return Self::Document { field, is_wanted };
            }
        };
        Self::Scalar { field, kinds }
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

/// A documented key.
#[derive(Debug)]
pub(super) struct Member {
    /// The number of the member.
    pub(super) index: usize,
    /// The meaning of the key.
    pub(super) meaning: Meaning,
    /// Whether it is the id, whose key is that of other APIs too.
    pub(super) is_id: bool,
    /// Whether it is a key of the record itself under which a page has its records.
    pub(super) is_records_key: bool,
    /// The object that has the key.
    object: ObjectId,
    /// The key.
    key: Box<[u8]>,
    /// The words of the key.
    words: KeyWords,
}

/// The table.
#[derive(Debug)]
pub(crate) struct KeyTable {
    /// The objects, by their number.
    objects: Vec<Object>,
    /// The members, by their number.
    members: Vec<Member>,
    /// The numbers of the members by hash, plus one; 0 for none. At least three quarters are empty, and the
    /// length is a power of two.
    slots: Box<[u32]>,
    /// The factor of the hash function, chosen so that few members share a slot.
    factor: u64,
}

/// The number of factors that are tried: with some fifty members in four times the slots, one in some hundred factors
/// leads to no collision.
const FACTORS: u64 = 1_000;

/// Eight bytes at either end and in the middle of a key, which are the whole of a key of up to [`WHOLE_KEY_BYTES`]. Those
/// of a key of less than eight bytes are padded with zeros.
#[derive(Debug, Clone, Copy)]
struct KeyWords {
    /// The first eight bytes.
    first: u64,
    /// Eight bytes in the middle.
    middle: u64,
    /// The last eight bytes.
    last: u64,
    /// The length of the key in bytes.
    length: usize,
}

/// The length up to which the words of a key have all of its bytes.
const WHOLE_KEY_BYTES: usize = 24;

impl KeyWords {
    /// Returns the words of the key at a range of a text.
    #[inline(always)]
    fn new(text: &[u8], start: usize, end: usize) -> Self {
        let words = Self::inside(text, start, end);
        words.unwrap_or_else(|| Self::near_edge(&text[start..end]))
    }

    /// Returns the words of a key that is neither empty nor near an end of its text, where eight bytes at a time can be
    /// read.
    #[inline(always)]
    fn inside(text: &[u8], start: usize, end: usize) -> Option<Self> {
        let length = end.wrapping_sub(start);
        if length == 0 {
            return None;
        }
        let is_short = length < 8;
        // The lengths of keys are as unpredictable as their order.
        let short_by = select_unpredictable(is_short, 8_usize.wrapping_sub(length), 0);
        let beyond_ends = select_unpredictable(is_short, 0, length.wrapping_sub(8));
        let word = |from: usize| {
            let bytes = text.get(from..)?.first_chunk::<8>()?;
            Some(u64::from_le_bytes(*bytes))
        };
        let padding = 8 * short_by as u32;
        Some(Self {
            first: word(start)? & u64::MAX >> padding,
            middle: word(start + beyond_ends / 2)? & u64::MAX >> padding,
            last: word(end.wrapping_sub(8))? >> padding,
            length,
        })
    }

    /// Returns whether two keys have the same words.
    #[inline(always)]
    fn equals(&self, other: &Self) -> bool {
        let difference = (self.first ^ other.first)
            | (self.middle ^ other.middle)
            | (self.last ^ other.last)
            | (self.length ^ other.length) as u64;
        difference == 0
    }

    /// Returns the words of a key that is within eight bytes of the start or the end of its text.
    #[cold]
    fn near_edge(key: &[u8]) -> Self {
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
            length: key.len(),
        }
    }

    /// Returns a hash of a key of an object.
    #[inline(always)]
    fn hash(self, object: ObjectId, factor: u64) -> usize {
        let mixed = self.first
            ^ self.last.rotate_left(23)
            ^ (u64::from(object.0) << 7 | self.length as u64);
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
            slots: Box::default(),
            factor: 1,
        };
        let names = api.fields.iter().map(|field| field.name.as_str());
        let objects = api.objects.iter().map(|name| &**name);
        for name in names.chain(objects) {
            table.add_path(api, tree, columns, name);
        }
        for member in &mut table.members {
            let key = std::str::from_utf8(&member.key).unwrap_or_default();
            let is_top_level = member.object == ObjectId::RECORD;
            member.is_records_key = is_top_level && apis.is_records_key(key);
        }
        table.choose_factor();
        table
    }

    /// Returns the number of members.
    pub(super) fn member_count(&self) -> usize {
        self.members.len()
    }

    /// Returns a documented object.
    pub(super) fn object(&self, object: ObjectId) -> &Object {
        &self.objects[object.0 as usize]
    }

    /// Returns the member of an object for the key between two offsets of a text, as spelled.
    #[inline(always)]
    pub(super) fn find(
        &self,
        object: ObjectId,
        text: &[u8],
        start: usize,
        end: usize,
    ) -> Option<&Member> {
        let words = KeyWords::new(text, start, end);
        let mask = self.slots.len() - 1;
        let mut slot = words.hash(object, self.factor);
        loop {
            let index = self.slots[slot & mask];
            let member = self.members.get((index as usize).wrapping_sub(1))?;
            if member.words.equals(&words)
                && member.object == object
                && (words.length <= WHOLE_KEY_BYTES || text[start..end] == *member.key)
            {
                return Some(member);
            }
            slot += 1;
        }
    }

    /// Adds the members on a path, as far as they are new.
    fn add_path(&mut self, api: &Api, tree: &PathTree, columns: ColumnUses<'_>, name: &str) {
        let (mut object, mut node) = (ObjectId::RECORD, PathTree::ROOT);
        for key in name.split('.') {
            let Some(child) = tree.child(node, key, &mut 0) else {
                return;
            };
            let known = (self.members.iter())
                .find(|member| member.object == object && *member.key == *key.as_bytes());
            let meaning = known.map(|member| member.meaning);
            let meaning = meaning.unwrap_or_else(|| {
                let column = tree.leaf(child);
                let field = column.filter(|&column| column < api.fields.len());
                let meaning = match field {
                    None => Meaning::Object {
                        object: self.add_object(object, key),
                        column,
                    },
                    Some(field) => Meaning::of_field(api, columns, field),
                };
                self.add_member(object, key, meaning, field == Some(api.id));
                meaning
            });
            let Meaning::Object { object: inner, .. } = meaning else {
                return;
            };
            (object, node) = (inner, child);
        }
    }

    /// Adds a member.
    fn add_member(&mut self, object: ObjectId, key: &str, meaning: Meaning, is_id: bool) {
        self.members.push(Member {
            index: self.members.len(),
            meaning,
            is_id,
            is_records_key: false,
            object,
            key: key.as_bytes().into(),
            words: KeyWords::near_edge(key.as_bytes()),
        });
    }

    /// Adds an object under a key of another one.
    fn add_object(&mut self, outer: ObjectId, key: &str) -> ObjectId {
        let outer = self.object(outer);
        let keys: Box<[Box<str>]> = outer.keys.iter().cloned().chain([key.into()]).collect();
        let path = Some(keys.join(".").into());
        self.objects.push(Object { keys, path });
        ObjectId(self.objects.len() as u32 - 1)
    }

    /// Chooses the factor with the least number of collisions, and fills the slots.
    fn choose_factor(&mut self) {
        let length = (self.members.len() * 4).next_power_of_two().max(2);
        let mut least = usize::MAX;
        for number in 1..=FACTORS {
            // Odd numbers, so that no bit of a key is lost.
            let factor = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
            let (slots, collisions) = self.fill_slots(factor, length);
            if collisions < least {
                (self.slots, self.factor, least) = (slots, factor, collisions);
            }
            if collisions == 0 {
                break;
            }
        }
    }

    /// Returns the slots of all members, and the number of passed slots.
    fn fill_slots(&self, factor: u64, length: usize) -> (Box<[u32]>, usize) {
        let mut slots = vec![0; length].into_boxed_slice();
        let mut collisions = 0;
        for (number, member) in (1..).zip(&self.members) {
            let mut slot = member.words.hash(member.object, factor);
            while slots[slot & (length - 1)] != 0 {
                slot += 1;
                collisions += 1;
            }
            slots[slot & (length - 1)] = number;
        }
        (slots, collisions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_words_inside_a_text_are_those_at_its_edge() {
        let text = b"01234567abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz01234567";
        for length in 1..=52 {
            let (start, end) = (8, 8 + length);
            let inside = KeyWords::inside(text, start, end).unwrap();
            assert!(
                inside.equals(&KeyWords::near_edge(&text[start..end])),
                "{length}"
            );
        }
        assert!(KeyWords::inside(text, 8, 8).is_none());
        assert!(KeyWords::inside(text, 1, 5).is_none());
        assert!(KeyWords::inside(text, 63, 66).is_none());
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
            for (index, member) in table.members.iter().enumerate() {
                let key = [b"{\"          ", &*member.key, b"\":          "].concat();
                let range = 12..12 + member.key.len();
                let found = table.find(member.object, &key, range.start, range.end);
                assert_eq!(found.map(|found| found.index), Some(index));
                for changed in range.clone() {
                    let mut other = key.clone();
                    other[changed] ^= 0x80;
                    let found = table.find(member.object, &other, range.start, range.end);
                    assert!(found.is_none(), "{:?}", member.key);
                }
                assert!(
                    table
                        .find(member.object, &key, range.start, range.end + 1)
                        .is_none()
                );
            }
        }
    }
}
