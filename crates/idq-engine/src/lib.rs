//! Bind, compile, evaluate in parallel, order and page a query over a snapshot.
//!
//! A request goes one way, with a word for each stage:
//!
//! 1. *Parsed*: an [`idq_grammar::Query`] has names and values, and knows no API.
//! 2. *Bound*: [`bind`] looks the names up in an [`idq_api::Api`] and reads the values. A [`BoundQuery`] is a
//!    [`Condition`] (a boolean tree over [`Leaf`]s), an order, and a page. Whatever is wrong is collected in
//!    [`BindErrors`].
//! 3. *Compiled*: against a [`Snapshot`], each leaf becomes a [`Predicate`] with everything that does not depend on
//!    the row worked out.
//! 4. *Evaluated*: chunk by chunk in parallel on the current rayon pool; [`BoundQuery::page`] counts and selects in one
//!    pass, [`BoundQuery::all`] lists every match. The answer does not depend on the number of threads. A [`Cancel`]
//!    stops it between chunks.
//!
//! [`find`] gets records by id, [`statistics`] describes a snapshot field by field, and [`hints`] tells a person why
//! a query may have found nothing.
//!
//! ```
//! use idq_engine::{BindOptions, bind};
//! use idq_grammar::Query;
//! use idq_load::{Loader, Source};
//!
//! let dump = br#"[{"id":"a","vendor_id":"7","state":"active"},{"id":"b","vendor_id":"8","state":"staged"}]"#;
//! let snapshot = Loader::new(vec![Source::bytes("example", dump.to_vec())]).load()?;
//! let query = Query::parse("filter[state]=staged")?;
//! let bound = bind(&query, snapshot.api(), &BindOptions::default())?;
//! let page = bound.page(&snapshot)?;
//! assert_eq!(page.total, 1);
//! assert_eq!(snapshot.record(page.rows[0], &mut snapshot.reader())?, br#"{"id":"b","vendor_id":"8","state":"staged"}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bind;
mod cancel;
mod compiled;
mod condition;
mod evaluate;
mod find;
mod hints;
mod kept;
mod order;
mod page;
mod predicates;
mod ranks;
mod select;
mod selection;
mod sort;
mod statistics;

pub use bind::{BindError, BindErrorKind, BindErrors, BindOptions, BoundFilter, bind};
pub use cancel::Cancel;
pub use compiled::CompiledCondition;
pub use condition::Condition;
pub use evaluate::{EvaluateError, NotLoaded, require};
pub use find::find;
pub use hints::{Advice, Hint, ValueList, deleted_left_out, hints};
pub use idq_load::Snapshot;
pub use order::OrderTerm;
pub use page::{BoundQuery, Page};
pub use predicates::{Between, Exact, Partial, Predicate, Present, Search};
pub use statistics::{FieldStatistics, Statistics, deleted_state_counts, state_counts, statistics};
