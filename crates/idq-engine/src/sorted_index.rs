//! [`SortedIndex`]: all rows of a snapshot in one order.

/// Every row of a snapshot in the order of one sort key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SortedIndex {
    /// The rows in order, dropped duplicates included.
    pub(crate) row_ids: Vec<u32>,
    /// For each row its position in [`row_ids`](Self::row_ids), the inverse permutation.
    pub(crate) ranks: Vec<u32>,
}

impl SortedIndex {
    /// Creates an index of all rows of a snapshot, which are given in order.
    pub(crate) fn new(row_ids: Vec<u32>) -> Self {
        let mut ranks = vec![0; row_ids.len()];
        for (rank, &row) in (0..).zip(&row_ids) {
            ranks[row as usize] = rank;
        }
        Self { row_ids, ranks }
    }
}
