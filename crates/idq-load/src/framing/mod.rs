//! The framing of a dump: which bytes of it are records.
//!
//! A dump is an array of records, records in lines, saved pages of an API, or any mixture of these. A [`BlockParser`]
//! goes from byte to byte outside of records with a [`FramingState`], the stack of open containers; [`classify_object`]
//! tells a record from a page. Behind a malformed record a [`RecoveryScan`](recovery::RecoveryScan) finds the next one.
//! A [`Separator`] is what two records have between them; it predicts where other records of the dump start.

mod block_parser;
mod classify;
mod page;
mod recovery;
mod separator;
mod state;

pub(crate) use block_parser::{BlockInput, BlockOutcome, BlockParser, MalformedRecord};
pub(crate) use separator::Separator;
pub(crate) use state::FramingState;

use classify::{ObjectKind, classify_object};
use state::{Container, Expecting};
