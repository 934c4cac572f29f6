use std::fmt;
use std::io;

use arrow_buffer::Buffer;
use idq_columns::Column;

/// A place outside memory for what a load would keep there: see [`Loader::spill`](crate::Loader::spill).
pub trait Spill: fmt::Debug + Send + Sync {
    /// The same column, elsewhere. Where that fails it stays as it is, and [`failure`](Self::failure) says why.
    fn column(&self, column: Column) -> Column;

    /// The same bytes, elsewhere; as for [`column`](Self::column).
    fn bytes(&self, bytes: Vec<u8>) -> Buffer;

    /// What has gone wrong first.
    fn failure(&self) -> Option<io::Error>;
}
