//! What whoever reads records wants to know of their places.

use crate::found::Kinds;

/// Says what the places of records are to whoever reads them. Asked once for each place, when it is first seen.
pub trait Roles {
    /// What a place is.
    type Role: Copy + std::fmt::Debug;

    /// What the record itself is.
    fn root(&self) -> Self::Role;

    /// What the value under a key of an object is.
    fn key(&mut self, of: Self::Role, key: &str) -> Self::Role;

    /// What an element of an array is.
    fn element(&mut self, of: Self::Role) -> Self::Role;

    /// What becomes of a scalar at a place.
    fn scalar(&self, role: Self::Role) -> Use;

    /// What it means that a record has a place at all, whatever stands there.
    fn passed(&self, role: Self::Role) -> Passed;

    /// The tag under which an object or array without members is listed.
    fn empty(&self, role: Self::Role) -> Option<u32>;
}

/// What becomes of the scalars of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// The slot that takes it, below [`MAX_SLOTS`](crate::MAX_SLOTS).
    pub slot: Option<usize>,
    /// The tag under which it is listed.
    pub tag: Option<u32>,
    /// What may stand there; a record with anything else is unfamiliar.
    pub kinds: Kinds,
}

/// What a record says by having a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passed {
    /// Bits that [`Record::marks`](crate::Record::marks) gets.
    pub marks: u64,
    /// A number that [`Record::notes`](crate::Record::notes) gets.
    pub note: Option<u32>,
}
