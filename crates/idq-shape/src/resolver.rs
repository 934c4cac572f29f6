//! The interface through which a caller assigns a meaning to the paths of records.

use crate::captures::ScalarKinds;

/// Resolves the paths of records to fields, and decides which scalars a match captures.
///
/// [`Shapes`](crate::Shapes) resolves each path once, when the first record with that path is learned, never during a
/// match; and again after [`relearn`](crate::Shapes::relearn).
pub trait FieldResolver {
    /// The meaning of a path.
    type FieldId: Copy + std::fmt::Debug;

    /// Resolves the path of the record itself.
    fn resolve_root(&self) -> Self::FieldId;

    /// Resolves a key of an object.
    fn resolve_key(&mut self, object: Self::FieldId, key: &str) -> Self::FieldId;

    /// Resolves the elements of an array.
    fn resolve_element(&mut self, array: Self::FieldId) -> Self::FieldId;

    /// Returns where the scalars of a path are captured.
    fn resolve_scalar(&self, field: Self::FieldId) -> Capture;

    /// Returns the facts that the presence of a path implies, independent of its value.
    fn resolve_presence(&self, field: Self::FieldId) -> KeyInfo;

    /// Returns the tag of an object or array without members; `None` if it is not captured.
    fn resolve_empty(&self, field: Self::FieldId) -> Option<u32>;

    /// Returns the tag of the start of an array element; `None` if it is not captured. `element` is the meaning of the
    /// path of the elements.
    fn resolve_element_start(&self, element: Self::FieldId) -> Option<u32>;
}

/// The capture of the values of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capture {
    /// The slot that receives the scalar, below [`MAX_SLOTS`](crate::MAX_SLOTS).
    pub slot: Option<usize>,
    /// The tag of the scalar in the list of tagged parts.
    pub tag: Option<u32>,
    /// The kinds that the path may hold. A record with another kind of scalar does not match. Containers are learned with
    /// their content, unless they are [skipped](ScalarKinds::SKIPPED); the record itself never is.
    pub kinds: ScalarKinds,
}

/// The facts that the presence of a key implies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyInfo {
    /// Bits that are set in [`Captures::flags`](crate::Captures::flags).
    pub flags: u64,
    /// A number that is added to [`Captures::unknown_keys`](crate::Captures::unknown_keys).
    pub unknown_key: Option<u32>,
}
