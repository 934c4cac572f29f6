//! The parts of parsed and bound queries and of snapshots, for programs that look inside them. Most programs need none.

#[doc(inline)]
pub use idq_engine::{
    Advice, Between, BooleanMatch, BoundFilter, Caches, Case, Counted, ElementCondition,
    ElementMatch, Exact, FieldComparison, FilterCache, NumberMatch, Order, Page as PageOfRows,
    Partial, PathMatch, PathPresent, Present, Search, SortCache, SortKey, TextMatch, TextOperator,
    TextTest, ValueList, ValueTest,
};
#[doc(inline)]
pub use idq_grammar::{
    Base, Direction, ExpressionErrorKind, FieldTest, Parameter, Sort, Span, Spanned, is_hidden,
    split_list, where_expression,
};
#[doc(inline)]
pub use idq_snapshot::snapshot_file::format::SourceDescription;
#[doc(inline)]
pub use idq_snapshot::{
    Chunk, ChunkColumns, ChunkRun, CollectionUrl, FileState, LoadSummary, LoadedChunk, MAX_RECORD,
    MAX_TOP_VALUES, PackedChunk, RecordLocation, SnapshotParts, SourceBytes, SourceRun,
    SourceStore, StateDifference, Storage, StoredFile, UnknownFields,
};
