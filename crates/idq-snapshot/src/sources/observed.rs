//! Facts that a load observes across all records, merged from its chunks: undocumented keys and the collection's URL.

use std::collections::BTreeSet;

/// The maximum number of names of undocumented keys. A dump with more has keys that are data.
const MAX_UNKNOWN_FIELDS: usize = 1_000;

/// The dotted names of keys that the API does not document: the least 1,000 in byte order.
///
/// The least names are kept, so that the result does not depend on the order in which chunks are merged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnknownFields(BTreeSet<String>);

impl UnknownFields {
    /// Adds a name.
    pub fn insert(&mut self, name: String) {
        if self.0.len() < MAX_UNKNOWN_FIELDS {
            self.0.insert(name);
        } else if self.0.last().is_some_and(|last| name < *last) && self.0.insert(name) {
            self.0.pop_last();
        }
    }

    /// Returns whether adding a name would change the names.
    pub fn would_add(&self, name: &str) -> bool {
        let may_keep = !self.is_full() || self.0.last().is_some_and(|last| name < last.as_str());
        may_keep && !self.0.contains(name)
    }

    /// Returns whether a name was added and kept.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Returns whether names may have been left out.
    pub fn is_full(&self) -> bool {
        self.0.len() >= MAX_UNKNOWN_FIELDS
    }

    /// Removes all names.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns the names in byte order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl Extend<String> for UnknownFields {
    fn extend<I: IntoIterator<Item = String>>(&mut self, names: I) {
        names.into_iter().for_each(|name| self.insert(name));
    }
}

impl IntoIterator for UnknownFields {
    type Item = String;
    type IntoIter = std::collections::btree_set::IntoIter<String>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// The URL of the collection, inferred from the URLs of single records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CollectionUrl {
    /// No record has a URL.
    #[default]
    Unseen,
    /// All URLs so far imply this collection.
    Agree(String),
    /// The URLs imply different collections.
    Differ,
}

impl CollectionUrl {
    /// Adds the URL of the record with this id.
    pub fn add(&mut self, link: &str, id: &str) {
        let collection = link
            .strip_suffix(id)
            .and_then(|link| link.strip_suffix('/'));
        *self = match (std::mem::replace(self, Self::Differ), collection) {
            (Self::Unseen, Some(collection)) => Self::Agree(collection.to_owned()),
            (Self::Agree(agreed), Some(collection)) if agreed == collection => Self::Agree(agreed),
            _ => Self::Differ,
        };
    }

    /// Merges the URL that other records imply.
    pub fn merge(&mut self, other: Self) {
        *self = match (std::mem::take(self), other) {
            (Self::Unseen, other) => other,
            (one, Self::Unseen) => one,
            (Self::Agree(one), Self::Agree(other)) if one == other => Self::Agree(one),
            _ => Self::Differ,
        };
    }
}
