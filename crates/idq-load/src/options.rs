/// What happens at a record that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnBadRecord {
    /// The load fails with an error that says where.
    #[default]
    Stop,
    /// The record is set aside as a [`Reject`](crate::Reject), and the load goes on.
    Skip,
}

/// Which fields become columns. Every field is validated all the same.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Columns {
    /// The fields that some filter or sort of the API looks at.
    #[default]
    Queried,
    /// Every field of the API.
    All,
    /// These positions in the API's table, and the id.
    Fields(Vec<usize>),
}

/// Which parser reads a record first. The answer is the same; it is a matter of speed, and of testing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Parser {
    /// The shapes of the records so far; `simd-json` for those of another shape, and the exact reader for what that
    /// refuses or cannot spell.
    #[default]
    Shapes,
    /// The same with the instructions that every processor has.
    PortableShapes,
    /// `simd-json`, and the exact reader.
    Simd,
    /// The exact reader alone.
    Exact,
}

/// How far a load has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes taken from the sources so far, before decompression.
    pub bytes: u64,
    /// What `bytes` will be at the end, where every source is a file.
    pub total: Option<u64>,
    /// Records so far.
    pub records: u64,
}
