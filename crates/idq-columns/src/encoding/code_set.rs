//! Sets of dictionary codes: the result of a condition that was evaluated once for each distinct value.

/// Up to this number of codes, the code of a row is compared with each; beyond, it is looked up in a table.
pub(crate) const MAX_COMPARED_CODES: usize = 4;

/// The codes of a dictionary whose values satisfy a condition.
///
/// Dictionary encoding reduces a condition on a column to one evaluation for each distinct value; the rows then follow
/// from their codes alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSet {
    /// For each code whether it is in the set.
    contains: Vec<bool>,
    /// The first codes of the set: [`MAX_COMPARED_CODES`], and one more that shows that the set has more.
    first: Vec<u32>,
}

impl CodeSet {
    /// Creates a set of the codes whose positions are true.
    pub fn new(contains: Vec<bool>) -> Self {
        let codes = (0u32..).zip(&contains).filter(|(_, contains)| **contains);
        Self {
            first: codes
                .map(|(code, _)| code)
                .take(MAX_COMPARED_CODES + 1)
                .collect(),
            contains,
        }
    }

    /// Returns for each code whether the set contains it.
    pub(crate) fn table(&self) -> &[bool] {
        &self.contains
    }

    /// Returns the codes of the set, if they are at most [`MAX_COMPARED_CODES`].
    pub(crate) fn compared_codes(&self) -> Option<&[u32]> {
        (self.first.len() <= MAX_COMPARED_CODES).then_some(&*self.first)
    }

    /// Returns whether the set contains every code of the dictionary.
    pub(crate) fn is_full(&self) -> bool {
        // For most sets `first` decides without a pass over the table.
        (self.first.len() > MAX_COMPARED_CODES || self.first.len() == self.contains.len())
            && !self.contains.contains(&false)
    }
}
