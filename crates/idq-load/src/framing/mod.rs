//! Framing: finds the records in the bytes of a dump.
//!
//! A dump is an array of records, records in lines, saved pages of an API, or any mixture of these. A [`BlockParser`]
//! parses the bytes between records with a [`FramingState`], the stack of open containers; [`classify_object`]
//! distinguishes records from pages. After a malformed record, a [`RecoveryScan`](recovery::RecoveryScan) finds the
//! next one. A [`Separator`] has the bytes between two records, and predicts where other records of the dump start.
//!
//! # The structure of a dump
//!
//! ```text
//! dump    = (record | page | array)*            values outside any container, usually one a line
//! array   = "[" (record | page) ("," ...)* "]"  always outermost
//! page    = "{" ... "data": records ... "}"     an API's answer: envelope members around the records
//! records = "[" record ("," record)* "]"
//! ```
//!
//! The key of the records depends on the API. Nesting ends there: an object in the records of a page is always a
//! record.
//!
//! # Blocks
//!
//! A parse ends with its block, which may end anywhere. The outcome has the state at the end and the number of bytes
//! that were parsed; the rest is parsed again with the bytes of the next block. The records and rejects of a dump must
//! not depend on the blocks, so a decision that more bytes could change is deferred ([`BlockOutcome::consumed`] ends
//! before it).
//!
//! # Linear work
//!
//! A malformed record may be scanned several times: by its shape, for its brackets, by the reference parser for its
//! error, in recovery for its end. Each parse has a budget of such scans in proportion to its bytes; beyond it, only
//! whole lines are parsed as records. The work is therefore linear in the length of the dump, whatever the damage.

mod block_parser;
mod classify;
mod page;
mod recovery;
mod separator;
mod state;

pub(crate) use block_parser::{BlockInput, BlockOutcome, BlockParser, MalformedRecord};
pub(crate) use classify::is_page;
pub(crate) use separator::Separator;
pub(crate) use state::FramingState;

use classify::{ObjectKind, classify_object};
use state::{Container, Expecting};
