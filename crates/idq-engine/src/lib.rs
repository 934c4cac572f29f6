//! Binds, compiles, evaluates, orders and pages a query over a snapshot.
//!
//! A query has three forms and is then evaluated:
//!
//! 1. *Parsed*: an [`idq_grammar::Query`] is a tree of names and values, without an API.
//! 2. *Bound*: [`bind`] looks the names up in an [`idq_api::Api`] and parses the values. A [`BoundQuery`] is a
//!    [`Condition`] (a boolean tree over [`Predicate`]s), an order, and a page. All mistakes are collected in
//!    [`BindErrors`].
//! 3. *Compiled*: a [`CompiledCondition`] has the columns of a [`Snapshot`](idq_snapshot::Snapshot), and automata and
//!    sorted values instead of texts.
//! 4. *Evaluated*: chunk by chunk in parallel on the current rayon pool; [`BoundQuery::page`] counts and selects in one
//!    pass, [`BoundQuery::all`] lists every match. The answer does not depend on the number of threads. A [`Cancel`](idq_snapshot::Cancel)
//!    stops the evaluation between chunks.
//!
//! [`BoundQuery::count_by`] counts the matches by the values of [`BoundKeys`], and returns [`Groups`].
//!
//! [`find`] looks records up by id, [`statistics`] describes a snapshot field by field, and [`hints`] explain a
//! surprising answer to a person.
//!
//! ```
//! use idq_engine::{BindOptions, Caches, bind};
//! use idq_grammar::Query;
//! use idq_load::{Loader, Source};
//!
//! let dump = br#"[{"id":"a","vendor_id":"7","state":"active"},{"id":"b","vendor_id":"8","state":"staged"}]"#;
//! let snapshot = Loader::new(vec![Source::bytes("example", dump.to_vec())]).load()?;
//! let query = Query::parse("filter[state]=staged")?;
//! let bound = bind(&query, snapshot.api(), &BindOptions::default())?;
//! let page = bound.page(&snapshot, &Caches::default())?;
//! assert_eq!(page.total, 1);
//! assert_eq!(snapshot.record(page.rows[0], &mut snapshot.reader())?, br#"{"id":"b","vendor_id":"8","state":"staged"}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod account;
mod attribute;
mod bind;
mod bound_query;
mod caches;
mod compiled;
mod condition;
mod count_by;
mod document_paths;
mod evaluate;
mod filter_cache;
mod find;
mod hints;
mod indexed_page;
pub mod ordering;
mod page;
mod predicates;
mod selection;
mod sort_cache;
mod sorted_index;
mod statistics;
mod time;
mod unindexed_page;

pub use account::{Account, AttributeAccount, account};
pub use attribute::Attribute;
pub use bind::{
    BindError, BindErrorKind, BindErrors, BindOptions, BoundFilter, DeletedRecords, ListedNames,
    Side, bind,
};
pub use bound_query::{BoundQuery, Selects};
pub use caches::Caches;
pub use compiled::CompiledCondition;
pub use condition::Condition;
pub use count_by::{
    BoundKeys, Group, GroupValue, Groups, KeyColumn, KeyErrorKind, KeyOptions, LeftOut, Scale,
    TimelineUnit, ValueOrder, ValueType, bind_keys, buckets_of_kind,
};
pub use document_paths::{MAX_DESCRIBED_PATHS, PathStatistics, document_paths};
pub use filter_cache::FilterCache;
pub use find::{find, repeated_ids};
pub use hints::{Advice, Hint, HintSubject, ValueList, deleted_left_out, hints, key_hints};
pub use ordering::row_order::SortKey;
pub use page::Page;
pub use predicates::*;
pub use sort_cache::SortCache;
pub use statistics::{
    deleted_state_counts, empty_documents, number_range, state_counts, statistics,
};
