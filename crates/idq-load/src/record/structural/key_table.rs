//! The table of documented keys: members by the object that has the key and the bytes of the key.

use idq_api::Kind;
use idq_json::{Node, PathTree};

use crate::record::schema::Schema;

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
    /// A field that holds strings.
    Strings(usize),
    /// A field that holds numbers.
    Numbers(usize),
    /// A field that holds booleans.
    Booleans(usize),
    /// A document that becomes a column.
    Document(usize),
    /// A document that does not.
    IgnoredDocument(usize),
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
    /// The ends of the key.
    ends: KeyEnds,
}

/// The table.
#[derive(Debug)]
pub(super) struct KeyTable {
    /// The objects, by their number.
    objects: Vec<Object>,
    /// The members, by their number.
    members: Vec<Member>,
    /// The numbers of the members by hash, plus one; 0 for none. Half of it at least is empty, and its length is a
    /// power of two.
    slots: Box<[u32]>,
}

/// The first and the last eight bytes of a key. Those of a shorter key are padded with zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct KeyEnds {
    first: u64,
    last: u64,
    length: usize,
}

impl KeyEnds {
    /// Returns the ends of the key at a range of a text.
    #[inline(always)]
    fn new(text: &[u8], start: usize, end: usize) -> Self {
        let length = end - start;
        let word = |from: usize| text.get(from..).and_then(<[u8]>::first_chunk::<8>);
        let words = end.checked_sub(8).and_then(word).zip(word(start));
        let Some((last, first)) = words.filter(|_| length > 0) else {
            return Self::near_edge(&text[start..end]);
        };
        let padding = 8 * (8 - length.min(8)) as u32;
        Self {
            first: u64::from_le_bytes(*first) & u64::MAX >> padding,
            last: u64::from_le_bytes(*last) >> padding,
            length,
        }
    }

    /// Returns the ends of a key that is within eight bytes of the start or the end of its text.
    #[cold]
    fn near_edge(key: &[u8]) -> Self {
        let word = |bytes: &[u8]| {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            u64::from_le_bytes(word)
        };
        let count = key.len().min(8);
        Self {
            first: word(&key[..count]),
            last: word(&key[key.len() - count..]),
            length: key.len(),
        }
    }

    /// Returns a hash of a key of an object.
    #[inline(always)]
    fn hash(self, object: ObjectId) -> u64 {
        let mixed = self.first
            ^ self.last.rotate_left(23)
            ^ (u64::from(object.0) << 7 | self.length as u64);
        mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

impl KeyTable {
    /// Creates the table of the API of a schema.
    pub(super) fn new(schema: &Schema) -> Self {
        let mut table = Self {
            objects: vec![Object {
                keys: Box::default(),
                path: None,
            }],
            members: Vec::new(),
            slots: Box::default(),
        };
        let names = schema.api.fields.iter().map(|field| field.name.as_str());
        let objects = schema.api.objects.iter().map(|name| &**name);
        for name in names.chain(objects) {
            table.add_path(schema, name);
        }
        table.fill_slots();
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
        let ends = KeyEnds::new(text, start, end);
        let mask = self.slots.len() - 1;
        let mut slot = (ends.hash(object) >> 32) as usize;
        loop {
            let index = self.slots[slot & mask];
            let member = self.members.get((index as usize).wrapping_sub(1))?;
            // The ends are the whole of a key of up to 16 bytes.
            if member.ends == ends
                && member.object == object
                && (ends.length <= 16 || text[start..end] == *member.key)
            {
                return Some(member);
            }
            slot += 1;
        }
    }

    /// Adds the members on a path, as far as they are new.
    fn add_path(&mut self, schema: &Schema, name: &str) {
        let (mut object, mut node) = (ObjectId::RECORD, PathTree::ROOT);
        for key in name.split('.') {
            let Some(child) = schema.tree.child(node, key, &mut 0) else {
                return;
            };
            let known = (self.members.iter())
                .find(|member| member.object == object && *member.key == *key.as_bytes());
            let meaning = match known {
                Some(member) => member.meaning,
                None => self.add_member(schema, object, key, child),
            };
            let Meaning::Object { object: inner, .. } = meaning else {
                return;
            };
            (object, node) = (inner, child);
        }
    }

    /// Adds a member, and returns its meaning.
    fn add_member(&mut self, schema: &Schema, object: ObjectId, key: &str, node: Node) -> Meaning {
        let meaning = match schema.field(node) {
            None => Meaning::Object {
                object: self.add_object(object, key),
                column: schema.object_column(node),
            },
            Some(field) => match schema.api.fields[field].kind {
                Kind::Text | Kind::Keyword | Kind::Timestamp => Meaning::Strings(field),
                Kind::Number => Meaning::Numbers(field),
                Kind::Boolean => Meaning::Booleans(field),
                Kind::Document if schema.wanted[field] => Meaning::Document(field),
                Kind::Document => Meaning::IgnoredDocument(field),
            },
        };
        let bytes = key.as_bytes();
        self.members.push(Member {
            index: self.members.len(),
            meaning,
            is_id: schema.field(node) == Some(schema.api.id),
            is_records_key: object == ObjectId::RECORD && schema.apis.is_records_key(key),
            object,
            key: bytes.into(),
            ends: KeyEnds::near_edge(bytes),
        });
        meaning
    }

    /// Adds an object under a key of another one.
    fn add_object(&mut self, outer: ObjectId, key: &str) -> ObjectId {
        let outer = self.object(outer);
        let keys: Box<[Box<str>]> = outer.keys.iter().cloned().chain([key.into()]).collect();
        let path = Some(keys.join(".").into());
        self.objects.push(Object { keys, path });
        ObjectId(self.objects.len() as u32 - 1)
    }

    /// Fills the slots with all members.
    fn fill_slots(&mut self) {
        let length = (self.members.len() * 4).next_power_of_two().max(2);
        let mut slots = vec![0; length].into_boxed_slice();
        for (number, member) in (1..).zip(&self.members) {
            let mut slot = (member.ends.hash(member.object) >> 32) as usize;
            while slots[slot & (length - 1)] != 0 {
                slot += 1;
            }
            slots[slot & (length - 1)] = number;
        }
        self.slots = slots;
    }
}
