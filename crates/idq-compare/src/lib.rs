//! Compares snapshots: the differences between two of one API, and the records of two that belong to one identity.
//!
//! In data-flow order:
//!
//! * [`Key`] names the field by which records are paired, and the [`Fold`]ings of its values. A hash join pairs the records
//!   of both snapshots.
//! * [`Diff`] has the pairs of two snapshots in time, by the id by default; those of repeated keys are paired so that equal
//!   ones cancel. [`Diff::for_each`] reads both versions of each pair in parallel, passes over those with equal bytes, and
//!   compares the others value by value ([`diff_records`]) under [`PathRules`].
//! * [`RecordDifference`] is a record that differs, with a [`ValueChange`] for each value. [`ChangeWriter`] writes it as
//!   lines of JSON or as a JSON Patch, [`ChangeBatch`] collects it as columns of Arrow, and [`Tally`] counts by kind and field.
//! * [`Matching`] has the groups of records of two snapshots that belong together by a list of [`MatchRule`]s: linked,
//!   disputed or unmatched. [`PairCondition`] selects groups by values of both sides, and [`MatchWriter`] writes them.
//!
//! ```
//! use idq::Engine;
//! use idq_compare::{Diff, Key, PathRules, Side, Tally};
//!
//! # let people = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/provisionr.ndjson");
//! let old = Engine::open([people])?;
//! let changed = std::fs::read_to_string(people)?.replacen("\"state\":\"active\"", "\"state\":\"suspended\"", 1);
//! let new = Engine::open([idq::Source::bytes("new", changed)])?;
//!
//! let (old, new) = (Side::all(old.snapshot()), Side::all(new.snapshot()));
//! let key = Key::id(old.snapshot.api());
//! let diff = Diff::new(old, new, &key, PathRules::new())?;
//! let tally = Tally::of(&diff)?;
//! assert_eq!((tally.changed, tally.fields["state"]), (1, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod canonical;
mod diff;
mod error;
mod fold;
mod key;
mod key_table;
mod key_texts;
mod matching;
mod pairing;
mod path_rules;
mod record_diff;
mod tally;
mod value_change;
mod versions_reader;
mod writer;

pub use diff::{Diff, Population, RecordChange, RecordDifference, Side};
pub use error::{Error, KeyError};
pub use fold::Fold;
pub use key::Key;
pub use matching::{
    Cardinality, ConditionError, EvaluatedCondition, MatchFormat, MatchGroup, MatchRule, MatchSide,
    MatchTally, MatchWriter, Matching, PairCondition, RuleError, RuleTally, Situation,
};
pub use pairing::{PairedPositions, pair_records, repeated_keys};
pub use path_rules::{ComparedPaths, PathRules};
pub use record_diff::diff_records;
pub use tally::Tally;
pub use value_change::{Step, ValueChange};
pub use writer::{ChangeBatch, ChangeFormat, ChangeWriter, describing_names};
