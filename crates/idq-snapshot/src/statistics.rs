//! Statistics of a snapshot, field by field: computed from columns, or read from a snapshot file.

/// The contents of a snapshot in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    /// The fields with columns, in the order of the API's description.
    pub fields: Vec<FieldStatistics>,
    /// The number of records of each state, the most frequent first; `None` is for records without a state.
    pub states: Vec<(Option<String>, u64)>,
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
    /// The number of distinct values; `None` for documents.
    pub distinct: Option<u64>,
    /// The least and the greatest value: texts by their bytes, numbers by their size, instants by time.
    pub range: Option<(String, String)>,
}
