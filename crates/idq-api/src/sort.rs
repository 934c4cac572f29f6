//! Sort keys: the values of the parameter `sort`.

use crate::filter::Provenance;

/// A key of the `sort` parameter; `F` refers to a field, as in [`Api`](crate::Api).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortRule<F = usize> {
    /// Name of the key.
    pub name: String,
    /// Field that records are ordered by.
    pub field: F,
    /// Vendor or project that defines the key.
    pub provenance: Provenance,
}

/// Creates a sort key that the vendor documents, as a row of a description.
pub(crate) fn documented_sort(name: &str, field: &str) -> SortRule<String> {
    SortRule {
        name: name.to_owned(),
        field: field.to_owned(),
        provenance: Provenance::Documented,
    }
}

/// Creates a sort key that the vendor does not have, as a row of a description.
pub(crate) fn extension_sort(name: &str, field: &str) -> SortRule<String> {
    SortRule {
        provenance: Provenance::Extension,
        ..documented_sort(name, field)
    }
}
