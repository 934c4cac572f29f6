//! Statistics of a snapshot, field by field: computed from columns, or read from a snapshot file.

/// The contents of a snapshot in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    /// The fields with columns, in the order of the API's description.
    pub fields: Vec<FieldStatistics>,
    /// The number of records of each state, the most frequent first; `None` is for records without a state.
    pub states: Vec<(Option<String>, u64)>,
}

/// The maximum number of the most frequent values of a field.
pub const MAX_TOP_VALUES: usize = 10;

/// Returns whether values occur at least twice on average: only then are the most frequent ones of interest.
pub fn recur(distinct: u64, values: u64) -> bool {
    distinct * 2 <= values
}

/// Returns the most frequent of some values, whose numbers of occurrences are above 0: see [`FieldStatistics::top`].
pub fn top_values<T: AsRef<str>>(counts: impl IntoIterator<Item = (T, u64)>) -> Vec<(String, u64)> {
    let mut counts: Vec<(T, u64)> = counts.into_iter().collect();
    let values: u64 = counts.iter().map(|(_, count)| count).sum();
    if !recur(counts.len() as u64, values) {
        return Vec::new();
    }
    let order = |one: &(T, u64), other: &(T, u64)| {
        let by_count = other.1.cmp(&one.1);
        by_count.then_with(|| one.0.as_ref().cmp(other.0.as_ref()))
    };
    // Selection before the sort: a field may have as many distinct values as half its rows.
    if counts.len() > MAX_TOP_VALUES {
        counts.select_nth_unstable_by(MAX_TOP_VALUES, order);
        counts.truncate(MAX_TOP_VALUES);
    }
    counts.sort_by(order);
    let counts = counts.into_iter();
    counts
        .map(|(value, count)| (value.as_ref().to_owned(), count))
        .collect()
}

/// The values of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldStatistics {
    /// The position of the field in the API's description.
    pub field: usize,
    /// The number of records with a value.
    pub values: u64,
    /// The number of records with null.
    pub nulls: u64,
    /// The number of records without the field.
    pub missing: u64,
    /// The number of records with an empty value: a document in which everything is null or empty, a date that means
    /// never. They are not among the values.
    pub empty: u64,
    /// The number of distinct values; `None` for documents.
    pub distinct: Option<u64>,
    /// The most frequent values with their numbers of records, the most frequent first, at most [`MAX_TOP_VALUES`];
    /// none unless a value occurs twice on average.
    pub top: Vec<(String, u64)>,
    /// The least and the greatest value: texts by their bytes, numbers by their size, instants by time.
    pub range: Option<(String, String)>,
}
